"""How a scorecard is reported: when its periods are to be closed, which units report, and what must be said."""

from typing import Annotated, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Model, Name, TimeSpan

Verdict = Literal["off target", "at risk", "cannot tell"]


class CommentaryTemplate(Model):
    """What a comment says, part by part, and of which measures one is required.

    `parts` are asked for in this order; `optional` ones may stay empty. A measure whose status is in `required_when`
    needs a complete comment before its period is ready to be closed.
    """

    parts: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)] = (
        "what_happened",
        "cause",
        "action",
        "outlook",
        "confidence",
    )
    optional: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    required_when: Annotated[tuple[Verdict, ...], Field(strict=False)] = ("off target",)
    at_least: Annotated[int, Field(ge=1, le=500)] = 10
    """Characters that a required part has at least: a dash is no comment."""

    @property
    def required(self) -> tuple[str, ...]:
        """The parts that must be filled in."""
        return tuple(part for part in self.parts if part not in self.optional)


class Reporting(Model):
    """A scorecard's reporting calendar. `due`: how long after its end a period is to be closed.

    `units` report beside the scorecard's own unit: their figures are frozen with it, each comments on its own, and is
    late or ready by itself. `all`: every unit below; then each refresh compares as many figures of closed periods.
    """

    due: TimeSpan = "10 days"
    units: Literal["all"] | Annotated[tuple[Name, ...], Field(strict=False)] = ()
    commentary: CommentaryTemplate = CommentaryTemplate()
