"""`leadline add`: copies a standard metric into the project, to be changed and answered for there (or a source)."""

import getpass
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from leadline.app.cli import output
from leadline.app.cli.add_source import add_source, list_templates
from leadline.app.cli.add_workflow import add_workflow, list_workflows
from leadline.app.cli.context import Json, current
from leadline.catalog import Catalog, build, load
from leadline.catalog.definitions import Metric
from leadline.catalog.documents import PROJECT_FILE, parse, read
from leadline.errors import DefinitionError
from leadline.metrics import library
from leadline.metrics.library import Entry

FOLDER = "metrics"
NAME = r"[a-z][a-z0-9_]{0,62}"


def add(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            help="The metric's name in the library (with --list, a group); or the word `source` or `workflow`."
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Argument(help="After `source`: the system, as `zendesk`; after `workflow`: its name."),
    ] = None,
    as_: Annotated[str | None, typer.Option("--as", help="Its name in the project.")] = None,
    with_parts: Annotated[
        bool, typer.Option("--with-parts", help="Also copy the metrics that it is made of, without asking.")
    ] = False,
    owner: Annotated[
        str | None,
        typer.Option("--owner", help="Who answers for it; the project's owner, or you, if not said."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", help="For a source: the system's address, in place of the example's."),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show what there is.")] = False,
    json_: Json = False,
) -> None:
    """Copy a standard metric into metrics/, the sources of a common system into sources/, or a shipped workflow."""
    if name == "workflow":
        if list_ or template is None:
            list_workflows(json_=json_)
        else:
            add_workflow(current(context).root.resolve(), template, json_=json_)
        return
    if name == "source":
        if list_ or template is None:
            list_templates(json_=json_)
        else:
            add_source(current(context).root.resolve(), template, url, json_=json_)
        return
    if template is not None:
        raise typer.BadParameter(
            "Name one metric, or write `source` and a system, or `workflow` and its name.", param_hint="NAME"
        )
    if list_:
        _list(name, json_=json_)
        return
    if name is None:
        raise typer.BadParameter("Name a metric of the library, or write --list.", param_hint="NAME")
    root = current(context).root.resolve()
    added = _Addition.of(root, name, as_ or name, owner)
    if added.parts and not with_parts:
        _ask(added)
    added.check()
    added.write()
    _say(added, json_=json_)


@dataclass(frozen=True)
class _Addition:
    """What is about to be added: the entry under its new name, the parts that the project has not, and the owner."""

    project: Catalog
    entry: Entry
    name: str
    owner: str
    parts: tuple[Entry, ...]

    @classmethod
    def of(cls, root: Path, wanted: str, name: str, owner: str | None) -> "_Addition":
        """Work out what is to be added. Raises DefinitionError when it cannot be."""
        found = library.entry(wanted)
        if not re.fullmatch(NAME, name):
            raise DefinitionError(
                f"{name!r} cannot be a name.", code="bad-name",
                hint="Names are lower-case letters, digits and underscores, and begin with a letter.",
            )  # fmt: skip
        if not (root / PROJECT_FILE).is_file():
            raise DefinitionError(
                f"{root} is not a Leadline project: it has no {PROJECT_FILE}.", code="no-project",
                hint="Go to the project's folder or name it: leadline --project DIR …",
            )  # fmt: skip
        project = load(root)
        there = project.metrics.get(name)
        if there is not None:
            raise DefinitionError(
                f"The project has a metric {name!r} already.", code="duplicate-name",
                place=project.place(there, "name"), hint=f"Another name will do: leadline add {wanted} --as NAME.",
            )  # fmt: skip
        missing = tuple(part for part in library.parts_below(wanted) if part.name not in project.metrics)
        return cls(project, found, name, owner or project.project.owner or getpass.getuser(), missing)

    @property
    def file(self) -> Path:
        """Where it goes, relative to the project."""
        return Path(FOLDER) / f"{self.name}.yaml"

    @property
    def text(self) -> str:
        """The new file."""
        own = self.entry.copied(name=self.name, owner=self.owner)
        return "---\n".join([own, *(p.copied(name=p.name, owner=self.owner) for p in self.parts)])

    @property
    def kept(self) -> tuple[Metric, ...]:
        """The parts that the project has under the same name: its own are used."""
        below = library.parts_below(self.entry.name)
        return tuple(self.project.metrics[p.name] for p in below if p.name in self.project.metrics)

    def without_source(self) -> dict[str, tuple[str, ...]]:
        """Give the facts that no source of the project loads, with the columns that the metric reads of them."""
        loaded = {source.fact for source in self.project.sources.values()}
        lacking = {}
        for fact, columns in self.entry.needs.items():
            root = self.project.facts.get(fact)
            while root is not None and root.from_:
                root = self.project.facts.get(root.from_)
            if root is None or root.name not in loaded:
                lacking[fact] = columns
        return lacking

    def check(self) -> None:
        """Refuse what would not be right in this project, before anything is written."""
        new, wrong = parse(self.text, self.file)
        before, problems = read(self.project.root)
        wrong += build([*before, *new], self.project.root, problems).problems
        first = next((p for p in wrong if p.level == "error" and p.place.file == self.file), None)
        if first is not None:
            raise DefinitionError(
                f"Not added, for it would be wrong in this project: {first.message}", code=first.code,
                place=first.place, hint=first.hint or "The library reads the shipped model's facts: extend those.",
            )  # fmt: skip

    def write(self) -> None:
        """Write the new file. Raises DefinitionError when there is one of that name."""
        target = self.project.root / self.file
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with target.open("x", encoding="utf-8") as stream:
                stream.write(self.text)
        except FileExistsError:
            raise DefinitionError(
                f"{self.file} exists already.", code="file-exists",
                hint=f"Nothing was changed. leadline add {self.entry.name} --as NAME writes another file.",
            ) from None  # fmt: skip


