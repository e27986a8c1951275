"""Addresses of what is traded and what is paid, and how an address asks."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus


def asking(path: str, asked: Mapping[str, str | None]) -> str:
    """Give an address with what is asked; empty values are left out."""
    kept = [f"{_quoted(key)}={_quoted(value)}" for key, value in asked.items() if value]
    return f"{path}?{'&'.join(kept)}" if kept else path


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    """Quote a text; a page names the same periods and units in every line."""
    return quote_plus(text)


class Trading:
    """Addresses of trade-offs, what-if pages and incentive plans."""

    def trade_offs(self) -> str:
        """Every trade-off, with the plans that pay."""
        return "/trade-offs"

    def trade_off(self, name: str) -> str:
        """One trade-off."""
        return f"/trade-offs/{quote(name)}"

    def what_if(self, name: str, **asked: str | None) -> str:
        """A scorecard with other weights and targets; asked: period."""
        return asking(f"/scorecards/{quote(name)}/what-if", asked)

    def incentive(self, name: str, **asked: str | None) -> str:
        """One incentive plan; asked: period."""
        return asking(f"/incentives/{quote(name)}", asked)

    def ask_payout(self, name: str) -> str:
        """Where the approval of a plan's payouts is asked for."""
        return f"/incentives/{quote(name)}/approval"

    def payout(self, name: str, unit: str, **asked: str | None) -> str:
        """The statement of one who is paid; asked: period."""
        return asking(f"/incentives/{quote(name)}/{quote(unit)}", asked)
