"""Documents to definitions: pydantic's findings become problems with places and plain words.

Each document is validated by the class of its kind (of its `type`, for metrics), so a wrong key is reported once,
where it stands, with the keys that are possible there.
"""

import copy
import typing
from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Any, TypeAlias, cast

import pydantic

from leadline.catalog.definitions import (
    Balance,
    Board,
    Burst,
    Calendar,
    Conversion,
    Count,
    Cumulative,
    Definition,
    Derived,
    Distinct,
    Domain,
    DriftCheck,
    Duration,
    EncodingCheck,
    Fact,
    FreshnessCheck,
    Goal,
    Identity,
    ImpossibleTiming,
    Incentive,
    Index,
    Initiative,
    Manual,
    Mean,
    Objective,
    Outlier,
    Person,
    Policy,
    Project,
    Quantile,
    Ratio,
    Reconciliation,
    ReferenceCheck,
    Repeated,
    Role,
    RuleCheck,
    SchemaCheck,
    Scorecard,
    Share,
    Source,
    Spam,
    Speeding,
    Stock,
    StraightLining,
    Strategy,
    Sum,
    TestRows,
    TradeOff,
    UniqueCheck,
    Unit,
    ValuesCheck,
    VolumeCheck,
    Workflow,
)
from leadline.catalog.definitions.base import Model
from leadline.catalog.definitions.calendar import SPAN, YEAR_END
from leadline.catalog.definitions.expectation import MORNING, PERCENT
from leadline.catalog.documents import Document
from leadline.catalog.problems import Problem
from leadline.catalog.yaml import Data
from leadline.errors import Place, suggest

Steps: TypeAlias = tuple[str | int, ...]

KIND_CLASSES: dict[str, type[Definition]] = {
    "project": Project, "source": Source, "fact": Fact, "unit": Unit, "calendar": Calendar,
    "objective": Objective, "policy": Policy, "scorecard": Scorecard, "reconciliation": Reconciliation,
    "identity": Identity, "role": Role, "person": Person, "board": Board, "domain": Domain,
    "strategy": Strategy, "goal": Goal, "initiative": Initiative,
    "trade_off": TradeOff, "incentive": Incentive,
    "workflow": Workflow,
}  # fmt: skip
METRIC_CLASSES: dict[str, type[Definition]] = {
    "share": Share, "balance": Balance, "ratio": Ratio, "mean": Mean, "sum": Sum, "count": Count,
    "quantile": Quantile, "stock": Stock, "distinct": Distinct, "conversion": Conversion, "duration": Duration,
    "manual": Manual, "derived": Derived, "index": Index, "cumulative": Cumulative,
}  # fmt: skip
CHECK_CLASSES: dict[str, type[Definition]] = {
    "rule": RuleCheck, "values": ValuesCheck, "encoding": EncodingCheck, "unique": UniqueCheck,
    "reference": ReferenceCheck, "volume": VolumeCheck, "drift": DriftCheck, "schema": SchemaCheck,
    "freshness": FreshnessCheck,
}  # fmt: skip
DETECTOR_CLASSES: dict[str, type[Definition]] = {
    "speeding": Speeding, "straight_lining": StraightLining, "repeated": Repeated,
    "impossible_timing": ImpossibleTiming, "burst": Burst, "test": TestRows, "spam": Spam, "outlier": Outlier,
}  # fmt: skip
TYPED: dict[str, dict[str, type[Definition]]] = {
    "metric": METRIC_CLASSES, "check": CHECK_CLASSES, "detector": DETECTOR_CLASSES,
}  # fmt: skip
"""Kinds whose definitions are told apart by their `type`."""


