"""`leadline history`, `leadline bridge`, and the end of definitions: deprecate, sunset, retire."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.opening import opened
from leadline.app.cli.plan import key_said
from leadline.app.ending import end
from leadline.app.wiring import open_published
from leadline.catalog.definitions import GRAINS
from leadline.errors import QueryError
from leadline.governance.history import History
from leadline.governance.history import history as history_of
from leadline.governance.lives import life
from leadline.governance.version_bridge import version_bridge
from leadline.store.effective import Deed

Kind = Annotated[str, typer.Argument(help="metric, scorecard, fact …")]
Name = Annotated[str, typer.Argument(help="The definition's name.")]
Replacement = Annotated[str, typer.Option("--replaced-by", help="What to use instead.", metavar="NAME")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
MADE = {
    "first": "the first",
    "meaning": "means something else",
    "words": "only described otherwise",
    "beneath": "what it stands on means something else",
}


def history(context: typer.Context, kind: Kind, name: Name, json_: Json = False) -> None:
    """Show every version of a definition, who made it, what it changed, and when it was in force."""
    with opened(context) as space, space.ledger.read() as reader:
        found = history_of(reader, kind, name)
    if json_:
        output.as_json(found.as_dict())
        return
    for one in found.versions:
        at = one.version.recorded_at
        output.say(
            f"version {one.number}, {at:%Y-%m-%d %H:%M} UTC, {one.actor or 'somebody'}: {MADE[one.made]}"
        )
        for key in one.keys:
            output.say(f"    {key_said(key)}")
    _deeds(found)


def _deeds(found: History) -> None:
    if found.deeds:
        output.say("\nIn force:")
    for deed in found.deeds:
        since = f", for periods from {deed.since} on" if deed.since else ""
        version = f" version {found.number(deed.definition)}" if deed.definition else ""
        allowed = f", by {deed.request}" if deed.request else ""
        instead = f", replaced by {deed.replaced_by}" if deed.replaced_by else ""
        plan = f", plan {deed.plan[:12]}" if deed.plan else ""
        output.say(f"{deed.at:%Y-%m-%d} {deed.actor}: {deed.deed}{version}{since}{plan}{allowed}{instead}")


def bridge(
    context: typer.Context,
    metric: Name,
    grain: Annotated[str, typer.Option("--grain", help="day, week, month, quarter or year.")] = "month",
    periods: Annotated[int, typer.Option("--periods", min=1, max=120, help="So many past periods.")] = 12,
    json_: Json = False,
) -> None:
    """Show a metric by its last two versions, and what of each step is the definition and what are rows."""
    if grain not in GRAINS:
        raise QueryError(f"{grain!r} is no grain.", code="unknown-grain", hint=f"One of {', '.join(GRAINS)}.")
    with opened(context) as space:
        published = open_published(space)
        published.metric(metric)
        with space.ledger.read() as reader:
            versions = life(reader, "metric", metric).versions
        found = version_bridge(published, versions, metric, viewer=space.viewer, grain=grain, periods=periods)
    if json_:
        output.as_json(asdict(found))
        return
    old, new = f"version {found.old_version}", f"version {found.new_version}"
    output.say(f"{found.title} ({found.metric}), {found.measured_in}")
    columns = ("published first", "late and corrected rows", old, "the definition", new, "in force")
    output.table(
        [
            [
                s.period, *map(output.number, (s.published, s.rows, s.old, s.definition, s.new)),
                f"version {s.in_force}",
            ]
            for s in found.spans
        ],
        "period", *columns, right=columns[:-1],
    )  # fmt: skip


def deprecate(
    context: typer.Context, kind: Kind, name: Name, replaced_by: Replacement = "", reason: Reason = ""
) -> None:
    """Say that a governed definition will come to its end; whoever uses it is told."""
    _end(context, kind, name, "deprecate", replaced_by=replaced_by, reason=reason)


def sunset(
    context: typer.Context,
    kind: Kind,
    name: Name,
    on: Annotated[str, typer.Option("--on", help="The day from which it may be retired.", metavar="DAY")],
    replaced_by: Replacement = "",
    reason: Reason = "",
) -> None:
    """Set the day on which a deprecated definition comes to its end."""
    try:
        day = date.fromisoformat(on)
    except ValueError as error:
        raise QueryError(f"{on!r} is no day.", code="unknown-instant", hint="Write 2026-12-31.") from error
    _end(context, kind, name, "sunset", on=day, replaced_by=replaced_by, reason=reason)


def retire(context: typer.Context, kind: Kind, name: Name, reason: Reason = "") -> None:
    """Compute a definition no longer; its text and all its figures are archived."""
    _end(context, kind, name, "retire", reason=reason)


def _end(
    context: typer.Context,
    kind: str,
    name: str,
    deed: Deed,
    *,
    on: date | None = None,
    replaced_by: str = "",
    reason: str = "",
) -> None:
    now = current(context)
    with opened(context) as space:
        _, folder = end(space, now.clock, (kind, name), deed, on=on, replaced_by=replaced_by, note=reason)
    day = f" on {on}" if on else ""
    output.say(f"{kind} {name}: {deed}{day}. See: leadline history {kind} {name}")
    if folder is not None:
        output.say(f"Its definition and figures are kept in {folder}.")
