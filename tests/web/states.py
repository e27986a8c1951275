"""Sources, provenance, findings, definitions and notices of the made-up company, and every page by name."""

from dataclasses import replace

from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import (
    BarSpec,
    SparkSpec,
)
from leadline.app.web.contexts import (
    DefinitionIndexPage,
    DefinitionPage,
    FigurePage,
    FindingsPage,
    NoticePage,
    Page,
    ReconciliationPage,
    ReconciliationsPage,
    SourcePage,
    SourcesPage,
)
from leadline.app.web.contexts.definitions import DefinitionLine
from leadline.app.web.contexts.figure import BatchLine, Count
from leadline.app.web.contexts.pieces import (
    Link,
    Mark,
    Picker,
)
from leadline.app.web.contexts.reconciliations import CellLine, KeyLine, ReconciliationLine
from leadline.app.web.contexts.sources import CheckLine, HeldRow, Law, PartLine, Reason, SourceLine
from leadline.app.web.numbers import whole
from tests.web import exclusion_pages, governance_pages, work_pages
from tests.web.company import SHORT, shell
from tests.web.executive_page import scorecards
from tests.web.metric_pages import document, empty_metric, metric, metrics, no_metrics, versions
from tests.web.pages import findings

HOSTILE = "<script>alert('x')</script> Grüße & \"thanks\""


def batches() -> tuple[BatchLine, ...]:
    """Give the files behind a figure."""
    link = Link("helpdesk_tickets", to.source("helpdesk_tickets"))
    made = [
        BatchLine(
            link,
            f"data/helpdesk/tickets_2026-{m:02}.csv.gz",
            whole(22_000 + m * 91),
            whole(m * 3),
            whole(22_000 + m * 94),
            f"1–{28 + m % 3} {SHORT[m - 1]} 2026",
            "3 November 2026, 06:01",
            "3ac91f07",
        )
        for m in (9, 10)
    ]
    return (
        *made,
        BatchLine(
            link,
            "data/helpdesk/tickets_2026-11.csv.gz",
            "0",
            "0",
            "0",
            "–",
            "3 November 2026, 06:02",
            "",
            mark=Mark("refused", "Refused", "bad"),
            note="The gzip stream ends before its end; nothing was loaded.",
        ),
    )


def figure_page() -> FigurePage:
    """Give the provenance of a figure."""
    return FigurePage(
        shell=shell("How this figure was made", "metrics"),
        metric=Link("First contact resolution", to.metric("first_contact_resolution")),
        sentence="28,112 of 41,220 tickets closed in October 2026 were solved in the first contact: 68.2%.",
        about=(
            ("Metric", "First contact resolution"),
            ("Period", "October 2026"),
            ("Unit", "All"),
            ("Slice", "All tickets"),
            ("n", "41,220"),
        ),
        figure=metric().figure,
        status_words="Final: the period ended on 31 October and rows may arrive for 3 days.",
        formula="28,112 ÷ 41,220 = 68.20%",
        counts=(
            Count("rows that count", "28,112"),
            Count("rows in all", "41,220"),
        ),
        agrees="Computed once more from the rows themselves for this page: the value is the same.",
        method="Wilson score interval at 95%: 67.7–68.7. Rows are taken as independent.",
        version=versions()[0],
        document=document(),
        batches=batches(),
        law="44,376 rows in = 44,319 accepted + 57 held back.",
        sql="select sum(k) as k, sum(n) as n\nfrom states.ticket\nwhere day >= date '2026-10-01'",
        rows_sql="select count(*) as n from facts.ticket",
        command="leadline explain first_contact_resolution --period 2026-10",
        decided=((Mark("refused", "Disputed", "risk"), Link("October: ann says it", to.work_item(1))),),
    )


