"""The bridge between two versions of a metric, drawn: what of a figure, or of a step to it, is the definition."""

from collections.abc import Mapping

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import BridgeSpec, BridgeStep
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.catalog.definitions import Metric
from leadline.errors import LeadlineError
from leadline.governance.lives import Life
from leadline.governance.version_bridge import Place, Span, VersionBridge, version_bridge
from leadline.metrics.periods import Period

NEAR = 1e-9


def bridges(
    reading: Reading,
    metric: Metric,
    lived: Life,
    focus: Period,
    *,
    unit: str | None,
    where: Mapping[str, str],
) -> tuple[BridgeSpec, ...]:
    """Draw the bridge of the period in focus; and where the new version takes effect with it, that of the step."""
    if len({one.version for one in lived.versions}) < 2:
        return ()
    place = Place(reading.published.periods.back(focus).start, focus.end, unit, where)
    found = reading.once(
        ("bridge-of", metric.name, focus, unit, tuple(sorted(where.items()))),
        lambda: _bridged(reading, metric, lived, focus, place),
    )
    if found is None or not found.spans:
        return ()
    drawn = _Drawing(reading, metric, found, unit)
    here = next((n for n, span in enumerate(found.spans) if span.period == focus.label), None)
    if here is None:
        return ()
    step = found.step(here)
    made = [drawn.step(*step)] if step else []
    of_focus = drawn.period(found.spans[here])
    return (*made, *([of_focus] if of_focus else []))


def difference(written: NumberStyle) -> NumberStyle:
    """Give how differences are written: of percentages in points."""
    return NumberStyle(
        "points" if written.measured_in == "percent" else written.measured_in, written.decimals
    )


def _bridged(
    reading: Reading, metric: Metric, lived: Life, focus: Period, place: Place
) -> VersionBridge | None:
    try:
        return version_bridge(
            reading.published,
            lived.versions,
            metric.name,
            viewer=reading.viewer,
            grain=focus.grain,
            place=place,
        )
    except LeadlineError:  # one version, no rows, or an earlier one that these rows cannot tell
        return None


class _Drawing:
    """One bridge on its way to specs."""

    def __init__(self, reading: Reading, metric: Metric, bridge: VersionBridge, unit: str | None) -> None:
        self._reading, self._metric, self._bridge, self._unit = reading, metric, bridge, unit
        self._style = NumberStyle(bridge.measured_in, metric.decimals)

    def step(self, before: Span, after: Span) -> BridgeSpec:
        """Draw how the series goes over from one version to the other between two periods."""
        first, rows = before.old or 0.0, (after.old or 0.0) - (before.old or 0.0)
        old, new = self._bridge.old_version, self._bridge.new_version
        steps = (
            self._stands(say("bridge.before", period=self._said(before)), first, before,
                         say("bridge.by_version", version=old)),
            self._change(say("bridge.customers"), first, rows, say("bridge.by_version", version=old)),
            self._change(say("bridge.definition"), first + rows, after.definition or 0.0,
                         say("bridge.became", old=old, new=new)),
            self._stands(say("bridge.after", period=self._said(after)), after.new or 0.0, after,
                         say("bridge.by_version", version=new)),
        )  # fmt: skip
        title = say("bridge.step", first=self._said(before), last=self._said(after))
        return self._spec("bridge-step", title, after, steps)

    def period(self, span: Span) -> BridgeSpec | None:
        """Draw how a figure by the old version became the one that is shown; nothing where one of them is none."""
        if span.old is None or span.new is None:
            return None
        old, new = self._bridge.old_version, self._bridge.new_version
        start = span.published if span.published is not None else span.old
        steps = [self._stands(
            say("bridge.first" if span.published is not None else "bridge.old", version=old), start, span,
            say("bridge.when_final") if span.published is not None else say("bridge.as_if"),
        )]  # fmt: skip
        if span.rows is not None:
            steps.append(self._change(say("bridge.rows"), start, span.rows, say("bridge.rows_about")))
        steps.append(self._change(
            say("bridge.definition"), span.old, span.definition or 0.0, say("bridge.became", old=old, new=new)
        ))  # fmt: skip
        shown = span.in_force == new
        last = say("bridge.now" if shown else "bridge.would", version=new)
        steps.append(
            self._stands(last, span.new, span, "" if shown else say("bridge.not_shown", version=old))
        )
        return self._spec("bridge-period", say("bridge.period", period=self._said(span)), span, tuple(steps))

    def _spec(self, key: str, title: str, span: Span, steps: tuple[BridgeStep, ...]) -> BridgeSpec:
        total = steps[-1].end - steps[0].end
        part = span.definition or 0.0
        apart = difference(self._style)
        if abs(part) <= NEAR:
            message = say("bridge.none")
        elif abs(total) <= NEAR:
            message = say("bridge.hidden", part=apart.value(part))
        else:
            message = say("bridge.part", part=signed(apart, part), total=signed(apart, total))
        return BridgeSpec(key, title, message, say("bridge.what"), say("chart.value"), steps, self._style)

    def _stands(self, label: str, value: float, span: Span, about: str) -> BridgeStep:
        href = to.figure(self._metric.name, period=span.period, unit=self._unit)
        return BridgeStep(label, None, value, self._style.value(value), about, href)

    def _change(self, label: str, start: float, change: float, about: str) -> BridgeStep:
        return BridgeStep(label, start, start + change, signed(difference(self._style), change), about)

    def _said(self, span: Span) -> str:
        return dates.period(self._reading.published.periods.parse(span.period))


def signed(style: NumberStyle, change: float) -> str:
    """Write a change with its sign, plus included; a small one with as many more decimals as it takes (at most 3)."""
    if abs(change) <= NEAR:
        return style.value(0.0)
    nothing = style.value(0.0).lstrip("+-−")
    decimals = style.decimals
    for more in range(4):
        finer = NumberStyle(style.measured_in, decimals if not more else _shown(style) + more)
        text = finer.value(change)
        if any(digit in "123456789" for digit in finer.bare(change)):
            return f"+{text}" if change > 0 else text
    return say("bridge.under", value=nothing)


def _shown(style: NumberStyle) -> int:
    """Count the decimals that a style writes of nothing."""
    return len(style.bare(0.0).partition(".")[2])
