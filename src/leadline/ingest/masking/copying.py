"""A masked copy of a project: its definitions, and the facts it was last computed from, as Parquet files.

The copy is a project of its own, with one source for each loaded fact; held rows, raw files and the ledger stay behind.
It appears under its name when it is whole.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml
from pyarrow import parquet
from sqlglot import exp

from leadline.catalog import Catalog
from leadline.catalog.definitions import Fact
from leadline.catalog.references import to_customer
from leadline.errors import StoreError
from leadline.ingest.checks import kind_at_rest
from leadline.ingest.masking.columns import Treated, treatments
from leadline.ingest.masking.values import Masks
from leadline.ingest.sources.reading import ARROW
from leadline.store.engine import Engine, Relation, ValueType
from leadline.store.home import touching

_ROWS, _WHOSE = "f", "_whose"
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: rows by fact, and what became of each column.

    `raw`: by source, where the raw records stand that are not in the copy: files as they came are never masked.
    """

    rows: Mapping[str, int]
    columns: tuple[Treated, ...]
    raw: Mapping[str, str]


def copy(
    catalog: Catalog,
    engine: Engine,
    live: Mapping[str, Sequence[Relation]],
    masks: Masks,
    target: Path,
    *,
    told: Told,
) -> Copied:
    """Write a masked copy into a folder that is not there yet. `live` are the relations of every fact.

    Raises:
        StoreError: the folder is there, or cannot be written.
        DefinitionError: a column must be masked and cannot be.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StoreError(
            f"{target} is there already.", code="mask-target", hint="Name a folder that is not, or remove it."
        )
    building = target.with_name(f".{target.name}.masking")
    shutil.rmtree(building, ignore_errors=True)
    wanted = sorted({source.fact for source in catalog.sources.values()})
    copying = _Copying(catalog, engine, masks)
    with touching(target):
        try:
            for nth, name in enumerate(wanted):
                told(name, nth, len(wanted))
                copying.fact(catalog.facts[name], live.get(name, ()), building / "data" / name)
            _definitions(catalog, wanted, building)
            if target.exists():
                target.rmdir()
            building.rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return Copied(copying.rows, tuple(copying.columns), _raw(catalog))


def _raw(catalog: Catalog) -> dict[str, str]:
    """Say where the raw records of each source stand: its files, or what its connector fetched."""
    return {
        name: source.files or f".leadline/landed/{name}" for name, source in sorted(catalog.sources.items())
    }


@dataclass(slots=True)
class _Copying:
    """One copy in progress. A value is masked once for all facts."""

    catalog: Catalog
    engine: Engine
    masks: Masks
    rows: dict[str, int] = field(default_factory=dict)
    columns: list[Treated] = field(default_factory=list)
    known: dict[str, dict[Any, Any]] = field(default_factory=dict)
    taken: dict[str, set[Any]] = field(default_factory=dict)

    def fact(self, fact: Fact, relations: Sequence[Relation], folder: Path) -> None:
        """Copy one fact's rows."""
        treated = treatments(self.catalog, fact, self._distinct(fact, relations))
        self.columns += treated.values()
        folder.mkdir(parents=True)
        types: dict[str, ValueType] = {name: kind_at_rest(c.type) for name, c in fact.loaded.items()}
        schema = pa.schema([(name, ARROW[kind]) for name, kind in types.items()])
        count = 0
        with parquet.ParquetWriter(folder / "rows.parquet", schema, compression="zstd") as writer:
            for batch in self._read(fact, relations, types):
                masked = [self._column(batch, name, treated[name], schema.field(name).type) for name in types]
                writer.write_table(pa.table(masked, schema=schema))
                count += batch.num_rows
        self.rows[fact.name] = count

    def _read(
        self, fact: Fact, relations: Sequence[Relation], types: Mapping[str, ValueType]
    ) -> Iterator[pa.RecordBatch]:
        columns: list[exp.Expr] = [exp.column(name, table=_ROWS, quoted=True) for name in types]
        columns.append(exp.alias_(_whose(self.catalog, fact), _WHOSE, quoted=True))
        rows = self.engine.scan(relations, types, _ROWS)
        yield from self.engine.stream(exp.select(*columns).from_(rows))

    def _distinct(self, fact: Fact, relations: Sequence[Relation]) -> dict[str, tuple[int, int]]:
        """Count the different values of each text column, and its rows that have one."""
        names = [name for name, column in fact.loaded.items() if column.type == "text"]
        if not names or not relations:
            return {}
        counts: list[exp.Expr] = []
        for nth, name in enumerate(names):
            column = exp.column(name, table=_ROWS, quoted=True)
            different = exp.Count(this=exp.Distinct(expressions=[column]))
            counts += [exp.alias_(different, f"d{nth}"), exp.alias_(exp.Count(this=column.copy()), f"n{nth}")]
        rows = self.engine.scan(relations, dict.fromkeys(names, "text"), _ROWS)
        found = self.engine.read(exp.select(*counts).from_(rows)).to_pylist()[0]
        return {name: (found[f"d{nth}"], found[f"n{nth}"]) for nth, name in enumerate(names)}

    def _column(self, batch: pa.RecordBatch, name: str, treated: Treated, kind: pa.DataType) -> pa.Array:
        values = batch.column(name)
        match treated.treatment:
            case "kept":
                return values.cast(kind)
            case "suppressed":
                return pa.nulls(batch.num_rows, kind)
            case "shifted":
                return self._shifted(values.cast(kind), batch.column(_WHOSE), kind)
            case "identifier" if pa.types.is_integer(kind):
                return self._masked(values, "number", self.masks.number, kind)
            case treatment:
                return self._masked(values, treatment, self.masks.of(treatment), kind)

    def _masked(self, values: pa.Array, name: str, mask: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
        """Mask each different value once; two that became one would be two persons in one."""
        known = self.known.setdefault(name, {})
        coded = values.dictionary_encode()
        wanted = coded.dictionary.to_pylist()
        taken = self.taken.setdefault(name, set())
        for value in wanted:
            if value in known:
                continue
            masked = mask(value)
            if masked in taken and name != "text":
                raise StoreError(
                    "Two values became one mask, which would make two persons one.", code="mask-collision",
                    hint="Use another key.",
                )  # fmt: skip
            known[value] = masked
            taken.add(masked)
        return pa.array([known[value] for value in wanted], kind).take(coded.indices)

    def _shifted(self, values: pa.Array, whose: pa.Array, kind: pa.DataType) -> pa.Array:
        coded = pc.fill_null(whose.cast(pa.string()), "").dictionary_encode()
        by = [self.masks.shift(value).days for value in coded.dictionary.to_pylist()]
        days = pa.array(by, pa.int64()).take(coded.indices)
        if pa.types.is_date(kind):
            return pc.add(values.cast(pa.int32()), days.cast(pa.int32())).cast(kind)
        return pc.add(values, pc.multiply(days, 86_400_000_000).cast(pa.duration("us")))


def _whose(catalog: Catalog, fact: Fact) -> exp.Expr:
    """Give what the dates of a row move with: its customer, or where it names none itself, its own key."""
    ways = [way for way in to_customer(catalog.facts, fact.name) if len(way) == 1]
    names = [ways[0][0]] if ways else list(fact.key)
    texts = [exp.cast(exp.column(name, table=_ROWS, quoted=True), "text") for name in names]
    if len(texts) == 1:
        return texts[0]
    parts = [exp.func("coalesce", text, exp.Literal.string("")) for text in texts]
    return exp.Concat(expressions=parts) if parts else exp.Literal.string("")


def _definitions(catalog: Catalog, facts: Sequence[str], folder: Path) -> None:
    """Write every definition of the project but its sources, and a source for each fact that is copied."""
    by_file: dict[Path, list[str]] = {}
    for document in catalog.documents:
        if not document.shipped and document.kind != "source":
            by_file.setdefault(document.file, []).append(document.body)
    sources = [
        {"kind": "source", "name": f"masked_{name}"[:63], "fact": name, "files": f"data/{name}/*.parquet",
         "description": "A masked copy: nobody in it can be recognised without the key."}
        for name in facts
    ]  # fmt: skip
    by_file.setdefault(Path("sources/masked.yaml"), []).extend(
        yaml.safe_dump(source, sort_keys=False, allow_unicode=True) for source in sources
    )
    for file, texts in by_file.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("---\n".join(texts), encoding="utf-8")