def validate(document: Document) -> tuple[Definition | None, list[Problem]]:
    """Make a document's definition, or say everything that is wrong with it."""
    cls = KIND_CLASSES.get(document.kind)
    if cls is None:
        kind = document.data.get("type")
        cls = TYPED[document.kind].get(str(kind))
        if cls is None:
            return None, [_no_type(document, kind)]
    data = dict(document.data)
    problems: list[Problem] = []
    for _ in range(2):
        try:
            return cls.model_validate(data), problems
        except pydantic.ValidationError as error:
            faults = [dict(fault) for fault in error.errors(include_url=False) if not _echo(fault)]
        problems = problems or [_problem(document, cls, fault) for fault in faults]
        if any(fault["type"] != "extra_forbidden" for fault in faults):
            break
        data = _without(data, [cast("Steps", fault["loc"]) for fault in faults])
    return None, problems


def _echo(fault: Any) -> bool:
    """Tell whether a finding only repeats others: a list is called too short when its items are wrong."""
    return bool(fault["type"] == "too_short" and len(fault["input"]) >= fault["ctx"]["min_length"])


def _without(data: Mapping[str, Data], paths: list[Steps]) -> dict[str, Data]:
    """Give a copy of a document's data without the keys at some paths, so that the rest can still be checked."""
    whole = copy.deepcopy(dict(data))
    for *above, key in paths:
        inner: Any = whole
        for step in above:
            inner = inner[step]
        inner.pop(key, None)
    return whole


def _no_type(document: Document, kind: object) -> Problem:
    classes, what = TYPED[document.kind], document.kind
    known = ", ".join(classes)
    if kind is None:
        return Problem(
            "error", "missing-key", f"A {what} has a `type`.", document.place(), f"One of {known}."
        )
    hint = suggest(str(kind), classes) or f"The types are {known}."
    return Problem(
        "error", "unknown-value", f"There is no type of {what} {kind!r}.", document.place("type"), hint
    )


def _problem(document: Document, cls: type[Model], fault: dict[str, Any]) -> Problem:
    """Say one of pydantic's findings in plain words."""
    raw: Steps = fault["loc"]
    on_key = raw[-1:] == ("[key]",)
    path = tuple(step for step in raw if step != "[key]")
    name = str(path[-1]) if path else ""
    kind, context = str(fault["type"]), fault.get("ctx") or {}
    place = document.place(*path)
    if kind == "extra_forbidden":
        known = _keys(cls, path[:-1])
        hint = suggest(name, known) or f"Possible here: {', '.join(sorted(known))}."
        return Problem(
            "error", "unknown-key", f"There is no key {name!r} here.", document.place(*path, key=True), hint
        )
    if kind == "missing":
        return Problem("error", "missing-key", f"{_whole(path)} needs `{name}`.", place)
    if kind == "literal_error":
        expected = [e.strip("'") for e in str(context["expected"]).replace(" or ", ", ").split(", ")]
        hint = suggest(str(fault["input"]), expected) or f"Possible: {', '.join(expected)}."
        return Problem("error", "unknown-value", f"{name!r} cannot be {fault['input']!r}.", place, hint)
    if kind == "string_pattern_mismatch" or on_key:
        return _pattern(document.place(*path, key=on_key), str(fault["input"]), context)
    message, hint = _plain(name, kind, fault, context)
    return Problem("error", "bad-value", message, place, hint)


_FORMS = {
    r"^every (day|week|month|quarter|year)$": ("a period", "Write `every month`, or another period."),
    PERCENT: ("a percentage", "Write `2 %`, a number from 0 to 100."),
    YEAR_END: ("the end of a year", "Write `last saturday of january` or `saturday nearest to january 31`."),
    MORNING: ("a time of day", "Write hours and minutes: `06:00`."),
    r"^[1-9][0-9]{0,3} (minute|hour|day)s?$": ("a length of time", "Write `36 hours` or `2 days`."),
    r"^[0-9]{1,4} (second|minute|hour|day)s?$": ("a length of time", "Write `30 seconds` or `5 minutes`."),
    SPAN: (
        "a span of hours",
        "Write `09:00-17:30`; `22:00-06:00` ends on the next day, `24:00` is midnight.",
    ),
}


