"""The review pack as PPTX: slides of 16 by 9, with tables and charts that stay editable.

Text is measured against its box: a long title gets smaller, a long table goes on on the next slide.
"""

import io
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from leadline.app.web.charts.specs import TrendSpec
from leadline.app.web.charts.trend import WIDE, ticks
from leadline.app.web.pack.contents import Pack, Sheet, Variance
from leadline.app.web.pack.pdf import GLYPHS
from leadline.app.web.texts import say
from leadline.errors import ExportError

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.55
ROWS = 15
"""Lines of a table on one slide."""
INK, INK_2, LINE = "17191D", "50555F", "E4E4DF"
TONES = {"good": "177245", "risk": "8F5B00", "bad": "C02A20", "unknown": "50555F", "quiet": "50555F"}
ACCENT, SOFT = "2450B5", "A9BCE6"
_LONGEST = 160


def pptx(pack: Pack) -> bytes:
    """Give the pack as PPTX. Raises ExportError where python-pptx is not installed."""
    try:
        from pptx import Presentation  # noqa: PLC0415 - an extra
        from pptx.util import Inches  # noqa: PLC0415 - same
    except ImportError as error:
        raise ExportError(
            "A presentation needs python-pptx.", code="export-missing", hint="pip install 'leadline[export]'"
        ) from error
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    deck.core_properties.title = f"{_cut(pack.title)}, {pack.period}"
    deck.core_properties.author = _cut(pack.project)
    _Deck(deck, pack).fill()
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


