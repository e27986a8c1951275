"""`leadline audit`: what was written, whether the record of it is whole, and whether figures follow from their rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from leadline.app import periods
from leadline.app.auditing import Again, anchor_of, closed_again, paid_again, scored_again
from leadline.app.cli import output
from leadline.app.cli.context import Json
from leadline.app.cli.opening import opened
from leadline.app.payouts import approval, asked_as
from leadline.app.seen import ALL, hidden
from leadline.app.wiring import Workspace, open_published
from leadline.app.work import Office
from leadline.catalog.composition import dimensions, finest_shown, has_units
from leadline.catalog.definitions import GRAINS, Grain
from leadline.errors import QueryError
from leadline.metrics.published import Published
from leadline.metrics.query import Query, Viewer
from leadline.metrics.recompute import Recomputed, recompute
from leadline.scorecards.incentives import Payout
from leadline.store.entries import JournalRow
from leadline.store.journal import head
from leadline.store.journal import verify as verify_journal

audit = typer.Typer(
    name="audit", help="The journal of every write, and the proof of figures.", no_args_is_help=True
)
_FIELDS = ("seq", "at", "actor", "verb", "subject", "before", "after", "previous_hash", "hash")


@audit.command("verify")
def verify(
    context: typer.Context,
    anchor: Annotated[
        str | None,
        typer.Option("--anchor", help="What `audit anchor` once printed, kept elsewhere: SEQ:HASH."),
    ] = None,
    json_: Json = False,
) -> None:
    """Prove that no row of the journal was changed, removed, inserted or moved. Exit code 1 when one was."""
    kept = anchor_of(anchor) if anchor else None
    with opened(context) as space, space.ledger.read() as reader:
        faults = verify_journal(reader, kept)
    if json_:
        output.as_json({"faults": [str(fault) for fault in faults]})
    else:
        for fault in faults:
            output.say(str(fault))
        output.say(f"{len(faults)} faults." if faults else "The journal is whole.")
    if faults:
        raise typer.Exit(1)


@audit.command("anchor")
def anchor(context: typer.Context, json_: Json = False) -> None:
    """Print the journal's last row as SEQ:HASH. Kept elsewhere, it proves later that nothing up to it was removed."""
    with opened(context) as space, space.ledger.read() as reader:
        seq, hashed = head(reader)
    if json_:
        output.as_json({"seq": seq, "hash": hashed})
    else:
        output.say(f"{seq}:{hashed}")


@audit.command("log")
def log(
    context: typer.Context,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="So many rows, the newest first; 0: all.")
    ] = 20,
    actor: Annotated[str | None, typer.Option("--actor", help="Only what this person did.")] = None,
    verb: Annotated[str | None, typer.Option("--verb", help="Only this deed, e.g. publish.")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="Only what was done to this.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="From this day or instant on.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Before this day or instant.")] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="Only where this stands in what was said.")
    ] = None,
    json_: Json = False,
    csv_: Annotated[bool, typer.Option("--csv", help="Print CSV, with everything that was hashed.")] = False,
) -> None:
    """Show the newest writes, or those that are asked for."""
    with opened(context) as space:
        zone = ZoneInfo(space.definitions().project.time_zone) if since or until else None
        with space.ledger.read() as reader:
            rows: list[JournalRow] = reader.journal(
                limit=limit or None, subject=subject, actor=actor, verb=verb, since=_instant(since, zone),
                until=_instant(until, zone), text=text,
            )  # fmt: skip
    if json_:
        output.as_json([asdict(row) for row in rows])
    elif csv_:
        output.as_csv([asdict(row) for row in rows], _FIELDS)
    else:
        output.table(
            [[r.seq, r.at, r.actor, r.verb, r.subject] for r in rows], "seq", "at", "actor", "verb", "subject"
        )


@audit.command("recompute")
def recompute_(
    context: typer.Context,
    metrics: Annotated[list[str] | None, typer.Argument(help="Metrics; none named: all.")] = None,
    grain: Annotated[str, typer.Option("--grain", help="day, week, month, quarter or year.")] = "month",
    generation: Annotated[
        str | None,
        typer.Option("--generation", help="An earlier generation, as `audit log --verb publish` shows it."),
    ] = None,
    closed: Annotated[
        tuple[str, str] | None,
        typer.Option("--closed", help="Instead: all of a closed period, scores too.", metavar="CARD PERIOD"),
    ] = None,
    scored: Annotated[
        tuple[str, str] | None,
        typer.Option("--scored", help="Instead: all of a period as it stands, scores too.",
                     metavar="CARD PERIOD"),
    ] = None,
    paid: Annotated[
        tuple[str, str] | None,
        typer.Option("--paid", help="Instead: what an incentive plan pays for a period, step by step.",
                     metavar="PLAN PERIOD"),
    ] = None,
    json_: Json = False,
) -> None:  # fmt: skip
    """Work out published figures again from their rows, whole, by unit, by slice. Exit code 1 where one differs."""
    if paid:
        _payouts_again(context, paid, generation, json_=json_)
        return
    if closed or scored:
        _period_again(context, closed, scored, json_=json_)
        return
    if grain not in GRAINS:
        raise QueryError(f"{grain!r} is no grain.", code="unknown-grain", hint=f"One of {', '.join(GRAINS)}.")
    with opened(context) as space:
        published = open_published(space, generation)
        found = list(_again(space, published, metrics or sorted(published.catalog.metrics), grain))
    counts = Counter(one.outcome for one in found)
    unlike = [one for one in found if one.outcome != "equal"]
    if json_:
        figures = [{**asdict(one.published), "outcome": one.outcome, "why": one.why} for one in unlike]
        output.as_json(
            {
                "generation": published.generation.id,
                "counts": {str(name): n for name, n in counts.items()},
                "figures": figures,
            }
        )
    else:
        for one in unlike:
            figure = one.published
            place = ", ".join(filter(None, (figure.metric, figure.period, figure.unit, figure.slice)))
            output.say(f"{place}: {one.outcome}. {one.why}")
        said = ", ".join(f"{n:,} {outcome}" for outcome, n in counts.most_common()) or "no figures"
        output.say(f"{said}; generation {published.generation.id}.")
    if unlike:
        raise typer.Exit(1)


