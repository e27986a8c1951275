"""How one figure was made: definition, files, counts, interval, status, and how to compute it again."""

import shlex
from datetime import timedelta

from leadline.app.disputes import about_figure
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import FigurePage
from leadline.app.web.contexts.figure import Count
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.contexts.work import WorkBox
from leadline.app.web.numbers import whole
from leadline.app.web.reading import PURPOSE, Reading
from leadline.app.web.texts import TEXTS, say
from leadline.app.web.views import work_lines
from leadline.app.web.views.metric import read_slice
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, figures, files
from leadline.app.work import address
from leadline.catalog.composition import collected
from leadline.catalog.definitions import (
    COMPOSED,
    Balance,
    Conversion,
    Derived,
    Mean,
    Metric,
    Quantile,
    Ratio,
    RowMetric,
    Share,
)
from leadline.errors import QueryError
from leadline.metrics import estimate
from leadline.metrics.explain import Explanation, explain
from leadline.metrics.observation import Observation
from leadline.metrics.query import Query
from leadline.scorecards.freezing import locks
from leadline.store import work_entries as w

USUAL = "More rows may still arrive for this period."
"""What the words of a provisional status say already."""


def figure(reading: Reading, asked: Asked) -> FigurePage:
    """Explain the figure of a metric, a period, a unit and a slice."""
    if not asked.metric or not asked.period:
        raise QueryError(
            say("figure.incomplete"), code="incomplete-figure", hint=say("figure.incomplete.hint")
        )
    metric = reading.published.metric(asked.metric)
    period = reading.published.periods.parse(asked.period)
    query = Query(
        metric.name, reading.viewer, PURPOSE, grain=period.grain, unit=asked.unit,
        since=period.start, until=period.end, where=read_slice(reading.catalog, metric, asked.slice),
    )  # fmt: skip
    found = reading.once(
        ("explain", metric.name, period, asked.unit, asked.slice), lambda: explain(reading.published, query)
    )
    one = found.observation
    back = to.metric(metric.name, period=one.period, unit=asked.unit, slice=asked.slice)
    return FigurePage(
        shell=shell(
            reading, say("figure.title_of", metric=metric.label, period=dates.period(period)), "metrics"
        ),
        metric=Link(metric.label, back),
        sentence=_sentence(metric, found),
        about=_about(reading, metric, asked, one),
        figure=figures.figure(figures.style(metric, one), one),
        status_words=_status(reading, metric, one),
        formula=_formula(metric, found),
        counts=_counts(metric, found),
        method=_method(metric, one),
        agrees=_agreement(metric, found),
        version=documents.version(found.definition, None, reading.zone, current=True),
        document=documents.document(reading.catalog, metric),
        batches=tuple(files.share_line(one, reading.zone) for one in (*found.batches, *found.derived_from)),
        law=_law(found),
        rows_sql=found.rows_sql,
        sql=found.sql,
        command=_command(metric, asked),
        work=_work(reading, metric.name, one, asked),
        decided=(
            *_disputed(reading, address(metric.name, one.period, asked.unit, asked.slice)),
            *_locked(reading, metric.name, one, asked.unit),
        ),
    )


def _work(reading: Reading, name: str, one: Observation, asked: Asked) -> WorkBox:
    """Give what is open about a figure, and the way to dispute it."""
    figure = address(name, one.period, asked.unit, asked.slice)
    opens = [
        ("work.dispute", to.work_open(workflow="kpi_dispute", figure=figure)),
        ("work.override", to.work_open(workflow="data_override", figure=figure)),
    ]
    return work_lines.box(reading, w.Link("figure", figure), opens)


def _disputed(reading: Reading, figure: str) -> tuple[tuple[Mark, Link], ...]:
    """Give the open disputes of a figure."""
    with reading.ledger.read() as reader:
        found = about_figure(reader, figure)
    mark = Mark("refused", say("figure.disputed"), "risk")
    return tuple(
        (mark, Link(
            say(
                "figure.disputed_by", who=one.item.author, title=one.item.title,
                state=one.item.workflow.titled(one.item.workflow.states[one.item.state], one.item.state).lower(),
            ),
            to.work_item(one.item.number),
        ))
        for one in found
    )  # fmt: skip


def _locked(
    reading: Reading, metric: str, one: Observation, unit: str | None
) -> tuple[tuple[Mark, Link], ...]:
    """Give the closed periods that froze a figure."""
    with reading.ledger.read() as reader:
        found = list(locks(reader.frozen, {metric}, (one.start, one.end), {unit}, part=one.slice))
    cards = reading.catalog.scorecards
    mark = Mark("superseded", say("figure.locked"), "quiet")
    return tuple(
        (mark, Link(
            say(
                "figure.locked_by", scorecard=cards[c.scorecard].label if c.scorecard in cards else c.scorecard,
                period=c.period, who=c.actor, at=dates.instant(c.closed_at, reading.zone),
            ),
            to.scorecard_period(c.scorecard, c.period, unit=unit),
        ))
        for c in found
    )  # fmt: skip


