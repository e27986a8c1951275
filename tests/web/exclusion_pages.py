"""Pages of what is kept out of figures, with rows that try to break out of them."""

from leadline.app.web.addresses import to
from leadline.app.web.contexts import ExclusionPage, ExclusionsPage
from leadline.app.web.contexts.exclusions import CaughtRow, EffectLine, ExclusionLine
from leadline.app.web.contexts.pieces import Document, Figure, Link
from tests.web.company import shell

HOSTILE = "<script>alert('x')</script> Grüße & \"thanks\""


def nothing() -> ExclusionsPage:
    """Give the list where no detector is declared."""
    return ExclusionsPage(shell("Exclusions", "sources"), "", ())


def exclusions() -> ExclusionsPage:
    """Give the list of what detectors keep out of figures."""
    return ExclusionsPage(
        shell("Exclusions", "sources"), "964 rows enter no figure", (exclusion_line(), exclusion_line("Spam"))
    )


def exclusion_line(name: str = "Answered too fast") -> ExclusionLine:
    """Give what a detector caught."""
    return ExclusionLine(
        Link(name, to.exclusion("speeding")), Link("Survey response", "#"), "966", "2", "964"
    )


def exclusion(document: Document) -> ExclusionPage:
    """Give a detector with its effect, and rows that try to break out of their page."""
    figure = Figure("17.3 pts", "14.2 to 20.4", "2,817", "June 2026", "#", "June 2026: 17.3 points")
    return ExclusionPage(
        shell=shell("Answered too fast", "sources"),
        title="Answered too fast to have read the question",
        description="",
        because="Nobody reads and answers two sentences in less than five seconds; scripts do.",
        line=exclusion_line(),
        effect_of="By month, with and without what this leaves out: Answered too fast.",
        effects=(
            EffectLine(
                Link("Net promoter score", to.metric("nps")),
                figure,
                "38.4 pts",
                "35.8 to 41.0",
                "3,781",
                True,
            ),
            EffectLine(Link("Answers", to.metric("nps")), figure, "no figure", "", "0", False),
        ),
        rows=(CaughtRow("R-1", HOSTILE, "left out"), CaughtRow("R-2|b", "2.0 s", "released")),
        rows_note="2 of 966 rows. All: leadline exclusions --rows.",
        commands=("leadline release speeding --row KEY --reason TEXT", "leadline refresh"),
        document=document,
    )
