"""What `pip install leadline` brings is what works here: every file of both packages, and nothing else."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.contracts import tree


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=tree.ROOT, check=True, capture_output=True)
    return next(folder.glob("leadline-*.whl"))


@pytest.mark.thorough
def test_the_wheel_holds_each_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {path.relative_to("src").as_posix() for path in tree.files() if path.parts[0] == "src"}


@pytest.mark.thorough
def test_the_wheel_carries_its_licence_and_its_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        about = {
            name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name
        }
        assert "licenses/LICENSE" in about
        assert b"leadline = leadline.app.cli:main" in archive.read(about["entry_points.txt"])


@pytest.mark.thorough
def test_the_packed_command_line_starts(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import sys, leadline.app.cli as c; print(c.__file__); sys.argv = ['leadline', '--help']; c.main()"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.startswith(str(tmp_path)), run.stderr
    assert "refresh" in run.stdout
