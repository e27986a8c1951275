"""All findings of a generation, the gravest first. The one rule: the same generation gives the same findings."""

from leadline.insights.changes import changes
from leadline.insights.off_target import off_target
from leadline.metrics.published import Published
from leadline.store.entries import NewFinding

_KINDS = ("off_target", "changed_from_previous", "changed_from_last_year")
_SEVERITIES = ("high", "medium", "low")


def detect(published: Published, *, viewer: str) -> list[NewFinding]:
    """Give every finding: off target first, then changes; the latest, the gravest and the widest first."""
    found = [*off_target(published, viewer=viewer), *changes(published, viewer=viewer)]
    by_size = sorted(
        found,
        key=lambda f: (
            f.kind != "off_target",
            _SEVERITIES.index(f.severity),
            f.evidence["adjusted_p"] if f.evidence["adjusted_p"] is not None else 1.0,
            f.unit is not None,
            bool(f.slice),
            _KINDS.index(f.kind),
            f.id,
        ),
    )
    return sorted(by_size, key=lambda f: (f.kind != "off_target", _recent(published, f)))


def _recent(published: Published, finding: NewFinding) -> int:
    return -published.periods.parse(finding.period).end.toordinal()
