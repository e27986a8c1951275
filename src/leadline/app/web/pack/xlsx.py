"""The review pack as XLSX: numbers as numbers, tables that can be filtered, charts that can be edited."""

import io
import re
from collections.abc import Sequence
from typing import Any

from leadline.app.web.charts.specs import TrendSpec
from leadline.app.web.pack.contents import Pack, Row, Sheet, Variance
from leadline.app.web.pack.native import ACCENT, INK, TONES, axis, lines, runs, toned, unsettled
from leadline.app.web.pack.pdf import GLYPHS
from leadline.app.web.texts import say
from leadline.errors import ExportError

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_CHART_ROWS = 18
_PRINTED = 740.0
"""So many points of a sheet stand on a printed page, at its scale."""


def xlsx(pack: Pack) -> bytes:
    """Give the pack as XLSX. Raises ExportError where XlsxWriter is not installed."""
    try:
        from xlsxwriter import Workbook  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ExportError(
            "A workbook needs XlsxWriter.", code="export-missing", hint="pip install 'leadline[export]'"
        ) from error
    out = io.BytesIO()
    # a text that begins with = or looks like an address stays a text: nothing that was typed becomes a formula
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{pack.title}, {pack.period}", "author": pack.project})
    _Book(book, pack).fill()
    book.close()
    return out.getvalue()


