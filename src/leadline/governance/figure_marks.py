"""Suspending metrics during outages, and stating figures otherwise: decisions with a reason and a work item each."""

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Protocol

from leadline.catalog.catalog import Catalog
from leadline.catalog.people import plain
from leadline.errors import GovernanceError, suggest
from leadline.governance import lives
from leadline.metrics.marks import Marks, Override, Suspension, in_force
from leadline.store.decided import Decision
from leadline.store.ledger_reader import LedgerReader
from leadline.store.ledger_writer import LedgerWriter


class Figure(Protocol):
    """What must be known of a figure that is to be stated otherwise: an observation, or what an item pinned of one."""

    @property
    def metric(self) -> str:
        """Of which metric."""
        ...

    @property
    def period(self) -> str:
        """Of which period, by its label."""
        ...

    @property
    def unit(self) -> str | None:
        """Of which unit."""
        ...

    @property
    def slice(self) -> str:
        """Of which slice."""
        ...

    @property
    def value(self) -> float | None:
        """What was computed."""
        ...

    @property
    def status(self) -> str:
        """Its status."""
        ...


SUSPENSION, OVERRIDE = "suspension", "override"


def marks(reader: LedgerReader) -> Marks:
    """Give every suspension and override that is in force, past outages included: their figures stay suspended; and
    what is to be said of metrics that end, or came into force without approval."""
    deeds = reader.effective.deeds("metric")
    return in_force(
        _suspensions(reader),
        _overrides(reader),
        number(reader),
        lives.endings(deeds),
        lives.emergencies(reader, deeds),
    )


def number(reader: LedgerReader) -> int:
    """Give a number that grows with every decision and every deed: marks of another number are out of date."""
    return reader.decided.last() + reader.effective.last()


def suspend(
    writer: LedgerWriter,
    catalog: Catalog,
    metric: str,
    *,
    since: date,
    until: date | None = None,
    unit: str | None = None,
    reason: str,
    item: str,
) -> str:
    """Suspend a metric from a day on (until, exclusive, or until it is ended); give the suspension's name.

    Raises:
        GovernanceError: there is no such metric or unit, no reason or work item, or it would end before it begins.
    """
    _known(catalog, metric, unit)
    _justified(reason, item)
    if until is not None and until <= since:
        raise GovernanceError("The outage would end before it begins.", code="suspension-days")
    name = f"s{writer.decided.last() + 1}"
    said = {
        "metric": metric,
        "unit": unit,
        "since": since.isoformat(),
        "until": until.isoformat() if until else None,
        "reason": reason.strip(),
    }
    writer.decided.decide(SUSPENSION, name, "suspend", said, item=item)
    return name


def resume(writer: LedgerWriter, name: str, *, until: date, reason: str, item: str) -> None:
    """End a suspension: from the day `until` on, the metric is relied on again.

    Raises:
        GovernanceError: there is no such suspension, no reason, or it would end before it begins.
    """
    known = {one.id: one for one in _suspensions(writer)}
    if name not in known:
        raise GovernanceError(
            f"There is no suspension {name!r}.", code="unknown-mark", hint=suggest(name, known)
        )
    _justified(reason, item)
    if until < known[name].since:
        raise GovernanceError("The outage would end before it begins.", code="suspension-days")
    writer.decided.decide(
        SUSPENSION, name, "end", {"until": until.isoformat(), "reason": reason.strip()}, item=item
    )


