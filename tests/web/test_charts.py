"""Charts are honest and readable: axes, gaps, hollow marks, names for those who do not see them."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.app.web.charts import bridge, intervals, small, trend
from leadline.app.web.charts.scale import Linear, axis
from leadline.app.web.charts.specs import BarSpec, BulletSpec, SparkSpec, TrendSpec
from leadline.app.web.charts.svg import stepped, tag
from tests.web.metric_pages import breakdown
from tests.web.metric_pages import bridge as bridge_example
from tests.web.metric_pages import trend as example

values = st.lists(st.floats(-1e9, 1e9).filter(lambda v: abs(v) > 1e-6 or v == 0), min_size=1, max_size=40)


@given(values, st.integers(2, 8))
def test_an_axis_holds_every_value_with_even_ticks(levels: list[float], count: int) -> None:
    ticks = axis(levels, count)
    steps = [b - a for a, b in pairwise(ticks)]
    hair = 1e-6 * max(steps)
    assert ticks[0] <= min(levels) + hair
    assert ticks[-1] >= max(levels) - hair
    assert min(steps) == pytest.approx(max(steps), rel=1e-6)
    assert len(ticks) <= 3 * count + 2


@given(values, st.integers(2, 8))
def test_an_axis_from_zero_starts_at_zero(levels: list[float], count: int) -> None:
    ticks = axis(levels, count, from_zero=True)
    assert 0.0 in ticks
    if min(levels) >= 0:
        assert ticks[0] == 0


def test_an_axis_of_percents_ends_at_a_hundred() -> None:
    assert axis([92.0, 99.7], 4, ceiling=100)[-1] == 100


def test_zero_is_shown_when_it_is_near() -> None:
    assert axis([20.0, 90.0], 5)[0] == 0
    assert axis([66.0, 78.0], 5)[0] > 0


def test_equal_values_have_an_axis() -> None:
    ticks = axis([5.0, 5.0], 4)
    assert ticks[0] < 5 < ticks[-1]


def test_text_and_attributes_are_escaped() -> None:
    made = str(tag("text", "<script>", title='"><script>', x=1.25))
    assert made == '<text title="&#34;&gt;&lt;script&gt;" x="1.2">&lt;script&gt;</text>'


def test_steps_join_where_they_meet_and_break_where_they_do_not() -> None:
    assert stepped([(0, 10, 5), (10, 20, 8)]) == "M0 5H10L10 8H20"
    assert stepped([(0, 10, 5), (20, 30, 5)]) == "M0 5H10M20 5H30"


def drawn(spec: TrendSpec) -> ET.Element:
    return ET.fromstring(str(trend.draw(spec, trend.WIDE)))  # noqa: S314 - our own markup


def by_class(drawing: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in drawing.iter() if name in (e.get("class") or "").split()]


def test_the_trend_is_named_by_its_sentence() -> None:
    drawing = drawn(example())
    title = drawing.find("title")
    assert title is not None
    assert title.text == example().title
    assert drawing.get("aria-labelledby") == title.get("id")


def test_every_period_leads_to_its_provenance_and_says_its_figure() -> None:
    links = list(drawn(example()).iter("a"))
    assert [e.get("href") for e in links] == [p.href for p in example().points]
    assert all(e.get("aria-label") == p.spoken for e, p in zip(links, example().points, strict=True))


def test_provisional_points_are_hollow_and_gaps_stay_gaps() -> None:
    drawing = drawn(example())
    assert len(by_class(drawing, "hollow")) == 1
    assert len(by_class(drawing, "gap")) == 1
    assert len([e for e in by_class(drawing, "line") if "unsettled" not in (e.get("class") or "")]) == 2


def test_the_band_never_bridges_a_gap() -> None:
    assert len(by_class(drawn(example()), "band")) == 2


def test_a_broken_axis_is_marked_and_said() -> None:
    assert by_class(drawn(example()), "break")
    assert trend.leaves_out_zero(example()) == 65
    from_zero = replace(example(), from_zero=True)
    assert not by_class(drawn(from_zero), "break")
    assert trend.leaves_out_zero(from_zero) is None


def test_goal_and_red_flag_are_told_apart_by_words() -> None:
    words = [e.text for e in by_class(drawn(example()), "label")]
    assert words == ["goal 76%", "red flag 70%"]


def test_no_coordinate_leaves_the_drawing() -> None:
    for frame in (trend.WIDE, trend.NARROW):
        drawing = ET.fromstring(str(trend.draw(example(), frame)))  # noqa: S314 - our own markup
        for element in drawing.iter():
            for name in ("x", "x1", "x2", "cx"):
                assert -1 <= float(element.get(name, "0")) <= frame.width
            for name in ("y", "y1", "y2", "cy"):
                assert -1 <= float(element.get(name, "0")) <= frame.height


def test_a_trend_of_one_period_is_drawn() -> None:
    one = replace(example(), points=example().points[:1])
    assert len(by_class(drawn(one), "point")) == 1


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=20))
def test_any_series_makes_a_sparkline(series: list[float | None]) -> None:
    drawing = ET.fromstring(str(small.spark(SparkSpec(tuple(series), "said"))))  # noqa: S314 - our own markup
    assert drawing.get("aria-label") == "said"
    assert "nan" not in str(ET.tostring(drawing))
    last = bool(series) and series[-1] is not None
    assert bool(by_class(drawing, "dot")) == last


@pytest.mark.parametrize("score", [0.0, 10 / 3, 20 / 3, 10.0])
def test_a_bullet_puts_the_score_on_its_scale(score: float) -> None:
    made = str(small.bullet(BulletSpec(score, score, score, "said", "bad")))
    assert f'cx="{score * 10:.2f}%"' in made


def test_a_bullet_without_a_score_shows_bands_only() -> None:
    assert "circle" not in str(small.bullet(BulletSpec(None, None, None, "said")))


def test_bars_start_at_zero_and_show_what_is_not_nothing() -> None:
    assert 'width="0.00%"' in str(small.bar(BarSpec(0, 10, "none")))
    assert 'width="0.40%"' in str(small.bar(BarSpec(1, 1_000_000, "little")))
    assert 'width="50.00%"' in str(small.bar(BarSpec(5, 10, "half")))
    assert 'width="0.00%"' in str(small.bar(BarSpec(0, 0, "nothing at all")))


def test_all_rows_of_an_interval_plot_share_one_scale() -> None:
    spec = breakdown("channel", "channel", ["a", "b", "c"], 6)
    places = [
        re.search(r'x1="([^"]+)" x2="[^"]+" y1="0" y2="100%" class="goal"', str(intervals.row(spec, r)))
        for r in spec.rows
    ]
    assert len({place.group(1) for place in places if place}) == 1
    assert all(places)


def test_an_interval_lies_around_its_dot() -> None:
    spec = breakdown("channel", "channel", ["a", "b", "c"], 6)
    at = intervals.scale(spec).place
    for row in spec.rows:
        assert row.low is not None
        assert row.value is not None
        assert row.high is not None
        assert at(row.low) < at(row.value) < at(row.high)


@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e6), st.floats(-1e7, 1e7))
def test_a_kept_position_stays_in_range(low: float, span: float, value: float) -> None:
    assert 0 <= Linear(low, low + span, 100, 0).kept(value) <= 100


def test_versions_and_outages_are_marked_where_they_are() -> None:
    drawing = drawn(example())
    points = [float(e.get("cx") or 0) for e in drawing.iter("circle") if "point" in (e.get("class") or "")]
    (upright,) = by_class(drawing, "change")
    assert [e.text for e in by_class(drawing, "note")] == ["suspended", "v2"]
    assert points[5] < float(upright.get("x1") or 0) < points[6]  # the fourth period is a gap
    (shade,) = by_class(drawing, "outage")
    assert (
        float(shade.get("x") or 0)
        < points[10]
        < points[11]
        < float(shade.get("x") or 0) + float(shade.get("width") or 0)
    )


def test_a_restated_figure_stands_beside_what_it_was() -> None:
    rings = [e for e in by_class(drawn(example()), "was") if e.tag == "circle"]
    assert len(rings) == 1


def test_the_steps_of_a_bridge_meet_on_one_scale() -> None:
    spec = bridge_example()
    rows = [ET.fromstring(str(bridge.row(spec, nth))) for nth in range(len(spec.steps))]  # noqa: S314 - our own markup
    bars = [by_class(row, "rises") + by_class(row, "falls") for row in rows]
    assert [len(one) for one in bars] == [0, 1, 1, 0]
    ends = [[e.get("x1") for e in by_class(row, "join")] for row in rows]
    assert all(one[-1] == other[0] for one, other in pairwise(ends))
    assert len(by_class(rows[1], "rises")) == len(by_class(rows[2], "falls")) == 1
    at = bridge.scale(spec)
    assert all(0 <= at.place(step.end) <= 1 for step in spec.steps)
