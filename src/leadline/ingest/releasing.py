"""A person lets rows or files count that were kept out, or takes that back: always with a reason, always journalled.

The journal alone remembers it, so it holds at every later load and refresh. Figures change with the next refresh.
"""

from collections.abc import Collection, Mapping

from leadline.catalog import Catalog
from leadline.errors import SourceError, suggest
from leadline.ingest import check_notes
from leadline.ingest.exclusions import EXCLUDED, RELEASED, Key, rows_caught
from leadline.store.engine import Engine
from leadline.store.ledger import Ledger

_LEAST = 3


def release_rows(
    catalog: Catalog,
    engine: Engine,
    ledger: Ledger,
    detector: str,
    rows: Collection[Key],
    *,
    caught: Mapping[str, str],
    actor: str,
    reason: str,
    back: bool = False,
) -> None:
    """Let rows that a detector caught count (`back`: no longer); no rows named means all that it catches, ever.

    Raises:
        SourceError: there is no such detector, no reason is given, or a row was not caught by it.
    """
    if detector not in catalog.detectors:
        raise SourceError(
            f"There is no detector {detector!r}.",
            code="unknown-detector",
            hint=suggest(detector, catalog.detectors),
        )
    _demand(reason)
    if rows:
        fact = catalog.facts[catalog.detectors[detector].of]
        known = (
            {key for key, _ in rows_caught(engine, fact, caught[detector])} if detector in caught else set()
        )
        if strangers := sorted(set(rows) - known):
            raise SourceError(
                f"{detector!r} has not caught the row {'|'.join(strangers[0])}.",
                code="not-excluded",
                hint="Refresh, and see `leadline exclusions --rows` for those it has.",
            )
    said = {"detector": detector, "rows": sorted(map(list, rows)), "reason": reason}
    with ledger.write(actor=actor) as writer:
        writer.note(EXCLUDED if back else RELEASED, f"detector:{detector}", after=said)


def release_check(
    catalog: Catalog, ledger: Ledger, check: str, file: str, *, actor: str, reason: str, back: bool = False
) -> str:
    """Let a file pass a check as it is (`back`: no longer); give its source. Another content is another file.

    Raises:
        SourceError: there is no such check, no reason is given, or the file was never seen.
    """
    if check not in catalog.checks:
        raise SourceError(
            f"There is no check {check!r}.", code="unknown-check", hint=suggest(check, catalog.checks)
        )
    _demand(reason)
    with ledger.read() as reader:
        batches = [b for b in reader.batches() if b.file == file and b.file_hash]
    if not batches:
        raise SourceError(
            f"No file {file!r} was ever seen.", code="unknown-file", hint="See `leadline checks --files`."
        )
    last = batches[-1]
    said = {
        "source": last.source,
        "file": file,
        "file_hash": last.file_hash,
        "check": check,
        "reason": reason,
    }
    with ledger.write(actor=actor) as writer:
        verb = check_notes.ENFORCED if back else check_notes.RELEASED
        writer.note(verb, f"file:{last.source}:{file}", after=said)
    return last.source


def _demand(reason: str) -> None:
    if len(reason.strip()) < _LEAST:
        raise SourceError(
            "Say why, in words that others understand.", code="no-reason", hint="Write --reason TEXT."
        )
