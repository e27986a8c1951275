"""What the working definitions would change: the plan, and for each metric the back-test of both versions."""

from dataclasses import replace

from leadline.app.evidence import evidence
from leadline.app.planning import published_and_governed
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.charts.specs import BarSpec, IntervalRow, IntervalSpec
from leadline.app.web.contexts.governance import Block, Cell, GovernancePage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.governing import beside, crumbs
from leadline.app.web.views.history import key_said
from leadline.app.web.views.rescored import payments, scores
from leadline.app.web.views.shells import shell
from leadline.app.wiring import in_force_at
from leadline.catalog import Catalog, load
from leadline.catalog.plan import Change, Plan, plan
from leadline.errors import LeadlineError
from leadline.governance.backtest import backtest
from leadline.governance.backtest_results import BackTest, MetricTest, Pair
from leadline.governance.moved import Moved

PERIODS = 6
SHOWN = 20
FLIPS = 60
JUDGED = frozenset({"scorecard", "incentive"})
"""What judges figures and changes none: kinds of which a change is told in scores and payouts alone."""


def plan_page(reading: Reading, asked: Asked) -> GovernancePage:
    """Show the plan."""
    del asked
    found, working = _planned(reading)
    if found is None:
        return _page(reading, (), (say("plan.unusable"),))
    if working is None or not found.changes:
        return _page(reading, (), (say("plan.none"),))
    facts = [(say("plan.hash"), found.hash[:16])]
    if found.governed:
        facts.append((say("plan.to_apply"), found.to_apply.hash[:16]))
    facts.append((say("plan.breaking"), say("plan.yes") if found.breaking else say("plan.no")))
    changes = Block(
        say("plan.changes"),
        facts=tuple(facts),
        columns=tuple(say(f"plan.{one}") for one in ("definition", "what", "how", "stands")),
        rows=tuple(_change(change) for change in found.changes),
    )
    owners = Block(
        say("plan.owners"),
        columns=(say("plan.owner"), say("plan.theirs")),
        rows=tuple(
            (Cell(owner or say("plan.nobody")), Cell(", ".join(theirs)))
            for owner, theirs in found.owners.items()
        ),
    )
    judged = tuple(c for c in found.changes if c.kind in JUDGED and c.what != "words" and c.keys)
    tested = _judged(reading, found, working, judged)
    return _page(reading, (changes, owners, *tested), (say("plan.about"),))


def metric_page(reading: Reading, asked: Asked, name: str) -> GovernancePage:
    """Show what a plan does to one metric: key by key, and both versions over past periods."""
    del asked
    metric = reading.published.metric(name)
    found, working = _planned(reading)
    change = found.of("metric", name) if found else None
    crumb = (*crumbs(), Link(say("governance.plan"), to.plan()))
    if found is None or working is None or change is None or change.what != "meaning":
        said = say("plan.unchanged") if found else say("plan.unusable")
        return _page(reading, (), (said,), title=metric.label, crumb=crumb)
    blocks = [_keys(change)]
    about: tuple[str, ...] = ()
    if _later(reading, change):
        about = (say("plan.later"),)
    elif reading.seen_units is None:
        tested = _tested(reading, found, working, change)
        blocks += _blocks(reading, tested)
    else:
        about = (say("plan.not_seen"),)
    return _page(reading, tuple(blocks), about, title=metric.label, crumb=crumb)


def _page(
    reading: Reading,
    blocks: tuple[Block, ...],
    about: tuple[str, ...],
    *,
    title: str = "",
    crumb: tuple[Link, ...] = (),
) -> GovernancePage:
    words = title or say("plan.title")
    return GovernancePage(
        shell=shell(reading, words, "definitions"),
        crumbs=crumb or crumbs(),
        title=words,
        about=about,
        mark=None,
        beside=beside("plan"),
        blocks=blocks,
    )


