"""A source reads files: paths and patterns, never addresses."""

import re
from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:")
_FORMATS = {"csv": "csv", "tsv": "csv", "txt": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "parquet": "parquet",
            "xlsx": "excel", "xlsm": "excel"}  # fmt: skip


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find addresses in place of files, and files whose format nothing tells."""
    for source in catalog.sources.values():
        if source.files is None:
            continue
        place = catalog.place(source, "files")
        if _SCHEME.match(source.files):
            yield Problem(
                "error", "not-a-file", f"{source.files!r} is an address; Leadline reads files.", place,
                "Write a path, relative to the project, with * or ** if there are many.",
            )  # fmt: skip
        elif source.format is None and _suffix(source.files) not in _FORMATS:
            yield Problem(
                "error", "format-unknown", f"The name {source.files!r} does not tell the format.", place,
                "Write `format:` and csv, jsonl, parquet or excel.",
            )  # fmt: skip


def _suffix(files: str) -> str:
    """Give the last part of a pattern's name, without .gz."""
    return files.lower().removesuffix(".gz").rpartition(".")[2]
