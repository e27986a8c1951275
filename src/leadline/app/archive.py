"""What is kept of a retired metric for good: its definition and every figure that it had, as files to read."""

import csv
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from leadline.catalog.composition import dimensions, finest_shown, has_units
from leadline.catalog.definitions import GRAINS
from leadline.governance.timelines import Node
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import FIELDS
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.store.entries import DefinitionVersion
from leadline.store.home import Home

PURPOSE = "an archive"


def archive(
    home: Home, published: Callable[[], Published], node: Node, version: DefinitionVersion, *, actor: str
) -> tuple[Path, dict[str, str]]:
    """Write a definition and, of a metric, its figures: whole, by unit and slice, at every grain from the day on.

    Gives the folder, and the SHA-256 of each file by its name. Writing it twice gives the same files.
    """
    kind, name = node
    folder = home.root / "archive" / f"{kind}-{name}-v{version.version}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "definition.yaml").write_text(version.text, encoding="utf-8")
    if kind == "metric":
        _figures(published(), name, folder / "figures.csv", actor)
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
