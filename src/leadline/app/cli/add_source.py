"""`leadline add source`: copies the sources of a common system into the project, to be completed there."""

from pathlib import Path

from leadline.app.cli import output
from leadline.catalog import build, load
from leadline.catalog.documents import PROJECT_FILE, read
from leadline.errors import DefinitionError
from leadline.ingest import templates
from leadline.ingest.templates import Template

FOLDER = "sources"


def add_source(root: Path, name: str, url: str | None, *, json_: bool) -> None:
    """Copy a template. Raises DefinitionError when it cannot be used in this project; then nothing is written."""
    if not (root / PROJECT_FILE).is_file():
        raise DefinitionError(
            f"{root} is not a Leadline project: it has no {PROJECT_FILE}.", code="no-project",
            hint="Go to the project's folder or name it: leadline --project DIR …",
        )  # fmt: skip
    found = templates.template(name)
    file = Path(FOLDER) / f"{name}.yaml"
    new = found.documents(file, url)
    project = load(root)
    for document in new:
        there = project.sources.get(str(document.data["name"])) if document.kind == "source" else None
        if there is not None:
            raise DefinitionError(
                f"The project has a source {there.name!r} already.", code="duplicate-name",
                place=project.place(there, "name"), hint="Nothing was changed.",
            )  # fmt: skip
    before, problems = read(root)
    wrong = [
        p
        for p in build([*before, *new], root, problems).problems
        if p.level == "error" and p.place.file == file
    ]
    if wrong:
        raise DefinitionError(
            f"Not added, for it would be wrong in this project: {wrong[0].message}", code=wrong[0].code,
            place=wrong[0].place, hint=wrong[0].hint,
        )  # fmt: skip
    _write(root / file, file, found.filled(url))
    _say(found, file, [str(d.data["name"]) for d in new], url, json_=json_)


def _write(target: Path, file: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise DefinitionError(
            f"{file} exists already.", code="file-exists", hint="Nothing was changed. Move it away first."
        ) from None


def _say(found: Template, file: Path, names: list[str], url: str | None, *, json_: bool) -> None:
    if json_:
        output.as_json(
            {"file": file, "template": found.name, "sources": names, "secrets": dict(found.secrets),
             "url": url or found.url}
        )  # fmt: skip
        return
    output.say(f"Wrote {file}: {', '.join(names)}.")
    if found.url and not url:
        output.say(f"Write your own address in place of {found.url}.")
    for secret, how in found.secrets.items():
        output.say(f"Set the secret {secret} (LEADLINE_SECRET_{secret.upper()}): {how}")
    output.say("It is yours now: look at the comments, then leadline check and leadline ingest.")


def list_templates(*, json_: bool) -> None:
    """Show every template."""
    found = templates.templates().values()
    if json_:
        output.as_json(
            [
                {"template": t.name, "title": t.title, "kind": t.kind, "page": t.page, "secrets": list(t.secrets)}
                for t in found
            ]
        )  # fmt: skip
        return
    output.table([[t.name, t.title, t.kind] for t in found], "template", "system", "kind")
    output.say(f"{len(found)} templates. leadline add source NAME copies one into the project.")
