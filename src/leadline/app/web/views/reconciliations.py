"""Reconciliations: the list, one of them in one period, and the rows behind the cell that is chosen."""

import shlex

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import ReconciliationPage, ReconciliationsPage
from leadline.app.web.contexts.pieces import Link, Mark, Picker
from leadline.app.web.contexts.reconciliations import CellLine, KeyLine, ReconciliationLine
from leadline.app.web.numbers import NumberStyle, whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents, figures, marks
from leadline.catalog.composition import collected
from leadline.catalog.definitions import Metric, Reconciliation
from leadline.insights.differing import Differing, differing
from leadline.insights.reconciliations import EXACT, Cell, Reconciled, find, pairs, reconcile
from leadline.metrics.observation import Observation

KEYS = 50


def reconciliations_page(reading: Reading, asked: Asked) -> ReconciliationsPage:
    """List the reconciliations, those that differ first."""
    del asked
    found = [_compared(reading, one) for one in reading.catalog.reconciliations.values()]
    found.sort(key=lambda one: (-len(one.differing), one.definition.label.lower()))
    return ReconciliationsPage(
        shell=shell(reading, say("reconciled.title"), "sources"),
        lines=tuple(_line(reading, one) for one in found),
    )


def reconciliation_page(reading: Reading, asked: Asked, name: str) -> ReconciliationPage:
    """Show one reconciliation; asked: period, unit, slice."""
    definition = find(reading.published, name)
    found = _compared(reading, definition)
    label = asked.period if asked.period in {cell.period for cell in found.cells} else found.latest
    cells = sorted(
        (cell for cell in found.cells if cell.period == label),
        key=lambda cell: (cell.state != "differs", -abs(cell.difference or 0.0)),
    )
    chosen = _chosen(cells, asked)
    keys = _keys(reading, definition, chosen) if chosen else None
    left, right = (reading.catalog.metrics[side] for side in (definition.left, definition.right))
    style = NumberStyle(left.measured_in, left.decimals)
    return ReconciliationPage(
        shell=shell(reading, definition.label, "sources"),
        title=definition.label,
        description=definition.description or "",
        because=definition.because or "",
        owner=definition.owner or say("metric.nobody"),
        sentence=_sentence(cells),
        tolerance=documents.tolerance(definition),
        left=documents.link(left),
        right=documents.link(right),
        labels=_labels(reading, left, right),
        period=_periods(found, label),
        cells=tuple(_cell(reading, found, cell, style) for cell in cells),
        chosen=say("reconciled.keys", where=_where(reading, chosen)) if chosen else "",
        columns=keys.columns if keys else (),
        keys=tuple(
            _key(key.key, key.side, style.value(key.left), style.value(key.right)) for key in keys.keys
        )
        if keys
        else (),
        keys_note=_note(keys) if keys else say("reconciled.no_keys") if chosen else "",
        command=_command(definition, chosen) if chosen and keys else "",
        document=documents.document(reading.catalog, definition),
    )


def reconciled(reading: Reading) -> str:
    """Say how many reconciliations differ; empty where there is none."""
    known = reading.catalog.reconciliations.values()
    if not known:
        return ""
    differ = sum(bool(_compared(reading, one).differing) for one in known)
    return say("reconciled.summary", differ=differ, all=len(known))


def _compared(reading: Reading, one: Reconciliation) -> Reconciled:
    return reading.once(
        ("reconciled", one.name), lambda: reconcile(reading.published, one, viewer=reading.viewer)
    )


def _line(reading: Reading, one: Reconciled) -> ReconciliationLine:
    metrics = reading.catalog.metrics
    return ReconciliationLine(
        link=documents.link(one.definition),
        left=documents.link(metrics[one.definition.left]),
        right=documents.link(metrics[one.definition.right]),
        mark=_mark("differs" if one.differing else "agrees" if one.judged else "not judged"),
        period=dates.period(reading.published.periods.parse(one.latest)) if one.latest else "–",
        words=_sentence(one.now),
    )


def _sentence(cells: list[Cell]) -> str:
    judged = [cell for cell in cells if cell.state != "not judged"]
    differ = sum(cell.state == "differs" for cell in judged)
    if not judged:
        return say("reconciled.nothing")
    key = "reconciled.count" if differ else "reconciled.all"
    return say(key, count=len(judged), differ=differ, judged=len(judged))


def _labels(reading: Reading, left: Metric, right: Metric) -> str:
    """Say how each side is collected: figures of real time and of periods stand side by side, labelled."""
    said = [_collected(reading, metric) for metric in (left, right)]
    return say(
        "reconciled.collected",
        left=left.label,
        left_collected=said[0],
        right=right.label,
        right_collected=said[1],
    )


