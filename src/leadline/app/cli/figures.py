"""`leadline refresh`, `query`, `explain`, `findings`: from facts to figures."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Literal

import typer

from leadline.app.as_of import open_as_of
from leadline.app.cli import output
from leadline.app.cli.context import Json, current
from leadline.app.cli.facts import fetched_as_list, ingest_as_dict, show_batches, show_fetched, tell_strays
from leadline.app.cli.opening import opened
from leadline.app.refresh import refresh
from leadline.app.seen import tells
from leadline.app.wiring import Workspace, changed_meaning, open_published
from leadline.catalog.definitions import Grain
from leadline.errors import QueryError
from leadline.metrics.adjusting import adjusted
from leadline.metrics.evaluate import evaluate
from leadline.metrics.explain import Explanation, explain
from leadline.metrics.observation import FIELDS, Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query

Metric = Annotated[
    str, typer.Argument(metavar="METRIC", help="Name of a metric; `leadline metrics` lists them.")
]
By = Annotated[str, typer.Option("--by", help="Columns to slice by, comma-separated.")]
Where = Annotated[
    list[str] | None, typer.Option("--where", help="Keep one value: COLUMN=VALUE. May be repeated.")
]
AsIs = Annotated[
    bool | None,
    typer.Option(
        "--as-is/--as-was",
        help="Read what has history (a customer's tier) as it is now, or as it was at the row's instant.",
    ),
]
Purpose = Annotated[
    str | None,
    typer.Option("--purpose", help="What it is for: refused where the metric serves another purpose."),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", help="Rows as they counted then: an instant (2026-05-01T00:00), a batch or a generation."
    ),
]
_DIMENSIONS: dict[bool | None, Literal["as_was", "as_is"] | None] = {
    None: None,
    True: "as_is",
    False: "as_was",
}
Unit = Annotated[str | None, typer.Option("--unit", help="An organisational unit.")]


def refresh_project(context: typer.Context, json_: Json = False) -> None:
    """Ingest, compute and publish: everything or nothing."""
    here = current(context)
    bar = output.Bar()
    with opened(context) as space, bar.running():
        result = refresh(space, here.clock, bar.show)
        seen = not json_ and tell_strays(space, result.ingested)
    if json_:
        output.as_json(
            {
                "generation": result.generation,
                "as_of": result.as_of,
                "fetched": fetched_as_list(result.fetched),
                "ingest": ingest_as_dict(result.ingested),
                "metrics": result.metrics,
                "findings": len(result.findings),
            }
        )
        return
    show_fetched(result.fetched)
    show_batches(result.ingested, examples=seen)
    output.say(
        f"Published generation {result.generation}: {result.metrics} metrics, {len(result.findings)} findings. "
        "Look at it: leadline serve"
    )


def query(
    context: typer.Context,
    metric: Metric,
    by: By = "",
    unit: Unit = None,
    by_unit: Annotated[bool, typer.Option("--by-unit", help="One row for each part of the unit.")] = False,
    grain: Annotated[str, typer.Option("--grain", help="hour, day, week, month, quarter or year.")] = "month",
    since: Annotated[str | None, typer.Option("--from", help="First period or day, e.g. 2026-01.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last period or day, included.")] = None,
    where: Where = None,
    as_is: AsIs = None,
    as_of: AsOf = None,
    purpose: Purpose = None,
    beside: Annotated[
        bool,
        typer.Option(
            "--adjusted", help="Also what stands beside: standardised, raked, with rows by cluster."
        ),
    ] = False,
    json_: Json = False,
    csv_: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Give the figures of a metric, each with its interval, n and status."""
    with opened(context) as space:
        published = open_as_of(space, as_of, current(context).clock) if as_of else open_published(space)
        asked = Query(
            metric=metric,
            viewer=space.viewer,
            purpose=purpose or "query on the command line",
            grain=_grain(grain),
            by=_columns(by),
            unit=unit,
            by_unit=by_unit,
            since=_day(published, since, last=False),
            until=_day(published, until, last=True),
            where=_pairs(where),
            dimensions=_DIMENSIONS[as_is],
        )
        found = adjusted(published, asked) if beside else evaluate(published, asked)
        if not as_of:
            _warn_if_changed(space, published)
    fields = (*FIELDS, "adjustment") if beside else FIELDS
    rows = [{name: getattr(observation, name) for name in fields} for observation in found]
    if json_:
        output.as_json(rows)
    elif csv_:
        output.as_csv(rows, fields)
    else:
        _table(published, metric, found, beside=beside)


def _table(published: Published, metric: str, found: list[Observation], *, beside: bool) -> None:
    definition = published.metric(metric)
    decimals = definition.decimals if definition.decimals is not None else 2
    number = output.number
    was = any(o.former is not None for o in found)
    rows = [
        [o.period, o.unit or "", o.slice, number(o.value, decimals), number(o.low, decimals), number(o.high, decimals),
         "" if o.n is None else f"{o.n:,}", o.status, *([_was(o, decimals)] if was else []), o.note,
         *([o.adjustment or "raw"] if beside else [])]
        for o in found
    ]  # fmt: skip
    output.say(
        f"{definition.label} ({metric}, version {published.version('metric', metric)}), {definition.measured_in}"
    )
    right = ("value", "low", "high", "n", "was")
    columns = [
        "period",
        "unit",
        "slice",
        "value",
        "low",
        "high",
        "n",
        "status",
        *(["was"] if was else []),
        "note",
    ]
    output.table(rows, *columns, *(["adjustment"] if beside else []), right=right)
    if found:
        methods = "; ".join(dict.fromkeys(o.method for o in found))
        output.say(f"Intervals: 95 %, {methods}. As of {published.generation.as_of:%Y-%m-%d %H:%M} UTC.")
    if found and found[0].unreliable:
        output.say(found[0].unreliable)
    for notice in dict.fromkeys(n.text for o in found for n in o.notices):
        output.say(f"Note: {notice}")


