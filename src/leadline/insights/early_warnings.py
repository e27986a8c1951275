"""Findings of kind `lead_lag`: what moves a figure now shows in another one some time later: an early warning.

The one rule: only links that the strategy claims are told, and only where the figures show them after correction for
how many were tested (links.py). That one precedes the other does not say that it causes it.
"""

from itertools import starmap

from leadline.catalog import Catalog
from leadline.catalog.definitions import Side
from leadline.insights import wording
from leadline.insights.links import SIGNIFICANT, TestedLink, recalled
from leadline.metrics.observation import slice_label
from leadline.metrics.published import Published
from leadline.store.entries import NewFinding

KIND = "lead_lag"


def early_warnings(published: Published, *, viewer: str) -> list[NewFinding]:
    """Tell of every link of the strategy that the figures show, one finding for each driver, the surest link's."""
    shown = [one for one in recalled(published, viewer=viewer) if one.told == "precedes"]
    found: dict[str, NewFinding] = {}
    for one in sorted(shown, key=lambda link: link.adjusted_p or 0.0):
        finding = _finding(published, one)
        if finding is not None:
            found.setdefault(finding.id, finding)
    return list(found.values())


def _finding(published: Published, one: TestedLink) -> NewFinding | None:
    driver, outcome, seen = one.link.driver, one.link.outcome, one.found
    last = published.latest_complete(driver.metric, one.grain) if driver else None
    if driver is None or outcome is None or seen is None or last is None:
        return None
    catalog = published.catalog
    return NewFinding(
        kind=KIND,
        metric=driver.metric,
        period=last.label,
        grain=one.grain,
        unit=driver.unit,
        slice=", ".join(starmap(slice_label, sorted(driver.where.items()))),
        statement=(
            f"What moves {_named(catalog, driver)} shows in {_named(catalog, outcome)} "
            f"after {one.link.declared.after}: an early warning."
        ),
        evidence={
            "leads": outcome.metric,
            "correlation": seen.correlation,
            "low": seen.low,
            "high": seen.high,
            "lag": one.link.declared.after,
            "said": one.sentence,
            "test": f"the driver's news precedes the outcome: adjusted p at most {SIGNIFICANT}",
            "method": "partial correlation, 95 % by Fisher's z",
            "p": seen.p,
            "adjusted_p": one.adjusted_p,
            "n": seen.n,
            "measured_in": "",
        },
        severity="medium",
        direction="neutral",
    )


def _named(catalog: Catalog, side: Side) -> str:
    slice_ = ", ".join(starmap(slice_label, sorted(side.where.items())))
    return wording.about(catalog, catalog.metrics[side.metric], side.unit, slice_)
