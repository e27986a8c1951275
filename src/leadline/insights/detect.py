"""All findings of a generation, the gravest first. The one rule: the same generation gives the same findings."""

from collections.abc import Sequence
from typing import Any

from leadline.insights import reconciliations, trade_offs
from leadline.insights.changes import changes
from leadline.insights.consent import consent
from leadline.insights.early_warnings import early_warnings
from leadline.insights.late_feeds import late_feeds
from leadline.insights.left_out_rows import left_out_rows
from leadline.insights.off_target import off_target
from leadline.insights.reclassified import reclassified
from leadline.insights.reconciliations import Reconciled
from leadline.insights.suspended import is_suspended
from leadline.metrics.published import Published
from leadline.store.entries import NewFinding

KINDS = (
    "late_feed",
    "reconciliation",
    "consent",
    "off_target",
    "trade_off",
    "reclassification",
    "lead_lag",
    "changed_from_previous",
    "changed_from_last_year",
)
_FIRST = ("late_feed", "reconciliation", "consent", "off_target")
_SEVERITIES = ("high", "medium", "low")
_DIRECTIONS = ("bad", "good", "neutral")


def detect(published: Published, *, viewer: str, compared: Sequence[Reconciled] = ()) -> list[NewFinding]:
    """Give every finding, what should be read first first.

    `compared` are the reconciliations of this generation. What is wrong with the data comes first, then what is off
    target, then changes; then the latest period; the graver; bad before good before neutral; the whole before
    units before slices; the surer.
    """
    found = [
        *late_feeds(published),
        *reconciliations.findings(published, compared),
        *consent(published, viewer=viewer),
        *left_out_rows(published, viewer=viewer),
        *off_target(published, viewer=viewer),
        *trade_offs.findings(published, viewer=viewer),
        *reclassified(published, viewer=viewer),
        *early_warnings(published, viewer=viewer),
        *changes(published, viewer=viewer),
    ]
    told = [one for one in found if not _suspended(published, one)]
    return sorted(told, key=lambda finding: _place(published, finding))


def _suspended(published: Published, finding: NewFinding) -> bool:
    """Tell whether a finding is about a figure that an outage suspends."""
    metric = published.catalog.metrics.get(finding.metric)
    if metric is None or finding.kind in {"late_feed", "reconciliation"}:  # these say that something is wrong
        return False
    return is_suspended(published, metric, finding.unit, published.periods.parse(finding.period))


def _place(published: Published, finding: NewFinding) -> tuple[Any, ...]:
    sure = finding.evidence["adjusted_p"]
    return (
        _FIRST.index(finding.kind) if finding.kind in _FIRST else len(_FIRST),
        -published.periods.parse(finding.period).end.toordinal(),
        _SEVERITIES.index(finding.severity),
        _DIRECTIONS.index(finding.direction),
        bool(finding.slice),
        finding.unit is not None,
        1.0 if sure is None else sure,
        KINDS.index(finding.kind) if finding.kind in KINDS else len(KINDS),
        finding.id,
    )
