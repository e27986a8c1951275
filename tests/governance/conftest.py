"""The company whose metrics are governed: founded once, copied for each test."""

import shutil
from copy import deepcopy
from pathlib import Path

import pytest

from tests.governance.company import DOCUMENTS, Company, company


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's folder after its first refresh."""
    return company(tmp_path_factory.mktemp("company") / "p").root


@pytest.fixture
def cx(founded: Path, tmp_path: Path) -> Company:
    """The company, refreshed once, to be edited."""
    return Company(shutil.copytree(founded, tmp_path / "p"), deepcopy(DOCUMENTS))
