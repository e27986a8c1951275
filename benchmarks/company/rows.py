"""The measured company's rows: drawn with numpy from fixed seeds, a month (or one day) of a fact at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.company.definitions import CHANNELS, COUNTRIES, PRODUCTS, TEAMS, team

FIRST = date(2023, 1, 1)
LAST = date(2025, 12, 20)
"""The last day of history; the refresh that is measured brings the day after it, in the middle of a month."""

SHARES = {"contact": 1.0, "answer": 0.06, "purchase": 0.2, "membership": 0.052}
"""Rows of each fact for each contact: 50 M contacts come with 3 M answers, 10 M orders, 2 M customers with history."""
CUSTOMERS = 0.04
LATE_DAYS, LATE_SHARE = 30, 0.001

_DAY = 86_400_000_000
SERVED = {"channel": CHANNELS, "product": 12, "country": 10}
"""How many of each one team serves: a team has its centre's products and its region's countries."""

_WEIGHTS = {name: (w := 1 / np.arange(1, n + 1) ** 0.7) / w.sum() for name, n in SERVED.items()}


@dataclass(frozen=True, slots=True)
class Company:
    """A company of so many contacts from FIRST to LAST."""

    contacts: int

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return max(10, int(self.contacts * CUSTOMERS))

    def a_day(self, fact: str) -> int:
        """How many rows of a fact a day brings."""
        return max(1, int(self.contacts * SHARES[fact] / ((LAST - FIRST).days + 1)))

    def months(self, since: date = FIRST) -> Iterator[tuple[str, date, date]]:
        """Give the months of history: name, first day, the day after the last."""
        while since <= LAST:
            until = min((since.replace(day=28) + timedelta(days=4)).replace(day=1), LAST + timedelta(days=1))
            yield f"{since:%Y-%m}", since, until
            since = until

    def rows(self, fact: str, name: str, since: date, until: date) -> pa.Table:
        """Give the rows of a fact for days [since, until), in the order of their instants, as batch `name`."""
        count = self.a_day(fact) * (until - since).days
        return self._drawn(fact, name, self._instants(fact, since, until, count))

    def next_day(self, fact: str) -> pa.Table:
        """Give what the measured refresh brings: the day after LAST, and late rows of the days before it."""
        day = LAST + timedelta(days=1)
        late = int(self.a_day(fact) * LATE_DAYS * LATE_SHARE)
        at = np.concatenate([
            self._instants(fact, day - timedelta(days=LATE_DAYS), day, late),
            self._instants(fact, day, day + timedelta(days=1), self.a_day(fact)),
        ])  # fmt: skip
        return self._drawn(fact, "next", at)

    @staticmethod
    def _instants(fact: str, since: date, until: date, count: int) -> npt.NDArray[np.int64]:
        dice = np.random.default_rng([since.toordinal(), until.toordinal(), list(SHARES).index(fact)])
        start = (since - date(1970, 1, 1)).days * _DAY
        return np.sort(dice.integers(start, start + (until - since).days * _DAY, count))

    def _drawn(self, fact: str, batch: str, at: npt.NDArray[np.int64]) -> pa.Table:
        seed = np.frombuffer(f"{fact} {batch}".encode(), dtype=np.uint8).tolist()
        dice, n = np.random.default_rng(seed), len(at)
        teams = dice.integers(0, TEAMS, n)
        columns: dict[str, pa.Array] = {
            "id": pa.array(dice.integers(0, 2**62, n)),
            "at": pa.array(at, pa.timestamp("us", tz="UTC")),
            "team": _coded(teams, [team(t) for t in range(TEAMS)]),
        }
        for name, many, first in (
            ("channel", CHANNELS, 0 * teams),
            ("product", PRODUCTS, teams // 10 * 7),
            ("country", COUNTRIES, teams // 50 * 10),
        ):
            codes = (first + dice.choice(SERVED[name], n, p=_WEIGHTS[name])) % many
            columns[name] = _coded(codes, [f"{name}_{i:02}" for i in range(many)])
        columns |= {name: pa.array(values) for name, values in _MEASURES[fact](dice, n).items()}
        if fact in {"contact", "membership"}:
            who = (self.customers * dice.random(n) ** 2).astype(np.int64)
            columns["customer"] = pa.array(np.char.add("c", who.astype("U9")))
        if fact == "membership":
            left = at + (dice.exponential(500, n) * _DAY).astype(np.int64)
            end = ((LAST - date(1970, 1, 1)).days + 1) * _DAY
            columns["left_at"] = pa.array(left, pa.timestamp("us", tz="UTC"), mask=left >= end)
        columns["_batch"] = pa.repeat(batch, n)
        columns["_line"] = pa.array(np.arange(n) + 2)
        return pa.table(columns)


def _coded(codes: npt.NDArray[np.int64], words: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words)).cast(pa.string())


def _contact(dice: np.random.Generator, n: int) -> dict[str, npt.NDArray[np.generic]]:
    wait = np.round(dice.exponential(35, n), 1)
    answered = dice.random(n) < np.exp(-wait / 400)
    resolved = answered & (dice.random(n) < 0.72)
    return {
        "wait": wait,
        "talk": np.round(dice.lognormal(5.2, 0.7, n), 1),
        "hold": np.round(dice.exponential(20, n) * (dice.random(n) < 0.3), 1),
        "wrap": np.round(dice.exponential(40, n), 1),
        "cost": np.round(dice.gamma(3, 1.7, n), 2),
        "transfers": dice.poisson(0.15, n),
        "answered": answered,
        "resolved": resolved,
        "reopened": resolved & (dice.random(n) < 0.06),
        "bot": dice.random(n) < 0.2,
    }


def _answer(dice: np.random.Generator, n: int) -> dict[str, npt.NDArray[np.generic]]:
    good = dice.beta(4, 1.6, n)
    return {
        "nps": np.rint(good * 10).astype(np.int64),
        "csat": 1 + np.rint(good * 4).astype(np.int64),
        "ces": 1 + np.rint(dice.beta(3, 1.5, n) * 6).astype(np.int64),
    }


def _purchase(dice: np.random.Generator, n: int) -> dict[str, npt.NDArray[np.generic]]:
    amount = np.round(dice.lognormal(3.8, 0.9, n), 2)
    return {
        "amount": amount,
        "cost": np.round(amount * dice.uniform(0.4, 0.9, n), 2),
        "cancelled": dice.random(n) < 0.05,
    }


_MEASURES = {"contact": _contact, "answer": _answer, "purchase": _purchase, "membership": lambda _, __: {}}
