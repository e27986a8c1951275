"""A source below what it declares says so on each figure that it decides, and changes no status."""

import json
from pathlib import Path

import pytest

from tests.app import late_company
from tests.app.test_command_line import Run, run
from tests.projects import refreshed, write_project

__all__ = ["run"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Every call stands there twice: nothing is late, and half of the calls' rows are doubled."""
    files = late_company.files()
    calls = str(files["calls.csv"]).splitlines(keepends=True)
    return write_project(
        tmp_path / "project", late_company.DOCUMENTS, {**files, "calls.csv": "".join([*calls, *calls[1:]])}
    )


@pytest.mark.thorough
def test_a_figure_of_an_unreliable_source_says_so(run: Run, project: Path) -> None:
    with refreshed(project, late_company.NOW):
        pass
    month = ("--from", "2026-02", "--to", "2026-02")
    (row,) = json.loads(run("query", "calls", *month, "--json")[1])
    assert row["unreliable"].startswith("Calls is unreliable: ")
    assert "consistency is 50." in row["unreliable"]
    assert row["status"] == "final"
    assert json.loads(run("query", "per_call", *month, "--json")[1])[0]["unreliable"] == row["unreliable"]
    assert row["unreliable"] in run("query", "calls", *month)[1]