class _Deck:
    """A presentation being filled."""

    def __init__(self, deck: Any, pack: Pack) -> None:
        self._deck, self._pack = deck, pack

    def fill(self) -> None:
        pack = self._pack
        self._cover()
        self._contents()
        for sheet in pack.sheets:
            self._sheet(sheet)
        for one in pack.variances:
            self._variance(one)
        heads = (say("tree.measure"), say("periods.unit"), say("pack.action"), say("periods.whose"))
        self._listed(
            say("pack.actions"),
            heads,
            [(a.measure, a.unit, a.text, a.owner) for a in pack.actions],
            (3, 2, 5.4, 1.8),
        )
        kinds = (say("periods.unit"), say("tree.measure"), say("pack.frozen"), say("periods.now"))
        self._listed(say("pack.moved"), kinds, list(pack.moved), (2.4, 4.2, 2.4, 3.2))
        self._listed(
            say("pack.lacking"), (say("periods.unit"), say("periods.what")), list(pack.lacking), (2.4, 9.8)
        )
        self._listed(say("pack.methods"), (say("periods.what"),), [(text,) for text in pack.notes], (12.2,))
        methods = [(one.label, one.version, " ".join(one.words)) for one in pack.methods]
        about = (say("tree.measure"), say("versions.version"), say("periods.what"))
        self._listed(say("pack.methods"), about, methods, (3, 0.9, 8.3))

    def _slide(self, title: str) -> Any:
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[5])
        holder = slide.shapes.title
        holder.left, holder.top, holder.width, holder.height = _inches(MARGIN, 0.35, WIDTH - 2 * MARGIN, 0.95)
        size = 24 if len(title) <= 70 else 19 if len(title) <= 110 else 16
        _write(holder.text_frame, [(_cut(title), size, INK, True)])
        holder.text_frame.vertical_anchor = _anchor("TOP")
        number = len(self._deck.slides)
        self._text(
            slide,
            (MARGIN, HEIGHT - 0.42, 10, 0.3),
            [(f"{_cut(self._pack.title, 80)} · {self._pack.period}", 9, INK_2, False)],
        )
        self._text(
            slide,
            (WIDTH - MARGIN - 1, HEIGHT - 0.42, 1, 0.3),
            [(str(number), 9, INK_2, False)],
            align="RIGHT",
        )
        return slide

    def _text(
        self,
        slide: Any,
        box: tuple[float, float, float, float],
        lines: Sequence[tuple[str, float, str, bool]],
        align: str = "",
    ) -> None:
        shape = slide.shapes.add_textbox(*_inches(*box))
        _write(shape.text_frame, lines, align=align)

    def _cover(self) -> None:
        pack = self._pack
        slide = self._slide(pack.title)
        holder = slide.shapes.title
        holder.left, holder.top, holder.width, holder.height = _inches(MARGIN, 2.0, WIDTH - 2 * MARGIN, 1.6)
        _write(holder.text_frame, [(_cut(pack.title), 40 if len(pack.title) <= 45 else 28, INK, True)])
        holder.text_frame.vertical_anchor = _anchor("BOTTOM")
        first = pack.sheets[0]
        score = f" {first.score} {say('home.of_ten')}" if first.score != "–" else ""
        verdict = f"{GLYPHS.get(first.mark.shape, '')} {first.mark.word}{score}"
        self._text(slide, (MARGIN, 1.5, 11, 0.4), [(pack.project, 14, INK_2, False)])
        self._text(slide, (MARGIN, 3.75, 12, 1.6), [
            (f"{pack.period} · {pack.unit}", 18, INK, False), (verdict, 16, TONES[first.mark.tone], True),
            (pack.state, 12, INK_2, False)])  # fmt: skip
        self._text(
            slide,
            (MARGIN, 5.6, 12, 1.2),
            [(f"{what}: {value}", 10, INK_2, False) for what, value in pack.facts],
        )

    def _contents(self) -> None:
        pack = self._pack
        names = [say("pack.sheet", unit=sheet.unit) for sheet in pack.sheets]
        there = (
            ("pack.variances", pack.variances), ("pack.actions", pack.actions), ("pack.moved", pack.moved),
            ("pack.lacking", pack.lacking), ("pack.methods", pack.methods),
        )  # fmt: skip
        names += [say(key) for key, what in there if what]
        for part in _parts(names, 18):
            slide = self._slide(say("pack.contents"))
            self._text(slide, (MARGIN, 1.4, 12, 5.4), [(name, 14, INK, False) for name in part])
        if pack.said:
            self._listed(say("periods.commentary"), (say("periods.what"), ""), list(pack.said), (2.4, 9.8))

    def _sheet(self, sheet: Sheet) -> None:
        heads = (
            say("tree.measure"), say("tree.status"), say("pack.value"), say("periods.interval"), say("tree.n"),
            say("tree.goal"), say("tree.score"), say("periods.now"),
        )  # fmt: skip
        lines = [
            ("   " * row.depth + row.label, f"{GLYPHS.get(row.mark.shape, '')} {row.mark.word}", row.words,
             row.interval, row.n_words, row.target, row.score_words, row.restated)
            for row in sheet.rows
        ]  # fmt: skip
        tones = [row.mark.tone for row in sheet.rows]
        bold = [row.depth < 2 for row in sheet.rows]

        def style(nth: int, column: int) -> tuple[str, bool]:
            return (TONES[tones[nth]] if column == 1 else INK), bold[nth]

        self._listed(
            say("pack.sheet", unit=sheet.unit),
            heads,
            lines,
            (3.7, 1.5, 1.2, 1.7, 0.9, 1.0, 0.7, 1.5),
            style=style,
            right=(2, 3, 4, 5, 6),
        )

    def _listed(
        self,
        title: str,
        heads: Sequence[str],
        lines: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        style: Callable[[int, int], tuple[str, bool]] | None = None,
        right: Sequence[int] = (),
    ) -> None:
        """Write a table over as many slides as it needs; nothing where it has no lines."""
        begun = 0
        for part in _fitting(lines, widths):
            slide = self._slide(title if not begun else say("pack.more", title=title))
            box = _inches(MARGIN, 1.35, sum(widths), 0.3 * (len(part) + 1))
            table = slide.shapes.add_table(len(part) + 1, len(heads), *box).table
            _plain(table)
            for column, width in enumerate(widths):
                table.columns[column].width = _inches(width)[0]
                _cell(table.cell(0, column), heads[column], INK_2, bold=False, right=column in right)
            for nth, line in enumerate(part):
                for column, text in enumerate(line):
                    colour, bold = style(begun + nth, column) if style else (INK, False)
                    _cell(table.cell(nth + 1, column), text, colour, bold=bold, right=column in right)
            begun += len(part)

    def _variance(self, one: Variance) -> None:
        slide = self._slide(one.sentence)
        row = one.row
        interval = f" ({row.interval})" if row.interval else ""
        facts = [
            f"{GLYPHS.get(row.mark.shape, '')} {row.mark.word}",
            f"{row.words}{interval}",
            f"n {row.n_words}",
        ]
        facts += [say("deviation.goal", goal=row.target)] if row.target else []
        facts += [_cut(one.unit, 40), say("deviation.acts", who=_cut(one.owner, 40))]
        facts += [f"{say('periods.now')}: {row.restated}"] if row.restated else []
        self._text(
            slide,
            (MARGIN, 1.25, WIDTH - 2 * MARGIN, 0.35),
            [(" · ".join(facts), 11, TONES[row.mark.tone], False)],
        )
        said = [(f"{label}: {text}", 11.0, INK, False) for label, text in one.parts]
        said += [(one.by, 9.0, INK_2, False)] if one.by else []
        said += [(one.missing, 11.0, TONES["bad"], False)] if one.missing else []
        length = sum(len(text) for text, *_ in said)
        if one.trend is not None:
            _chart(slide, one.trend, _inches(MARGIN, 1.65, 8.1 if said else WIDTH - 2 * MARGIN, 5.2))
        left = MARGIN + 8.35 if one.trend is not None else MARGIN
        if length > 900 or (one.trend is None and length > 2400):
            self._listed(one.sentence, (say("periods.what"), ""), list(one.parts), (2.4, 9.8))
        elif said:
            smaller = 1.0 if length < 450 else 0.82
            self._text(
                slide,
                (left, 1.65, WIDTH - MARGIN - left, 5.2),
                [(t, s * smaller, c, b) for t, s, c, b in said],
            )


