"""The library: standard metrics as definitions to copy, each convention under its own name.

A group is a file beside this one. Nothing here computes anything: what is copied into a project is the project's, to
change and to answer for. Descriptions say formula and source; what has no standard says so.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from leadline.catalog import Catalog, build
from leadline.catalog.composition import parts
from leadline.catalog.definitions import Conversion, Distinct, Duration, Metric, RowMetric, Stock
from leadline.catalog.documents import PROJECT_FILE, Document, parse, shipped
from leadline.errors import DefinitionError, suggest

FOLDER = Path(__file__).parent
SHOWN = Path("leadline/metrics/library")
"""How the library's files are named in places: they lie in the package, not in the project."""
_STAND_IN = """
kind: project
name: library
calendar: open
---
kind: calendar
name: open
business_hours: {monday: ["09:00-17:00"]}
"""
_PLAIN = re.compile(r"(?!(?:true|false|null|yes|no|on|off|y|n)$)[a-z][a-z0-9_ -]*[a-z0-9]")
_BY_FIELDS = ("where", "weight", "when", "plus", "minus", "numerator", "denominator", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One metric of the library: its group, its definition and its YAML as it is copied.

    `parts` names the metrics that it is directly made of; `needs` the columns that it reads, by fact, its parts'
    included.
    """

    group: str
    metric: Metric
    text: str
    parts: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """Its name in the library."""
        return self.metric.name

    def copied(self, *, name: str, owner: str) -> str:
        """Give the YAML under a name and with an owner; all else, the order and the words, as it stands."""
        named = re.sub(r"(?m)^name: .*$", f"name: {name}", self.text, count=1)
        said = owner if _PLAIN.fullmatch(owner) else json.dumps(owner, ensure_ascii=False)
        return f"{named.rstrip()}\nowner: {said}\n"


@cache
def documents() -> tuple[tuple[str, Document], ...]:
    """Give every document of the library with its group, in the order of files."""
    found: list[tuple[str, Document]] = []
    for file in sorted(FOLDER.glob("*.yaml")):
        written, problems = parse(file.read_text("utf-8"), SHOWN / file.name)
        if problems:  # a fault of the package, found by its tests
            raise AssertionError(problems[0])
        found += [(file.stem, document) for document in written]
    return tuple(found)


@cache
def catalog() -> Catalog:
    """Give the library over the shipped model as a catalog; its problems are those of metrics without owner or data."""
    stand_in, _ = parse(_STAND_IN, Path(PROJECT_FILE))
    return build([*shipped(), *(document for _, document in documents()), *stand_in], FOLDER)


@cache
def entries() -> Mapping[str, Entry]:
    """Give every metric of the library by name, in order of groups and of files."""
    library = catalog()
    found: dict[str, Entry] = {}
    for group, document in documents():
        metric = library.metrics[str(document.data["name"])]
        needs: dict[str, set[str]] = {}
        for member in _with_parts(library, metric):
            for fact, columns in _reads(library, member):
                needs.setdefault(fact, set()).update(columns)
        sorted_needs = {fact: tuple(sorted(columns)) for fact, columns in sorted(needs.items())}
        found[metric.name] = Entry(group, metric, document.body, parts(library, metric), sorted_needs)
    return found


def entry(name: str) -> Entry:
    """Give a metric of the library. Raises DefinitionError with near names when there is none."""
    found = entries().get(name)
    if found is None:
        raise DefinitionError(
            f"The library has no metric {name!r}.",
            code="unknown-metric",
            hint=suggest(name, entries()) or "leadline add --list shows what it has.",
        )
    return found


def parts_below(name: str) -> tuple[Entry, ...]:
    """Give the metrics that one is made of, directly or through others, each once, what is nearest first."""
    library = catalog()
    below = _with_parts(library, entry(name).metric)[1:]
    return tuple(entries()[part.name] for part in below)


def _with_parts(library: Catalog, metric: Metric) -> list[Metric]:
    """Give a metric and all below it, breadth first."""
    found = {metric.name: metric}
    todo = [metric]
    while todo:
        above = todo.pop(0)
        for name in parts(library, above):
            if name not in found:
                found[name] = library.metrics[name]
                todo.append(found[name])
    return list(found.values())


def _reads(library: Catalog, metric: Metric) -> Iterator[tuple[str, set[str]]]:
    """Give the facts that a metric over rows reads, with the columns that decide its figure (not those of `by`)."""
    if not isinstance(metric, RowMetric):
        return
    named = {metric.instant(library.facts[metric.of]) or ""}
    for field in _BY_FIELDS:
        if getattr(metric, field, None) is not None:
            named |= library.expression(metric, field).columns
    if isinstance(metric, Stock | Duration):
        named |= {metric.from_, metric.until}
    if isinstance(metric, Distinct | Conversion):
        named.add(metric.entity)
    yield metric.of, named - {""}
    if isinstance(metric, Conversion):
        later = metric.followed_by
        other = {later.entity or metric.entity, later.at or library.facts[later.fact].at or "", *later.same}
        if later.where is not None:
            other |= library.expression(metric, "followed_by", "where").columns
        yield later.fact, other - {""}
