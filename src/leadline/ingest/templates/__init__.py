"""Templates: sources of common systems as definitions to copy, one folder a system.

`template.yaml` says what the folder is for: `title`, `kind` (what it is: a helpdesk, billing …), `page` (the
documentation that it follows), `follows` (which version of it, and how it was checked), `url` (the address to put in
its place, if it has one) and `secrets` (name: how to get it). `sources.yaml` is what is copied. Nothing here is read by
a project: what is copied is the project's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from leadline.catalog.documents import Document, parse
from leadline.errors import DefinitionError, suggest

FOLDER = Path(__file__).parent
SHOWN = Path("leadline/ingest/templates")
MANIFEST, SOURCES = "template.yaml", "sources.yaml"


@dataclass(frozen=True, slots=True)
class Template:
    """A system: what it is called, and the sources that are copied."""

    name: str
    title: str
    kind: str
    page: str
    text: str
    url: str = ""
    follows: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)

    def filled(self, url: str | None = None) -> str:
        """Give the sources as they are copied, with the system's own address in place of the example's."""
        return self.text if not url or not self.url else self.text.replace(self.url, url.rstrip("/"))

    def documents(self, file: Path, url: str | None = None) -> list[Document]:
        """Give the sources as documents of a file."""
        found, problems = parse(self.filled(url), file)
        if problems:  # a fault of the package, or of an address that is none
            raise DefinitionError(problems[0].message, code=problems[0].code, place=problems[0].place)
        return found


@cache
def templates() -> Mapping[str, Template]:
    """Give every template by the name of its folder."""
    return {file.parent.name: _read(file) for file in sorted(FOLDER.glob(f"*/{MANIFEST}"))}


def template(name: str) -> Template:
    """Give a template. Raises DefinitionError with near names when there is none."""
    found = templates().get(name)
    if found is None:
        raise DefinitionError(
            f"There is no template {name!r}.", code="unknown-template",
            hint=suggest(name, templates()) or "leadline add source --list shows what there is.",
        )  # fmt: skip
    return found


def _read(file: Path) -> Template:
    import yaml  # noqa: PLC0415 - only who asks for templates reads them

    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    text = (file.parent / SOURCES).read_text(encoding="utf-8")
    return Template(file.parent.name, said["title"], said["kind"], said["page"], text, said.get("url", ""),
                    said.get("follows", ""), dict(said.get("secrets", {})))  # fmt: skip
