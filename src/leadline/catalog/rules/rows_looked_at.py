"""Checks and detectors name sources that load their fact, and columns that it has, of a type that they can judge."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import (
    CheckBase,
    DetectorBase,
    DriftCheck,
    Fact,
    FreshnessCheck,
    ImpossibleTiming,
    Outlier,
    ReferenceCheck,
    Repeated,
    Speeding,
    ValuesCheck,
    VolumeCheck,
)
from leadline.catalog.facts import scope
from leadline.catalog.problems import Problem
from leadline.errors import suggest

_NUMBERS = frozenset({"number", "integer"})
_COLUMNS = ("column", "columns", "by", "same", "text", "respondent", "not_before")
"""Keys of checks and detectors that name columns."""


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find checks and detectors that could judge nothing."""
    every: list[CheckBase | DetectorBase] = [*catalog.checks.values(), *catalog.detectors.values()]
    for looking in every:
        fact = catalog.facts.get(looking.of)
        if fact is None:
            continue
        if fact.from_:
            yield Problem(
                "error", "fact-is-derived", f"{fact.name!r} is derived from {fact.from_!r}; look at that.",
                catalog.place(looking, "of"), f"Write `of: {fact.from_}`.",
            )  # fmt: skip
            continue
        yield from _columns(catalog, looking, fact)
        yield from _condition(catalog, looking)
        if isinstance(looking, CheckBase):
            yield from _of_check(catalog, looking, fact)
        elif isinstance(looking, DetectorBase):
            yield from _of_detector(catalog, looking, fact)


def _columns(catalog: Catalog, looking: CheckBase | DetectorBase, fact: Fact) -> Iterator[Problem]:
    """Every column named is there."""
    known = scope(fact, catalog.facts if isinstance(looking, ImpossibleTiming) else {}).columns
    for key in _COLUMNS:
        value = getattr(looking, key, None)
        names = (
            [((key,), value)]
            if isinstance(value, str)
            else [((key, n), v) for n, v in enumerate(value or ())]
        )
        for path, name in names:
            if name not in known:
                yield Problem(
                    "error", "unknown-column", f"The fact {fact.name!r} has no column {name!r}.",
                    catalog.place(looking, *path), suggest(name, known) or f"It has {', '.join(sorted(known)[:12])}.",
                )  # fmt: skip
            elif key == "not_before" and known[name] != "instant":
                yield _wrong(catalog, looking, path, f"{name!r} is no instant.")


def _condition(catalog: Catalog, looking: CheckBase | DetectorBase) -> Iterator[Problem]:
    """A condition is worked out while rows are on their way, where no calendar is at hand."""
    name = "holds" if isinstance(looking, CheckBase) else "where"
    expression = catalog.expressions.get((looking.kind, looking.name, (name,)))
    if expression is not None and expression.uses("BUSINESS_MINUTES"):
        yield _wrong(
            catalog, looking, (name,), "Business time is counted in metrics; here, compare instants."
        )


def _of_check(catalog: Catalog, looking: CheckBase, fact: Fact) -> Iterator[Problem]:
    for nth, name in enumerate(looking.sources):
        source = catalog.sources.get(name)
        if source is None and ("source", name) not in catalog.unusable:
            yield Problem(
                "error", "unknown-source", f"There is no source {name!r}.", catalog.place(looking, "sources", nth),
                suggest(name, catalog.sources),
            )  # fmt: skip
        elif source is not None and source.fact != fact.name:
            yield _wrong(
                catalog, looking, ("sources", nth), f"{name!r} loads {source.fact!r}, not {fact.name!r}."
            )
    column = fact.columns.get(getattr(looking, "column", ""))
    match looking:
        case ValuesCheck() if column:
            yield from _values(catalog, looking, column.type)
        case ReferenceCheck() if column and not column.references:
            yield _wrong(catalog, looking, ("column",), f"{looking.column!r} refers to no fact.")
        case VolumeCheck() | FreshnessCheck() if fact.at is None:
            yield _wrong(
                catalog, looking, ("of",), f"{fact.name!r} has no `at`, so nothing says when a row was."
            )
        case FreshnessCheck() if looking.level == "quarantine":
            yield _wrong(
                catalog, looking, ("level",), "There are no rows to hold where none came: warn, or stop."
            )
        case DriftCheck() if column and column.type in {"instant", "date"}:
            yield _wrong(
                catalog, looking, ("column",), "Instants and dates always move on; nothing drifts there."
            )
        case _:
            pass


def _values(catalog: Catalog, looking: ValuesCheck, kind: str) -> Iterator[Problem]:
    asked = (looking.minimum, looking.maximum, looking.one_of, looking.pattern)
    if all(a is None for a in asked) and not looking.required:
        yield _wrong(
            catalog, looking, (), "It asks nothing: write `required`, `minimum`, `one_of` or `pattern`."
        )
    if (looking.minimum is not None or looking.maximum is not None) and kind not in _NUMBERS:
        yield _wrong(catalog, looking, ("column",), f"{looking.column!r} is no number, so it has no range.")
    if looking.pattern is not None and kind not in {"text", "unit"}:
        yield _wrong(catalog, looking, ("pattern",), f"{looking.column!r} is no text, so it has no pattern.")


def _of_detector(catalog: Catalog, looking: DetectorBase, fact: Fact) -> Iterator[Problem]:
    if not fact.key:
        yield Problem(
            "error", "no-key", f"{fact.name!r} has no key, so its rows cannot be told apart to be left out.",
            catalog.place(looking, "of"), f"Give {fact.name!r} a key.",
        )  # fmt: skip
    if fact.at is None and _needs_time(looking):
        yield _wrong(catalog, looking, ("of",), f"{fact.name!r} has no `at`, so nothing says when a row was.")
    column = fact.columns.get(getattr(looking, "column", ""))
    match looking:
        case Speeding():
            if (looking.below is None) == (looking.share_of_median is None):
                yield _wrong(catalog, looking, (), "Write either `below` or `share_of_median`.")
        case Repeated() if not looking.same and looking.text is None:
            yield _wrong(catalog, looking, (), "Nothing says what is repeated: write `same` or `text`.")
        case Outlier():
            limited = looking.minimum is not None or looking.maximum is not None
            if (looking.method == "limit") != limited:
                yield _wrong(
                    catalog, looking, ("method",), "`minimum` and `maximum` go with `method: limit`."
                )
        case _:
            pass
    if isinstance(looking, Speeding | Outlier) and column and column.type not in _NUMBERS:
        yield _wrong(catalog, looking, ("column",), f"{looking.column!r} is no number.")


def _needs_time(looking: DetectorBase) -> bool:
    """Tell whether a detector counts rows in time, or compares instants."""
    return getattr(looking, "per", None) is not None or isinstance(looking, ImpossibleTiming)


def _wrong(
    catalog: Catalog, looking: CheckBase | DetectorBase, path: tuple[str | int, ...], message: str
) -> Problem:
    return Problem("error", "judges-nothing", message, catalog.place(looking, *path))
