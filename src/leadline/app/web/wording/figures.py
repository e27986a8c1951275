"""An observation as a figure on a page: value, interval, n, period, status, and the way to its provenance."""

from dataclasses import replace

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.contexts.pieces import Figure, Mark
from leadline.app.web.numbers import NumberStyle, short, whole
from leadline.app.web.texts import say
from leadline.app.web.wording import marks
from leadline.catalog.definitions import Metric
from leadline.metrics.observation import Observation
from leadline.metrics.periods import Period

_FINE = ((0.005, 3), (0.05, 2))


def style(metric: Metric, seen: Observation | None = None) -> NumberStyle:
    """Give how a metric's values are written. `seen` narrows: an interval finer than the usual decimals shows more."""
    decimals = metric.decimals
    if decimals is None and seen and seen.low is not None and seen.high is not None:
        half = (seen.high - seen.low) / 2
        if metric.measured_in in {"percent", "points"} and half > 0:
            decimals = next((digits for limit, digits in _FINE if half < limit), None)
    return NumberStyle(metric.measured_in, decimals)


def href(observation: Observation) -> str:
    """Give the address of a figure's provenance."""
    return to.figure(
        observation.metric, period=observation.period, unit=observation.unit, slice=observation.slice
    )


def figure(written: NumberStyle, one: Observation, *, narrow: bool = False) -> Figure:
    """Give a figure. `narrow` leaves out a unit of measure that is a phrase, and shortens a large n."""
    period = dates.period(dates.period_of(one))
    n = short(one.n) if narrow else whole(one.n)
    mark = _mark(written, one)
    if one.value is None:
        note = " ".join(filter(None, (one.note.rstrip(".") or say("figure.no_rows"), was(written, one))))
        return Figure("", "", n, period, href(one), f"{period}: {note}", mark, note, one.notice, noticed(one))
    text = written.brief(one.value) if narrow else written.value(one.value)
    interval = written.interval(one.low, one.high)
    return Figure(
        text, interval, n, period, href(one), spoken(written, one), mark, one.note, one.notice, noticed(one)
    )


def noticed(one: Observation) -> str:
    """Say in a word what is to be known of the definition; nothing of most."""
    words = {"emergency": "lives.emergency_word"}
    return ", ".join(dict.fromkeys(say(words.get(n.what, "lives.deprecated")) for n in one.notices))


def was(written: NumberStyle, one: Observation) -> str:
    """Say what a figure was when it was first published as final; nothing where it was the same."""
    return say("figure.former", value=written.value(one.former)) if one.former is not None else ""


def stated(written: NumberStyle, one: Observation) -> str:
    """Say what people state that a figure is, who and why; nothing where nobody does."""
    if one.stated is None:
        return ""
    value = written.value(one.stated.value)
    return say("figure.stated", value=value, by=one.stated_by, why=one.stated.reason.rstrip("."))


def _mark(written: NumberStyle, one: Observation) -> Mark | None:
    mark, before = marks.of_figure(one.status), was(written, one)
    if one.stated is not None:
        by_hand = say("figure.by_hand", value=written.value(one.stated.value))
        return Mark("overridden", f"{mark.word}, {by_hand}" if mark else by_hand, "quiet")
    return replace(mark, word=f"{mark.word}, {before}") if mark and before else mark


def absent(metric: Metric, period: Period, unit: str | None, note: str) -> Figure:
    """Give the figure of a period for which nothing was answered."""
    address = to.figure(metric.name, period=period.label, unit=unit)
    words = dates.period(period)
    return Figure(
        "", "", "–", words, address, f"{words}: {note}", marks.of_figure("no data"), note.rstrip(".")
    )


def spoken(written: NumberStyle, one: Observation) -> str:
    """Give a whole figure in words, for those who hear the page or point at a mark."""
    period = dates.period(dates.period_of(one))
    if one.value is None:
        return say("figure.spoken_none", period=period, status=say(f"status.{one.status}").lower())
    interval = written.interval(one.low, one.high)
    words = say(
        "figure.spoken" if interval else "figure.spoken_bare",
        period=period,
        value=written.value(one.value),
        interval=interval,
        n=whole(one.n),
    )
    status = "" if one.status == "final" else say(f"status.{one.status}").lower()
    return ", ".join(filter(None, (words, status, was(written, one), stated(written, one))))
