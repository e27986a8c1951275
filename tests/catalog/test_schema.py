"""The schemas for editors know every kind and every key."""

import json
from pathlib import Path

import pytest

from leadline.catalog.definitions import KINDS
from leadline.catalog.schema import WHOLE, schemas, write_schemas
from leadline.catalog.validate import KIND_CLASSES, METRIC_CLASSES


@pytest.mark.thorough
def test_there_is_one_file_per_kind_and_one_for_all(tmp_path: Path) -> None:
    files = write_schemas(tmp_path / "new" / "folder")
    assert {f.name for f in files} == {*(f"{kind}.schema.json" for kind in KINDS), WHOLE}
    for file in files:
        schema = json.loads(file.read_text("utf-8"))
        assert schema["$schema"].startswith("https://json-schema.org/")
        assert schema["title"].startswith(("Leadline", "A Leadline"))
    assert [f.read_bytes() for f in files] == [
        f.read_bytes() for f in write_schemas(tmp_path / "new" / "folder")
    ]


@pytest.mark.thorough
def test_every_key_is_known_by_the_name_that_users_write() -> None:
    made = schemas()
    for kind, cls in KIND_CLASSES.items():
        keys = {field.alias or name for name, field in cls.model_fields.items()}
        assert set(made[f"{kind}.schema.json"]["properties"]) == keys
    types = made["metric.schema.json"]["$defs"]
    for cls in METRIC_CLASSES.values():
        assert set(types[cls.__name__]["properties"]) == {
            field.alias or name for name, field in cls.model_fields.items()
        }
    assert set(made["fact.schema.json"]["$defs"]["Column"]["properties"]) >= {"as", "references", "one_of"}


@pytest.mark.thorough
def test_the_whole_leads_to_every_kind() -> None:
    whole = schemas()[WHOLE]
    assert whole["properties"]["kind"]["enum"] == list(KINDS)
    assert [branch["then"]["$ref"] for branch in whole["allOf"]] == [f"{kind}.schema.json" for kind in KINDS]
