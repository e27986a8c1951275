"""What is kept of a retired metric for good: its definition, the data it was made of, and every figure that it had.

The data are sums, not rows: what was counted and added up, by day, unit and slice, in the columns that `explain` shows.
They name nobody, so what is forgotten of a person later need not be looked for in an archive.
"""

import csv
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from leadline.catalog.composition import dimensions, finest_shown, has_units, rows
from leadline.catalog.definitions import GRAINS, RowMetrics
from leadline.governance.timelines import Node
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import FIELDS
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.metrics.request import Request
from leadline.metrics.shapes import slice_alias
from leadline.store.entries import DefinitionVersion
from leadline.store.home import Home

PURPOSE = "an archive"


def archive(
    home: Home, published: Callable[[], Published], node: Node, version: DefinitionVersion, *, actor: str
) -> tuple[Path, dict[str, str]]:
    """Write a definition and, of a metric, its data by day, unit and slice, and its figures at each grain from the day.

    Gives the folder, and the SHA-256 of each file by its name. Writing it twice gives the same files.
    """
    kind, name = node
    folder = home.root / "archive" / f"{kind}-{name}-v{version.version}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "definition.yaml").write_text(version.text, encoding="utf-8")
    if kind == "metric":
        now = published()
        _figures(now, name, folder / "figures.csv", actor)
        for leaf in rows(now.catalog, now.metric(name)):
            _data(now, leaf, folder / f"data-{leaf.name}.parquet", actor)
    return folder, {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


def _figures(published: Published, name: str, file: Path, actor: str) -> None:
    metric = published.metric(name)
    finest = GRAINS.index(max(finest_shown(published.catalog, metric), "day", key=GRAINS.index))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(FIELDS)
        for grain in GRAINS[finest:]:
            asked = Query(name, actor, PURPOSE, grain)
            queries = [
                asked,
                *(replace(asked, by=(column,)) for column in dimensions(published.catalog, metric)),
            ]
            if has_units(published.catalog, metric) and published.catalog.units.names:
                queries.append(replace(asked, by_unit=True))
            for query in queries:
                for one in evaluate(published, query):
                    writer.writerow([getattr(one, field) for field in FIELDS])


def _data(published: Published, metric: RowMetrics, file: Path, actor: str) -> None:
    """Write the sums of a row metric by every slice: for the whole (no unit), and for each unit with all below it."""
    import pyarrow as pa  # noqa: PLC0415  # heavy, for the few who retire something
    import pyarrow.parquet as pq  # noqa: PLC0415  # as above

    units = published.catalog.units
    grain = max(finest_shown(published.catalog, metric), "day", key=GRAINS.index)
    asked = Query(metric.name, actor, PURPOSE, grain, by=metric.by)
    queries = [asked]
    if has_units(published.catalog, metric) and units.names:
        queries += [replace(asked, unit=name) for name in units.names]
    tables = []
    for query in queries:
        request = Request.of(published, query, metric, None)
        found = request.read(published, [metric])
        named = [_named(column, metric) for column in found.column_names]
        unit = pa.array([query.unit] * found.num_rows, pa.string())
        found = found.rename_columns(named)
        tables.append(found.set_column(named.index("unit"), "unit", unit))
    pq.write_table(pa.concat_tables(tables, promote_options="permissive"), file)


def _named(column: str, metric: RowMetrics) -> str:
    """Give a column of the sums as a reader knows it: a slice by its own name, a sum without the metric's."""
    slices = {slice_alias(name): name for name in metric.by}
    return slices.get(column, column.removeprefix(f"{metric.name}__"))
