"""The bridge page of the made-up company: with a long note, and a step that is nearly nothing."""

from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import BridgeSpec, BridgeStep
from leadline.app.web.contexts.periods import BridgePage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.numbers import NumberStyle
from leadline.app.web.views.bridging import difference, signed
from tests.web.company import shell

NOTE = (
    "Rows of batch answers_2026_02_late.csv, which came on 14 April 2026, five weeks after the period was closed by "
    "mara_lind: 1,204 rows, of which 96 are new, 12 correct earlier ones, and the others were there already."
)


def bridge() -> BridgePage:
    """Give the page of a figure that moved."""
    style = NumberStyle("percent")
    apart = difference(style)
    steps = (
        BridgeStep("Closed", None, 71.2, style.value(71.2)),
        BridgeStep("Late data", 71.2, 70.1, signed(apart, -1.1), NOTE),
        BridgeStep("Corrections", 70.1, 70.1012, signed(apart, 0.0012), "2 rows"),
        BridgeStep("Now", None, 70.1012, style.value(70.1012)),
    )
    spec = BridgeSpec(
        "bridged", "Why it moved", "Two steps, −1.1 points together.", "What", "Value", steps, style
    )
    crumbs = (
        Link("Reporting calendar", to.periods()),
        Link("Service", to.scorecard_period("service", "2026-02")),
    )
    return BridgePage(
        shell("Why it moved"), "Why satisfaction moved", crumbs, "It was 71.2% and is 70.1%.", spec, ""
    )
