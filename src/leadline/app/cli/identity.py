"""`leadline identity`: who is who, what a person should look at, what was decided, and what became of ids."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from leadline.app import identities
from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened, told
from leadline.app.wiring import Workspace, open_published
from leadline.ingest.identity import decisions as d
from leadline.ingest.identity import reading
from leadline.ingest.identity.reading import Pair
from leadline.ingest.identity.resolve import states
from leadline.store.lock import writing
from leadline.store.staging import Staging

identity = typer.Typer(
    name="identity", help="Which records are one person: review, decide, undo.", no_args_is_help=True
)

Name = Annotated[str | None, typer.Option("--identity", help="Which identity, where there are several.")]
Record = Annotated[str, typer.Argument(help="A record, by its key.")]
Because = Annotated[str, typer.Option("--because", help="Why; it is kept with the decision.")]
Limit = Annotated[int, typer.Option("--limit", help="How many are shown.")]
Level = Annotated[
    str | None,
    typer.Option("--level", help="One household (account …), and not one person: a level of the identity."),
]
NEXT = "It is in force from the next refresh."


@identity.command("list")
def list_identities(context: typer.Context, json_: Json = False) -> None:
    """List the identities as they were resolved last."""
    with opened(context) as space:
        found = states(open_published(space).generation.tables)
    if json_:
        output.as_json([{"identity": name, **one.as_dict()} for name, one in found.items()])
        return
    rows = [
        [name, one.of, f"{one.counts['records']:,}", f"{one.counts[one.columns[0]]:,}", f"{one.counts['review']:,}",
         one.model or "none"] for name, one in found.items()
    ]  # fmt: skip
    output.table(
        rows,
        "identity",
        "of",
        "records",
        "persons",
        "to review",
        "model",
        right=("records", "persons", "to review"),
    )
    for one in found.values():
        for said in one.said:
            output.say(said)


@identity.command("review")
def review(context: typer.Context, name: Name = None, limit: Limit = 20, json_: Json = False) -> None:
    """Show the pairs that a person should look at."""
    with opened(context) as space:
        published = open_published(space)
        name, found = identities.state(published, name)
        asked = reading.review(published.engine, found, limit)
        with space.ledger.read() as reader:
            decided = d.decided(reader, name)
        open_ = [a for a in asked if (a.left, a.right) not in decided.accepted | decided.rejected]
        _told(space, name, "pairs to be decided", {key for a in open_ for key in (a.left, a.right)})
    if json_:
        output.as_json([asdict(one) for one in open_])
        return
    rows = [[a.left, a.right, a.reason, a.rule or output.number(a.probability, 4)] for a in open_]
    output.table(rows, "record", "record", "why it is asked", "probability or rule")
    output.say(f"{found.counts['review']:,} pairs were to review at the last refresh.")


@identity.command("show")
def show(context: typer.Context, left: Record, right: Record, name: Name = None, json_: Json = False) -> None:
    """Set two records side by side, with what each comparison says."""
    with opened(context) as space:
        published = open_published(space)
        name, _ = identities.state(published, name)
        _told(space, name, "two records side by side", {left, right})
        pair = identities.side_by_side(
            published,
            space.ledger,
            name,
            (left, right),
            lambda: Staging(space.home.root, space.settings, large=False),
        )
    if json_:
        output.as_json({**asdict(pair), "probability": pair.probability})
        return
    output.table(
        [[column, pair.left[column], pair.right[column]] for column in pair.left], "column", left, right
    )
    _weights(pair)


def _told(space: Workspace, name: str, purpose: str, subjects: Collection[object]) -> None:
    told(space, "ingest:identity:read", f"identity:{name}", purpose=purpose, subjects=len(subjects))


def _weights(pair: Pair) -> None:
    if pair.bits is None:
        output.say("Nothing was learned: only rules link records.")
        return
    rows: list[Sequence[object]] = [["odds of any two", "", "", "", output.number(pair.prior)]]
    rows += [
        [one.name, " ".join(one.left), " ".join(one.right), one.grade, output.number(one.bits)]
        for one in pair.lines
    ]
    rows.append(["together", "", "", f"probability {pair.probability:.4f}", output.number(pair.bits)])
    output.table(rows, "comparison", "one", "other", "grade", "bits", right=("bits",))


@identity.command("accept")
def accept(
    context: typer.Context,
    left: Record,
    right: Record,
    name: Name = None,
    because: Because = "",
    level: Level = None,
) -> None:
    """Say that two records are one."""
    _decide(context, name, (left, right), accept=True, because=because, level=level)


@identity.command("reject")
def reject(
    context: typer.Context,
    left: Record,
    right: Record,
    name: Name = None,
    because: Because = "",
    level: Level = None,
) -> None:
    """Say that two records are not one: they will never be in one person."""
    _decide(context, name, (left, right), accept=False, because=because, level=level)


def _decide(
    context: typer.Context,
    name: str | None,
    keys: tuple[str, str],
    *,
    accept: bool,
    because: str,
    level: str | None,
) -> None:
    with opened(context) as space:
        published = open_published(space)
        name, _ = identities.state(published, name)
        identities.decide(
            space.ledger,
            published,
            name,
            keys,
            accept=accept,
            actor=space.actor,
            because=because,
            level=level,
        )
    one = f"one {level}" if level else "one"
    output.say(f"{keys[0]} and {keys[1]} are {one if accept else f'not {one}'}, says {space.actor}. {NEXT}")


@identity.command("undo")
def undo(
    context: typer.Context,
    number: Annotated[
        str, typer.Argument(help="The number of a decision, or of a change as `log` shows it (3.0).")
    ],
    name: Name = None,
    because: Because = "",
) -> None:
    """Take back a decision, or what a refresh joined or parted of itself."""
    with opened(context) as space:
        published = open_published(space)
        name, _ = identities.state(published, name)
        if number.isdigit():
            with space.ledger.write(actor=space.actor) as writer:
                d.undo(writer, name, int(number), because)
            output.say(f"Decision {number} is taken back. {NEXT}")
        else:
            line = identities.undo_change(space.ledger, published, name, number, actor=space.actor)
            output.say(f"{line.id} {line.what} {line.other} will be undone. {NEXT}")


@identity.command("decisions")
def decisions(context: typer.Context, name: Name = None, json_: Json = False) -> None:
    """List what people decided, undone or not."""
    with opened(context) as space:
        name, _ = identities.state(open_published(space), name)
        with space.ledger.read() as reader:
            found = d.decisions(reader, name)
        _told(space, name, "what was decided", {key for one in found for key in (*one.left, *one.right)})
    if json_:
        output.as_json([asdict(one) for one in found])
        return
    rows = [
        [one.number, one.at[:16], one.actor, f"{'' if one.accepted else 'not '}one {one.level}".strip(),
         " ".join(one.left), " ".join(one.right), "undone" if one.undone else "", one.because] for one in found
    ]  # fmt: skip
    output.table(rows, "number", "at", "by", "decided", "record", "record", "", "because")


@identity.command("log")
def log(context: typer.Context, name: Name = None, limit: Limit = 50, json_: Json = False) -> None:
    """Show what became of ids: merged, split, moved, ended; when, why and by whom."""
    with opened(context) as space:
        published = open_published(space)
        name, found = identities.state(published, name)
        lines = reading.log(published.engine, found, limit)
        _told(space, name, "what became of ids", {one.id for one in lines})
    if json_:
        output.as_json([asdict(line) for line in lines])
        return
    rows = [
        [f"{one.run}.{one.nth}", f"{one.at:%Y-%m-%d %H:%M}", one.level, one.what, one.id, one.other, one.records,
         one.why, one.by]
        for one in lines
    ]  # fmt: skip
    output.table(
        rows, "change", "at", "level", "what", "id", "other", "records", "why", "by", right=("records",)
    )


@identity.command("model")
def model(context: typer.Context, name: Name = None, json_: Json = False) -> None:
    """Show what was learned: how often each grade is seen in pairs that are one (m), in others (u), and its bits."""
    with opened(context) as space:
        name, found = identities.state(open_published(space), name)
        learned = identities.model_in_force(space.ledger, name, found.model)
    if json_:
        output.as_json(learned.as_dict() if learned else None)
        return
    if learned is None:
        output.say("Nothing was learned. " + " ".join(found.said))
        return
    rows = [
        [one.name if nth == 0 else "", grade.words, f"{grade.m:.4g}", f"{grade.u:.4g}", output.number(grade.bits),
         "" if grade.learned else "not seen"]
        for one in learned.compared for nth, grade in enumerate(one.grades)
    ]  # fmt: skip
    output.table(rows, "comparison", "grade", "m", "u", "bits", "", right=("m", "u", "bits"))
    output.say(
        f"Version {learned.version}, from {learned.records:,} records; two at random are one with {learned.prior:.3g}."
    )


@identity.command("learn")
def learn(context: typer.Context, name: Annotated[str, typer.Argument(help="Which identity.")]) -> None:
    """Learn again from the rows as they are; every pair is then judged anew at the next refresh."""
    here = current(context)
    with opened(context) as space, writing(space.home, "learn", here.clock):
        learned = identities.relearned(space, name)
    output.say(f"Version {learned.version} was learned from {learned.records:,} records. {NEXT}")
