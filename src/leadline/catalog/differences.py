"""Two definitions key by key: which were added, changed and removed, each as it was written.

What a fingerprint calls equal is no difference: formatting, the order of keys, defaults written out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Definition, ResolvedColumn
from leadline.catalog.definitions.base import Model
from leadline.catalog.documents import Document
from leadline.catalog.fingerprint import UNORDERED, Canonical

NAMED_BY = ("name", "metric", "objective", "from_")
"""Fields by which one of several parts is told from the others: a measure by its metric."""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key of a definition that differs; `before` or `after` is None where it is not written.

    `path` is the key as a reader would say it: `columns.score.type`, `perspectives[customer].weight`. `described`:
    it only describes, and decides no figure.
    """

    path: str
    before: str | None
    after: str | None
    described: bool


@dataclass(frozen=True, slots=True)
class _Leaf:
    shown: str
    compared: str
    described: bool


def differences(
    before: tuple[Catalog, Definition] | None, after: tuple[Catalog, Definition] | None
) -> tuple[KeyChange, ...]:
    """Give every key in which two definitions differ, in the order in which they are declared."""
    was = dict(_leaves(*before)) if before else {}
    now = dict(_leaves(*after)) if after else {}
    found = []
    for path in dict.fromkeys((*was, *now)):
        one, other = was.get(path), now.get(path)
        if one and other and one.compared == other.compared:
            continue
        described = all(leaf.described for leaf in (one, other) if leaf)
        found.append(KeyChange(path, one.shown if one else None, other.shown if other else None, described))
    return tuple(found)


def flat(value: Canonical, path: str = "") -> Iterator[tuple[str, str]]:
    """Give every value within a canonical one, with its way there."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from flat(part, f"{path}.{key}".strip("._"))  # `as_` is written `as`
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from flat(part, f"{path}[{place}]")
    elif value is not None:
        yield path, str(value)


def _leaves(catalog: Catalog, definition: Definition) -> Iterator[tuple[str, _Leaf]]:
    """Give every value that is written, under its key; what is not written is its default."""
    walk = _Walk(catalog, definition)
    for path, leaf in walk.model(definition, "", (), described=False):
        if path != "kind":
            yield path, leaf


@dataclass(frozen=True, slots=True)
class _Walk:
    catalog: Catalog
    definition: Definition

    def model(
        self, part: Model, path: str, real: tuple[str | int, ...], *, described: bool
    ) -> Iterator[tuple[str, _Leaf]]:
        about: frozenset[str] = getattr(type(part), "described_by", Definition.described_by)
        for name, info in type(part).model_fields.items():
            value = getattr(part, name)
            if not info.is_required() and value == info.get_default(call_default_factory=True):
                continue
            key = info.alias or name
            yield from self.value(
                value,
                f"{path}.{key}" if path else key,
                (*real, key),
                described=described or name in about,
                unordered=name in UNORDERED,
            )

    def value(
        self,
        value: object,
        path: str,
        real: tuple[str | int, ...],
        *,
        described: bool,
        unordered: bool = False,
    ) -> Iterator[tuple[str, _Leaf]]:
        if isinstance(value, Model):
            yield from self.model(value, path, real, described=described)
            if not type(value).model_fields:
                yield path, _Leaf("{}", "{}", described)
        elif isinstance(value, Mapping):
            for key, part in value.items():
                if not isinstance(part, ResolvedColumn):
                    yield from self.value(part, f"{path}.{key}", (*real, str(key)), described=described)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from self.several(value, path, real, described=described, unordered=unordered)
        else:
            yield path, self.leaf(value, real, described=described)

    def several(
        self,
        values: Sequence[object],
        path: str,
        real: tuple[str | int, ...],
        *,
        described: bool,
        unordered: bool,
    ) -> Iterator[tuple[str, _Leaf]]:
        if not any(isinstance(one, Model | Mapping) for one in values):
            said = [_text(one) for one in values]
            compared = sorted(said) if unordered else said
            yield path, _Leaf(", ".join(said), repr(compared), described)
            return
        seen: dict[str, int] = {}
        for place, one in enumerate(values):
            name = _named(one) or str(place + 1)
            seen[name] = seen.get(name, 0) + 1
            label = name if seen[name] == 1 else f"{name} {seen[name]}"
            inner = dict(self.value(one, f"{path}[{label}]", (*real, place), described=described))
            yield from inner.items()
            if not unordered:  # the order decides: a rule that is tried first
                yield f"{path}[{label}]", _Leaf(f"number {place + 1}", str(place), described)

    def leaf(self, value: object, real: tuple[str | int, ...], *, described: bool) -> _Leaf:
        shown = _text(value)
        found = self.catalog.expressions.get((self.definition.kind, self.definition.name, real))
        return _Leaf(shown, found.tree.sql("duckdb") if found else shown, described)


def _named(part: object) -> str | None:
    """Give what tells one of several parts from the others."""
    for name in NAMED_BY:
        value = part.get(name) if isinstance(part, Mapping) else getattr(part, name, None)
        if isinstance(value, str):
            return value
    return None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def text_differences(before: Sequence[Document], after: Sequence[Document]) -> tuple[KeyChange, ...]:
    """Give every key in which two recorded texts differ, as they were written."""
    was, now = (
        dict(_written({k: v for d in texts for k, v in d.data.items()}, "")) for texts in (before, after)
    )
    paths = [path for path in dict.fromkeys((*was, *now)) if was.get(path) != now.get(path)]
    about = Definition.described_by
    return tuple(KeyChange(p, was.get(p), now.get(p), p.partition(".")[0] in about) for p in paths)


def _written(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _written(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for place, one in enumerate(value):
            yield from _written(one, f"{path}[{_named(one) or place + 1}]")
    elif isinstance(value, list):
        yield path, ", ".join(_text(one) for one in value)
    else:
        yield path, _text(value)
