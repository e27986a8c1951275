"""`kind: workflow`: the states of a kind of work, who moves it on, what each step asks, and what happens by itself."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from leadline.catalog.definitions.base import Definition, Model, Name, TimeSpan

FieldType = Literal[
    "text", "long_text", "number", "date", "choice", "person", "definition", "figure", "evidence"
]
"""What may be filled in. `evidence` is an attachment of the item, or an address (https)."""

LinkKind = Literal["metric", "definition", "figure", "finding", "source", "item", "unit", "period"]
"""What an item may be about."""

EffectName = Literal[
    "notify", "open_item", "apply_plan", "freeze_period", "suspend_metric", "resume_metric", "override_figure",
    "retire_definition", "grant_access", "reopen_period", "announce_retirement", "keep_definition",
]  # fmt: skip
"""What a step may do beside moving the item. The list is closed: a workflow can call nothing else."""

Required = Literal["recomputation", "attachment", "comment"]
"""What must be on the item before a step: a recomputation is one that who takes the step has looked at."""

SHIPPED = (
    "access_request", "annual_review", "change_request", "data_override", "kpi_dispute", "kpi_outage",
    "payout_approval", "period_close",
    "period_reopening",
    "quarterly_review", "retirement", "stewardship_conflict",
)  # fmt: skip
"""The workflows that Leadline ships; a project's own of the same name stands in its place."""

WhoText = Annotated[str, Field(min_length=1, max_length=500)]
"""Who: `owner or role steward`, `board metrics and not author`; see catalog/who.py."""


class FormField(Model):
    """One thing that a step may ask for."""

    described_by: ClassVar[frozenset[str]] = frozenset({"title", "help"})

    type: FieldType
    title: str | None = None
    help: str | None = None
    choices: tuple[str, ...] = Field(default=(), strict=False)
    minimum: float | None = None
    maximum: float | None = None


class Timer(Model):
    """What happens by itself: some time after the state was entered, or after the item was due.

    `remind` tells `who` (the assignee unless said), again and again with `every`; `escalate` gives the item to `who`
    and tells them; `transition` takes a step that asks for nothing.
    """

    do: Literal["remind", "escalate", "transition"]
    after: TimeSpan | None = None
    overdue: TimeSpan | None = None
    every: TimeSpan | None = None
    who: WhoText | None = None
    transition: Name | None = None


class State(Model):
    """Where an item can be. The first that is written is where it begins; a final one is left by no step.

    On entering, `due` sets when it should be left again, and `assignee` gives the item to somebody.
    """

    described_by: ClassVar[frozenset[str]] = frozenset({"title", "description"})

    title: str | None = None
    description: str | None = None
    final: bool = False
    due: TimeSpan | None = None
    assignee: WhoText | None = None
    timers: tuple[Timer, ...] = Field(default=(), strict=False)


class Effect(Model):
    """What a step does beside moving the item, in the same transaction. `who` is told (notify), `workflow` opened."""

    do: EffectName
    who: WhoText | None = None
    says: str | None = None
    workflow: Name | None = None


class Opening(Model):
    """Who may open an item, what is asked then, and what it must be about (a link of each kind)."""

    who: WhoText = "anyone"
    asks: tuple[Name, ...] = Field(default=(), strict=False)
    may_ask: tuple[Name, ...] = Field(default=(), strict=False)
    about: tuple[LinkKind, ...] = Field(default=(), strict=False)
    effects: tuple[Effect, ...] = Field(default=(), strict=False)


class Transition(Model):
    """A step from states to a state.

    Whoever meets `who` may take it. With `approvals` it is taken when enough of them have said yes: `owner`,
    `2 of board metrics`, `majority of board metrics`, `all of owner`; each of them counts for every line they meet.
    """

    described_by: ClassVar[frozenset[str]] = frozenset({"title", "description"})

    title: str | None = None
    description: str | None = None
    from_: Annotated[tuple[Name, ...], Field(min_length=1, strict=False, alias="from")]
    to: Name
    who: WhoText = "anyone"
    approvals: tuple[WhoText, ...] = Field(default=(), strict=False)
    asks: tuple[Name, ...] = Field(default=(), strict=False)
    may_ask: tuple[Name, ...] = Field(default=(), strict=False)
    requires: tuple[Required, ...] = Field(default=(), strict=False)
    effects: tuple[Effect, ...] = Field(default=(), strict=False)


class Binding(Model):
    """What approvals are bound to, by its hash: where it changes, they are void and the item goes back to a state."""

    content: Literal["plan", "figures", "document"]
    when_changed: Name


class Workflow(Definition):
    """A kind of work: its form, its states, its steps. Nothing of it decides a figure."""

    kind: Literal["workflow"]
    fields: dict[Name, FormField] = Field(default_factory=dict)
    opening: Opening = Field(default_factory=Opening)
    binds: Binding | None = None
    states: Annotated[dict[Name, State], Field(min_length=2)]
    transitions: Annotated[dict[Name, Transition], Field(min_length=1)]

    @property
    def initial(self) -> str:
        """The state in which an item begins."""
        return next(iter(self.states))

    def leaving(self, state: str) -> dict[str, Transition]:
        """Give the steps out of a state, in the order in which they are written."""
        return {name: step for name, step in self.transitions.items() if state in step.from_}

    def titled(self, part: State | Transition | FormField, name: str) -> str:
        """Give the title of a part, or its name in words."""
        return part.title or name.replace("_", " ").capitalize()
