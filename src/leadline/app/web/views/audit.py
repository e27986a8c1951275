"""The journal searched: who did what to what and when; every write, and every read of personal data."""

import csv
import io
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

from leadline.app.auditing import anchor_of
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.download import Download
from leadline.app.web.contexts.governance import Block, Cell, Field, Form, GovernancePage
from leadline.app.web.numbers import whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.governing import beside, crumbs
from leadline.app.web.views.shells import shell
from leadline.errors import QueryError
from leadline.store.entries import JournalRow
from leadline.store.journal import verify

SHOWN = 100
FAULTS = 20
PROOF = "proof"
FIELDS = ("seq", "at", "actor", "verb", "subject", "before", "after", "previous_hash", "hash")


def audit(reading: Reading, asked: Asked) -> GovernancePage:
    """Show the newest rows of the journal, or those that are asked for."""
    rows = found(reading, asked, SHOWN)
    at = {"actor": asked.actor, "verb": asked.verb, "q": asked.q, "since": asked.since, "until": asked.until}
    fields = [Field(name, say(f"audit.{name}"), value=at[name] or "") for name in at]
    search = Form(to.audit(), tuple(fields), (("", say("audit.search")),), "get")
    export = say("audit.export", command=_command(at))
    return GovernancePage(
        shell=shell(reading, say("audit.title"), "definitions"),
        crumbs=crumbs(),
        title=say("audit.title"),
        about=(say("audit.about"),),
        mark=None,
        beside=beside("audit"),
        blocks=(
            _checkpoint(reading, asked),
            Block(say("audit.search"), form=search),
            Block(
                say("audit.rows"),
                about=(export, *((say("audit.more", shown=SHOWN),) if len(rows) == SHOWN else ())),
                columns=(
                    "#",
                    say("audit.when"),
                    say("audit.actor"),
                    say("audit.verb"),
                    say("audit.subject"),
                    say("audit.said"),
                ),
                rows=tuple(_line(reading, row) for row in rows),
                empty=say("audit.none"),
                form=_download(at) if rows else None,
            ),
        ),
    )


def download(reading: Reading, asked: Asked) -> Download:
    """Give the rows that are asked for, all of them, with everything that was hashed. Raises QueryError as `found`."""
    rows = found(reading, asked, None)
    return Download("journal.csv", "text/csv; charset=utf-8", as_csv(rows).encode())


def _download(at: dict[str, str | None]) -> Form:
    fields = tuple(Field(name, "", "hidden", value) for name, value in at.items() if value)
    return Form(to.journal_csv(), fields, (("", say("audit.download")),), "get")


def _checkpoint(reading: Reading, asked: Asked) -> Block:
    """Show the last row, to be kept elsewhere; prove the chain where that is asked for, up to what was kept."""
    with reading.ledger.read() as reader:
        last = reader.journal(1)
        faults = None
        if asked.kind == PROOF:
            faults = verify(reader, anchor_of(asked.anchor) if asked.anchor else None)
    said = [say("audit.checkpoint.about")]
    if faults is not None:
        said += [str(fault.message) for fault in faults[:FAULTS]]
        whole_ = "audit.whole_anchored" if asked.anchor else "audit.whole"
        said.append(
            say("audit.faults", count=len(faults), faults=whole(len(faults)))
            if faults
            else say(whole_, rows=whole(last[0].seq if last else 0))
        )
    fields = (
        Field("kind", "", "hidden", PROOF),
        Field("anchor", say("audit.anchor"), value=asked.anchor or ""),
    )
    return Block(
        say("audit.checkpoint"),
        about=tuple(said),
        text=f"{last[0].seq}:{last[0].hash}" if last else "",
        form=Form(to.audit(), fields, (("", say("audit.prove")),), "get"),
    )


def found(reading: Reading, asked: Asked, limit: int | None) -> list[JournalRow]:
    """Give the rows that meet all that is asked, the newest first. Raises QueryError on a day that is none."""
    with reading.ledger.read() as reader:
        return reader.journal(
            limit, actor=asked.actor, verb=asked.verb, since=_instant(asked.since, reading.zone),
            until=_instant(asked.until, reading.zone), text=asked.q,
        )  # fmt: skip


def as_csv(rows: list[JournalRow]) -> str:
    """Give rows as CSV, with everything that was hashed."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return text.getvalue()


def _line(reading: Reading, row: JournalRow) -> tuple[Cell, ...]:
    said = row.after or row.before
    return (
        Cell(str(row.seq)),
        Cell(dates.instant(datetime.fromisoformat(row.at), reading.zone)),
        Cell(row.actor),
        Cell(row.verb),
        Cell(row.subject),
        Cell(said if len(said) <= 160 else f"{said[:160]}…"),
    )


def _command(at: dict[str, str | None]) -> str:
    names = {"actor": "--actor", "verb": "--verb", "q": "--text", "since": "--from", "until": "--to"}
    given = [f"{names[name]} '{value}'" for name, value in at.items() if value]
    return " ".join(["leadline audit log --limit 0", *given, "--csv"])


def _instant(text: str | None, zone: str) -> datetime | None:
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryError(
            f"{text!r} is no day and no instant.", code="unknown-instant", hint="Write 2026-05-01."
        ) from error
    return when if when.tzinfo else when.replace(tzinfo=ZoneInfo(zone))
