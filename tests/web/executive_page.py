"""The executive page of the made-up company, as full as it becomes: five matters, each with all there is to say."""

from dataclasses import replace

from leadline.app.web.addresses import to
from leadline.app.web.contexts import Page
from leadline.app.web.contexts.executive import ExecutivePage, Matter, Reason, Side
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.contexts.standing import Lack
from leadline.app.web.views.executive import LONGEST, MATTERS, ROWS, UNDECIDED
from tests.web.company import shell
from tests.web.pages import STANDING, deviation, home, quiet_home, to_date

SAID = "Small businesses on the plan that is being moved to the new tariff leave more often than all others do, and "


def executive() -> ExecutivePage:
    """Give the executive page with as many matters and rows as it shows at most."""
    card, here = home(), to.scorecard_period("service", "2026-10")
    rows = [row for p in card.perspectives for o in p.objectives for row in o.measures]
    off = [row for row in rows if row.mark.tone in {"bad", "risk"}]
    unsettled = [row for row in rows if row.mark.tone == "unknown"]
    said = Reason(f"{SAID[: LONGEST - 2]} …", here, "ines_falk")
    lies = Reason(
        "90% of the gap lies in plan: flex, which has 29% of the rows: 4.47% (3.64–5.47) there.", here
    )
    does = Reason("The move is paused for customers with an open complaint; each gets a call.", here, "tom")
    until = Reason("A retention desk for small businesses: retention, until 31 May 2027", here)
    matters = tuple(
        Matter(deviation(row, n), Link("Stay", here), (said, lies), (does, until))
        for n, row in enumerate(off[:MATTERS])
    )
    unsaid = Link("A comment is required and there is none.", f"{here}#say-churn")
    sides = tuple(
        Side(p.label, p.verdict, tuple(row for o in p.objectives for row in o.measures)[:ROWS])
        for p in (card.perspectives[0], card.perspectives[-1])
    )
    lacking = tuple(
        Lack(name, "10 figures not final, 3 comments, 1 dispute", here)
        for name in ("All units", "EMEA", "UK & Ireland", "Americas", "Aldermann")
    )
    return ExecutivePage(
        shell=shell("Executive page", stale=True),
        scorecard=card.scorecard,
        sentence="5 of 33 measures are off target for sure, 7 more at risk.",
        verdict=card.verdict,
        period=card.period,
        unit=card.unit,
        period_state="provisional, more rows may arrive",
        tally=card.tally,
        matters=(replace(matters[0], reasons=(lies,), unsaid=unsaid), *matters[1:]),
        more="7 more are off target or at risk",
        quiet="",
        undecided=tuple(deviation(row, n) for n, row in enumerate((unsettled * 3)[:UNDECIDED])),
        columns=card.columns,
        sides=sides,
        standing=replace(STANDING, lacking=lacking),
    )


def scorecards() -> dict[str, Page]:
    """Give the pages and states of a scorecard by name."""
    return {
        "home": home(),
        "quiet-home": quiet_home(),
        "stale-home": replace(home(), shell=shell("Stale", stale=True)),
        "home-to-date": to_date(),
        "full-executive": executive(),
    }