def override(
    writer: LedgerWriter,
    computed: Figure,
    value: float,
    *,
    reason: str,
    item: str,
    asked_by: str,
) -> str:
    """State a figure otherwise, beside what was computed. Who writes approves; who asked for it is somebody else.

    Raises:
        GovernanceError: they are one person, there is no reason or work item, the value is no number, or the figure
            is suppressed: then the value would tell what is not to be told.
    """
    _justified(reason, item)
    if plain(asked_by) == plain(writer.actor):
        raise GovernanceError(
            f"{writer.actor} asked for it, and cannot be the one who approves it.", code="separation-of-duties",
            hint="Somebody else approves it.",
        )  # fmt: skip
    if not math.isfinite(value):
        raise GovernanceError(f"{value} is no value.", code="override-value")
    if computed.status == "suppressed":
        raise GovernanceError("A suppressed figure is not stated either.", code="override-value")
    name = f"o{writer.decided.last() + 1}"
    said = {
        "metric": computed.metric,
        "period": computed.period,
        "unit": computed.unit,
        "slice": computed.slice,
        "value": value,
        "computed": computed.value,
        "reason": reason.strip(),
        "asked_by": asked_by,
    }
    writer.decided.decide(OVERRIDE, name, "state", said, item=item)
    return name


def lift(writer: LedgerWriter, name: str, *, reason: str, item: str) -> None:
    """Take a stated value away: the computed one stands alone again, and the history keeps both.

    Raises:
        GovernanceError: no such value stands, or there is no reason.
    """
    known = [one.id for one in _overrides(writer)]
    if name not in known:
        raise GovernanceError(
            f"There is no override {name!r}.", code="unknown-mark", hint=suggest(name, known)
        )
    _justified(reason, item)
    writer.decided.decide(OVERRIDE, name, "lift", {"reason": reason.strip()}, item=item)


def of_item(reader: LedgerReader, item: str) -> list[str]:
    """Name the suspensions and overrides in force that came from a work item."""
    now = marks(reader)
    both: Iterable[Suspension | Override] = (*now.suspensions, *now.overrides)
    return [one.id for one in both if one.item == item]


def history(reader: LedgerReader) -> list[Decision]:
    """Give every decision on figures, the newest first."""
    found = [*reader.decided.of(SUSPENSION), *reader.decided.of(OVERRIDE)]
    return sorted(found, key=lambda one: -one.number)


def _suspensions(reader: LedgerReader) -> list[Suspension]:
    found: dict[str, Suspension] = {}
    for one in reader.decided.of(SUSPENSION):
        said = one.said
        if one.what == "end":
            was = found[one.subject]
            ends = _day(said["until"])
            found[one.subject] = Suspension(
                was.id, was.metric, was.unit, was.since, ends, was.reason, was.item, was.by
            )
            continue
        since = date.fromisoformat(said["since"])
        found[one.subject] = Suspension(
            one.subject, said["metric"], said["unit"], since, _day(said["until"]), said["reason"], one.item or "",
            one.actor,
        )  # fmt: skip
    return list(found.values())


def _overrides(reader: LedgerReader) -> list[Override]:
    found: dict[tuple[Any, ...], Override] = {}
    for one in reader.decided.of(OVERRIDE):
        said: Mapping[str, Any] = one.said
        if one.what == "lift":
            found = {key: kept for key, kept in found.items() if kept.id != one.subject}
            continue
        key = (said["metric"], said["period"], said["unit"], said["slice"])
        found[key] = Override(
            one.subject, *key, float(said["value"]), said["computed"], said["reason"], one.item or "",
            said["asked_by"], one.actor,
        )  # fmt: skip
    return list(found.values())


def _known(catalog: Catalog, metric: str, unit: str | None) -> None:
    if metric not in catalog.metrics:
        raise GovernanceError(
            f"There is no metric {metric!r}.", code="unknown-metric", hint=suggest(metric, catalog.metrics)
        )
    if unit is not None and unit not in catalog.units.entries:
        raise GovernanceError(
            f"There is no unit {unit!r}.", code="unknown-unit", hint=suggest(unit, catalog.units.names)
        )


def _justified(reason: str, item: str) -> None:
    if not reason.strip():
        raise GovernanceError("A reason is needed.", code="no-reason", hint="Say why: --because.")
    if not item.strip():
        raise GovernanceError(
            "Figures are suspended or stated otherwise through a work item.",
            code="no-item",
            hint="Open one first.",
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