def _chart(slide: Any, spec: TrendSpec, box: Sequence[int]) -> None:
    """Draw the trend as a native chart: the value, its interval's ends, the goal and the red flag, by period."""
    from pptx.chart.data import CategoryChartData  # noqa: PLC0415 - an extra
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION  # noqa: PLC0415 - same
    from pptx.util import Pt  # noqa: PLC0415 - same

    data = CategoryChartData()
    data.categories = [point.label for point in spec.points]
    for name, values, _, _ in _lines(spec):
        data.add_series(name, values)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *box, data)
    chart = frame.chart
    chart.has_legend, chart.has_title = True, False
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.font.size = Pt(10)
    at = ticks(spec, WIDE)
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = at[0], at[-1]
    chart.value_axis.major_unit = at[1] - at[0]
    chart.value_axis.major_gridlines.format.line.color.rgb = _rgb(LINE)
    chart.value_axis.format.line.fill.background()
    for series, (_, _, colour, dashed) in zip(chart.plots[0].series, _lines(spec), strict=True):
        _series(series, colour, dashed=dashed)


def _lines(spec: TrendSpec) -> Iterator[tuple[str, list[float | None], str, bool]]:
    """Give the chart's lines: name, values, colour, and whether it is drawn beside the figure."""
    points = spec.points
    yield say("chart.value"), [p.value for p in points], ACCENT, False
    if any(p.low is not None for p in points):
        yield say("pack.low"), [p.low for p in points], SOFT, True
        yield say("pack.high"), [p.high for p in points], SOFT, True
    if any(p.goal is not None for p in points):
        yield say("tree.goal"), [p.goal for p in points], INK, True
    if any(p.red_flag is not None for p in points):
        yield say("pack.flag"), [p.red_flag for p in points], TONES["bad"], True


