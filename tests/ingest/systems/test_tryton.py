"""A real CRM: what is written, changed and deleted by its own interface is what the template's facts say."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.systems.test_exports import rows
from tests.ingest.systems.tryton import PROGRAMS, Tryton, tryton
from tests.projects import write_project


def leadline(root: Path, *words: str) -> str:
    command = [sys.executable, "-c", "from leadline.app.cli import main; main()", "-p", str(root), *words]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ}, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def customers(root: Path) -> dict[str, dict[str, Any]]:
    """Bring the project up to date; give its customers by name."""
    assert json.loads(leadline(root, "ingest", "--json"))["fetched"][0]["error"] is None
    return {row["name"]: row for row in rows(root, "customer")}


def party(crm: Tryton, name: str, **ways: str) -> int:
    """Write a party with its e-mail address and the like, as the client does."""
    made = [{"type": kind, "value": value} for kind, value in ways.items()]
    values: dict[str, Any] = (
        {"name": name, "contact_mechanisms": [["create", made]]} if made else {"name": name}
    )
    (identifier,) = crm.call("model.party.party.create", [values], {})
    return int(identifier)


@pytest.mark.slow
@pytest.mark.skipif(not PROGRAMS.is_dir(), reason="make environment-tryton")
def test_what_a_real_crm_holds_becomes_facts(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", [{"kind": "project"}], {})
    with tryton() as crm:
        ann = party(crm, "Ann Example", email="ann@crm.example", phone="+4930901820")
        bob = party(crm, "Bob Example", email="bob@crm.example")
        party(crm, "Cy Example")
        leadline(root, "add", "source", "tryton", "--url", f"sqlite:///{crm.database}")
        copied = root / "sources" / "tryton.yaml"
        copied.write_text(copied.read_text().replace("  secret: tryton_password\n", ""))  # SQLite has none
        found = customers(root)
        assert {name: (row["email"], row["phone"], row["status"]) for name, row in found.items()} == {
            "Ann Example": ("ann@crm.example", "+4930901820", "active"),
            "Bob Example": ("bob@crm.example", None, "active"),
            "Cy Example": (None, None, "active"),
        }
        known = {
            row["code"]: row for row in crm.call("model.party.party.read", [ann, bob], ["code", "name"], {})
        }
        assert {found[row["name"]]["customer_id"] for row in known.values()} == set(known)
        assert all(row["created_at"] for row in found.values())

        crm.call("model.party.party.write", [ann], {"name": "Ann Newname"}, {})
        crm.call("model.party.party.delete", [bob], {})
        party(crm, "Di Example", mobile="+4915112345")
        later = customers(root)
        assert sorted(later) == ["Ann Newname", "Cy Example", "Di Example"]
        assert later["Ann Newname"]["customer_id"] == found["Ann Example"]["customer_id"]
        assert later["Di Example"]["phone"] == "+4915112345"
        assert customers(root) == later
