"""What a project says is governed is a kind of definition; a single name may be one that is gone already."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import KINDS, plural
from leadline.catalog.problems import Problem
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find kinds that nobody knows."""
    known = [plural(kind) for kind in KINDS if kind != "project"]
    for kind in catalog.project.governed:
        if kind not in known:
            yield Problem(
                "error", "governed-kind", f"There is no kind of definition {kind!r} that could be governed.",
                catalog.place(catalog.project, "governed", kind),
                suggest(kind, known) or f"The kinds are {', '.join(known)}.",
            )  # fmt: skip