def _about(reading: Reading, metric: Metric, asked: Asked, one: Observation) -> tuple[tuple[str, str], ...]:
    units = reading.catalog.units
    return (
        (say("lineage.metric"), metric.label),
        (say("metric.period"), dates.period(dates.period_of(one))),
        (say("pick.unit"), units.label(asked.unit) if asked.unit else say("pick.all_units")),
        (say("pick.slice"), one.slice.replace("=", ": ") or say("pick.no_slice")),
        (say("metric.n"), whole(one.n)),
    )


def _sentence(metric: Metric, found: Explanation) -> str:
    one = found.observation
    period = dates.period(dates.period_of(one))
    if one.value is None:
        return say("sentence.none", metric=metric.label, period=period)
    value = figures.style(metric, one).value(one.value)
    return say("sentence.stood", metric=metric.label, value=value, period=period) + "."


def _formula(metric: Metric, found: Explanation) -> str:
    """Give the calculation with its numbers."""
    terms, one = found.terms, found.observation
    if one.value is None:
        return say("formula.hidden")
    if isinstance(metric, COMPOSED):
        made = metric.formula if isinstance(metric, Derived) else say(f"formula.{metric.type}")
        return say("formula.composed", formula=made, value=figures.style(metric, one).value(one.value))
    parts = _parts(metric, terms)
    if parts is None:
        return say("formula.direct")
    above, below = parts
    written = figures.style(metric, one)
    factor = estimate.scale(metric)
    scaled = f" × {factor:g}" if factor != 1 else ""
    return f"{above} ÷ {below}{scaled} = {written.value(one.value)}"


def _parts(metric: Metric, terms: dict[str, float]) -> tuple[str, str] | None:
    """Give numerator and denominator as written; None for a metric that is no fraction."""
    weighted = isinstance(metric, RowMetric) and metric.weight is not None
    n = _number(terms.get("n", 0.0))
    match metric:
        case Share() | Conversion():
            return (_number(terms["swk"]), _number(terms["sw"])) if weighted else (_number(terms["k"]), n)
        case Balance():
            plus, minus, all_ = ("swp", "swm", "sw") if weighted else ("plus", "minus", "n")
            return f"({_number(terms[plus])} − {_number(terms[minus])})", _number(terms[all_])
        case Ratio():
            return _number(terms["sy"]), _number(terms["sx"])
        case Mean():
            return (_number(terms["swx"]), _number(terms["sw"])) if weighted else (_number(terms["sx"]), n)
        case _:
            return None


def _counts(metric: Metric, found: Explanation) -> tuple[Count, ...]:
    """Give the sums behind the figure; those that only the interval needs are named as such."""
    hidden = found.observation.value is None
    kept = ("n",) if hidden else tuple(found.terms)
    return tuple(
        Count(
            say(f"term.{metric.type}.{name}") if f"term.{metric.type}.{name}" in TEXTS else _named(name),
            _number(found.terms[name]),
        )
        for name in kept
        if name in found.terms
    )


def _named(name: str) -> str:
    return say(f"term.{name}") if f"term.{name}" in TEXTS else name


def _number(value: float) -> str:
    return whole(value) if value == round(value) else f"{value:,.2f}"


def _method(metric: Metric, one: Observation) -> str:
    written = figures.style(metric, one)
    if one.value is None:
        return say("method.hidden")
    if one.low is None and one.high is None:
        return say("method.none", note=one.note)
    return say(
        "method.interval", method=one.method, interval=written.interval(one.low, one.high), n=whole(one.n)
    )


def _agreement(metric: Metric, found: Explanation) -> str:
    if found.observation.value is None:
        return ""
    if found.recomputed is None or isinstance(metric, Quantile):
        return say("agrees.states") if found.agrees else say("agrees.not")
    return say("agrees.rows") if found.agrees else say("agrees.not")


def _status(reading: Reading, metric: Metric, one: Observation) -> str:
    ended = dates.day(one.end - timedelta(days=1))
    as_of = dates.instant(reading.published.generation.as_of, reading.zone)
    after = collected(reading.catalog, metric).available_after
    at_once = one.status == "final" and after.startswith("0 ")
    key = "status_words.final_at_once" if at_once else f"status_words.{one.status}"
    words = say(
        key,
        ended=ended,
        after=after,
        as_of=as_of,
        least=metric.minimum_n,
        n=whole(one.n),
    )
    by_hand = figures.stated(figures.style(metric, one), one)
    note = "" if one.note == USUAL else one.note
    return " ".join(filter(None, (words, note, by_hand and f"{by_hand}.", one.notice)))


def _law(found: Explanation) -> str:
    batches = {share.batch.id: share.batch for share in (*found.batches, *found.derived_from)}.values()
    return say(
        "law.sentence",
        rows=whole(sum(b.rows_in for b in batches)),
        accepted=whole(sum(b.rows_accepted for b in batches)),
        held=whole(sum(b.rows_quarantined for b in batches)),
    )


def _command(metric: Metric, asked: Asked) -> str:
    """Give the command that explains the same figure."""
    options = {"--period": asked.period, "--unit": asked.unit, "--where": asked.slice}
    return shlex.join(
        [
            "leadline",
            "explain",
            metric.name,
            *(part for name, value in options.items() if value for part in (name, value)),
        ]
    )