def _planned(reading: Reading) -> tuple[Plan | None, Catalog | None]:
    """Compare the folder with what is in force; nothing where the folder cannot be used.

    What is not governed is in force as it was published last, the rest as the ledger says.
    """
    working = load(reading.catalog.root)
    if any(problem.level == "error" for problem in working.problems):
        return None, None
    try:
        with reading.ledger.read() as reader:
            ruling = in_force_at(reading.catalog.root, reading.now, reader)
    except LeadlineError:  # what is in force does not fit what is written
        return None, None
    standing = reading.catalog
    if ruling.versions:
        standing = published_and_governed(standing, ruling, standing.root)
    return plan(standing, working), working


def _later(reading: Reading, change: Change) -> bool:
    """Tell whether another version came into force since what is published was computed."""
    known = reading.published.versions.get((change.kind, change.name))
    return known is not None and change.before is not None and known.meaning != change.before.meaning


def _tested(reading: Reading, found: Plan, working: Catalog, change: Change) -> BackTest:
    """Test one metric's change, once for the same texts."""
    alone = replace(found, changes=(change,))
    return _test(reading, alone, working, ("backtest", change.name, found.hash))


def _test(reading: Reading, alone: Plan, working: Catalog, key: tuple[str, ...]) -> BackTest:
    def run() -> BackTest:
        plans = reading.catalog.incentives.values()
        known = evidence(reading.ledger, reading.published, plans, reading.viewer)
        return backtest(
            reading.published,
            alone,
            working,
            viewer=reading.viewer,
            periods=PERIODS,
            examples=0,
            evidence=known,
        )

    return reading.once(key, run)


def _judged(reading: Reading, found: Plan, working: Catalog, judged: tuple[Change, ...]) -> tuple[Block, ...]:
    """Show what changes of scorecards and incentive plans do to scores and payouts, to who sees every unit."""
    if not judged or reading.seen_units is not None:
        return ()
    alone = replace(found, changes=judged)
    tested = _test(reading, alone, working, ("backtest", "judged", found.hash))
    about = Block(say("plan.judged"), (say("plan.judged.about"),))
    return (about, *retold(tested), _flips(tested))


def retold(tested: BackTest) -> tuple[Block, ...]:
    """Give the scores and payouts of a back-test by both versions."""
    said = tested.as_dict()
    return (*scores(said["scored"]), *payments(said["repaid"]))


def _change(change: Change) -> tuple[Cell, ...]:
    tested = change.kind == "metric" and change.what == "meaning"
    how = [key_said(key) for key in change.keys] + [say("plan.beneath", what=b) for b in change.beneath]
    breaks = " ".join(say("plan.breaks", why=why) for why in change.breaking)
    return (
        Cell(change.title, to.planned(change.name) if tested else "", about=change.label),
        Cell(say(f"plan.{change.what}"), about=say("plan.governed") if change.governed else ""),
        Cell("; ".join(how), about=breaks),
        Cell(", ".join(f"{d.kind} {d.name}" for d in change.dependants)),
    )


def _keys(change: Change) -> Block:
    about = [say("plan.beneath", what=below) for below in change.beneath]
    about += [say("plan.breaks", why=why) for why in change.breaking]
    return Block(
        say("plan.keys"),
        about=tuple(about),
        columns=(say("plan.key"), say("plan.before"), say("plan.after")),
        rows=tuple((Cell(k.path), Cell(k.before or "–"), Cell(k.after or "–")) for k in change.keys),
    )


def _blocks(reading: Reading, tested: BackTest) -> list[Block]:
    return [
        *(block for one in tested.metrics for block in of_metric(reading, one)),
        *retold(tested),
        _flips(tested),
    ]


def of_metric(reading: Reading, one: MetricTest, new: str = "", apart: str = "") -> list[Block]:
    """Give the back-test of one metric as blocks; `new` names the other version, where that is not the written one, and
    `apart` the difference."""
    known = reading.catalog.metrics.get(one.metric)
    style = NumberStyle(one.measured_in, known.decimals if known else None)
    found = [_whole(one, style, new)]
    if any(pair.low is not None for pair in one.whole):
        found.append(plotted(one, style, apart))
    parts = [p for p in one.pairs if (p.unit is not None or p.slice) and p.verdict == "differs"]
    if parts:
        largest = sorted(parts, key=lambda p: -abs(p.difference or 0.0))[:SHOWN]
        found.append(_table(say("plan.parts"), one, tuple(largest), style, new))
    if one.moved:
        found.append(moved_rows(one.moved))
    return found


