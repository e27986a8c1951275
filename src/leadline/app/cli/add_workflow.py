"""`leadline add workflow`: copies a shipped workflow into the project, to be changed there."""

from pathlib import Path

from leadline.app.cli import output
from leadline.catalog.documents import PROJECT_FILE
from leadline.errors import DefinitionError
from leadline.workflow.declared import shipped, text

FOLDER = "workflows"


def add_workflow(root: Path, name: str, *, json_: bool) -> None:
    """Copy a shipped workflow; from then on the project's own goes before it.

    Raises:
        WorkError: there is none of that name. DefinitionError: the folder is no project, or has the file already.
    """
    if not (root / PROJECT_FILE).is_file():
        raise DefinitionError(
            f"{root} is not a Leadline project: it has no {PROJECT_FILE}.", code="no-project",
            hint="Go to the project's folder or name it: leadline --project DIR …",
        )  # fmt: skip
    written, file = text(name), Path(FOLDER) / f"{name}.yaml"
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    try:
        with (root / file).open("x", encoding="utf-8") as stream:
            stream.write(written)
    except FileExistsError:
        raise DefinitionError(
            f"{file} exists already.", code="file-exists", hint="Nothing was changed. Move it away first."
        ) from None
    if json_:
        output.as_json({"file": file, "workflow": name})
        return
    output.say(
        f"Wrote {file}. It is yours now: items opened from now on follow it, running ones the one they began with."
    )


def list_workflows(*, json_: bool) -> None:
    """Show what is shipped."""
    found = shipped().workflows
    if json_:
        output.as_json(
            [
                {"workflow": n, "title": w.label, "description": w.description}
                for n, w in sorted(found.items())
            ]
        )
        return
    output.table(
        [[n, w.label, w.description] for n, w in sorted(found.items())], "workflow", "title", "what it is for"
    )
    output.say(f"{len(found)} workflows. leadline add workflow NAME copies one into the project.")
