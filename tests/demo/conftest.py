"""The demo company, generated once per size.

Every check recomputes a planted truth from the files alone; only truths.yaml says what to look for.
"""

from collections.abc import Iterator

import pytest

import leadline_demo
from tests.demo.company import Company, open_company

SMALL, FULL = 0.3, 1.0


@pytest.fixture(
    scope="session",
    params=[pytest.param(SMALL, id="small"), pytest.param(FULL, id="full", marks=pytest.mark.slow)],
)
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company with seed 7, small for every run and in full size for the slow one."""
    folder = tmp_path_factory.mktemp("corvane")
    leadline_demo.generate(folder, size=request.param)
    opened = open_company(folder)
    yield opened
    opened.db.close()
