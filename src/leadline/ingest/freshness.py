"""How old the newest row of a source is, at every run, whether anything came or not."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from leadline.catalog import Catalog
from leadline.catalog.definitions import FreshnessCheck
from leadline.ingest.check_results import FRESHNESS, CheckResult, Said
from leadline.ingest.gate import CheckStopped
from leadline.ingest.row_checks import checks_of
from leadline.store.entries import Batch
from leadline.store.ledger import Ledger


def freshness(
    catalog: Catalog, live: Sequence[Batch], now: datetime, ledger: Ledger, actor: str
) -> tuple[tuple[str, CheckResult], ...]:
    """Make every check of freshness, by source; what is said otherwise than before is noted in the journal."""
    found = [
        (name, _said(check, [b for b in live if b.source == name], now))
        for name, source in sorted(catalog.sources.items())
        for check in checks_of(catalog, source)
        if isinstance(check, FreshnessCheck)
    ]
    if not found:
        return ()
    with ledger.read() as reader:
        before = {note.subject: json.loads(note.after)["said"] for note in reader.notes(FRESHNESS)}
    changed = [(s, r) for s, r in found if before.get(f"source:{s}:{r.check}") != r.said]
    if changed:
        with ledger.write(actor=actor) as writer:
            for source, result in changed:
                writer.note(FRESHNESS, f"source:{source}:{result.check}", after=result.as_dict())
    return tuple(found)


def require_fresh(found: Sequence[tuple[str, CheckResult]]) -> None:
    """Refuse to go on where a check of freshness says stop.

    Raises:
        CheckStopped: the rows loaded stay, and nothing is published.
    """
    stopped = [(source, result) for source, result in found if result.said == "stopped"]
    if stopped:
        source, result = stopped[0]
        raise CheckStopped(
            f"The check {result.check!r} stops the refresh: of {source}, {result.statement}.",
            [result for _, result in stopped],
            hint="Nothing was published. Fetch what is missing, or lower the check's level.",
        )


def _said(check: FreshnessCheck, live: Sequence[Batch], now: datetime) -> CheckResult:
    newest = max((b.at_max for b in live if b.at_max is not None), default=None)
    rows = sum(b.rows_accepted for b in live)
    if newest is None:
        return CheckResult(check.name, check.level, "cannot tell", rows, 0, "the source has no rows")
    amount, unit = check.within.split()
    within = timedelta(**{unit.rstrip("s") + "s": int(amount)})
    age = now - newest
    evidence = {"newest": newest.isoformat(), "hours": age.total_seconds() / 3600, "within": check.within}
    if age <= within:
        return CheckResult(check.name, check.level, "passed", rows, evidence=evidence)
    said: Said = "stopped" if check.level == "stop" else "warned"
    statement = (
        f"the newest row is of {newest:%Y-%m-%d %H:%M} UTC, {_long(age)} ago; expected within {check.within}"
    )
    return CheckResult(check.name, check.level, said, rows, 0, statement, (), evidence)


def _long(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"