def _ask(added: _Addition) -> None:
    """Ask whether the parts may be copied too; without a person to ask, refuse."""
    names = ", ".join(part.name for part in added.parts)
    question = f"{added.entry.name} is made of metrics that the project has not: {names}."
    if not (sys.stdin.isatty() and typer.confirm(f"{question} Copy them too?", err=True)):
        raise DefinitionError(question, code="parts-missing", hint="Write --with-parts to copy them too.")


def _say(added: _Addition, *, json_: bool) -> None:
    lacking = added.without_source()
    changed = [m.name for m in added.kept if not _alike(m, library.entry(m.name).metric)]
    if json_:
        output.as_json(
            {"file": added.file, "metric": added.name, "owner": added.owner, "parts": [p.name for p in added.parts],
             "kept": [m.name for m in added.kept], "kept_differs": changed, "without_source": lacking}
        )  # fmt: skip
        return
    output.say(f"Wrote {added.file}: {added.name}" + "".join(f", {p.name}" for p in added.parts) + ".")
    output.say(f"It is yours now: look at its thresholds and names; {added.owner} answers for it.")
    if added.kept:
        output.say(f"Used as the project has them: {', '.join(m.name for m in added.kept)}.")
    if changed:
        output.say(f"They mean something else than in the library: {', '.join(changed)}.")
    for fact, columns in lacking.items():
        output.say(f"No source loads {fact!r} yet; it needs {', '.join(columns)}.")


def _alike(mine: Metric, theirs: Metric) -> bool:
    """Tell whether two metrics mean the same, words aside."""
    words = set(type(theirs).described_by)
    return type(mine) is type(theirs) and mine.model_dump(exclude=words) == theirs.model_dump(exclude=words)


def _list(group: str | None, *, json_: bool) -> None:
    found = [e for e in library.entries().values() if group in (None, e.group)]
    if not found:
        groups = ", ".join(dict.fromkeys(e.group for e in library.entries().values()))
        raise DefinitionError(
            f"The library has no group {group!r}.", code="unknown-group", hint=f"The groups are {groups}."
        )
    if json_:
        output.as_json(
            [
                {"metric": e.name, "group": e.group, "title": e.metric.label, "type": e.metric.type,
                 "measured_in": e.metric.measured_in, "description": e.metric.description,
                 "made_of": e.parts, "needs": e.needs}
                for e in found
            ]
        )  # fmt: skip
        return
    for name in dict.fromkeys(e.group for e in found):
        output.say(name)
        rows = [
            ["  " + e.name, e.metric.label, e.metric.type, ", ".join(e.needs)]
            for e in found
            if e.group == name
        ]
        output.table(rows, "  metric", "title", "type", "reads")
    output.say(f"{len(found)} metrics. leadline add NAME copies one into the project.")
