"""A trend on a slide: a native chart of the page's numbers on the page's axis, which can be edited."""

from collections.abc import Sequence
from typing import Any

from leadline.app.web.charts.specs import TrendSpec
from leadline.app.web.pack.native import LINE, Line, axis, lines, runs, toned, unsettled


def draw(slide: Any, spec: TrendSpec, box: Sequence[int]) -> None:
    """Draw the trend: the figure, its interval's ends, the goal and the red flag, by period."""
    from pptx.chart.data import CategoryChartData  # noqa: PLC0415 - an extra
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION  # noqa: PLC0415 - same
    from pptx.util import Pt  # noqa: PLC0415 - same

    data = CategoryChartData()
    _name(data, spec)
    for line in lines(spec):
        data.add_series(line.name, line.values)
    chart = slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *box, data).chart
    chart.has_legend, chart.has_title = True, False
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.font.size = Pt(10)
    at, side = axis(spec), chart.value_axis
    side.minimum_scale, side.maximum_scale, side.major_unit = at.low, at.high, at.step
    side.tick_labels.number_format, side.tick_labels.number_format_is_linked = at.form, False
    side.major_gridlines.format.line.color.rgb = _rgb(LINE)
    side.format.line.fill.background()
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW  # also where figures are below zero
    for series, line in zip(chart.plots[0].series, lines(spec), strict=True):
        _series(series, line)
    _points(chart.plots[0].series[0], spec)


def _name(data: Any, spec: TrendSpec) -> None:
    """Name the periods; years stand under their months where there are such."""
    for group, names in runs(spec):
        if not group:
            for name in names:
                data.add_category(name)
            continue
        above = data.add_category(group)
        for name in names:
            above.add_sub_category(name)


def _series(series: Any, line: Line) -> None:
    from pptx.enum.chart import XL_MARKER_STYLE  # noqa: PLC0415 - an extra
    from pptx.enum.dml import MSO_LINE  # noqa: PLC0415 - same
    from pptx.util import Pt  # noqa: PLC0415 - same

    series.smooth = False
    series.format.line.color.rgb = _rgb(line.colour)
    series.format.line.width = Pt(1.25 if line.beside else 2.25)
    if line.dashed:
        series.format.line.dash_style = MSO_LINE.DASH
    if line.beside:
        series.marker.style = XL_MARKER_STYLE.NONE
    else:
        series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 6
        _fill(series.marker, line.colour)


def _points(series: Any, spec: TrendSpec) -> None:
    """Draw what may still move hollow, and the period in focus in the colour of its status."""
    from pptx.enum.dml import MSO_LINE  # noqa: PLC0415 - an extra

    here = toned(spec)
    if here is not None:
        _fill(series.points[here[0]].marker, here[1])
    for nth in unsettled(spec):
        point = series.points[nth]
        _fill(point.marker, "FFFFFF", here[1] if here and here[0] == nth else None)
        point.format.line.dash_style = MSO_LINE.DASH


def _fill(marker: Any, colour: str, edge: str | None = None) -> None:
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = _rgb(colour)
    if edge is not None:
        marker.format.line.color.rgb = _rgb(edge)


def _rgb(colour: str) -> Any:
    from pptx.dml.color import RGBColor  # noqa: PLC0415 - an extra

    return RGBColor.from_string(colour)
