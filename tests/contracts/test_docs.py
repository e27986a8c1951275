"""What the documents show works: sessions in Python run, commands exist, links lead somewhere."""

import doctest
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline import catalog
from tests.contracts import tree

BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
SHOWN_ALONE = {
    "unknown-fact",
    "unknown-metric",
    "unknown-unit",
    "unknown-objective",
    "unknown-calendar",
    "unknown-scorecard",
}
"""Errors that an example may have because what it names is not shown with it."""

DOCUMENTS = [path for path in tree.files() if path.suffix == ".md"]


def blocks(path: Path, language: str) -> Iterator[tuple[int, str]]:
    """Give the fenced blocks of one language with the lines on which they start."""
    text = tree.text(path) or ""
    for found in BLOCK.finditer(text):
        if found[1] == language:
            yield text.count("\n", 0, found.start()) + 1, found[2]


def commands() -> list[tuple[str, list[str]]]:
    """Give each `leadline` command shown in a console block, with the place where it stands."""
    shown = []
    for path in DOCUMENTS:
        for line, block in blocks(path, "console"):
            for typed in re.findall(r"^\$ ([^#\n]*)", block, re.MULTILINE):
                for part in re.split(r"&&|\||;", typed):
                    words = shlex.split(part)
                    if words[:1] == ["leadline"]:
                        shown.append((f"{path}:{line}: {part.strip()}", words[1:]))
    return shown


def make_targets() -> set[str]:
    return set(re.findall(r"(?m)^([a-z][\w\-]*):", tree.text(Path("Makefile")) or ""))


def unknown_word(words: list[str]) -> str:
    """Give the first command or option among `words` that the command line does not have."""
    import typer.main

    from leadline.app.cli import app

    command = typer.main.get_command(app)
    rest = iter(words)
    for word in rest:
        options = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
        commands = getattr(command, "commands", None)
        if word.startswith("-"):
            option, _, value = word.partition("=")
            if option not in options and option != "--help":
                return word
            if not value and not getattr(options.get(option), "is_flag", True):
                next(rest, None)
        elif commands:
            if word not in commands:
                return word
            command = commands[word]
    return ""


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_python_sessions_run_as_shown(path: Path) -> None:
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    names: dict[str, object] = {}
    for line, block in blocks(path, "python"):
        session = parser.get_doctest(block, names, str(path), str(path), line)
        assert runner.run(session, clear_globs=False).failed == 0, f"{path}:{line}"
        names = session.globs


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_definitions_shown_are_definitions(path: Path, tmp_path: Path) -> None:
    shown = [(line, block) for line, block in blocks(path, "yaml") if re.match(r"(#.*\n)*kind:", block)]
    (tmp_path / "leadline.yaml").write_text("kind: project\nname: shown\n")
    for line, block in shown:
        here = re.match(r"(#.*\n)*kind: project\b", block)
        (tmp_path / ("leadline.yaml" if here else f"line_{line}.yaml")).write_text(block)
    wrong = [problem for problem in catalog.load(tmp_path).problems if problem.level == "error"]
    tree.nothing(f"{path}: {problem}" for problem in wrong if problem.code not in SHOWN_ALONE)


@pytest.mark.thorough
def test_commands_shown_exist() -> None:
    if importlib.util.find_spec("leadline.app.cli") is None:
        pytest.skip("there is no command line yet")
    tree.nothing([(place, unknown_word(words)) for place, words in commands() if unknown_word(words)])


def test_make_targets_shown_exist() -> None:
    shown = {
        (str(path), target)
        for path in DOCUMENTS
        for _, block in blocks(path, "console")
        for target in re.findall(r"(?m)^\$ make ([\w\-]+)", block)
    }
    assert {(path, target) for path, target in shown if target not in make_targets()} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_links_lead_to_files(path: Path) -> None:
    targets = LINK.findall(tree.text(path) or "")
    tree.nothing([target for target in targets if not (tree.ROOT / path.parent / target).exists()])