def source_line(name: str, index: int) -> SourceLine:
    """Give one source."""
    held = (0, 412, 57, 3)[index % 4]
    rows = 61_894 + 1_000 * index
    fresh = index % 4 != 1
    reasons = (
        (
            Reason(
                "score: 11 is above the maximum of 10",
                whole(held - held // 4),
                to.source(name, reason="maximum"),
                BarSpec(held - held // 4, held, f"{held - held // 4} of {held}"),
            ),
            Reason(
                "unit: no unit has the code ‘EMEA-9’",
                whole(held // 4),
                to.source(name, reason="unit"),
                BarSpec(held // 4, held, f"{held // 4} of {held}"),
            ),
        )
        if held
        else ()
    )
    return SourceLine(
        Link(name, to.source(name)),
        Link("ticket", to.definition("fact", "ticket")),
        Mark("on target", "Fresh", "good") if fresh else Mark("stale", "Late", "risk"),
        "2 hours before the refresh" if fresh else "3 days before the refresh",
        "2 November 2026, 23:58",
        "18",
        whole(rows),
        whole(rows - held),
        whole(held),
        f"{held / rows * 100:.2f}%",
        BarSpec(held, rows, f"{held} of {rows} rows held"),
        reasons,
        "97" if fresh else "61",
        "" if fresh else "least: timeliness 29",
        "on time on 88 of 90 days, 99 % wanted",
        "12 metrics",
    )


def law() -> Law:
    """Give rows in = accepted + held."""
    return Law("1,204,118", "1,203,646", "472", holds=True)


def sources() -> SourcesPage:
    """Give the sources page."""
    names = (
        "survey_answers",
        "crm_customers",
        "helpdesk_tickets",
        "telephony_calls",
        "chat_sessions",
        "invoices",
    )
    return SourcesPage(
        shell("Sources", "sources"),
        law(),
        tuple(source_line(n, i) for i, n in enumerate(names)),
        "1 of 2 differ",
        "964 rows enter no figure",
        (
            "What old_crm brought (3 files, 1.2 MB) still lies here, though no source is declared by that name.",
        ),
    )


def source() -> SourcePage:
    """Give a source page with held rows that try to break out of their page."""
    held = tuple(
        HeldRow(
            f"data/crm/customers_2026-10.csv:{1042 + i}",
            ("score: 11 is above the maximum of 10",),
            (
                ("customer_id", f"C-{1000 + i}"),
                ("score", "11"),
                ("comment", HOSTILE if i == 0 else "Was told to call again; nobody answered."),
            ),
        )
        for i in range(3)
    )
    return SourcePage(
        shell=shell("crm_customers", "sources"),
        title="CRM customers",
        description="Nightly export of the customer master.",
        line=source_line("crm_customers", 1),
        law=law(),
        files=batches(),
        reason=Picker(
            "Reason", "All reasons", (Link("All reasons", "#", here=True), Link("score: above 10", "#"))
        ),
        held=held,
        held_note="3 of 412 rows shown.",
        commands=(
            "leadline quarantine export crm_customers > held.csv",
            "leadline quarantine replay crm_customers",
        ),
        document=document(),
        parts=(
            PartLine(
                "Completeness", "96", BarSpec(96, 100, "96 of 100", "good"), "Share of the periods awaited."
            ),
            PartLine(
                "Timeliness", "29", BarSpec(29, 100, "29 of 100", "risk"), "Falls for each period overdue."
            ),
            PartLine("Volume stability", "–", None, "How near to the usual number of rows."),
        ),
        history=SparkSpec((97.0, 96.0, 97.0, 61.0), "Reliability at the last 4 refreshes", 80.0),
        metrics=(Link("Net promoter score", to.metric("nps")), Link("Churn", to.metric("churn_rate"))),
        columns=(("customer_id", "text", "customer_id"), ("score", "number", HOSTILE)),
        checks=(
            CheckLine(
                Link("Scores in their range", "#"),
                "quarantine",
                Mark("at risk", "Held rows", "risk"),
                "412",
                f"1 of 9 files, last customers.csv: {HOSTILE}",
                "1 November 2026 06:10",
            ),
            CheckLine(
                Link("Every day", "#"), "warn", Mark("on target", "Passed", "good"), "0", "", "every refresh"
            ),
        ),
    )


def reconciliations() -> ReconciliationsPage:
    """Give the list of reconciliations."""
    sides = Link("Billed revenue", to.metric("billed")), Link("Contracted revenue", to.metric("contracted"))
    found = (
        ("Billing against contracts", Mark("off target", "Differs", "bad"), "1 of 12 cells differ"),
        ("Orders against telemetry", Mark("on target", "Agrees", "good"), "all 31 cells agree"),
    )
    return ReconciliationsPage(
        shell("Reconciliations", "sources"),
        tuple(
            ReconciliationLine(Link(name, to.reconciliation("revenue")), *sides, mark, "October 2026", words)
            for name, mark, words in found
        ),
    )


def reconciliation() -> ReconciliationPage:
    """Give a reconciliation with a cell that differs, and the rows behind it."""
    places = ("UK & Ireland · product: voice", "Americas · product: voice", "EMEA · product: guard")
    marks = (
        Mark("off target", "Differs", "bad"), Mark("on target", "Agrees", "good"),
        Mark("unscored", "Not judged", "quiet"),
    )  # fmt: skip
    return ReconciliationPage(
        shell=shell("Billing against contracts", "sources"),
        title="Billing against contracts",
        description="What was invoiced in a month against what is under contract.",
        because="What is under contract and not billed is money that nobody misses.",
        owner="finance",
        sentence="1 of 12 cells differ",
        tolerance="They may differ by 500 or 2 % of the larger one, whichever is more.",
        left=Link("Billed revenue", to.metric("billed")),
        right=Link("Contracted revenue", to.metric("contracted")),
        labels="Billed revenue: every day. Contracted revenue: every month.",
        period=Picker("Period", "2026-10", (Link("2026-10", "#", here=True), Link("2026-09", "#"))),
        cells=tuple(
            CellLine(Link(place, "#"), mark, Link("€12,165", "#"), Link("€25,614", "#"), "€−13,449", "€512",
                     "for 4 periods in a row" if n == 0 else "")
            for n, (place, mark) in enumerate(zip(places, marks, strict=True))
        ),
        chosen="Rows that differ: UK & Ireland · product: voice",
        columns=("account", "segment"),
        keys=(KeyLine((HOSTILE, "mid"), "only right", "€0", "€190"), KeyLine(("C-2", "(none)"), "different", "6", "7")),
        keys_note="2 keys differ.",
        command="leadline reconcile revenue --rows --period 2026-10",
        document=document(),
    )  # fmt: skip


def findings_page() -> FindingsPage:
    """Give the findings page."""
    pickers = (
        Picker(
            "Kind",
            "all",
            (Link("all", to.findings(), here=True), Link("changed", to.findings(kind="changed"))),
        ),
        Picker(
            "Direction",
            "all",
            (Link("all", to.findings(), here=True), Link("worse", to.findings(direction="worse"))),
        ),
    )
    return FindingsPage(shell("Findings", "findings"), "14 findings in this refresh", pickers, findings(), "")


def no_findings() -> FindingsPage:
    """Give the findings page when there are none."""
    return FindingsPage(
        shell("Findings", "findings"), "No findings", (), (), "212 comparisons were made; none stands out."
    )


def definition_index() -> DefinitionIndexPage:
    """Give the index of definitions."""
    lines = tuple(
        DefinitionLine(Link(n, to.definition("fact", n)), "One row for each ticket.", "data platform", "1")
        for n in ("customer", "interaction", "ticket")
    )
    return DefinitionIndexPage(
        shell("Definitions", "definitions"),
        (("Facts", lines), ("Objectives", lines[:1])),
        (Link("Owners", to.owners()),),
    )


def definition() -> DefinitionPage:
    """Give a fact's definition."""
    return DefinitionPage(
        shell=shell("ticket", "definitions"),
        kind="Fact",
        title="Ticket",
        description="One row for each ticket.",
        document=document(),
        columns=(
            ("ticket_id", "text", "Number in the helpdesk"),
            ("closed_at", "instant", "When it was closed last"),
        ),
        reads=(Link("helpdesk_tickets", to.source("helpdesk_tickets")),),
        read_by=(Link("First contact resolution", to.metric("first_contact_resolution")),),
        versions=versions(),
        history=Link("History, diff and bridge", to.history("metric", "nps")),
        owned=(Link("data platform", to.ownership("fact", "ticket")), "Accepted"),
    )


def nothing_published() -> NoticePage:
    """Give the page before the first refresh."""
    return NoticePage(
        shell("Nothing published yet", published=False),
        503,
        "Nothing published yet",
        "This project has definitions, but no refresh has been published.",
        "",
        "Run a refresh, then reload this page.",
        "nothing-published",
        ("leadline refresh",),
        (),
    )


def not_found() -> NoticePage:
    """Give the page of an unknown metric."""
    return NoticePage(
        shell("Not found", ""),
        404,
        "There is no metric ‘frist_contact’",
        "Nothing by that name is in force.",
        "",
        "Did you mean ‘first_contact_resolution’?",
        "not-found",
        (),
        (Link("All metrics", to.metrics()),),
    )


def gallery() -> dict[str, Page]:
    """Give every page and designed state by name."""
    return {
        **scorecards(),
        "metrics": metrics(),
        "no-metrics": no_metrics(),
        "metric": metric(),
        "empty-metric": empty_metric(),
        "figure": figure_page(),
        "sources": sources(),
        "source": source(),
        "exclusions": exclusion_pages.exclusions(),
        "no-exclusions": exclusion_pages.nothing(),
        "exclusion": exclusion_pages.exclusion(source().document),
        "reconciliations": reconciliations(),
        "no-reconciliations": ReconciliationsPage(shell("Reconciliations", "sources"), ()),
        "reconciliation": reconciliation(),
        "findings": findings_page(),
        "no-findings": no_findings(),
        **work_pages.gallery(),
        "metric-with-work": replace(metric(), work=work_pages.box()),
        "definitions": definition_index(),
        "definition": definition(),
        "governance": governance_pages.full(),
        "no-governance": governance_pages.empty(),
        "nothing-published": nothing_published(),
        "not-found": not_found(),
    }
