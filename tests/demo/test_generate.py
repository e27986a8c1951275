"""The generator: the same bytes for the same seed, monthly files, no code shared with Leadline, fast and small."""

import ast
import hashlib
import importlib.metadata
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import leadline_demo

TINY = 0.05


def digests(folder: Path) -> dict[str, str]:
    """Hash every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.thorough
def test_the_same_seed_and_size_give_the_same_bytes(tmp_path: Path) -> None:
    leadline_demo.generate(tmp_path / "one", size=TINY)
    leadline_demo.generate(tmp_path / "two", size=TINY)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


@pytest.mark.thorough
def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    leadline_demo.generate(tmp_path / "one", size=TINY)
    leadline_demo.generate(tmp_path / "two", size=TINY, seed=8)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    data = {name for name in one if name.startswith("data/")}
    assert data == {name for name in two if name.startswith("data/")}
    alike = {name for name in data if one[name] == two[name]}
    assert alike <= {f"data/{name}" for name in (
        "product/products.csv", "product/outages.csv", "marketing/campaigns.csv", "surveys/responses_2026-10b.csv",
    )}  # fmt: skip


@pytest.mark.thorough
def test_systems_export_month_by_month(tmp_path: Path) -> None:
    leadline_demo.generate(tmp_path, size=TINY)
    files = Counter(path.parent.name for path in (tmp_path / "data").rglob("*_20*-*") if path.is_file())
    assert files["berlin"] == files["london"] == files["newyork"] == 18
    assert files["chat"] == 18
    assert files["helpdesk"] == 3 * 18 + 1
    assert files["surveys"] == 2 * 18 + 2
    assert files["aldermann"] == 3 * 9


@pytest.mark.parametrize("size", [0, 0.01, 5.1, float("nan")])
def test_sizes_that_make_no_company_are_refused(tmp_path: Path, size: float) -> None:
    with pytest.raises(ValueError, match="size"):
        leadline_demo.generate(tmp_path, size=size)
    assert not list(tmp_path.iterdir())


@pytest.mark.thorough
def test_the_command_line_writes_a_company_and_says_so(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "leadline_demo", str(tmp_path / "demo"), "--size", str(TINY)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "Done in" in said.stdout
    assert (tmp_path / "demo" / "truths.yaml").is_file()
    assert (tmp_path / "demo" / "leadline.yaml").is_file()


@pytest.mark.thorough
def test_the_command_line_refuses_a_wrong_size_in_words(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "leadline_demo", str(tmp_path / "demo"), "--size", "90"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert said.returncode == 2
    assert "between 0.02 and 5" in said.stderr


def test_the_generator_imports_nothing_of_leadline(root: Path) -> None:
    allowed = {"leadline_demo", "numpy", "pyarrow", "yaml"} | set(sys.stdlib_module_names)
    for path in (root / "src" / "leadline_demo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= allowed, path


def test_the_project_is_part_of_the_package() -> None:
    assert importlib.metadata.version("leadline")
    folder = Path(leadline_demo.__file__).parent / "project"
    assert (folder / "leadline.yaml").is_file()


WITH_ITS_MEMORY = """
import re, runpy, sys
sys.argv = ["leadline_demo", sys.argv[1]]
try:
    runpy.run_module("leadline_demo", run_name="__main__")
finally:
    print("peak", re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""
"""Linux counts the memory of whoever started a process to that process's `ru_maxrss`, so it reads its own peak."""


@pytest.mark.slow
def test_the_whole_company_fits(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITH_ITS_MEMORY, str(tmp_path)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    megabytes = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) / 1e6
    assert megabytes < 400
    assert 50_000 < int(said.split()[-1]) < 2_000_000
