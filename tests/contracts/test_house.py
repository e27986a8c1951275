"""What the repository holds and what it must not hold."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.contracts import tree

HOSTS = [
    # package registries and mirrors, written apart so that this file does not hold them
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.",
    "yarn" + "pkg.com",
    "deb." + "debian.org",
    "security." + "debian.org",
    "snapshot." + "debian.org",
    "archive." + "ubuntu.com",
    "security." + "ubuntu.com",
    "cra" + "tes.io",
    "proxy." + "golang.org",
    "ana" + "conda.org",
    "ana" + "conda.com",
    "js" + "delivr.net",
    "un" + "pkg.com",
    "cdn" + "js.",
]
MACHINE_PATHS = re.compile("/(?:work/(?:main|plan|shared)|opt/py" + "pi|root)/")  # /work is a page of ours
LOCKS = [path.name for path in sorted(tree.ROOT.glob("requirements*.lock"))]
DECISIONS = Path("docs/decisions")
SECTIONS = ("Context", "Decision", "Consequences", "Alternatives")
DECISION_LINES = 60
CONFTEST_LINES = 150


@pytest.mark.thorough
def test_no_file_names_a_package_registry_or_a_cdn() -> None:
    found = [
        f"{path}: {host}"
        for path in tree.files()
        for host in HOSTS
        if host in (tree.text(path) or "").lower()
    ]
    tree.nothing(found)


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path in tree.files()
        for number, line in enumerate((tree.text(path) or "").splitlines(), 1)
        if MACHINE_PATHS.search(line)
    ]
    tree.nothing(found)


def test_locks_are_pinned_by_hash() -> None:
    for lock in LOCKS:
        wanted = re.split(r"(?m)^(?=[a-z])", tree.text(tree.ROOT / lock) or "")[1:]
        assert wanted, lock
        tree.nothing([block.split()[0] for block in wanted if "--hash=sha256:" not in block])
        tree.nothing([block.split()[0] for block in wanted if not re.match(r"[\w.\-]+==\S+", block)])


def declared() -> set[str]:
    """Give the name of every dependency that pyproject.toml asks for."""
    project = tomllib.loads(tree.text(tree.ROOT / "pyproject.toml") or "")
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    wanted += [name for extra in project["project"]["optional-dependencies"].values() for name in extra]
    wanted += project["dependency-groups"]["dev"]
    return {re.split(r"[\[<>=~! ]", name)[0].lower() for name in wanted}


def test_each_dependency_is_locked_and_has_its_reason_and_licence() -> None:
    lock = "\n".join(tree.text(tree.ROOT / name) or "" for name in LOCKS)
    assert declared() - set(re.findall(r"(?m)^([\w.\-]+)==", lock)) == set()
    rows = re.findall(
        r"(?m)^\| `([\w.\-]+)` \|([^|]+)\|([^|]+)\|$", tree.text(Path("docs/dependencies.md")) or ""
    )
    explained = {name.lower() for name, reason, licence in rows if reason.strip() and licence.strip()}
    assert declared() ^ explained == set()


def decisions() -> list[Path]:
    return [path for path in tree.files() if path.parent == DECISIONS and path.name != "README.md"]


def test_the_index_lists_each_decision_once() -> None:
    linked = re.findall(r"\]\((\d{4}-[\w\-]+\.md)\)", tree.text(DECISIONS / "README.md") or "")
    assert sorted(linked) == [path.name for path in decisions()]
    assert len({path.name[:4] for path in decisions()}) == len(decisions())


def test_each_decision_has_the_parts_of_a_decision_on_half_a_page() -> None:
    for path in decisions():
        text = tree.text(path) or ""
        headings = re.findall(r"(?m)^## (\w+)", text)
        assert [part for part in SECTIONS if part not in headings] == [], path
        assert len(text.splitlines()) <= DECISION_LINES, path


def test_what_every_test_shares_stays_small() -> None:
    shared = [path for path in tree.files() if path.name == "conftest.py"]
    tree.nothing([p for p in shared if len((tree.text(p) or "").splitlines()) >= CONFTEST_LINES])


def test_the_licence_is_apache_2() -> None:
    licence = tree.text(Path("LICENSE")) or ""
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
