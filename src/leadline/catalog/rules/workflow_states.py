"""Every state of a workflow can be reached and, unless it is final, left; steps lead from and to known states."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Workflow
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find states that cannot be reached or left, and steps that lead nowhere."""
    for workflow in catalog.workflows.values():
        unknown = list(_unknown(catalog, workflow))
        yield from unknown
        if not unknown:
            yield from _reached(catalog, workflow)
            yield from _left(catalog, workflow)


def _unknown(catalog: Catalog, workflow: Workflow) -> Iterator[Problem]:
    named: list[tuple[str, tuple[str | int, ...]]] = []
    for name, step in workflow.transitions.items():
        named += [(state, ("transitions", name, "from", nth)) for nth, state in enumerate(step.from_)]
        named.append((step.to, ("transitions", name, "to")))
    if workflow.binds:
        named.append((workflow.binds.when_changed, ("binds", "when_changed")))
    for state, path in named:
        if state not in workflow.states:
            yield Problem(
                "error", "unknown-state", f"There is no state {state!r}.", catalog.place(workflow, *path),
                suggest(state, workflow.states) or f"The states are {', '.join(workflow.states)}.",
            )  # fmt: skip


def _reached(catalog: Catalog, workflow: Workflow) -> Iterator[Problem]:
    reached = [workflow.initial]
    for state in reached:
        reached += [s.to for s in workflow.leaving(state).values() if s.to not in reached]
    for state in workflow.states:
        if state not in reached:
            yield Problem(
                "error", "unreachable-state", f"No step leads to the state {state!r}.",
                catalog.place(workflow, "states", state),
                "Let a transition lead there, or remove it; the first state that is written is where items begin.",
            )  # fmt: skip


def _left(catalog: Catalog, workflow: Workflow) -> Iterator[Problem]:
    """Find states from which no item comes to an end, and final ones that are left."""
    ends = {name for name, state in workflow.states.items() if state.final}
    before = -1
    while len(ends) > before:
        before = len(ends)
        ends |= {state for step in workflow.transitions.values() if step.to in ends for state in step.from_}
    for name, state in workflow.states.items():
        place = catalog.place(workflow, "states", name)
        if name not in ends:
            yield Problem(
                "error", "no-way-out", f"From the state {name!r} no item comes to an end.", place,
                "Mark the states in which work is over with `final: true`, and let steps lead there.",
            )  # fmt: skip
        elif state.final and (out := workflow.leaving(name)):
            yield Problem(
                "error", "left-final-state", f"The state {name!r} is final, and {next(iter(out))!r} leaves it.", place,
                "Remove `final: true`, or the step.",
            )  # fmt: skip
