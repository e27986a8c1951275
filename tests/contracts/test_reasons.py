"""Every exception to a rule gives its reason: silenced lints and types, skipped tests. No tolerance is loose."""

import ast
import re
from pathlib import Path

import pytest

from tests.contracts import tree

SILENCERS = re.compile(r"#\s*(noqa\b(:\s*[A-Z]+\d+([,\s]+[A-Z]+\d+)*)?|type:\s*ignore(\[[\w\-, ]+\])?)")
ENOUGH_LETTERS = 4
LOOSE = 0.1


def reason(comment: str) -> str:
    """Give what a comment says besides switching a rule off."""
    return SILENCERS.sub("", comment).strip("# -:,")


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# noqa: F401  # only its presence matters", "only its presence matters"),
        ("# noqa: F401, E402  # late on purpose", "late on purpose"),
        ("# type: ignore[arg-type]  # the stub is wrong", "the stub is wrong"),
        ("# noqa: F401", ""),
        ("# type: ignore[arg-type, misc]", ""),
    ],
)
def test_a_reason_is_what_stands_beside_the_silencer(comment: str, said: str) -> None:
    assert reason(comment) == said


@pytest.mark.thorough
def test_each_silenced_rule_gives_its_reason() -> None:
    silent = [
        f"{path}:{line} {comment}"
        for path in tree.python_files()
        for line, comment in tree.comments(path)
        if SILENCERS.search(comment) and len(re.findall(r"[a-z]", reason(comment))) < ENOUGH_LETTERS
    ]
    tree.nothing(silent)


def test_each_ignored_lint_gives_its_reason() -> None:
    settings = (tree.text(tree.ROOT / "pyproject.toml") or "").partition("[tool.ruff.lint]")[2]
    block = settings.partition("ignore = [")[2].partition("[tool.ruff.lint.flake8")[0]
    ignored = [line.strip() for line in block.splitlines() if re.match(r'\s+"[A-Z]+\d*",', line)]
    assert len(ignored) > 3
    tree.nothing([line for line in ignored if len(line.partition("#")[2].strip()) < 4])


def unexplained_skips(path: Path) -> list[str]:
    """Find `skip`, `skipif`, `xfail` and `importorskip` without words why."""
    found = []
    for call in tree.calls(path):
        name = tree.dotted(call.func)
        said = {word.arg: word.value for word in call.keywords}
        explained = "reason" in said or (name in ("pytest.skip", "pytest.xfail") and call.args)
        if re.fullmatch(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)", name) and not explained:
            found.append(f"{path}:{call.lineno} {name}")
    for node in tree.nodes(path):
        bare = getattr(node, "decorator_list", [])
        found += [
            f"{path}:{d.lineno}" for d in bare if tree.dotted(d) in ("pytest.mark.skip", "pytest.mark.xfail")
        ]
    return found


@pytest.mark.thorough
def test_each_skipped_test_gives_its_reason() -> None:
    tree.nothing([skip for path in tree.python_files() for skip in unexplained_skips(path)])


@pytest.mark.thorough
def test_no_oracle_is_loose_enough_to_check_nothing() -> None:
    loose = [
        f"{path}:{call.lineno}: {word.arg}={word.value.value}"
        for path in tree.python_files()
        for call in tree.calls(path)
        for word in call.keywords
        if word.arg in ("rtol", "rel", "rel_tol")
        and isinstance(word.value, ast.Constant)
        and isinstance(word.value.value, int | float)
        and word.value.value >= LOOSE
    ]
    tree.nothing(loose)
