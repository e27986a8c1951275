"""Scorecards made of a template: for a unit, a segment, a journey stage; and in which columns a segment is read.

An instance is a scorecard of its own once it is made: whatever reads scorecards reads it like any other. What it may
say otherwise is what its template declares.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import dimensions
from leadline.catalog.definitions import Adaptation, Measure, Metric, Objective, Perspective, Scorecard
from leadline.catalog.documents import Document
from leadline.catalog.problems import Problem
from leadline.errors import suggest

INHERITED = (
    "period",
    "missing_data",
    "roll_up",
    "long_term_at_least",
    "exceeds_from",
    "agents",
    "perspectives",
    "adaptable",
)
"""What an instance has from its template and does not say itself."""
_TARGETS = ("red_flag", "goal", "stretch", "targets", "benchmarks", "expectation")


def named(measure: Measure) -> str:
    """Name a measure of a scorecard: `csat`, or `churn_rate@uki` where it is of a unit of its own."""
    return f"{measure.metric}@{measure.unit}" if measure.unit else measure.metric


def made(
    written: Iterable[tuple[Scorecard, Document]],
    objectives: Mapping[str, Objective],
    unusable: Collection[tuple[str, str]] = (),
) -> tuple[dict[str, Scorecard], list[Problem], set[tuple[str, str]]]:
    """Give every scorecard by name, those of a template made of it; what is wrong; and what cannot be used."""
    own: dict[str, tuple[Scorecard, Document]] = {}
    for card, document in written:
        own.setdefault(card.name, (card, document))
    found: dict[str, Scorecard] = {}
    problems: list[Problem] = []
    for name, (card, document) in own.items():
        if ("scorecard", card.template) in unusable:
            continue  # what is wrong with the template is said of the template
        faults = list(_faults(card, document, own))
        problems += faults
        if faults:
            continue
        if card.template is None:
            found[name] = card
            continue
        making = _Making(card, document, own[card.template][0], objectives)
        one = making.made()
        problems += making.problems
        if not making.problems:
            found[name] = one
    return found, problems, {("scorecard", name) for name in own if name not in found}


def instances(catalog: Catalog, name: str) -> tuple[Scorecard, ...]:
    """Give the scorecards that are made of one, by name."""
    return tuple(card for _, card in sorted(catalog.scorecards.items()) if card.template == name)


def sliced(catalog: Catalog, metric: Metric, where: Mapping[str, str]) -> Mapping[str, str] | None:
    """Give a segment in a metric's own columns; None where the metric is not told apart by one of them.

    A column is the metric's of the same name, else the only one behind a reference: `segment` is read in
    `customer.segment`.
    """
    known, found = dimensions(catalog, metric), dict[str, str]()
    for column, value in where.items():
        behind = [one for one in known if one.endswith(f".{column}")]
        if column in known:
            found[column] = value
        elif len(behind) == 1:
            found[behind[0]] = value
        else:
            return None
    return found


@lru_cache(maxsize=64)
def agent_columns(catalog: Catalog) -> frozenset[str]:
    """Name the columns by which scorecards tell persons apart: nothing is found or told by them but on their own pages,
    and only to whom confidential figures are shown."""
    return frozenset(card.agents for card in catalog.scorecards.values() if card.agents)


def _faults(
    card: Scorecard, document: Document, own: Mapping[str, tuple[Scorecard, Document]]
) -> Iterator[Problem]:
    """Find what keeps a scorecard from being made at all."""

    def problem(code: str, message: str, key: str, hint: str) -> Problem:
        return Problem("error", code, message, document.place(key), hint)

    if card.template is not None:
        yield from _template_faults(card, own, problem)
        return
    if not card.perspectives:
        yield problem(
            "missing-key", "`perspectives` is missing.", "name", "Write them, or name a `template`."
        )
    for key in ("stage", "adapts", "leaves_out"):
        if getattr(card, key):
            yield problem("template-missing", f"`{key}` is said of a template, and {card.name!r} has none.", key,
                        "Name its `template`, or remove the key.")  # fmt: skip


def _template_faults(
    card: Scorecard,
    own: Mapping[str, tuple[Scorecard, Document]],
    problem: Callable[[str, str, str, str], Problem],
) -> Iterator[Problem]:
    template = own.get(card.template or "")
    if template is None:
        yield problem("unknown-scorecard", f"There is no scorecard {card.template!r}.", "template",
                    suggest(card.template or "", own))  # fmt: skip
    elif template[0].template is not None:
        yield problem("template-nested", f"{card.template!r} has a template itself.", "template",
                    "Name the first one: what is adapted twice is found by nobody.")  # fmt: skip
    for key in INHERITED:
        if key in card.model_fields_set:
            yield problem("template-fixed", f"`{key}` is that of the template {card.template!r}.", key,
                        "Remove it here, or change it there.")  # fmt: skip
    if not (card.unit or card.where or card.stage):
        yield problem("template-same", f"{card.name!r} shows what its template shows.", "template",
                    "Say for what it is: `unit`, `where` or `stage`.")  # fmt: skip


class _Making:
    """One instance being made of its template."""

    def __init__(
        self, card: Scorecard, document: Document, template: Scorecard, objectives: Mapping[str, Objective]
    ) -> None:
        self.card, self.document, self.template, self.objectives = card, document, template, objectives
        self.problems: list[Problem] = []
        self.used: set[str] = set()

    def made(self) -> Scorecard:
        """Give the instance, complete; what is wrong is in `problems`."""
        for key, needed in (("adapts", ""), ("leaves_out", "measures")):
            for nth, one in enumerate(getattr(self.card, key)):
                self._allowed(one, (key, nth), needed)
        perspectives = [p for one in self.template.perspectives if (p := self._perspective(one)) is not None]
        if not perspectives:
            self.problem("template-empty", f"Nothing of {self.template.name!r} is left.", ("name",),
                        "Is an objective of that `stage` on the template?")  # fmt: skip
        for key in ("adapts", "leaves_out"):
            for nth, one in enumerate(getattr(self.card, key)):
                name = one.measure if isinstance(one, Adaptation) else one
                if name not in self.used:
                    names = self._names()
                    hint = "Its objective is not of this stage." if name in names else suggest(name, names)
                    self.problem("adapts-nothing", f"{name!r} is no measure that is taken from {self.template.name!r}.",
                                (key, nth), hint)  # fmt: skip
        inherited = {key: getattr(self.template, key) for key in INHERITED if key != "adaptable"}
        whole = {
            "unit": self.card.unit or self.template.unit, "where": {**self.template.where, **self.card.where},
        }  # fmt: skip
        return self.card.model_copy(update={**inherited, **whole, "perspectives": tuple(perspectives)})

    def _allowed(self, one: Adaptation | str, at: tuple[str, int], needed: str) -> None:
        """Refuse what the template does not let its instances say."""
        wanted = {needed} if needed else set()
        if isinstance(one, Adaptation):
            wanted |= {"weights"} if one.weight is not None else set()
            wanted |= {"targets"} if any(getattr(one, key) is not None for key in _TARGETS) else set()
        for what in sorted(wanted - set(self.template.adaptable)):
            self.problem("template-fixed", f"{self.template.name!r} does not let its {what} be adapted.", at,
                        f"Write `adaptable: [{what}]` there, or leave it as it is.")  # fmt: skip

    def _perspective(self, one: Perspective) -> Perspective | None:
        objectives = []
        for place in one.objectives:
            known = self.objectives.get(place.objective)
            if self.card.stage and (known is None or self.card.stage not in known.stages):
                continue
            measures = tuple(m for each in place.measures if (m := self._measure(each)) is not None)
            if measures:
                objectives.append(place.model_copy(update={"measures": measures}))
        return one.model_copy(update={"objectives": tuple(objectives)}) if objectives else None

    def _measure(self, one: Measure) -> Measure | None:
        name = named(one)
        if name in self.card.leaves_out:
            self.used.add(name)
            return None
        for nth, adapted in enumerate(self.card.adapts):
            if adapted.measure != name:
                continue
            self.used.add(name)
            said = {
                key: value for key in ("weight", *_TARGETS) if (value := getattr(adapted, key)) is not None
            }
            if one.targets and said.keys() & {"red_flag", "goal", "stretch"} and "targets" not in said:
                self.problem("adapts-shadowed", f"{name!r} has `targets` in the template, which would hold instead.",
                            ("adapts", nth), "Write `targets` here as well: [] for none.")  # fmt: skip
            one = one.model_copy(update=said)
        return one

    def _names(self) -> Sequence[str]:
        return [named(m) for p in self.template.perspectives for o in p.objectives for m in o.measures]

    def problem(self, code: str, message: str, at: tuple[str | int, ...], hint: str) -> None:
        """Note what is wrong, where."""
        self.problems.append(Problem("error", code, message, self.document.place(*at), hint))