def _was(one: Observation, decimals: int) -> str:
    return "" if one.former is None else output.number(one.former, decimals)


def explain_figure(
    context: typer.Context,
    metric: Metric,
    period: Annotated[str, typer.Option("--period", help="The period, e.g. 2026-03 or 2026-W10.")],
    unit: Unit = None,
    where: Where = None,
    as_is: AsIs = None,
    as_of: AsOf = None,
    purpose: Purpose = None,
    json_: Json = False,
) -> None:
    """Say where one figure comes from: definition, batches, rows, SQL; and compute it once more from the rows."""
    with opened(context) as space:
        published = open_as_of(space, as_of, current(context).clock) if as_of else open_published(space)
        wanted = published.periods.parse(period)
        asked = Query(
            metric=metric,
            viewer=space.viewer,
            purpose=purpose or "explanation on the command line",
            grain=wanted.grain,
            unit=unit,
            since=wanted.start,
            until=wanted.end,
            where=_pairs(where),
            dimensions=_DIMENSIONS[as_is],
        )
        found = explain(published, asked)
    if json_:
        output.as_json(asdict(found))
    else:
        _explained(found)
    if not found.agrees:
        raise typer.Exit(1)


def _explained(found: Explanation) -> None:
    o = found.observation
    place = ", ".join(filter(None, (o.unit, o.slice))) or "everything"
    n = "–" if o.n is None else f"{o.n:,}"
    output.say(
        f"{o.metric} version {o.version}, {o.period}, {place}: {output.number(o.value, 4)} "
        f"[{output.number(o.low, 4)}, {output.number(o.high, 4)}] ({o.method}), n {n}, {o.status}"
        + (f", was {output.number(o.former, 4)} when first final" if o.former is not None else "")
    )
    for notice in o.notices:
        output.say(f"Note: {notice.text}")
    for sentence in found.words:
        output.say(f"  {sentence}")
    output.say(f"Definition: {found.definition.file}:{found.definition.line}, recorded "
               f"{found.definition.recorded_at:%Y-%m-%d %H:%M} UTC.")  # fmt: skip
    output.say("Made of: " + ", ".join(f"{name} = {value:,.10g}" for name, value in found.terms.items()))
    again = "equal" if found.agrees else "NOT EQUAL: do not use this figure, and report it"
    output.say(f"Computed again from the rows: {output.number(found.recomputed, 4)} ({again}).")
    for title, shares in (("Read from", found.batches), ("Derived from", found.derived_from)):
        if shares:
            output.say(f"{title}:")
            rows = [[s.batch.source, s.batch.file, s.batch.id, f"{s.rows:,}", f"{s.batch.rows_accepted:,}",
                     f"{s.batch.rows_quarantined:,}"] for s in shares]  # fmt: skip
            right = ("rows in the figure", "accepted", "held")
            output.table(rows, "source", "file", "batch", *right, right=right)
    output.say(f"Published in generation {found.generation}, as of {found.as_of}.")
    output.say("SQL over the states:\n" + found.sql)
    output.say("SQL over the rows:\n" + found.rows_sql)


def findings(
    context: typer.Context,
    metric: Annotated[str | None, typer.Option("--metric", help="Only findings about this metric.")] = None,
    json_: Json = False,
) -> None:
    """List what was found in the latest generation, the newest periods first."""
    with opened(context) as space:
        published = open_published(space)
        with space.ledger.read() as reader:
            every = reader.findings(published.generation.id)
        found = [f for f in every if metric in (None, f.metric) and tells(published, space.viewer, f)]
    found.sort(key=lambda f: (f.period, f.severity), reverse=True)
    if json_:
        output.as_json([asdict(f) for f in found])
        return
    rows = [[f.period, f.kind, f.severity, f.statement] for f in found]
    output.table(rows, "period", "kind", "severity", "what")
    output.say(f"{len(found)} findings.")


def _grain(text: str) -> Grain:
    return text  # type: ignore[return-value]  # the engine refuses an unknown grain by name


def _columns(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _pairs(texts: list[str] | None) -> dict[str, str]:
    pairs = {}
    for text in texts or []:
        column, sign, value = text.partition("=")
        if not sign or not column:
            raise QueryError(
                f"{text!r} is not COLUMN=VALUE.", code="usage", hint="For example --where channel=phone."
            )
        pairs[column.strip()] = value
    return pairs


def _day(published: Published, text: str | None, *, last: bool) -> date | None:
    """Read a day or a period's label: its first day, or (for --to, which is included) the day after its last."""
    if text is None:
        return None
    period = published.periods.parse(text)
    return period.end if last else period.start


def _warn_if_changed(space: Workspace, published: Published) -> None:
    changed = changed_meaning(space, published)
    if changed:
        output.err.print(
            f"Note: {', '.join(changed[:5])} changed since the last refresh; these figures are from before. "
            "Run leadline refresh."
        )