class _Book:
    """A workbook being filled."""

    def __init__(self, book: Any, pack: Pack) -> None:
        self._book, self._pack = book, pack
        self._names: set[str] = set()
        self._shown: list[str] = []
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}

    def fill(self) -> None:
        pack = self._pack
        cover = self._page(say("pack.cover"), (28, 100))
        for sheet in pack.sheets:
            self._sheet(sheet)
        if pack.variances:
            self._variances()
        heads = (say("tree.measure"), say("periods.unit"), say("pack.action"), say("periods.whose"))
        self._listed(
            say("pack.actions"),
            heads,
            [(a.measure, a.unit, a.text, a.owner) for a in pack.actions],
            (36, 24, 80, 24),
        )
        kinds = (say("periods.unit"), say("tree.measure"), say("pack.frozen"), say("periods.now"))
        self._listed(say("periods.now"), kinds, pack.moved, (24, 40, 24, 48))
        self._listed(say("pack.lacking"), (say("periods.unit"), say("periods.what")), pack.lacking, (24, 110))
        about = (say("tree.measure"), say("versions.version"), say("periods.what"))
        methods = [
            *(("", "", text) for text in pack.notes),
            *((m.label, m.version, " ".join(m.words)) for m in pack.methods),
        ]
        self._listed(say("pack.methods"), about, methods, (36, 10, 110))
        self._cover(cover)

    def _format(self, **wanted: object) -> Any:
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"font_name": "Calibri", "valign": "top", **wanted})
        return self._formats[key]

    def _page(self, name: str, widths: Sequence[float]) -> Any:
        page = self._book.add_worksheet(self._name(name))
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        return page

    def _name(self, wanted: str) -> str:
        """Give a sheet's name that Excel takes: 31 signs, none of its own, each once."""
        plain = _FORBIDDEN.sub(" ", wanted).strip() or "Sheet"
        name, nth = plain[:31], 1
        while name.casefold() in self._names:
            nth += 1
            end = f" {nth}"
            name = plain[: 31 - len(end)] + end
        self._names.add(name.casefold())
        self._shown.append(name)
        return name

    def _cover(self, page: Any) -> None:
        pack = self._pack
        wrapped = self._format(text_wrap=True)
        page.write_string(0, 0, pack.project, self._format(font_color=f"#{INK}"))
        page.write_string(1, 0, pack.title, self._format(bold=True, font_size=20))
        page.write_string(2, 0, f"{pack.period} · {pack.unit}", self._format(font_size=14))
        page.write_string(3, 0, pack.state, self._format())
        page.set_row(1, 30)
        page.set_row(2, 21)
        at = 5
        notices = [(f"{GLYPHS.get(one.mark.shape, '')} {one.mark.word}", one.text) for one in pack.notices]
        for what, value in (*pack.facts, *notices, *pack.said):
            page.write_string(at, 0, what, self._format(font_color="#50555f", text_wrap=True))
            page.write_string(at, 1, value, wrapped)
            page.set_row(at, _height([what, value], [24, 95]))
            at += 1
        page.write_string(at + 1, 0, say("pack.contents"), self._format(bold=True))
        marks = dict(zip(self._shown[1:], pack.sheets, strict=False))
        for nth, name in enumerate(self._shown[1:], at + 2):
            page.write_url(
                nth, 0, f"internal:'{name}'!A1", self._format(font_color="#2450b5", underline=1), name
            )
            sheet = marks.get(name)
            if sheet is not None:
                words = f"{GLYPHS.get(sheet.mark.shape, '')} {sheet.mark.word} {sheet.score}"
                page.write_string(nth, 1, words, self._format(font_color=f"#{TONES[sheet.mark.tone]}"))

    def _sheet(self, sheet: Sheet) -> None:
        heads = (
            say("tree.measure"), say("tree.status"), say("pack.value"), say("pack.low"), say("pack.high"),
            say("tree.n"), say("tree.goal"), say("tree.score"), say("pack.weight"), say("versions.version"),
            say("pack.told"),
        )  # fmt: skip
        page = self._page(sheet.unit, (46, 16, 13, 13, 13, 11, 12, 9, 9, 9, 40))
        for column, head in enumerate(heads):
            align = {"align": "right"} if 2 <= column <= 9 else {"indent": column // 10}
            page.write_string(
                0, column, head, self._format(bold=True, bottom=1, text_wrap=True, valign="bottom", **align)
            )
        for nth, row in enumerate(sheet.rows, 1):
            self._row(page, nth, row)
        page.set_row(0, 30)
        page.freeze_panes(1, 1)
        page.repeat_rows(0)
        if sheet.rows:
            page.autofilter(0, 0, len(sheet.rows), len(heads) - 1)

    def _row(self, page: Any, nth: int, row: Row) -> None:
        strong = row.depth < 2
        number = self._format(num_format=_number(row), bold=strong)
        page.write_string(nth, 0, row.label, self._format(indent=row.depth, bold=strong, text_wrap=True))
        status = f"{GLYPHS.get(row.mark.shape, '')} {row.mark.word}"
        page.write_string(nth, 1, status, self._format(font_color=f"#{TONES[row.mark.tone]}", bold=strong))
        for column, value in ((2, row.value), (3, row.low), (4, row.high), (6, row.goal)):
            if value is not None:
                page.write_number(nth, column, value, number)
            elif column == 2 and row.words:
                page.write_string(nth, column, row.words, self._format(font_color="#50555f"))
        for column, value in ((5, row.n), (7, row.score), (8, row.weight), (9, row.version)):
            if value is not None:
                form = {5: "#,##0", 7: "0.0", 8: "0.##", 9: "0"}[column]
                page.write_number(nth, column, value, self._format(num_format=form, bold=strong))
        told = "; ".join(row.told)
        page.write_string(nth, 10, told, self._format(text_wrap=True, indent=1))
        page.set_row(nth, _height([row.label, told], [44 - 2 * row.depth, 38]))

    def _variances(self) -> None:
        page = self._page(say("pack.variances"), (22, *(11,) * 14))
        page.set_print_scale(66)  # a page that is made to fit heeds no breaks
        data = self._page(say("pack.data"), (22,) + (13,) * 14)
        at = below = 0
        breaks: list[int] = []
        used = 0.0
        for one in self._pack.variances:
            begun = at
            at, below, texts = self._variance(page, data, one, at, below)
            high = texts + 15.0 * (_CHART_ROWS + 2)
            if used and used + high > _PRINTED:
                breaks.append(begun)
                used = 0.0
            used += high
        page.set_h_pagebreaks(breaks)

    def _variance(self, page: Any, data: Any, one: Variance, at: int, below: int) -> tuple[int, int, float]:
        """Write a variance; give where the next begins on both sheets, and how high its texts are."""
        page.write_string(at, 0, one.sentence, self._format(bold=True, font_size=13))
        row, texts = one.row, 36.0
        status = f"{GLYPHS.get(row.mark.shape, '')} {row.mark.word}"
        interval = f" ({row.interval})" if row.interval else ""
        facts = " · ".join((status, one.unit, f"{row.words}{interval}", f"n {row.n_words}",
                            say("deviation.acts", who=one.owner), *row.told))  # fmt: skip
        page.write_string(at + 1, 0, facts, self._format(font_color=f"#{TONES[one.row.mark.tone]}"))
        at += 2
        notes = [one.by] if one.by else []
        for label, text in (
            *one.parts,
            *((say("periods.commentary"), note) for note in notes),
            *(((say("periods.commentary"), one.missing),) if one.missing else ()),
            *(("", note) for note in one.marked),
        ):
            page.write_string(at, 0, label, self._format(font_color="#50555f"))
            page.merge_range(at, 1, at, 13, "", self._format())
            page.write_string(at, 1, text, self._format(text_wrap=True))
            high = _height([text], [130])
            page.set_row(at, high)
            at, texts = at + 1, texts + high
        if one.trend is not None:
            chart, below = self._trend(data, one.trend, f"{one.row.label}, {one.unit}", below)
            page.insert_chart(at, 0, chart, {"object_position": 1})
            at += _CHART_ROWS
        return at + 2, below, texts

    def _trend(self, data: Any, spec: TrendSpec, label: str, below: int) -> tuple[Any, int]:
        """Write a series as a table and draw it from there."""
        data.write_string(below, 0, label, self._format(bold=True))
        nth = 0
        for group, names in runs(spec):
            data.write_string(below, nth + 1, group, self._format())
            for name in names:
                nth += 1
                data.write_string(below + 1, nth, name, self._format(align="right"))
        chart, sheet = self._book.add_chart({"type": "line"}), data.get_name()
        first = below if any(group for group, _ in runs(spec)) else below + 1
        row = below + 1
        for line in lines(spec):
            row += 1
            data.write_string(row, 0, line.name, self._format())
            for at, value in enumerate(line.values, 1):
                if value is not None:
                    data.write_number(row, at, value, self._format(num_format="#,##0.00"))
            drawn = {"color": f"#{line.colour}", "width": 1.25 if line.beside else 2.25}
            chart.add_series({
                "name": [sheet, row, 0], "categories": [sheet, first, 1, below + 1, nth],
                "values": [sheet, row, 1, row, nth], "line": {**drawn, "dash_type": "dash"} if line.dashed else drawn,
                "marker": {"type": "none"} if line.beside else {"type": "circle", "size": 5},
                **({} if line.beside else {"points": _points(spec)}),
            })  # fmt: skip
        side = axis(spec)
        grid = {"visible": True, "line": {"color": "#E4E4DF"}}
        chart.set_y_axis({"min": side.low, "max": side.high, "major_unit": side.step, "num_format": side.form,
                          "major_gridlines": grid})  # fmt: skip
        chart.set_x_axis({"label_position": "low"})
        chart.set_legend({"position": "bottom"})
        chart.set_title({"none": True})
        chart.set_size({"width": 960, "height": 330})
        chart.show_blanks_as("gap")
        return chart, row + 2

    def _listed(
        self, title: str, heads: Sequence[str], lines: Sequence[Sequence[str]], widths: Sequence[float]
    ) -> None:
        """Write a table on a sheet of its own; none where it has no lines."""
        if not lines:
            return
        page = self._page(title, widths)
        for column, head in enumerate(heads):
            page.write_string(0, column, head, self._format(bold=True, bottom=1))
        for nth, line in enumerate(lines, 1):
            page.set_row(nth, _height(line, widths))
            for column, text in enumerate(line):
                page.write_string(nth, column, text, self._format(text_wrap=True))
        page.freeze_panes(1, 0)


def _points(spec: TrendSpec) -> list[dict[str, object] | None]:
    """Draw what may still move hollow, and the period in focus in the colour of its status."""
    found: list[dict[str, object] | None] = [None] * len(spec.points)
    here, open_ = toned(spec), unsettled(spec)
    for nth in {*open_, *((here[0],) if here else ())}:
        colour = f"#{here[1] if here and here[0] == nth else ACCENT}"
        found[nth] = {"fill": {"color": "#FFFFFF" if nth in open_ else colour}, "border": {"color": colour}}
    return found


def _height(line: Sequence[str], widths: Sequence[float]) -> float:
    """Give the height of a row whose texts break into lines: not every program works it out."""
    return 15.0 * max(1 + int(len(text) / width) for text, width in zip(line, widths, strict=True))


def _number(row: Row) -> str:
    """Give the format that shows as many decimals as the pages do."""
    if row.value is None:
        return "General"
    written = row.style.bare(row.value)
    if row.style.scaled(row.value) != written:
        return "#,##0.00"
    _, dot, decimals = written.partition(".")
    return f"#,##0{dot}{'0' * len(decimals)}"
