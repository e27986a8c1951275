"""Pages of governance of the made-up company: one with every kind of block, and one with none filled."""

from leadline.app.web.addresses import to
from leadline.app.web.charts.specs import BarSpec
from leadline.app.web.contexts.governance import Block, Cell, Field, Form, GovernancePage
from leadline.app.web.contexts.pieces import Link, Mark
from tests.web.company import shell

HOSTILE = "<script>alert('x')</script>"


def full() -> GovernancePage:
    """Give a page with facts, a table with a mark, a text and a form with every kind of field."""
    form = Form(
        to.ownership("metric", "nps"),
        (Field("actor", "Your name", required=True), Field("because", "Why", "text", HOSTILE),
         Field("unit", "Unit", "choice", "emea", choices=(("emea", "EMEA"), ("us", "US"))),
         Field("id", "", "hidden", "1")),
        (("accept", "Accept"), ("decline", "Decline")),
        token="t",  # noqa: S106  # a page of made-up words
    )  # fmt: skip
    row = (
        Cell("Net promoter score", to.metric("nps"), Mark("suspended", "Suspended", "quiet"), "EMEA"),
        Cell("31.0", number=True),
        Cell(HOSTILE),
    )
    return GovernancePage(
        shell=shell("Owners", "definitions"),
        crumbs=(Link("Definitions", to.definitions()),),
        title="Owners",
        about=("Who answers for what.",),
        mark=Mark("overridden", "By hand", "quiet"),
        beside=(Link("Owners", to.owners(), here=True), Link("Boards", to.boards())),
        blocks=(
            Block("Now", ("A sentence.",), facts=(("Answers for it", "ann"), ("State", "Contested"))),
            Block("Rows that move", bars=(("Gained", BarSpec(3, 40, "3 of 40 rows"), "3"),)),
            Block("All", columns=("Metric", "Computed", "Why"), rows=(row, row)),
            Block("As written", text="kind: metric\nname: nps"),
            Block("Do something", form=form),
        ),
    )


def empty() -> GovernancePage:
    """Give a page where there is nothing yet."""
    return GovernancePage(
        shell=shell("Boards", "definitions"), crumbs=(), title="Boards", about=(), mark=None, beside=(),
        blocks=(Block("Boards", columns=("Board",), empty="No board is declared."),),
    )  # fmt: skip
