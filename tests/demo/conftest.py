"""The demo company, generated once per size.

Every check recomputes a planted truth from the files alone; only truths.yaml says what to look for.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import leadline_demo
from tests.demo.company import Company, open_company

SMALL, FULL = 0.3, 1.0


def generated(folder: Path, size: float) -> Path:
    """Generate the company into a folder, unless another worker of this run has, or is about to."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            leadline_demo.generate(folder.with_suffix(".half"), size=size)
            folder.with_suffix(".half").rename(folder)
    return folder


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(SMALL, id="small", marks=pytest.mark.thorough),
        pytest.param(FULL, id="full", marks=pytest.mark.slow),
    ],
)
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company with seed 7, small for every run and in full size for the slow one; nobody writes into it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    opened = open_company(generated(shared / f"corvane-{int(100 * request.param)}", request.param))
    yield opened
    opened.db.close()
