"""JSON Schemas of the kinds of definition, so that an editor completes keys and marks mistakes while typing.

One file per kind, and `leadline.schema.json`, which tells the kinds apart; it is what an editor is pointed at.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from leadline.catalog.definitions import KINDS, Check, Detector, Metric
from leadline.catalog.validate import KIND_CLASSES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
WHOLE = "leadline.schema.json"


def schemas() -> dict[str, dict[str, Any]]:
    """Give each schema by its file name."""
    found = {f"{kind}.schema.json": _schema(kind) for kind in KINDS}
    branches = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"$ref": f"{kind}.schema.json"},
        }
        for kind in KINDS
    ]
    found[WHOLE] = {
        "$schema": DIALECT,
        "title": "A Leadline definition",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(KINDS)}},
        "allOf": branches,
    }
    return found


_UNIONS: dict[str, Any] = {"metric": Metric, "check": Check, "detector": Detector}


def _schema(kind: str) -> dict[str, Any]:
    """Give the schema of one kind."""
    adapter: TypeAdapter[Any] = TypeAdapter(_UNIONS.get(kind) or KIND_CLASSES[kind])
    schema = adapter.json_schema(by_alias=True)
    return {
        "$schema": DIALECT,
        "title": f"Leadline {kind}",
        **{k: v for k, v in schema.items() if k != "title"},
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into a folder, making it if needed; give the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for name, schema in schemas().items():
        file = folder / name
        file.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        files.append(file)
    return files
