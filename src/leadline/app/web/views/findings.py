"""Findings of this generation, narrowed by links."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import FindingsPage
from leadline.app.web.contexts.pieces import Link, Picker
from leadline.app.web.numbers import whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import findings as lines
from leadline.store.entries import Finding

SHOWN = 60
PERIODS = 13


def findings(reading: Reading, asked: Asked) -> FindingsPage:
    """List what was found, the newest periods first; a page shows the first of many and says so."""
    everything = reading.findings()
    found = [one for one in everything if _asked_for(asked, one)]
    key = "findings.some" if len(found) > SHOWN else "findings.count"
    return FindingsPage(
        shell=shell(reading, say("findings.title"), "findings"),
        count=say(key, count=len(found), found=whole(len(found)), shown=SHOWN),
        pickers=_pickers(reading, asked, everything),
        lines=tuple(lines.line(reading.published, one) for one in found[:SHOWN]),
        quiet=say("findings.none" if everything else "findings.quiet"),
    )


def _asked_for(asked: Asked, one: Finding) -> bool:
    wanted = (
        (asked.kind, one.kind),
        (asked.direction, one.direction),
        (asked.severity, one.severity),
        (asked.metric, one.metric),
        (asked.period, one.period),
        (asked.unit, one.unit),
    )
    return all(want in {None, has} for want, has in wanted)


def _pickers(reading: Reading, asked: Asked, everything: Sequence[Finding]) -> tuple[Picker, ...]:
    """Give a choice of each thing that differs between the findings."""
    periods, units = reading.published.periods, reading.catalog.units
    ordered = sorted(
        {one.period for one in everything}, key=lambda label: periods.parse(label).start, reverse=True
    )
    metrics = sorted({one.metric for one in everything})
    named = {**reading.catalog.sources, **reading.catalog.metrics}
    labels = {name: definition.label for name, definition in named.items()}
    choices: dict[str, list[tuple[str, str]]] = {
        "period": [(label, dates.period(periods.parse(label))) for label in ordered[:PERIODS]],
        "kind": [(kind, lines.kind(kind)) for kind in sorted({one.kind for one in everything})],
        "direction": [
            (d, say(f"direction.{d}"))
            for d in ("bad", "good", "neutral")
            if any(o.direction == d for o in everything)
        ],
        "severity": [
            (s, say(f"severity.{s}"))
            for s in ("high", "medium", "low")
            if any(o.severity == s for o in everything)
        ],
        "metric": [(name, labels.get(name, name)) for name in metrics],
        "unit": [
            (name, units.label(name)) for name in units.names if any(o.unit == name for o in everything)
        ],
    }
    return tuple(_picker(asked, name, offered) for name, offered in choices.items() if offered)


def _picker(asked: Asked, name: str, offered: list[tuple[str, str]]) -> Picker:
    chosen: str | None = getattr(asked, name)
    every = Link(say("findings.any"), _address(_other(asked, name, None)), chosen is None)
    links = [Link(words, _address(_other(asked, name, value)), value == chosen) for value, words in offered]
    current = next((link.text for link in links if link.here), chosen or every.text)
    return Picker(say(f"findings.by_{name}"), current, (every, *links))


def _other(asked: Asked, name: str, value: str | None) -> Asked:
    part: dict[str, Any] = {name: value}
    return replace(asked, **part)


def _address(asked: Asked) -> str:
    return to.findings(
        period=asked.period, kind=asked.kind, direction=asked.direction, severity=asked.severity,
        metric=asked.metric, unit=asked.unit,
    )  # fmt: skip