def moved_rows(moved: Moved) -> Block:
    """Draw how many rows are gained, lost, or counted otherwise, of all that there are."""
    names = ("gained", "lost", "reclassified")
    counts = {name: f"{getattr(moved, name):,}" for name in ("rows", *names)}
    bars = tuple(
        (
            say(f"plan.rows_{name}"),
            BarSpec(
                getattr(moved, name), moved.rows, say("plan.rows_of", part=counts[name], rows=counts["rows"])
            ),
            counts[name],
        )
        for name in names
    )
    said = say("plan.moved", fact=moved.fact, **counts)
    return Block(say("plan.rows"), (said, say("plan.examples")), bars=bars)


def _whole(one: MetricTest, style: NumberStyle, new: str = "") -> Block:
    made = _table(say("plan.test"), one, one.whole, style, new)
    return replace(made, about=(one.why,)) if one.why else made


def _table(
    heading: str, one: MetricTest, pairs: tuple[Pair, ...], style: NumberStyle, new: str = ""
) -> Block:
    apart = difference(one.measured_in, style)
    columns = [say(f"plan.{c}") for c in ("period", "place", "before", "apart", "verdict")]

    def number(value: float | None, low: float | None, high: float | None, of: NumberStyle = style) -> Cell:
        return Cell("–" if value is None else of.value(value), about=of.interval(low, high), number=True)

    return Block(
        heading,
        columns=(*columns[:3], new or say("plan.new"), *columns[3:]),
        rows=tuple(
            (
                Cell(p.period, to.figure(one.metric, period=p.period, grain=one.grain)),
                Cell(p.unit or p.slice or "–"),
                number(p.old, p.old_low, p.old_high),
                number(p.new, p.new_low, p.new_high),
                number(p.difference, p.low, p.high, apart),
                Cell(say(f"plan.{p.verdict.replace(' ', '_')}"), about=p.why),
            )
            for p in pairs
        ),
    )


def difference(measured_in: str, style: NumberStyle) -> NumberStyle:
    """Give how differences are written: of percentages in points."""
    return NumberStyle("points" if measured_in == "percent" else measured_in, style.decimals)


def plotted(one: MetricTest, style: NumberStyle, title: str = "") -> Block:
    """Draw the differences of the whole, period under period, against none."""
    rows, heading = [], title or say("plan.difference")
    for p in one.whole:
        href = to.figure(one.metric, period=p.period, grain=one.grain)
        text = "–" if p.difference is None else difference(one.measured_in, style).value(p.difference)
        rows.append(
            IntervalRow(
                p.period, href, href, p.difference, p.low, p.high, text, style.interval(p.low, p.high),
                f"{p.new_n:,}" if p.new_n is not None else "–", "final" if p.difference is not None else "no data",
                portion=say(f"plan.{p.verdict.replace(' ', '_')}"),
            )
        )  # fmt: skip
    tested = [p for p in one.pairs if p.p is not None]
    told = sum(p.verdict == "differs" for p in tested)
    message = say("plan.difference_about", told=told, tested=len(tested))
    spec = IntervalSpec(
        f"difference-{one.metric}", heading, message, say("plan.period"), tuple(rows),
        difference(one.measured_in, style),
        whole=0.0, whole_word=say("plan.no_difference"),
    )  # fmt: skip
    return Block(heading, plot=spec)


def _flips(tested: BackTest) -> Block:
    def score(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    return Block(
        say("plan.flips"),
        about=tested.notes,
        columns=(say("plan.node"), say("plan.period"), say("plan.status"), say("plan.score")),
        rows=tuple(
            (
                Cell(f.scorecard, about=f.node),
                Cell(f.period),
                Cell(f"{f.old_status} → {f.new_status}" if f.old_status != f.new_status else f.new_status),
                Cell(f"{score(f.old_score)} → {score(f.new_score)}"),
            )
            for f in tested.flips[:FLIPS]
        ),
        empty=say("plan.no_flips", count=PERIODS),
    )
