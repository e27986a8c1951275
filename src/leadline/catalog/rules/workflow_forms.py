"""A workflow's form: what is asked is a field, a choice has choices, effects have what they need, timers can go off."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Workflow
from leadline.catalog.definitions.base import seconds
from leadline.catalog.definitions.workflow import SHIPPED, Effect, State, Timer
from leadline.catalog.problems import Problem
from leadline.errors import suggest

Steps = tuple[str | int, ...]


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find unknown and unused fields, choices without choices, effects that lack something, and dead timers."""
    for workflow in catalog.workflows.values():
        yield from _fields(catalog, workflow)
        yield from _effects(catalog, workflow)
        for name, state in workflow.states.items():
            for nth, timer in enumerate(state.timers):
                if why := _dead(workflow, name, state, timer):
                    yield Problem(
                        "error", "dead-timer", f"This timer never does anything: {why}.",
                        catalog.place(workflow, "states", name, "timers", nth), "Change it, or remove it.",
                    )  # fmt: skip


def _asked(workflow: Workflow) -> Iterator[tuple[str, Steps]]:
    parts = {("opening",): workflow.opening} | {
        ("transitions", name): step for name, step in workflow.transitions.items()
    }
    for above, part in parts.items():
        yield from ((field, (*above, "asks", nth)) for nth, field in enumerate(part.asks))
        yield from ((field, (*above, "may_ask", nth)) for nth, field in enumerate(part.may_ask))


def _fields(catalog: Catalog, workflow: Workflow) -> Iterator[Problem]:
    used = set()
    for field, path in _asked(workflow):
        used.add(field)
        if field not in workflow.fields:
            yield Problem(
                "error", "unknown-field", f"The form has no field {field!r}.", catalog.place(workflow, *path),
                suggest(field, workflow.fields) or f"The fields are {', '.join(workflow.fields) or 'none'}.",
            )  # fmt: skip
    for name, field_ in workflow.fields.items():
        place = catalog.place(workflow, "fields", name)
        if (field_.type == "choice") != bool(field_.choices):
            yield Problem("error", "field-choices", "A choice, and nothing else, has `choices`.", place,
                          "Write `type: choice` and the list of choices.")  # fmt: skip
        if field_.type != "number" and (field_.minimum is not None or field_.maximum is not None):
            yield Problem("error", "field-bounds", "Only a number has bounds.", place, "Remove them.")
        if name not in used:
            yield Problem(
                "warning", "unused-field", f"No step asks for {name!r}.", place, "Ask for it, or remove it."
            )


def _effects(catalog: Catalog, workflow: Workflow) -> Iterator[Problem]:
    places: dict[Steps, tuple[Effect, ...]] = {("opening",): workflow.opening.effects}
    places |= {("transitions", name): step.effects for name, step in workflow.transitions.items()}
    for above, effects in places.items():
        for nth, effect in enumerate(effects):
            place = catalog.place(workflow, *above, "effects", nth)
            lacking = {"notify": "who", "open_item": "workflow"}.get(effect.do)
            if lacking and getattr(effect, lacking) is None:
                yield Problem(
                    "error", "effect-incomplete", f"`{effect.do}` needs `{lacking}`.", place, "Write it."
                )
            known = {*SHIPPED, *catalog.workflows}
            if effect.workflow and effect.workflow not in known:
                yield Problem(
                    "error", "unknown-workflow", f"There is no workflow {effect.workflow!r}.", place,
                    suggest(effect.workflow, known) or f"There are {', '.join(sorted(known))}.",
                )  # fmt: skip


def _dead(workflow: Workflow, name: str, state: State, timer: Timer) -> str:
    """Say why a timer never does anything; empty where it may."""
    if state.final:
        return "work is over in this state"
    if (timer.after is None) == (timer.overdue is None):
        return "write either `after` or `overdue`"
    if timer.every is not None and timer.do != "remind":
        return "only a reminder is repeated"
    if timer.do == "escalate" and timer.who is None:
        return "it does not say to whom (`who`)"
    if timer.do != "transition":
        return _too_late(workflow, state, timer)
    step = workflow.leaving(name).get(timer.transition or "")
    if step is None:
        return f"no step {timer.transition!r} leaves this state"
    if step.asks or step.approvals or step.requires:
        return f"{timer.transition!r} needs a person: it asks for something"
    return ""


def _too_late(workflow: Workflow, state: State, timer: Timer) -> str:
    """Say that another timer moves the item away before this one goes off."""
    moves = [
        seconds(t.after)
        for t in state.timers
        if t.do == "transition" and t.after and workflow.transitions.get(t.transition or "")
    ]
    if timer.after and moves and seconds(timer.after) >= min(moves):
        return "a transition has moved the item on before"
    return ""
