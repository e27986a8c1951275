"""What the pages say of a real project: read from the contexts, not from the markup."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from leadline.app.refresh import refresh
from leadline.app.web.contexts.home import MeasureRow
from leadline.app.wiring import Latest, Workspace, open_published, workspace
from leadline.clock import FixedClock
from leadline.ingest import quarantine
from leadline.metrics.evaluate import evaluate
from leadline.metrics.query import Query
from leadline.scorecards.tree import score
from leadline.store.lock import writing
from leadline.store.staging import Staging
from tests.projects import quiet, write_project
from tests.web import small_company
from tests.web.door import entered, make_app

METRICS = ("resolved_rate", "nps", "handle_time", "handle_time_median", "contacts", "cost", "cost_per_minute")
PATHS = (
    "/",
    "/strategy",
    "/?period=2025-06&unit=north",
    "/scorecards/service",
    "/metrics",
    "/metrics?q=time",
    *(f"/metrics/{name}" for name in METRICS),
    *(f"/metrics/resolved_rate?grain={grain}" for grain in ("day", "week", "quarter", "year")),
    "/metrics/resolved_rate?unit=north&period=2025-11",
    "/metrics/resolved_rate?slice=channel%3Dphone",
    "/metrics/resolved_rate?period=2025-W40",
    "/metrics/nps?period=2019-01",
    "/metrics/contacts?period=2025-10-05",
    "/figures?metric=resolved_rate&period=2026-01",
    "/figures?metric=nps&period=2025-Q3&unit=south",
    "/figures?metric=handle_time_median&period=2025",
    "/figures?metric=resolved_rate&period=2026-01&slice=channel%3Dfax",
    "/figures?metric=contacts&period=2019-01",
    "/figures?metric=cost_per_minute&period=2026-01",
    "/sources",
    "/sources/contacts",
    "/findings",
    "/findings?direction=bad&period=2025-10",
    "/findings?kind=nothing",
    "/definitions",
    "/definitions/metric/nps",
    "/definitions/fact/contact",
    "/definitions/scorecard/service",
    "/definitions/unit/group",
    "/definitions/objective/lean",
    "/definitions/project/small",
    "/definitions/source/contacts",
    "/work",
    "/work?person=service-desk",
    "/work/all",
    "/work/all?q=x&state=overdue&kind=kpi_dispute&person=ann",
    "/work/open",
    "/work/open?workflow=kpi_dispute&figure=metric%3Dnps%26period%3D2026-01",
    "/work/open?workflow=period_close&period=2026-01",
)


def context(client: TestClient, path: str, status: int = 200) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == status, path
    found: dict[str, Any] = vars(response)["context"]
    return found


def measures(page: dict[str, Any]) -> dict[str, MeasureRow]:
    return {m.metric.text: m for p in page["perspectives"] for o in p.objectives for m in o.measures}


@pytest.mark.parametrize("path", PATHS)
def test_every_page_answers(client: TestClient, path: str) -> None:
    assert context(client, path)["shell"].project == "Small & Sons"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "path",
    ["/", "/strategy", "/metrics/resolved_rate", "/sources/contacts", "/figures?metric=nps&period=2026-01"],
)
def test_every_link_leads_somewhere(client: TestClient, path: str) -> None:
    links = {href.replace("&amp;", "&") for href in re.findall(r'href="(/[^"]*)"', client.get(path).text)}
    assert links
    for href in sorted(links):
        assert client.get(href).status_code == 200, href


def test_the_scorecard_shows_the_last_complete_period(client: TestClient) -> None:
    page = context(client, "/")
    assert page["period"].current == "January 2026"
    assert page["period"].after.text == "February 2026"
    assert page["period_state"] == "final"


def test_figures_are_those_of_the_engine(client: TestClient, space: Workspace) -> None:
    published = open_published(space)
    result = score(published, "service", viewer="tester")
    rows = measures(context(client, "/"))
    for measure in result.measures():
        seen, row = measure.observation, rows[measure.metric.label]
        assert seen is not None
        assert seen.value is not None
        digits = float(re.sub(r"[^\d.]", "", row.figure.value.replace("€", "").split("\u202f")[0]))
        assert digits == pytest.approx(seen.value, abs=0.51 if seen.value > 1000 else 0.051)
        assert row.mark.shape == measure.status


def test_deviations_come_first_with_how_sure_since_when_and_who(client: TestClient) -> None:
    first = context(client, "/")["deviations"][0]
    assert first.metric.text == "Solved at once"
    assert first.mark.shape == "off target"
    assert first.sure == "Sure: all of the interval is past the red flag"
    assert first.since == "since October 2025"
    assert first.owner == "service-desk acts"
    assert first.target == "goal ≥ 76%"


def test_a_change_is_worse_where_the_refresh_found_it_so(client: TestClient) -> None:
    row = measures(context(client, "/?period=2025-10"))["Solved at once"]
    assert row.previous is not None
    assert (row.previous.arrow, row.previous.word, row.previous.clear) == ("down", "worse", True)
    calm = measures(context(client, "/?period=2025-06"))["Solved at once"]
    assert calm.previous is not None
    assert (calm.previous.word, calm.previous.clear) == ("unclear", False)
    assert calm.year is None


def test_what_cannot_be_compared_is_called_untested(client: TestClient) -> None:
    median = measures(context(client, "/"))["Handle time, median"]
    assert median.previous is not None
    assert median.previous.word == "untested"
    provisional = measures(context(client, "/?period=2026-02"))["Solved at once"]
    assert provisional.previous is not None
    assert provisional.previous.word == "untested"
    assert provisional.figure.mark is not None
    assert provisional.figure.mark.shape == "provisional"


def test_totals_are_compared_by_the_day(client: TestClient) -> None:
    row = measures(context(client, "/?period=2025-03"))["Contacts"]
    assert row.previous is not None
    assert row.previous.size == "0.0%", "as many contacts a day, whatever the length of the month"


def test_a_unit_narrows_the_scorecard(client: TestClient) -> None:
    page = context(client, "/?unit=north")
    assert page["unit"].current == "North"
    assert [(link.text, link.depth) for link in page["unit"].choices] == [
        ("All units", 0), ("Group", 1), ("North", 2), ("South", 2),
    ]  # fmt: skip
    assert measures(page)["Solved at once"].metric.href.endswith("unit=north")


def test_the_trend_holds_every_period_with_its_status(client: TestClient) -> None:
    page = context(client, "/metrics/resolved_rate")
    points = page["trend"].points
    assert [p.label for p in points][:1] == ["January 2025"]
    assert points[-1].certainty == "provisional"
    assert next(p for p in points if p.here).label == "January 2026"
    assert {p.goal for p in points} == {76.0}
    assert page["trend"].break_word == "The axis starts at 40%, not at zero."
    assert page["sentence"].startswith("Solved at once was ")
    assert page["sentence"].endswith("off target since October 2025")


def test_the_sentence_says_a_clear_move(client: TestClient) -> None:
    page = context(client, "/metrics/resolved_rate?period=2025-10")
    assert re.fullmatch(r"Solved at once fell to [\d.]+% in October 2025, newly off target", page["sentence"])


def test_nothing_is_asked_of_another_grain_or_of_a_slice(client: TestClient) -> None:
    assert context(client, "/metrics/resolved_rate")["targets"]
    assert context(client, "/metrics/resolved_rate?grain=week")["targets"] == ()
    assert context(client, "/metrics/resolved_rate?slice=channel%3Dphone")["targets"] == ()


def test_slices_are_compared_with_the_whole_and_small_ones_hidden(client: TestClient) -> None:
    plots = {plot.key: plot for plot in context(client, "/metrics/resolved_rate")["breakdowns"]}
    assert set(plots) == {"by-unit", "by-channel"}
    channels = {row.label: row for row in plots["by-channel"].rows}
    assert channels["fax"].value is None
    assert channels["fax"].text == "Suppressed"
    assert channels["fax"].against is None
    assert list(channels)[-1] == "fax"
    assert {row.label for row in plots["by-unit"].rows} == {"North", "South"}


def test_parts_of_a_total_are_shares_of_it(client: TestClient) -> None:
    channels = next(p for p in context(client, "/metrics/contacts")["breakdowns"] if p.key == "by-channel")
    assert channels.whole is None
    assert all(row.against is None and row.portion.endswith("%") for row in channels.rows)
    assert channels.message.startswith("phone has the most")


def test_a_chosen_slice_is_held_against_its_siblings(client: TestClient) -> None:
    page = context(client, "/metrics/resolved_rate?slice=channel%3Dphone")
    assert page["slice"].current == "channel: phone"
    channels = next(p for p in page["breakdowns"] if p.key == "by-channel")
    whole = context(client, "/metrics/resolved_rate")["figure"].value
    assert channels.whole_word == f"dotted: all, {whole}"


@pytest.mark.thorough
def test_another_grain_keeps_the_place_in_time(client: TestClient) -> None:
    assert (
        context(client, "/metrics/resolved_rate?grain=quarter&period=2025-05")["period"].current == "Q2 2025"
    )
    assert (
        context(client, "/metrics/resolved_rate?grain=week&period=2025-05")["period"].current
        == "week 22 of 2025"
    )
    assert (
        context(client, "/metrics/resolved_rate?grain=month&period=2025-W22")["period"].current == "June 2025"
    )


def test_a_period_without_rows_is_a_defined_state(client: TestClient) -> None:
    page = context(client, "/metrics/nps?period=2019-01")
    assert page["figure"].value == ""
    assert page["figure"].note == "no rows"
    assert page["mark"].shape == "no data"


def test_provenance_adds_up(client: TestClient, space: Workspace) -> None:
    page = context(client, "/figures?metric=resolved_rate&period=2026-01&unit=north")
    published = open_published(space)
    asked = Query("resolved_rate", "tester", "test", unit="north", **_days("2026-01", published))
    seen = evaluate(published, asked)[0]
    hits = int(page["counts"][1].value)
    assert seen.value == pytest.approx(hits / seen.n * 100)
    assert page["formula"] == f"{hits} ÷ {seen.n} × 100 = {page['figure'].value}"
    assert sum(int(b.used) for b in page["batches"]) == seen.n
    assert "the value is the same" in page["agrees"]
    assert page["command"] == "leadline explain resolved_rate --period 2026-01 --unit north"


def _days(label: str, published: Any) -> dict[str, Any]:
    period = published.periods.parse(label)
    return {"since": period.start, "until": period.end}


def test_a_suppressed_figure_shows_neither_value_nor_parts(client: TestClient) -> None:
    page = context(client, "/figures?metric=resolved_rate&period=2026-01&slice=channel%3Dfax")
    assert page["figure"].value == ""
    assert not page["counts"], "the number of rows is a part, too"
    assert page["formula"] == "The figure is not shown, so neither are its parts."
    assert page["status_words"].startswith("Suppressed")


def test_sources_obey_the_law_and_say_what_is_wrong(client: TestClient) -> None:
    page = context(client, "/sources")
    law = page["law"]
    rows, accepted, held = (int(part.replace(",", "")) for part in (law.rows, law.accepted, law.held))
    assert law.holds
    assert rows == accepted + held
    assert held == 3
    line = page["lines"][0]
    assert line.mark.shape == "refused"
    assert sorted(reason.rows for reason in line.reasons) == ["1", "2"]


def test_held_rows_are_shown_as_text_with_their_place(client: TestClient) -> None:
    response = client.get("/sources/contacts")
    page = vars(response)["context"]
    first = page["held"][0]
    assert re.fullmatch(r"data/2026\.csv:\d+", first.place)
    assert first.reasons[0].startswith("score is above its maximum")
    assert dict(first.columns)["remark"].startswith("<script>")
    assert "<script>document" not in response.text
    assert "<img src=x" not in response.text


def test_held_rows_are_narrowed_by_reason(client: TestClient) -> None:
    page = context(client, "/sources/contacts?reason=team+names+no+unit")
    assert [dict(row.columns)["contact_id"] for row in page["held"]] == ["h3"]


def test_a_refused_file_says_why(client: TestClient) -> None:
    files = context(client, "/sources/contacts")["files"]
    refused = next(line for line in files if line.mark and line.mark.shape == "refused")
    assert refused.file == "data/cut.csv.gz"
    assert refused.note


def test_findings_are_narrowed_by_links(client: TestClient) -> None:
    page = context(client, "/findings?period=2025-10&direction=bad")
    assert page["lines"]
    assert {line.period for line in page["lines"]} == {"October 2025"}
    assert all(line.mark.tone == "bad" for line in page["lines"])
    assert context(client, "/findings?kind=nothing")["quiet"] == "No finding matches this choice."


def test_search_finds_by_every_word(client: TestClient) -> None:
    page = context(client, "/metrics?q=time+handle")
    assert [line.metric.text for line in page["lines"]] == ["Handle time", "Handle time, median"]
    assert page["shell"].search == "time handle"


def test_definitions_know_their_neighbours(client: TestClient) -> None:
    page = context(client, "/definitions/fact/contact")
    assert [link.text for link in page["reads"]] == ["Contact log"]
    assert "Service scorecard" in [link.text for link in page["read_by"]]
    assert page["versions"][0].current


@pytest.mark.parametrize(
    ("path", "status", "hint"),
    [
        ("/metrics/nsp", 404, "Did you mean 'nps'?"),
        ("/metrics/nps?unit=nroth", 404, "Did you mean"),
        ("/metrics/nps?period=2026-13", 404, ""),
        ("/metrics/nps?period=yesterday", 404, "Write 2026-03-05"),
        ("/metrics/nps?grain=decade", 404, "Choose from day, week, month, quarter, year."),
        ("/metrics/nps?slice=phone", 404, "Write column=value; the metric declares channel."),
        ("/metrics/nps?slice=team%3Dnorth", 404, "by"),
        ("/figures", 400, "For example"),
        ("/figures?metric=nps&period=2026-01&slice=nothing", 404, ""),
        ("/sources/contact", 404, "Did you mean 'contacts'?"),
        ("/scorecards/servise", 404, "Did you mean 'service'?"),
        ("/definitions/fact/surveys_response", 404, "Did you mean 'survey_response'?"),
        ("/definitions/thing/contact", 404, ""),
        ("/?unit=nowhere", 404, ""),
        ("/nowhere", 404, ""),
    ],
)
def test_what_does_not_exist_is_said_with_what_to_do(
    client: TestClient, path: str, status: int, hint: str
) -> None:
    page = context(client, path, status)
    assert hint in page["hint"]
    assert page["heading"] != "This page could not be made"
    assert page["shell"].project == "Small & Sons"


@pytest.mark.thorough
def test_rows_released_since_are_held_until_the_next_refresh(tmp_path: Path) -> None:
    clock = small_company.NOW
    with workspace(small_company.write(tmp_path / "released"), actor="tester", clock=clock) as space:
        refresh(space, clock, quiet)
        with entered(make_app(Latest(space), space.ledger, clock=clock)) as asking:
            mended = tmp_path / "held.csv"
            with mended.open("w", encoding="utf-8", newline="") as target:
                quarantine.export(space.engine, space.ledger, target, reason="unknown-unit")
            mended.write_text(mended.read_text(encoding="utf-8").replace("West", "N"), encoding="utf-8")
            with writing(space.home, "replay", clock), Staging(space.home.root, space.settings) as staging:
                quarantine.replay(
                    space.definitions(),
                    space.engine,
                    space.ledger,
                    staging,
                    clock,
                    actor="tester",
                    corrected=mended,
                )
            page = context(asking, "/sources/contacts")
            assert (page["law"].held, page["law"].holds) == ("3", True)
            assert "h3" not in {dict(row.columns)["contact_id"] for row in page["held"]}
            refresh(space, clock, quiet)
            page = context(asking, "/sources/contacts")
            assert (page["law"].held, page["law"].holds) == ("2", True)
            assert [reason.rows for reason in page["line"].reasons] == ["2"]


@pytest.mark.thorough
def test_an_old_state_says_so_on_every_page(space: Workspace) -> None:
    later = FixedClock(small_company.NOW.instant + timedelta(days=3))
    with entered(make_app(Latest(space), space.ledger, clock=later)) as asking:
        for path in ("/", "/metrics/nps", "/nowhere"):
            assert "These figures are 3 days old" in asking.get(path).text


def test_a_fresh_state_does_not(client: TestClient) -> None:
    assert context(client, "/")["shell"].generation.stale == ""


@pytest.mark.thorough
def test_a_project_without_a_scorecard_says_what_to_do(tmp_path: Path) -> None:
    documents = [d for d in small_company.DOCUMENTS if d["kind"] != "scorecard"]
    documents[0] = {"kind": "project", "name": "small"}
    root = write_project(tmp_path / "bare", documents, {"data/a.csv": small_company.HEADER})
    with workspace(root, actor="tester", clock=small_company.NOW) as space:
        refresh(space, small_company.NOW, quiet)
        with entered(make_app(Latest(space), space.ledger, clock=small_company.NOW)) as asking:
            assert context(asking, "/", 404)["heading"] == "No scorecard yet"
            lines = context(asking, "/metrics")["lines"]
            assert {line.figure.value for line in lines} == {""}
            page = context(asking, "/metrics/nps")
            assert (page["trend"], page["breakdowns"]) == (None, ())
            assert page["sentence"] == "Net promoter score has no figures yet"
            for path in ("/metrics/contacts", "/sources", "/sources/contacts", "/findings", "/definitions"):
                context(asking, path)
