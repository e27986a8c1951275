"""Who may do what in a workflow: expressions that can be read, roles and boards that are there, quorums that can be."""

from collections.abc import Iterator, Mapping

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Workflow
from leadline.catalog.definitions.workflow import Effect
from leadline.catalog.problems import Problem, problem_of
from leadline.catalog.roles import in_force
from leadline.catalog.who import All, Approval, Either, Not, Term, Who, approval, parse, terms
from leadline.errors import DefinitionError, suggest

Steps = tuple[str | int, ...]


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find who-expressions that cannot be read, name nobody, or ask for more people than there can be."""
    for workflow in catalog.workflows.values():
        for text, path in _written(workflow):
            yield from _expression(catalog, workflow, text, path)
        for name, step in workflow.transitions.items():
            for nth, text in enumerate(step.approvals):
                path = ("transitions", name, "approvals", nth)
                yield from _approval(catalog, workflow, text, step.who, path)


def _written(workflow: Workflow) -> Iterator[tuple[str, Steps]]:
    """Give every expression of a workflow with its place; approvals are looked at by themselves."""
    yield workflow.opening.who, ("opening", "who")
    yield from _of_effects(workflow.opening.effects, ("opening",))
    for name, state in workflow.states.items():
        if state.assignee:
            yield state.assignee, ("states", name, "assignee")
        for nth, timer in enumerate(state.timers):
            if timer.who:
                yield timer.who, ("states", name, "timers", nth, "who")
    for name, step in workflow.transitions.items():
        yield step.who, ("transitions", name, "who")
        yield from _of_effects(step.effects, ("transitions", name))


def _of_effects(effects: tuple[Effect, ...], above: Steps) -> Iterator[tuple[str, Steps]]:
    for nth, effect in enumerate(effects):
        if effect.who:
            yield effect.who, (*above, "effects", nth, "who")


def _expression(catalog: Catalog, workflow: Workflow, text: str, path: Steps) -> Iterator[Problem]:
    place = catalog.place(workflow, *path)
    try:
        who = parse(text)
    except DefinitionError as error:
        yield problem_of(error, place)
        return
    yield from _names(catalog, workflow, who, path)
    if _nobody(who):
        yield Problem(
            "error", "quorum-unmet", f"Nobody can be {text!r}.", place, "One part excludes the other."
        )


def _approval(catalog: Catalog, workflow: Workflow, text: str, who: str, path: Steps) -> Iterator[Problem]:
    place = catalog.place(workflow, *path)
    try:
        wanted, able = approval(text), parse(who)
    except DefinitionError as error:
        yield problem_of(error, place)
        return
    yield from _names(catalog, workflow, wanted.who, path)
    if why := _unmet(catalog, wanted, able):
        yield Problem("error", "quorum-unmet", f"{text!r} can never be met: {why}.", place,
                      "Ask for fewer, or of more people.")  # fmt: skip


def _names(catalog: Catalog, workflow: Workflow, who: Who, path: Steps) -> Iterator[Problem]:
    known: Mapping[str, tuple[str, ...]] = {
        "role": tuple(in_force(catalog.roles)),
        "board": tuple(catalog.boards),
    }
    for term in terms(who):
        names = known.get(term.word)
        if names is not None and term.name not in names:
            code = "unknown-role" if term.word == "role" else "unknown-board"
            listed = f"There are {', '.join(names)}." if names else f"There is no {term.word} at all yet."
            yield Problem("error", code, f"There is no {term}.", catalog.place(workflow, *path),
                          suggest(term.name, names) or listed)  # fmt: skip


def _unmet(catalog: Catalog, wanted: Approval, able: Who) -> str:
    """Say why so many can never approve; empty where they can."""
    together = All((wanted.who, able))
    if wanted.of == 0:
        return "nobody would be asked"
    if _nobody(together):
        return "who would count may not take the step"
    most = _most(catalog, together)
    if isinstance(wanted.of, int) and most is not None and wanted.of > most:
        return f"there can be {most} of them at most"
    return ""


def _most(catalog: Catalog, who: Who) -> int | None:
    """Give how many people there can be at most; None where nobody can say."""
    match who:
        case Term(word="author" | "assignee" | "person"):
            return 1
        case Term(word="board", name=name):
            return len(catalog.boards[name].members) if name in catalog.boards else None
        case All(of=parts):
            known = [most for part in parts if (most := _most(catalog, part)) is not None]
            return min(known, default=None)
        case Either(of=parts):
            every = [_most(catalog, part) for part in parts]
            return None if None in every else sum(most or 0 for most in every)
        case _:
            return None


def _nobody(who: Who) -> bool:
    """Tell whether an expression excludes what it asks for: `author and not author`, `not anyone`."""
    match who:
        case Not(of=Term(word="anyone")):
            return True
        case Either(of=parts):
            return all(_nobody(part) for part in parts)
        case All():
            flat = list(_flat(who))
            return any(_nobody(p) for p in flat) or any(Not(p) in flat for p in flat)
        case _:
            return False


def _flat(who: Who) -> Iterator[Who]:
    """Give the parts that must all hold."""
    if isinstance(who, All):
        for part in who.of:
            yield from _flat(part)
    else:
        yield who