def _collected(reading: Reading, metric: Metric) -> str:
    found = collected(reading.catalog, metric)
    return say("collected.real_time") if found.real_time else say(f"collected.{found.every}")


def _chosen(cells: list[Cell], asked: Asked) -> Cell | None:
    if asked.unit is not None or asked.slice is not None:
        return next(
            (c for c in cells if (c.unit or None, c.slice or None) == (asked.unit, asked.slice)), None
        )
    return next((cell for cell in cells if cell.state == "differs"), None)


def _keys(reading: Reading, one: Reconciliation, cell: Cell) -> Differing | None:
    if not one.key or not reading.may("ingest:row:read"):
        return None
    found: Differing = reading.once(
        ("differing", one.name, cell.period, cell.unit, cell.slice),
        lambda: differing(
            reading.published, one, since=cell.start, until=cell.end, unit=cell.unit, where=pairs(cell.slice),
            limit=KEYS,
        ),
    )  # fmt: skip
    purpose = "rows that two systems tell apart"
    reading.tell("ingest:row:read", f"reconciliation:{one.name}", purpose=purpose, subjects=len(found.keys))
    return found


def _key(key: tuple[str | None, ...], side: str, left: str, right: str) -> KeyLine:
    words = tuple(say("reconciled.no_value") if part is None else part for part in key)
    return KeyLine(words, say(f"reconciled.side.{side}"), left, right)


def _note(keys: Differing) -> str:
    counts = {side.split(maxsplit=1)[0]: whole(count) for side, count in keys.counts.items()}
    return say(
        "reconciled.keys_note", count=keys.total, total=whole(keys.total), shown=len(keys.keys), **counts
    )


def _periods(one: Reconciled, label: str) -> Picker | None:
    periods = {cell.period: cell for cell in one.cells}
    if len(periods) < 2:
        return None
    links = [
        Link(text, to.reconciliation(one.definition.name, period=text), text == label)
        for text in sorted(periods, key=lambda text: periods[text].start, reverse=True)
    ]
    return Picker(say("metric.period"), label, tuple(links))


def _cell(reading: Reading, one: Reconciled, cell: Cell, style: NumberStyle) -> CellLine:
    name, row = one.definition.name, one.in_a_row(cell)
    href = to.reconciliation(name, period=cell.period, unit=cell.unit, slice=cell.slice)
    sides = (
        _side(cell, metric, found, style)
        for metric, found in ((one.definition.left, cell.left), (one.definition.right, cell.right))
    )
    left, right = sides
    words = say("reconciled.row", count=row) if row > 1 else ""
    return CellLine(
        where=Link(_where(reading, cell), href),
        mark=_mark(cell.state),
        left=left,
        right=right,
        difference=_difference(cell, style),
        allowed=style.value(cell.allowed) if cell.difference is not None else "–",
        note=" ".join(filter(None, (cell.note, words))),
    )


def _difference(cell: Cell, style: NumberStyle) -> str:
    """Write what both sides differ by; what the order of adding up makes is none."""
    if cell.difference is None:
        return "–"
    tiny = abs(cell.difference) <= EXACT * max(map(abs, cell.values))
    return style.value(0.0 if tiny else cell.difference)


def _side(cell: Cell, metric: str, found: Observation | None, style: NumberStyle) -> Link:
    """Give one side's figure with the way to how it was made; a slice of several columns leads to the metric."""
    value = style.value(found.value) if found and found.value is not None else "–"
    if found is None or ", " in cell.slice:
        return Link(value, to.metric(metric, period=cell.period, unit=cell.unit))
    return Link(value, figures.href(found))


def _where(reading: Reading, cell: Cell) -> str:
    units = reading.catalog.units
    unit = units.label(cell.unit) if cell.unit in units.names else cell.unit or ""
    return " · ".join(filter(None, (unit, cell.slice.replace("=", ": ")))) or say("reconciled.everything")


def _mark(state: str) -> Mark:
    match state:
        case "differs":
            return marks.named("off target", "reconciled.differs", "bad")
        case "agrees":
            return marks.named("on target", "reconciled.agrees", "good")
        case _:
            return marks.named("unscored", "reconciled.not_judged", "quiet")


def _command(one: Reconciliation, cell: Cell) -> str:
    options = [part for text in filter(None, cell.slice.split(", ")) for part in ("--where", text)]
    unit = ["--unit", cell.unit] if cell.unit else []
    return shlex.join(["leadline", "reconcile", one.name, "--rows", "--period", cell.period, *unit, *options])
