"""Numbers as people read them: one style per metric, the same digits in a table, a sentence and an axis.

The rule: rounding happens here and nowhere else, and never before a comparison.
"""

from dataclasses import dataclass

from leadline.catalog.units_of_measure import MINUS, THIN, placed, suffix

__all__ = ["MINUS", "THIN", "NumberStyle", "rough", "share", "short", "whole"]

_DECIMALS = {"percent": 1, "points": 1, "count": 0, "fraction": 3}
_SCALES = ((1e9, "bn"), (1e6, "m"))


def whole(value: float | None) -> str:
    """Give a count with thousands separated: 1,204; a dash for one that is not shown."""
    if value is None:
        return "–"
    return _signed(f"{value:,.0f}")


def short(value: float | None) -> str:
    """Give a large count in few signs: 1,204, 61.9k, 1.24m; a dash for one that is not shown."""
    if value is None:
        return "–"
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if abs(value) >= size:
            scaled = value / (1e3 if letter == "k" else size)
            return _signed(f"{scaled:.{max(0, 2 - len(str(int(abs(scaled)))) + 1)}f}{letter}")
    return whole(value)


def rough(value: float) -> str:
    """Give an estimate as such, with two digits: 3,800, 36k, 2.1m."""
    kept = float(f"{value:.1e}")
    size, letter = next(((s, x) for s, x in ((1e9, "bn"), (1e6, "m"), (1e4, "k")) if kept >= s), (1.0, ""))
    scaled = kept / (1e3 if letter == "k" else size)
    return whole(kept) if not letter else f"{scaled:.2g}{letter}" if scaled < 100 else f"{scaled:.0f}{letter}"


def share(part: float, of: float, decimals: int = 1) -> str:
    """Give part of a whole in percent; an empty whole has none."""
    if not of:
        return "–"
    text = f"{part / of * 100:.{decimals}f}%"
    least = 10.0**-decimals
    return f"<{least:.{decimals}f}%" if part > 0 and part / of * 100 < least / 2 else text


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How the values of one metric are written: its unit of measure and its decimals (None: as its unit has it)."""

    measured_in: str
    decimals: int | None = None

    def bare(self, value: float) -> str:
        """Give the value without its unit of measure."""
        size, _ = self._scale(value)
        digits = self._digits(value) if size == 1 else 2
        return _signed(f"{value / size:,.{digits}f}")

    def scaled(self, value: float) -> str:
        """Give the value without its unit of measure, a large one by its scale: 1.24m."""
        return f"{self.bare(value)}{self._scale(value)[1]}"

    def value(self, value: float) -> str:
        """Give the value with its unit of measure: 72.4%, 184.4 s, €1.24m."""
        return self._placed(f"{self.bare(value)}{self._scale(value)[1]}")

    def brief(self, value: float) -> str:
        """Give the value for a narrow column: a unit of measure that is a phrase stays out (`phrase` names it)."""
        return f"{self.bare(value)}{self._scale(value)[1]}" if self.phrase else self.value(value)

    def round_value(self, value: float) -> str:
        """Give a goal as people set it: with its unit of measure, without empty decimals (80%, not 80.0%)."""
        size, letter = self._scale(value)
        text = f"{value / size:,.4f}".rstrip("0").rstrip(".")
        written = self._placed(f"{_signed(text)}{letter}")
        return written.removesuffix(self.suffix) if self.phrase else written

    @property
    def phrase(self) -> str:
        """The unit of measure when it is too long to stand behind each number, else nothing."""
        return self.suffix.strip(THIN) if len(self.suffix) > 5 else ""

    def interval(self, low: float | None, high: float | None) -> str:
        """Give both ends, an open end as a word sign; empty when neither is known."""
        if low is None and high is None:
            return ""
        if low is None or high is None:
            return f"≥{THIN}{self.scaled(low)}" if low is not None else f"≤{THIN}{self.scaled(high or 0.0)}"
        style = self._telling(low, high)
        first = style.bare(low) if self._scale(low) == self._scale(high) else style.scaled(low)
        return f"{first}{' to ' if low < 0 else '–'}{style.scaled(high)}"

    def difference(self, change: float) -> str:
        """Give the size of a change without its sign: 1.9 points for percent and balances, else in the unit."""
        if self.measured_in in ("percent", "points"):
            return f"{self.bare(abs(change))} points"
        return self.value(abs(change))

    def size(self, change: float) -> str:
        """Give the size of a change for a narrow column: no unit of measure, large ones in few signs."""
        far = abs(change) >= 1e4 and self.measured_in not in _DECIMALS
        return short(abs(change)) if far else self.bare(abs(change))

    def tick(self, value: float, step: float) -> str:
        """Give an axis label: as few digits as the distance between ticks needs."""
        size, letter = self._scale(step * 4 if abs(value) < step else value)
        digits = next(
            (d for d in range(6) if abs(step / size * 10**d - round(step / size * 10**d)) < 1e-6), 6
        )
        suffix = "%" if self.measured_in == "percent" else ""
        return _signed(f"{value / size:,.{digits}f}") + letter + suffix

    @property
    def suffix(self) -> str:
        """The unit of measure as written behind a value."""
        return suffix(self.measured_in)

    def _telling(self, low: float, high: float) -> "NumberStyle":
        """Give the style with as many more decimals, at most three, as it takes to tell two ends apart."""
        style = self
        for more in range(1, 4):
            if low == high or style.scaled(low) != style.scaled(high):
                break
            style = NumberStyle(self.measured_in, self._digits(high) + more)
        return style

    def _placed(self, number: str) -> str:
        return placed(number, self.measured_in)

    def _scale(self, value: float) -> tuple[float, str]:
        if self.measured_in in ("percent", "points", "fraction"):
            return 1.0, ""
        return next(((size, letter) for size, letter in _SCALES if abs(value) >= size), (1.0, ""))

    def _digits(self, value: float) -> int:
        if self.decimals is not None:
            return self.decimals
        if self.measured_in in _DECIMALS:
            return _DECIMALS[self.measured_in]
        return 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
