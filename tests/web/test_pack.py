"""Review packs: the same figures in every format, whole on their pages, and the same bytes for the same pack."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from pptx import Presentation
from pptx.util import Emu, Inches

from leadline.app import periods
from leadline.app.refresh import refresh
from leadline.app.web.pack import drawings, measuring, native
from leadline.app.web.pack.contents import Notice, Pack
from leadline.app.web.pack.making import make
from leadline.app.web.pack.writing import write
from leadline.app.web.reading import Memory, Reading
from leadline.app.wiring import open_published, workspace
from leadline.errors import ExportError
from tests.app import closing_company as company
from tests.app.closing_company import APRIL, FEBRUARY, HEADER, MARCH, answers
from tests.projects import quiet

LONG = "Share of contacts that were solved without any further question within seven working days " * 3
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWN = "http://schemas.openxmlformats.org/drawingml/2006/main"
NAMES = ("顧客満足度（電話窓口）", "رضا العملاء عن خدمة الهاتف", "=1+1", "Q&A <b>bold</b>", LONG)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """February closed, then restated by a late file."""
    root = company.write(tmp_path_factory.mktemp("pack") / "project")
    with workspace(root, actor="ann", clock=MARCH) as space:
        refresh(space, MARCH, quiet)
        published = open_published(space)
        period = published.periods.parse(FEBRUARY)
        parts = {"cause": "A strike in Leeds.", "action": "More people in March."}
        periods.say(
            space.ledger, published, "service", period, parts, actor="ann", metric="csat", unit="emea"
        )
        periods.close_period(
            space.ledger, published, "service", period, actor="ann", today=periods.today(published, MARCH),
            because="", despite=False,
        )  # fmt: skip
        (root / "answers_late.csv").write_text(HEADER + answers("late", 100, 0))
        refresh(space, APRIL, quiet)
    return root


def made(root: Path, period: str = FEBRUARY, clock=APRIL, name: str = "service") -> Pack:
    with workspace(root, actor="ann", clock=clock) as space:
        published = open_published(space)
        reading = Reading(published, space.ledger, Memory(), clock.now())
        return make(reading, name, period, viewer="ann", today=periods.today(published, clock))


@pytest.fixture(scope="module")
def pack(root: Path) -> Pack:
    return made(root)


@pytest.fixture(scope="module")
def wild(pack: Pack) -> Pack:
    """Two hundred measures, names of every script, and figures that are not shown."""
    sheet = pack.sheets[0]
    row = next(row for row in sheet.rows if row.depth == 2)
    rows = [
        replace(row, label=f"{NAMES[n % len(NAMES)]} {n}" if n < 10 else f"Measure {n}") for n in range(200)
    ]
    rows[3] = replace(
        rows[3], words="suppressed", value=None, low=None, high=None, n=None, n_words="–", interval=""
    )
    one = pack.variances[0]
    variances = tuple(
        replace(one, sentence=f"{name} fell", unit=name, row=replace(one.row, label=name)) for name in NAMES
    )
    said = (("What happened", LONG * 6), ("Cause", NAMES[0] * 40))
    return replace(
        pack, title=LONG, sheets=(replace(sheet, unit=NAMES[0], rows=tuple(rows)), replace(sheet, unit=LONG)),
        variances=(*variances, replace(one, parts=said)),
    )  # fmt: skip


def pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def test_a_pack_of_a_closed_period_holds_what_was_frozen_and_what_moved(pack: Pack) -> None:
    csat = next(row for row in pack.sheets[1].rows if row.label == "Satisfaction")
    assert (csat.value, csat.n, csat.words, csat.version) == (50.0, 400, "50.0%", 1)
    assert csat.restated == "60.0%, cannot tell"
    assert [sheet.unit for sheet in pack.sheets] == ["All units", "Emea", "Amer"]
    said = {v.unit: (v.row.mark.word, v.parts[:1], v.missing) for v in pack.variances}
    assert said == {
        "All units": ("At risk", (), ""),
        "Emea": ("Off target", (("Cause", "A strike in Leeds."),), ""),
    }
    assert pack.actions[0].text == "More people in March."
    assert ("Emea", "Satisfaction", "50.0%", "60.0%, cannot tell") in pack.moved
    trend = pack.variances[1].trend
    assert trend is not None
    assert [p.value for p in trend.points if p.here] == [50.0]  # the chart shows what was frozen, too


@pytest.mark.thorough
def test_a_pack_of_an_open_period_says_that_it_is_not_closed_and_what_it_lacks(root: Path) -> None:
    march = made(root, "2026-03")
    assert march.state.startswith("Not closed")
    assert ("Emea", "Satisfaction: There are no rows for this period.") in march.lacking


@pytest.mark.thorough
@pytest.mark.parametrize("form", ["pdf", "pptx", "xlsx"])
def test_the_same_pack_gives_the_same_bytes(root: Path, pack: Pack, form: str) -> None:
    assert write(pack, form) == write(made(root), form)


@pytest.mark.thorough
def test_the_pdf_holds_every_section_and_every_figure(pack: Pack) -> None:
    found = pages(write(pack, "pdf"))
    text = "\n".join(found)
    for words in ("Service", "February 2026", "Contents", "Scorecard: Emea", "Satisfaction", "50.0%", "60.0%",
                  "A strike in Leeds.", "More people in March.", "How the figures are made"):  # fmt: skip
        assert words in text
    assert "1 / " not in found[0]  # the cover bears no number
    assert found[1].count("\n") > 3


@pytest.mark.thorough
def test_two_hundred_measures_are_all_there_and_nothing_runs_out_of_the_page(wild: Pack) -> None:
    content = write(wild, "pdf")
    text = "\n".join(pages(content))
    assert all(f"Measure {n}" in text for n in range(10, 200))
    assert "suppressed" in text
    document = pypdfium2.PdfDocument(content)
    for page in document:
        width, height = page.get_size()
        for thing in page.get_objects():
            left, bottom, right, top = thing.get_bounds()
            if thing.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT:
                assert -1 <= left <= right <= width + 1
                assert -1 <= bottom <= top <= height + 1
    document.close()


@pytest.mark.thorough
def test_slides_have_native_charts_and_tables_and_stay_within_their_edges(wild: Pack) -> None:
    deck = Presentation(io.BytesIO(write(wild, "pptx")))
    charts, rows = 0, []
    for slide in deck.slides:
        for shape in slide.shapes:
            charts += int(shape.has_chart)
            if shape.has_table:
                rows += [row.cells[0].text_frame.text.strip() for row in shape.table.rows]
                assert sum(row.height for row in shape.table.rows) < Emu(deck.slide_height)
            assert shape.left >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height + Emu(10)
    assert charts == len(wild.variances)
    assert {f"Measure {n}" for n in range(10, 200)} <= set(rows)
    right = [p for s in deck.slides for sh in s.shapes if sh.has_text_frame for p in sh.text_frame.paragraphs]
    assert any("رضا" in p.text and p._p.pPr.get("rtl") == "1" for p in right)


@pytest.mark.thorough
def test_a_chart_on_a_slide_holds_the_numbers_of_the_page(pack: Pack) -> None:
    deck = Presentation(io.BytesIO(write(pack, "pptx")))
    chart = next(shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart)
    spec = pack.variances[0].trend
    assert spec is not None
    plot = chart.plots[0]
    assert list(plot.categories) == [point.short for point in spec.points]
    assert list(plot.series[0].values) == [point.value for point in spec.points]


def test_a_workbook_holds_numbers_and_no_formula_that_somebody_typed(wild: Pack) -> None:
    content = write(wild, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[1]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == "Measure 20")
    assert (row[2].value, row[5].value) == (wild.sheets[0].rows[20].value, wild.sheets[0].rows[20].n)
    cells = [cell for page in book.worksheets for line in page.iter_rows() for cell in line]
    assert any(str(cell.value).startswith("=1+1") for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert len({page.title.casefold() for page in book.worksheets}) == len(book.worksheets)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert sum("charts/chart" in name for name in parts.namelist()) == len(wild.variances)


@pytest.mark.thorough
def test_an_empty_scorecard_is_a_pack_too(pack: Pack) -> None:
    whole = next(row for row in pack.sheets[0].rows if row.depth == 0)
    empty = replace(
        pack,
        sheets=(replace(pack.sheets[0], rows=(whole,)),),
        variances=(),
        actions=(),
        moved=(),
        lacking=(),
        methods=(),
    )
    for form in ("pdf", "pptx", "xlsx"):
        assert len(write(empty, form)) > 1000


@pytest.mark.thorough
def test_another_format_is_refused(pack: Pack) -> None:
    with pytest.raises(ExportError, match="'docx'"):
        write(pack, "docx")


def test_the_contents_of_the_pdf_name_the_page_on_which_each_part_begins(pack: Pack) -> None:
    found = pages(write(pack, "pdf"))
    lines = [line.strip() for line in found[1].splitlines()]
    numbers = [int(line) for line in lines if line.isdigit()]
    begin = lines.index("Contents") + 1
    names = lines[begin : begin + len(numbers)]
    assert len(names) >= len(pack.sheets) + len(pack.varied) + 3
    for name, number in zip(names, numbers, strict=True):
        unit = name.partition("Not where it should be: ")[2]
        begins = f"Not where it should be · {unit}" if unit else name
        assert begins in found[number - 1], name


def test_the_contents_of_the_slides_lead_to_the_slides_that_they_number(wild: Pack) -> None:
    deck = Presentation(io.BytesIO(write(wild, "pptx")))
    slides = list(deck.slides)
    titles = [slide.shapes.title.text_frame.text for slide in slides]
    entries = [
        (row.cells[0].text_frame, int(row.cells[1].text_frame.text))
        for slide, title in zip(slides, titles, strict=True)
        if title == "Contents"
        for shape in slide.shapes
        if shape.has_table
        for row in list(shape.table.rows)[1:]
    ]
    assert len(entries) >= len(wild.sheets) + len(wild.varied)
    for frame, number in entries:
        if not frame.text.startswith("Not where it should be"):
            assert titles[number - 1][:60] == frame.text[:60]
        (link,) = (
            frame.paragraphs[0]
            .runs[0]
            ._r.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}hlinkClick")
        )
        at = titles.index("Contents")
        target = slides[at].part.related_part(link.get(f"{{{RELATED}}}id"))
        assert target is slides[number - 1].part


def test_texts_on_slides_fit_their_boxes_and_tables_end_above_the_foot(wild: Pack) -> None:
    deck = Presentation(io.BytesIO(write(wild, "pptx")))
    foot = Inches(measuring.HEIGHT - 0.42)
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.has_table:
                table = shape.table
                widths = [column.width.inches for column in table.columns]
                for row in table.rows:
                    texts = [cell.text_frame.text for cell in row.cells]
                    assert row.height.inches >= measuring.tall(texts, widths) - 0.01
                    for cell in row.cells:  # an empty cell is no higher than its neighbours
                        end = cell.text_frame.paragraphs[0]._p.find(f"{{{DRAWN}}}endParaRPr")
                        assert end is not None
                        assert end.get("sz") == "1000"
                assert shape.top + sum(row.height for row in table.rows) <= foot
            elif shape.has_text_frame and shape != slide.shapes.title and shape.top < foot:
                lines = [
                    (p.text, p.runs[0].font.size.pt, "", False) for p in shape.text_frame.paragraphs if p.runs
                ]
                assert shape.top.inches + measuring.height(lines, shape.width.inches) <= measuring.HEIGHT


def test_a_point_that_may_still_move_is_hollow_in_native_charts(pack: Pack) -> None:
    spec = pack.variances[0].trend
    assert spec is not None
    open_ = replace(spec, points=(*spec.points[:-1], replace(spec.points[-1], certainty="provisional")))
    assert native.unsettled(open_) == [len(spec.points) - 1]
    drawn = str(drawings.trend(open_))
    assert "point hollow here" in drawn
    for tone in drawings.TONES:  # as on the page, a point in focus is hollow too, in the colour of its status
        assert f".point.here.hollow.{tone} {{ fill: #fff;" in drawn
    changed = replace(pack, variances=(replace(pack.variances[0], trend=open_),))
    deck = Presentation(io.BytesIO(write(changed, "pptx")))
    chart = next(shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart)
    marker = chart.plots[0].series[0].points[len(spec.points) - 1].marker
    assert str(marker.format.fill.fore_color.rgb) == "FFFFFF"
    assert chart.value_axis.tick_labels.number_format == '#,##0"%"'


def test_what_must_be_known_of_a_figure_stands_beside_it_in_every_format(pack: Pack) -> None:
    csat = next(row for row in pack.sheets[1].rows if row.label == "Satisfaction")
    assert csat.told == ("restated: 60.0%, cannot tell",)
    known = Notice(pack.sheets[0].mark, "Satisfaction ends on 31 December 2026.")
    noted = replace(pack, notices=(known,))
    assert any(known.text in page for page in pages(write(noted, "pdf")))
    deck = Presentation(io.BytesIO(write(noted, "pptx")))
    cells = [
        c.text_frame.text
        for s in deck.slides
        for sh in s.shapes
        if sh.has_table
        for c in sh.table.iter_cells()
    ]
    assert known.text in cells
    assert csat.told[0] in cells
    book = openpyxl.load_workbook(io.BytesIO(write(noted, "xlsx")))
    values = [cell.value for page in book.worksheets for line in page.iter_rows() for cell in line]
    assert known.text in values
    assert csat.told[0] in values


def test_the_cover_of_a_workbook_leads_to_each_of_its_sheets(pack: Pack) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write(pack, "xlsx")))
    cover = book.worksheets[0]
    leads = [cell.hyperlink.location for line in cover.iter_rows() for cell in line if cell.hyperlink]
    assert leads == [f"'{page.title}'!A1" for page in book.worksheets[1:]]
