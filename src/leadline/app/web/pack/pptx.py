"""The review pack as PPTX: slides of 16 by 9, with tables and charts that stay editable.

Text is measured against its box: a long title gets smaller, a long table goes on on the next slide.
"""

import io
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from leadline.app.web.pack.contents import Pack, Sheet, Variance
from leadline.app.web.pack.measuring import (
    FOOT,
    HEIGHT,
    MARGIN,
    SIZE,
    TOP,
    WIDTH,
    broken,
    cut,
    fitting,
    height,
    tall,
)  # fmt: skip
from leadline.app.web.pack.native import INK, INK_2, TONES
from leadline.app.web.pack.pdf import GLYPHS
from leadline.app.web.pack.slide_chart import draw
from leadline.app.web.texts import say
from leadline.errors import ExportError

T = TypeVar("T")
Style = Callable[[int, int], tuple[str, bool]]
"""The colour of a cell, and whether it is bold, by its line and column."""
CONTENTS, NOTES = 22, 4
"""So many lines of contents stand on a slide, and so many notes under a chart."""


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
    deck.core_properties.title = f"{cut(pack.title)}, {pack.period}"
    deck.core_properties.author = cut(pack.project)
    _Deck(deck, pack).fill()
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


class _Deck:
    """A presentation being filled."""

    def __init__(self, deck: Any, pack: Pack) -> None:
        self._deck, self._pack = deck, pack

    def fill(self) -> None:
        """Write every slide; the contents, which come second, when it is known where everything is."""
        pack = self._pack
        self._cover()
        parts = self._parts()
        held = [self._slide(say("pack.contents")) for _ in _sliced([name for name, _ in parts], CONTENTS)]
        if pack.notices:
            heads = (say("tree.status"), say("periods.what"))
            rows = [(f"{GLYPHS.get(one.mark.shape, '')} {one.mark.word}", one.text) for one in pack.notices]
            self._listed(say("pack.notices"), heads, rows, (2.6, 9.6))
        if pack.said:
            self._listed(say("periods.commentary"), ("", say("periods.what")), list(pack.said), (2.4, 9.8))
        begun = []
        for name, write in parts:
            begun.append((name, len(self._deck.slides) + 1))
            write()
        for slide, part in zip(held, _sliced(begun, CONTENTS), strict=True):
            self._linked(slide, part)

    def _parts(self) -> list[tuple[str, Callable[[], None]]]:
        """Give what the contents name, in order, with what writes it."""
        pack = self._pack
        parts: list[tuple[str, Callable[[], None]]] = [
            (say("pack.sheet", unit=sheet.unit), partial(self._sheet, sheet)) for sheet in pack.sheets
        ]
        parts += [(say("pack.varied", unit=unit), partial(self._varied, ones)) for unit, ones in pack.varied]
        heads = (say("tree.measure"), say("periods.unit"), say("pack.action"), say("periods.whose"))
        actions = [(a.measure, a.unit, a.text, a.owner) for a in pack.actions]
        kinds = (say("periods.unit"), say("tree.measure"), say("pack.frozen"), say("periods.now"))
        what = (say("periods.unit"), say("periods.what"))
        lists: list[tuple[str, Sequence[str], Sequence[Sequence[str]], Sequence[float]]] = [
            ("pack.actions", heads, actions, (3, 2, 5.4, 1.8)),
            ("pack.moved", kinds, pack.moved, (2.4, 4.2, 2.2, 3.4)),
            ("pack.lacking", what, pack.lacking, (2.4, 9.8)) if any(unit for unit, _ in pack.lacking)
            else ("pack.lacking", what[1:], [words for _, *words in pack.lacking], (12.2,)),
        ]  # fmt: skip
        parts += [
            (say(key), partial(self._listed, say(key), names, rows, widths))
            for key, names, rows, widths in lists
            if rows
        ]
        return [*parts, (say("pack.methods"), self._methods)]

    def _methods(self) -> None:
        notes = [("", "", text) for text in self._pack.notes]
        methods = [(one.label, one.version, " ".join(one.words)) for one in self._pack.methods]
        about = (say("tree.measure"), say("versions.version"), say("periods.what"))
        self._listed(say("pack.methods"), about, [*notes, *methods], (3, 0.9, 8.3))

    def _varied(self, ones: Sequence[Variance]) -> None:
        for one in ones:
            self._variance(one)

    def _linked(self, slide: Any, parts: Sequence[tuple[str, int]]) -> None:
        """Write a part of the contents: names that lead to their slides, and these slides' numbers."""
        heads = (say("periods.what"), say("pack.page"))
        table = self._table(
            slide, heads, [(name, str(number)) for name, number in parts], (11.2, 1.0), right=(1,)
        )
        for nth, (_, number) in enumerate(parts, 1):
            run = table.cell(nth, 0).text_frame.paragraphs[0].runs[0]
            _lead(slide, run, self._deck.slides[number - 1])

    def _slide(self, title: str) -> Any:
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[5])
        holder = slide.shapes.title
        holder.left, holder.top, holder.width, holder.height = _inches(MARGIN, 0.35, WIDTH - 2 * MARGIN, 0.95)
        wide = WIDTH - 2 * MARGIN
        size = next((size for size in (24.0, 20.0) if broken(title, wide, size * 1.1) == 1), 16.0)
        _write(holder.text_frame, [(cut(title), size, INK, True)])
        holder.text_frame.vertical_anchor = _anchor("TOP")
        number = len(self._deck.slides)
        self._text(
            slide,
            (MARGIN, HEIGHT - 0.42, 10, 0.3),
            [(f"{cut(self._pack.title, 80)} · {self._pack.period}", 9, INK_2, False)],
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
        _write(holder.text_frame, [(cut(pack.title), 40 if len(pack.title) <= 45 else 28, INK, True)])
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

    def _sheet(self, sheet: Sheet) -> None:
        heads = [
            say("tree.measure"), say("tree.status"), say("pack.value"), say("periods.interval"), say("tree.n"),
            say("tree.goal"), say("tree.score"),
        ]  # fmt: skip
        widths = [4.0, 1.5, 1.9, 2.0, 0.95, 1.1, 0.75]
        if self._pack.told:
            heads.append(say("pack.told"))
            widths = [3.05, 1.35, 1.45, 1.7, 0.85, 0.95, 0.65, 2.2]
        lines = [
            ("   " * row.depth + row.label, f"{GLYPHS.get(row.mark.shape, '')} {row.mark.word}", row.words,
             row.interval, row.n_words, row.target, row.score_words, "; ".join(row.told))[: len(heads)]
            for row in sheet.rows
        ]  # fmt: skip
        rows = sheet.rows

        def style(nth: int, column: int) -> tuple[str, bool]:
            return (TONES[rows[nth].mark.tone] if column == 1 else INK), rows[nth].depth < 2

        title = say("pack.sheet", unit=sheet.unit)
        right = (2, 3, 4, 5, 6)
        self._listed(
            title, heads, lines, widths, style=style, right=right, heading=[row.depth < 2 for row in rows]
        )

    def _listed(
        self,
        title: str,
        heads: Sequence[str],
        lines: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        style: Style | None = None,
        right: Sequence[int] = (),
        heading: Sequence[bool] = (),
    ) -> None:
        """Write a table over as many slides as it needs; nothing where it has no lines."""
        begun = 0
        for part in fitting(lines, widths, heading):
            slide = self._slide(title if not begun else say("pack.more", title=title))
            here = partial(_shifted, style, begun) if style else None
            self._table(slide, heads, part, widths, style=here, right=right)
            begun += len(part)

    def _table(
        self,
        slide: Any,
        heads: Sequence[str],
        lines: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        style: Style | None = None,
        right: Sequence[int] = (),
    ) -> Any:
        heights = [tall(line, widths) for line in (heads, *lines)]
        box = _inches(MARGIN, TOP, sum(widths), sum(heights))
        table = slide.shapes.add_table(len(lines) + 1, len(heads), *box).table
        _plain(table)
        for nth, high in enumerate(heights):
            table.rows[nth].height = _inches(high)[0]
        for column, width in enumerate(widths):
            table.columns[column].width = _inches(width)[0]
            _cell(table.cell(0, column), heads[column], INK_2, bold=False, right=column in right)
        for nth, line in enumerate(lines):
            for column, text in enumerate(line):
                colour, bold = style(nth, column) if style else (INK, False)
                _cell(table.cell(nth + 1, column), text, colour, bold=bold, right=column in right)
        return table

    def _variance(self, one: Variance) -> None:
        slide = self._slide(one.sentence)
        row, wide = one.row, WIDTH - 2 * MARGIN
        interval = f" ({row.interval})" if row.interval else ""
        facts = [
            f"{GLYPHS.get(row.mark.shape, '')} {row.mark.word}",
            f"{row.words}{interval}",
            f"n {row.n_words}",
        ]
        facts += [say("deviation.goal", goal=row.target)] if row.target else []
        facts += [cut(one.unit, 40), say("deviation.acts", who=cut(one.owner, 40)), *row.told]
        line = (cut(" · ".join(facts), 300), 11.0, TONES[row.mark.tone], False)
        self._text(slide, (MARGIN, TOP, wide, 0.35), [line])
        said = [(f"{label}: {text}", 11.0, INK, False) for label, text in one.parts]
        said += [(one.by, 9.0, INK_2, False)] if one.by else []
        said += [(one.missing, 11.0, TONES["bad"], False)] if one.missing else []
        notes = [*([one.trend.break_word] if one.trend and one.trend.break_word else []), *one.marked]
        below = [(cut(note, 220), 9.0, INK_2, False) for note in notes[:NOTES]]
        room = HEIGHT - FOOT - TOP - 0.6 - height(below, wide)
        left = MARGIN + 8.35 if one.trend is not None else MARGIN
        right = WIDTH - MARGIN - left
        sizes = (
            scale
            for scale in (1.0, 0.82)
            if height([(t, s * scale, c, b) for t, s, c, b in said], right) <= room
        )
        scale = next(sizes, None)
        if one.trend is not None:
            draw(slide, one.trend, _inches(MARGIN, TOP + 0.6, 8.1 if said and scale else wide, room))
        if below:
            self._text(slide, (MARGIN, TOP + 0.6 + room, wide, height(below, wide)), below)
        if said and scale:
            shown = [(t, s * scale, c, b) for t, s, c, b in said]
            self._text(slide, (left, TOP + 0.6, right, height(shown, right)), shown)
        elif said:
            more = [("", one.by)] if one.by else []
            more += [("", one.missing)] if one.missing else []
            self._listed(one.sentence, ("", say("periods.what")), [*one.parts, *more], (2.4, 9.8))


def _shifted(style: Style, begun: int, nth: int, column: int) -> tuple[str, bool]:
    """Give the style of a line of a table that goes on from an earlier slide."""
    return style(begun + nth, column)


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
        paragraph._p.get_or_add_endParaRPr().set("sz", f"{size * 100:.0f}")  # noqa: SLF001 - no word for it: the height of an empty line
        if _runs_left(text):
            paragraph._p.get_or_add_pPr().set("rtl", "1")  # noqa: SLF001 - python-pptx has no word for it


def _cell(cell: Any, text: str, colour: str, *, bold: bool, right: bool) -> None:
    from pptx.util import Inches  # noqa: PLC0415 - an extra

    cell.margin_left, cell.margin_right = Inches(0.03), Inches(0.08)
    cell.margin_top = cell.margin_bottom = Inches(0.02)
    _write(cell.text_frame, [(text or "\u00a0", SIZE, colour, bold)], align="RIGHT" if right else "")
    cell.text_frame.paragraphs[0].space_after = 0
    cell.fill.background()


def _plain(table: Any) -> None:
    """Take away the colours of the built-in table style: lines only."""
    table.first_row = table.horz_banding = False
    properties = table._tbl.tblPr  # noqa: SLF001 - python-pptx has no word for a table's style
    properties.find(
        "{http://schemas.openxmlformats.org/drawingml/2006/main}tableStyleId"
    ).text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"


def _sliced(names: Sequence[T], size: int) -> list[Sequence[T]]:
    return [names[begin : begin + size] for begin in range(0, len(names), size)]


def _lead(slide: Any, run: Any, target: Any) -> None:
    """Let a run of text lead to another slide."""
    from pptx.opc.constants import RELATIONSHIP_TYPE  # noqa: PLC0415 - an extra

    click = run._r.get_or_add_rPr().add_hlinkClick("")  # noqa: SLF001 - python-pptx has no word for a link to a slide
    related = slide.part.relate_to(target.part, RELATIONSHIP_TYPE.SLIDE)
    click.set("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id", related)
    click.set("action", "ppaction://hlinksldjump")


def _runs_left(text: str) -> bool:
    strong = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind in {"R", "AL"} for kind in strong if kind in {"L", "R", "AL"}), False)


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
