"""What a step asks for: texts that people typed become values of their types, or one error says all that is wrong."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from leadline.catalog.definitions import Workflow
from leadline.catalog.definitions.workflow import FormField
from leadline.errors import WorkError, suggest

TEXT, LONG_TEXT = 500, 20_000
_DEFINITION = re.compile(r"[a-z]+/[a-z][a-z0-9_]{0,62}")
_FIGURE = re.compile(r"metric=[a-z][a-z0-9_]{0,62}&period=[^&\s]+(&(unit|slice|grain)=[^&\s]+){0,3}")
_PERSON = re.compile(r"[\w.@+ -]{1,100}")
Files = Iterable[str]


def read(
    workflow: Workflow,
    asks: Iterable[str],
    may_ask: Iterable[str],
    given: Mapping[str, Any],
    files: Files = (),
) -> dict[str, Any]:
    """Give the values of a form, as JSON has them. `files` are the names of what is attached.

    Raises:
        WorkError: a field is missing, unknown, or not of its type (`work-form`); the message names every one.
    """
    needed, allowed = list(asks), [*asks, *may_ask]
    filled = {name: _clean(value) for name, value in given.items() if _clean(value) not in {None, ""}}
    wrong = [
        f"nothing asks for {name!r}. {suggest(name, allowed)}".strip()
        for name in filled.keys() - set(allowed)
    ]
    wrong += [
        f"{workflow.titled(workflow.fields[name], name)} ({name}) is missing"
        for name in needed
        if name not in filled
    ]
    values: dict[str, Any] = {}
    for name in allowed:
        if name in filled:
            field = workflow.fields[name]
            try:
                values[name] = _READ[field.type](field, filled[name], files)
            except ValueError as why:
                wrong.append(f"{workflow.titled(field, name)} ({name}) {why}")
    if wrong:
        raise WorkError(
            f"The form is not filled in: {'; '.join(sorted(wrong))}.", code="work-form",
            hint=f"It asks for {', '.join(allowed) or 'nothing'}.",
        )  # fmt: skip
    return values


def words(values: Mapping[str, Any]) -> str:
    """Give the text of a form for searching."""
    return "\n".join(str(value) for value in values.values())


def _clean(value: Any) -> Any:
    return value.replace("\x00", "").replace("\r\n", "\n").strip() if isinstance(value, str) else value


def _text(limit: int) -> Callable[[FormField, Any, Files], Any]:
    def read_text(_: FormField, value: Any, __: Files) -> str:
        found = str(value)
        if len(found) > limit:
            raise ValueError(f"has more than {limit:,} characters")
        return found

    return read_text


def _number(field: FormField, value: Any, _: Files) -> float:
    try:
        found = float(str(value).replace(" ", ""))
    except ValueError:
        raise ValueError("is not a number") from None
    if not math.isfinite(found):
        raise ValueError("is not a number")
    if field.minimum is not None and found < field.minimum:
        raise ValueError(f"is less than {field.minimum:g}")
    if field.maximum is not None and found > field.maximum:
        raise ValueError(f"is more than {field.maximum:g}")
    return found


def _date(_: FormField, value: Any, __: Files) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError("is not a day: write 2026-05-31") from None


def _choice(field: FormField, value: Any, _: Files) -> str:
    if value not in field.choices:
        raise ValueError(f"is none of {', '.join(field.choices)}")
    return str(value)


def _person(_: FormField, value: Any, __: Files) -> str:
    return _matching(_PERSON, value, "is not the name of a person")


def _definition(_: FormField, value: Any, __: Files) -> str:
    return _matching(_DEFINITION, value, "is not a definition: write its kind and name, metric/nps")


def _figure(_: FormField, value: Any, __: Files) -> str:
    return _matching(_FIGURE, value, "is not a figure's address: write metric=nps&period=2026-01")


def _evidence(_: FormField, value: Any, files: Files) -> str:
    if re.fullmatch(r"https://[^\s<>\"]{1,1000}", str(value)) or value in set(files):
        return str(value)
    raise ValueError("is neither an address (https) nor the name of an attached file")


def _matching(pattern: re.Pattern[str], value: Any, otherwise: str) -> str:
    if not pattern.fullmatch(str(value)):
        raise ValueError(otherwise)
    return str(value)


_READ: dict[str, Callable[[FormField, Any, Files], Any]] = {
    "text": _text(TEXT),
    "long_text": _text(LONG_TEXT),
    "number": _number,
    "date": _date,
    "choice": _choice,
    "person": _person,
    "definition": _definition,
    "figure": _figure,
    "evidence": _evidence,
}
