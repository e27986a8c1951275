"""There is one project document, in leadline.yaml."""

from collections.abc import Iterator
from pathlib import Path

from leadline.catalog.catalog import Catalog
from leadline.catalog.documents import PROJECT_FILE
from leadline.catalog.problems import Problem


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find further project documents, and one that stands elsewhere."""
    found = [d for d in catalog.documents if d.kind == "project"]
    for document in found[1:]:
        yield Problem(
            "error", "second-project", f"There is another project document, at {found[0].place('kind')}.",
            document.place("kind"), "A project has one; put the other's folder elsewhere.",
        )  # fmt: skip
    if found and found[0].file != Path(PROJECT_FILE):
        yield Problem(
            "error", "project-elsewhere", f"The project document belongs in {PROJECT_FILE}, at the top of the folder.",
            found[0].place("kind"), "Move it there.",
        )  # fmt: skip