def _period_again(
    context: typer.Context, closed: tuple[str, str] | None, scored: tuple[str, str] | None, *, json_: bool
) -> None:
    with opened(context) as space:
        if closed:
            with space.ledger.read() as reader:
                closing = periods.closed(reader.frozen, *closed)
            found, of = list(closed_again(space, closing)), f"closed on generation {closing.generation}"
        elif scored:
            published = open_published(space)
            units = periods.units_of(published, scored[0])
            found = list(scored_again(published, *scored, units))
            of = f"generation {published.generation.id}"
        found = _shown(space, found, (closed or scored or ("", ""))[1])
    counts = Counter(one.outcome for one in found)
    unlike = [one for one in found if one.outcome != "equal"]
    if json_:
        output.as_json({"of": of, "counts": {str(name): n for name, n in counts.items()},
                        "figures": [asdict(one) for one in unlike]})  # fmt: skip
    else:
        for one in unlike:
            where = ", ".join(filter(None, (one.kept.label, one.kept.path, one.kept.unit)))
            output.say(f"{where}: {one.outcome}. {one.why}")
        said = ", ".join(f"{n:,} {outcome}" for outcome, n in counts.most_common()) or "no figures"
        output.say(f"{said}; {of}.")
    if unlike:
        raise typer.Exit(1)


def _payouts_again(
    context: typer.Context, paid: tuple[str, str], generation: str | None, *, json_: bool
) -> None:
    """Say of every payout of a plan's period whether it follows from its rows."""
    with opened(context) as space:
        published = open_published(space, generation)
        if isinstance(space.viewer, Viewer) and ALL not in space.viewer.sights:
            raise QueryError("Payouts stand on figures that are not all yours to see.", code="not-yours")
        found = list(paid_again(space, published, *paid))
        rounds = [one.kept for one in found]
        standing = approval(space.ledger, rounds)
        office = Office.of(space.ledger, published.catalog)
        asked = asked_as(office, standing.item.number) if standing.item else []
    before = {one["unit"]: one["amount"] for one in asked}
    unlike = [one for one in found if one.outcome != "equal"]
    lines = [
        {"unit": one.kept.unit, "state": one.kept.state, "outcome": one.outcome, "why": one.why,
         "amount": _money(one.kept), "from_rows": _money(one.derived), "asked_as": before.get(one.kept.unit),
         "hash": one.kept.statement()["hash"]}
        for one in found
    ]  # fmt: skip
    if json_:
        output.as_json({"plan": paid[0], "period": paid[1], "generation": published.generation.id,
                        "approval": standing.state, "payouts": lines})  # fmt: skip
    else:
        output.table(
            [[x["unit"], x["state"], x["amount"] or "–", x["from_rows"] or "–", x["asked_as"] or "–",
              x["outcome"], x["why"]] for x in lines],
            "unit", "state", "amount", "from the rows", "approval asked for", "outcome", "why",
            right=("amount", "from the rows", "approval asked for"),
        )  # fmt: skip
        output.say(f"{len(found) - len(unlike)} of {len(found)} equal; generation {published.generation.id}.")
        output.say(
            f"Approval: {standing.state}{f', work item {standing.item.number}' if standing.item else ''}."
        )
    if unlike:
        raise typer.Exit(1)


def _money(one: Payout | None) -> str | None:
    return None if one is None or one.amount is None else str(one.amount)


def _shown(space: Workspace, found: list[Again], label: str) -> list[Again]:
    """Give what who acts may see. Raises QueryError where that is nothing."""
    published = open_published(space)
    dark = hidden(published, space.viewer, [one.kept for one in found], published.periods.parse(label))
    return [one for n, one in enumerate(found) if n not in dark]


def _again(space: Workspace, published: Published, metrics: list[str], grain: Grain) -> Iterator[Recomputed]:
    """Recompute the figures of metrics as a whole, by unit, and by each of their slices."""
    for name in metrics:
        metric = published.metric(name)
        coarse = max(grain, finest_shown(published.catalog, metric), key=GRAINS.index)
        asked = Query(name, space.viewer, "recomputing published figures", coarse)
        queries = [asked]
        if has_units(published.catalog, metric) and published.catalog.units.names:
            queries.append(Query(name, space.viewer, asked.purpose, coarse, by_unit=True))
        queries += [
            Query(name, space.viewer, asked.purpose, coarse, by=(column,))
            for column in dimensions(published.catalog, metric)
        ]
        yield from recompute(published, queries)


def _instant(text: str | None, zone: ZoneInfo | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryError(
            f"{text!r} is no day and no instant.", code="unknown-instant", hint="Write 2026-05-01."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=zone)