def _pattern(place: Place, written: str, context: dict[str, Any]) -> Problem:
    if form := _FORMS.get(str(context.get("pattern"))):
        return Problem("error", "bad-value", f"{written!r} is not {form[0]}.", place, form[1])
    if "day|week" in str(context.get("pattern")):
        return Problem("error", "bad-value", f"{written!r} is not a length of time.", place,
                       "Write a whole number and a unit, like `2 days` or `6 hours`.")  # fmt: skip
    return Problem("error", "bad-name", f"{written!r} cannot be a name.", place,
                   "Names are lower-case letters, digits and underscores, begin with a letter, and have at most "
                   "63 characters; what people read is the `title`.")  # fmt: skip


_KINDS_IN_WORDS = {
    "string_type": "a text", "bool_type": "true or false", "int_type": "a whole number", "float_type": "a number",
    "tuple_type": "a list", "list_type": "a list", "dict_type": "a list of `key: value` lines",
    "model_type": "a list of `key: value` lines", "model_attributes_type": "a list of `key: value` lines",
    "date_type": "a date like 2026-12-25",
    "int_parsing": "a whole number", "int_from_float": "a whole number", "finite_number": "a number",
}  # fmt: skip
_BOUNDS = {
    "greater_than": "more than {gt}", "greater_than_equal": "{ge} or more", "less_than": "less than {lt}",
    "less_than_equal": "{le} or less", "too_short": "{min_length} or more items",
    "too_long": "at most {max_length} items", "string_too_short": "{min_length} characters or more",
    "string_too_long": "at most {max_length} characters",
}  # fmt: skip


def _plain(name: str, kind: str, fault: dict[str, Any], context: dict[str, Any]) -> tuple[str, str]:
    """Give message and hint for a value of the wrong type or out of bounds."""
    if kind in _KINDS_IN_WORDS:
        given = fault["input"]
        shown = (
            "empty"
            if given is None
            else f"{given!r}"
            if isinstance(given, str | int | float)
            else "a structure"
        )
        hint = "Put it in quotes to make it a text." if kind == "string_type" and given is not None else ""
        return f"`{name}` takes {_KINDS_IN_WORDS[kind]}, and this is {shown}.", hint
    if kind in _BOUNDS:
        return f"`{name}` takes {_BOUNDS[kind].format(**context)}.", ""
    return f"`{name}`: {fault['msg'].removeprefix('Value error, ')}.", ""


def _whole(path: Steps) -> str:
    """Name what a key is missing from."""
    named = [str(step) for step in path[:-1] if isinstance(step, str)]
    return f"`{named[-1]}`" if named else "The definition"


def _keys(cls: type[Model], path: Iterable[str | int]) -> set[str]:
    """Give the keys that are possible at a path of a class."""
    here: set[type[Model]] = {cls}
    for step in path:
        if isinstance(step, int):
            continue
        inner: set[type[Model]] = set()
        for model in here:
            field = _field(model, step)
            inner |= set(_models(field)) if field is not None else set()
        here = inner or here
    return {field.alias or name for model in here for name, field in model.model_fields.items()}


def _field(model: type[Model], key: str) -> Any:
    """Give the annotation of the field that a key means, or None."""
    for name, field in model.model_fields.items():
        if key in {name, field.alias}:
            return field.annotation
    return None


def _models(annotation: Any) -> Iterator[type[Model]]:
    """Give the models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    elif typing.get_origin(annotation) is not None or isinstance(annotation, UnionType):
        for part in typing.get_args(annotation):
            yield from _models(part)


def duplicates(found: Iterable[tuple[Definition, Document]]) -> Iterator[Problem]:
    """Find names that are defined twice. (Facts are left to facts.py: one may extend itself.)"""
    first: dict[tuple[str, str], Place] = {}
    for definition, document in found:
        key = (definition.kind, definition.name)
        place = document.place("name")
        if definition.kind != "fact" and key in first:
            yield Problem("error", "duplicate-name", f"There is another {key[0]} {key[1]!r}, at {first[key]}.", place,
                          "Rename one of them, or remove it.")  # fmt: skip
        first.setdefault(key, place)