def _series(series: Any, colour: str, *, dashed: bool) -> None:
    from pptx.enum.chart import XL_MARKER_STYLE  # noqa: PLC0415 - an extra
    from pptx.enum.dml import MSO_LINE  # noqa: PLC0415 - same
    from pptx.util import Pt  # noqa: PLC0415 - same

    series.smooth = False
    series.format.line.color.rgb = _rgb(colour)
    series.format.line.width = Pt(1.25 if dashed else 2.25)
    if dashed:
        series.format.line.dash_style = MSO_LINE.DASH
        series.marker.style = XL_MARKER_STYLE.NONE
    else:
        series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 6
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = _rgb(colour)


def _write(frame: Any, lines: Sequence[tuple[str, float, str, bool]], *, align: str = "") -> None:
    """Write paragraphs into a frame; names of scripts that run to the left do so."""
    from pptx.util import Pt  # noqa: PLC0415 - an extra

    frame.clear()
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = 0
    for nth, (text, size, colour, bold) in enumerate(lines):
        paragraph = frame.paragraphs[0] if nth == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text, run.font.size, run.font.bold = text, Pt(size), bold
        run.font.color.rgb = _rgb(colour)
        paragraph.alignment = _alignment(align or "LEFT")
        paragraph.space_after = Pt(size / 3)
        if _runs_left(text):
            paragraph._p.get_or_add_pPr().set("rtl", "1")  # noqa: SLF001 - python-pptx has no word for it


def _cell(cell: Any, text: str, colour: str, *, bold: bool, right: bool) -> None:
    from pptx.util import Inches  # noqa: PLC0415 - an extra

    cell.margin_left, cell.margin_right, cell.margin_top, cell.margin_bottom = (
        Inches(0.03),
        Inches(0.08),
        Inches(0.02),
        Inches(0.02),
    )
    _write(cell.text_frame, [(text, 10, colour, bold)], align="RIGHT" if right else "")
    cell.text_frame.paragraphs[0].space_after = 0
    cell.fill.background()


def _plain(table: Any) -> None:
    """Take away the colours of the built-in table style: lines only."""
    table.first_row = table.horz_banding = False
    properties = table._tbl.tblPr  # noqa: SLF001 - python-pptx has no word for a table's style
    properties.find(
        "{http://schemas.openxmlformats.org/drawingml/2006/main}tableStyleId"
    ).text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"


def _fitting(lines: Sequence[Sequence[str]], widths: Sequence[float]) -> Iterator[list[Sequence[str]]]:
    """Give a table's lines slide by slide: as many as fit, measured by the lines that their texts break into."""
    part: list[Sequence[str]] = []
    height = 0
    for line in lines:
        tall = max(_broken(text, width) for text, width in zip(line, widths, strict=True))
        if part and height + tall > ROWS + 1:
            yield part
            part, height = [], 0
        part.append(line)
        height += tall
    if part:
        yield part


def _broken(text: str, width: float) -> int:
    """Estimate how many lines a text breaks into; wide signs count twice."""
    signs = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
    return 1 + int(signs / max(width * 13.5, 1))


def _parts(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for begin in range(0, len(names), size):
        yield names[begin : begin + size]


def _runs_left(text: str) -> bool:
    strong = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind in {"R", "AL"} for kind in strong if kind in {"L", "R", "AL"}), False)


def _cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _inches(*sizes: float) -> tuple[int, ...]:
    return tuple(round(size * 914400) for size in sizes)


def _rgb(colour: str) -> Any:
    from pptx.dml.color import RGBColor  # noqa: PLC0415 - an extra

    return RGBColor.from_string(colour)


def _anchor(name: str) -> Any:
    from pptx.enum.text import MSO_ANCHOR  # noqa: PLC0415 - an extra

    return MSO_ANCHOR[name]


def _alignment(name: str) -> Any:
    from pptx.enum.text import PP_ALIGN  # noqa: PLC0415 - an extra

    return PP_ALIGN[name]
