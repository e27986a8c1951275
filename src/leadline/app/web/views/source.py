"""One source: its rows, those held back with examples, its files, its mapping. What rows say is untrusted."""

from itertools import islice

from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import SourcePage
from leadline.app.web.contexts.figure import BatchLine
from leadline.app.web.contexts.pieces import Link, Picker
from leadline.app.web.contexts.sources import HeldRow
from leadline.app.web.numbers import whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views import reliability, sources
from leadline.app.web.views.checks import checks
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, files
from leadline.catalog.definitions import Source
from leadline.errors import DefinitionError, suggest
from leadline.ingest import held
from leadline.store.entries import Batch

EXAMPLES = 20
EACH = 5
FILES = 50
REASONS = 12
LONGEST = 300
"""Characters of one value shown; held rows may hold anything."""


def source(reading: Reading, asked: Asked, name: str) -> SourcePage:
    """Show one source; `reason` narrows the examples of held rows."""
    definition = _find(reading, name)
    every = reading.batches(name)
    intake = sources.Intake.of(reading, definition, every)
    line = sources.line(reading, intake, REASONS)
    seen = reading.may("ingest:row:read")
    examples = tuple(_row(row) for row in _held(reading, intake, asked.reason)) if seen else ()
    reading.tell("ingest:row:read", f"source:{name}", purpose="rows held back", subjects=len(examples))
    key = "source.examples_of" if asked.reason else "source.examples"
    if not seen and intake.rows.held:
        key = "source.examples_closed"
    return SourcePage(
        shell=shell(reading, definition.label, "sources"),
        title=definition.label,
        description=definition.description or "",
        line=line,
        law=sources.law(intake.rows),
        files=_files(reading, intake, every),
        reason=_reasons(name, intake, asked.reason),
        held=examples,
        held_note=say(key, shown=len(examples), held=whole(intake.rows.held), reason=asked.reason or ""),
        commands=(
            f"leadline quarantine export --source {name} --to held.csv",
            "leadline quarantine replay --file held.csv",
            "leadline refresh",
        ),
        document=documents.document(reading.catalog, definition),
        parts=reliability.parts(reading, definition),
        history=reliability.history(reading, definition),
        metrics=reliability.dependent(reading, definition),
        columns=_columns(reading, definition),
        checks=checks(reading, name),
    )


def _columns(reading: Reading, definition: Source) -> tuple[tuple[str, str, str], ...]:
    """Give the columns of the fact: name, type, and what of the source makes each."""
    fact = reading.catalog.facts[definition.fact]
    return tuple(
        (name, column.type, definition.columns.get(name, say("source.by_name")))
        for name, column in fact.columns.items()
    )


def _find(reading: Reading, name: str) -> Source:
    found = reading.catalog.sources.get(name)
    if found is None:
        hint = suggest(name, reading.catalog.sources)
        raise DefinitionError(say("source.unknown", name=name), code="unknown-source", hint=hint)
    return found


def _reasons(name: str, intake: sources.Intake, chosen: str | None) -> Picker | None:
    """Give the choice of a reason; none where there is nothing to choose."""
    if len(intake.reasons) < 2:
        return None
    every = Link(say("source.all_reasons"), to.source(name), chosen is None)
    links = [
        Link(f"{text} ({whole(count)})", to.source(name, reason=text), text == chosen)
        for text, count in intake.reasons
    ]
    return Picker(say("source.reason"), chosen or every.text, (every, *links))


def _held(reading: Reading, intake: sources.Intake, reason: str | None) -> list[held.HeldRow]:
    """Give examples of held rows, of one reason if asked; a few of each file and reason, so that none hides others."""
    found = sources.held_groups(reading, intake.source.name, intake.live, EACH)
    asked = [group for group in found if reason is None or group.reason == reason]
    rows = (group.examples[nth] for nth in range(EACH) for group in asked if nth < len(group.examples))
    return sorted(islice(rows, EXAMPLES), key=lambda row: (row.file, row.line))


def _row(row: held.HeldRow) -> HeldRow:
    values = tuple((name, _cut(value)) for name, value in row.raw.items() if value)
    text = ((say("source.record"), _cut(row.text)),) if row.text else ()
    return HeldRow(f"{row.file}:{row.line}", tuple(str(reason) for reason in row.reasons), values or text)


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


def _files(reading: Reading, intake: sources.Intake, every: list[Batch]) -> tuple[BatchLine, ...]:
    """Give the files that count and those refused, the newest first; then what they superseded."""
    counted = [*intake.refused, *reversed(intake.live)]
    known = {batch.id for batch in counted}
    older = [batch for batch in reversed(every) if batch.id not in known]
    lines = []
    for batch in (*counted, *older)[:FILES]:
        mark, note = files.state(batch)
        lines.append(files.line(batch, reading.zone, mark=mark, note=note))
    return tuple(lines)
