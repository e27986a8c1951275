"""Two versions of a metric in one catalog, with their difference as a metric of its own.

A difference of two versions on the same rows is no difference of independent samples. As a formula over both it has the
interval of a composed metric, which knows from the sums of products, row by row, how its parts vary together.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

from leadline.catalog import Catalog, build
from leadline.catalog.composition import parts, rows
from leadline.catalog.definitions import RowMetrics
from leadline.catalog.documents import Document, parse
from leadline.governance.in_force import BENEATH
from leadline.metrics.families import by_metric
from leadline.metrics.published import Published
from leadline.metrics.shapes import shape
from leadline.store.entries import DefinitionVersion

NEW, CHANGE = "__new", "__change"


@dataclass(frozen=True)
class Paired:
    """A generation's rows by definitions in which some metrics stand twice: as they are, and under `new(name)`."""

    published: Published
    names: Mapping[str, str]
    """The new version's name in this catalog, by the metric's."""

    def change(self, name: str) -> str:
        """Give the name of the difference, new less old."""
        return _short(name) + CHANGE

    def why_not(self, name: str) -> str:
        """Say why the interval of a difference cannot be told; "" where it can."""
        catalog = self.published.catalog
        old, new = catalog.metrics[name], catalog.metrics[self.names[name]]
        if old.measured_in != new.measured_in:
            return f"The versions are measured in {old.measured_in} and {new.measured_in}."
        leaves = [*rows(catalog, old), *rows(catalog, new)]
        if any(shape(leaf) != "terms" for leaf in leaves):
            return "Their states do not tell how the versions vary together."
        family = by_metric(catalog)
        shared: dict[str, set[str]] = {}
        for leaf in leaves:
            shared.setdefault(leaf.of, set()).add(family[leaf.name].name)
        if any(len(names) > 1 for names in shared.values()):
            return "The versions read the same rows at different times or by different rights."
        if all(leaf.type in {"sum", "count", "manual"} for leaf in leaves):
            return "Totals of all rows have no sampling error."
        return ""


def paired(published: Published, working: Catalog, names: Collection[str]) -> Paired:
    """Put the working version of metrics beside those in force, to be computed from the rows that were published."""
    before = published.catalog
    mapping = {name: _short(name) + NEW for name in names}
    texts = [d for d in before.documents if d.kind in BENEATH]
    texts += [d for d in before.documents if d.kind == "metric"]
    known = set(before.metrics)
    for name in _beneath(working, names):
        if name in mapping:
            texts += [_renamed(d, mapping) for d in working.documents_of["metric", name]]
        elif name not in known:
            texts += list(working.documents_of["metric", name])
    for name in names:
        texts += _difference(before, name, mapping[name])
    wanted = {*names, *mapping.values(), *(_short(n) + CHANGE for n in names)}
    catalog = build(texts, before.root)
    closed = _beneath(catalog, wanted)
    catalog = build([d for d in texts if d.kind != "metric" or d.data["name"] in closed], before.root)
    return Paired(_from_rows(published, catalog, mapping), mapping)


def exchanged(
    published: Published, working: Catalog, names: Collection[str], *, beneath: bool = False
) -> Published:
    """Give what is published with the working version of metrics in the place of those in force, from the rows.

    With `beneath`, what metrics stand on is as it is written too: the calendar, units; the rows are as they are.
    """
    texts = [d for d in (working if beneath else published.catalog).documents if d.kind in BENEATH]
    closed = _beneath(working, names)
    for name in closed:
        of = working if name in names or name not in published.catalog.metrics else published.catalog
        texts += list(of.documents_of["metric", name])
    return _from_rows(published, build(texts, published.catalog.root), {})


def _from_rows(published: Published, catalog: Catalog, mapping: Mapping[str, str]) -> Published:
    """Compute all of a catalog from the rows of a generation."""
    versions: dict[tuple[str, str], DefinitionVersion] = dict(published.versions)
    for name in catalog.metrics:
        old = next((o for o, new in mapping.items() if name in {new, _short(o) + CHANGE}), name)
        known = published.versions.get(("metric", old))
        if known is not None and name != old:
            versions["metric", name] = replace(known, version=known.version + 1)
        elif known is None:
            some = next(iter(published.versions.values()))
            versions["metric", name] = replace(some, kind="metric", name=name, version=1, revision=1)
    bare = published.counting(published.counted)
    return replace(bare, catalog=catalog, versions=versions, editions=())


def _short(name: str) -> str:
    return name[:50]


def _beneath(catalog: Catalog, names: Collection[str]) -> list[str]:
    """Name metrics with all that they are made of."""
    found = [name for name in names if name in catalog.metrics]
    for name in found:
        found += [p for p in parts(catalog, catalog.metrics[name]) if p in catalog.metrics and p not in found]
    return found


def _difference(catalog: Catalog, name: str, new: str) -> Iterator[Document]:
    unit = catalog.metrics[name].measured_in
    text = f"kind: metric\nname: {_short(name)}{CHANGE}\ntype: derived\nformula: {new} - {name}\n"
    text += f"measured_in: '{unit}'\n"
    yield from parse(text, Path("difference.yaml"))[0]


def _renamed(document: Document, mapping: Mapping[str, str]) -> Document:
    """Give a metric under its new name, made of the new versions of its parts."""
    data: dict[str, Any] = {**document.data, "name": mapping[str(document.data["name"])]}
    if isinstance(data.get("formula"), str):
        tree = sqlglot.parse_one(data["formula"], dialect="duckdb")
        for column in tree.find_all(exp.Column):
            column.set("this", exp.to_identifier(mapping.get(column.name, column.name)))
        data["formula"] = tree.sql("duckdb")
    if isinstance(data.get("metric"), str):
        data["metric"] = mapping.get(data["metric"], data["metric"])
    if isinstance(data.get("parts"), list):
        data["parts"] = [{**p, "metric": mapping.get(p["metric"], p["metric"])} for p in data["parts"]]
    return replace(document, data=data)


def leaf(catalog: Catalog, name: str) -> RowMetrics | None:
    """Give the row metric of a name; None where it is made of others."""
    found = rows(catalog, catalog.metrics[name])
    return found[0] if len(found) == 1 and found[0].name == name else None
