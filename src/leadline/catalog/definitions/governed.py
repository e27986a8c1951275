"""Which definitions change only through the ledger: the key `governed:` of the project."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from leadline.catalog.definitions.base import Name

KindPlural = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A kind as one speaks of several: `metrics`, `scorecards`, `policies`."""

Governed = dict[KindPlural, Literal["all"] | Annotated[tuple[Name, ...], Field(strict=False)]]
"""By kind: all of them, or those that are named."""


def plural(kind: str) -> str:
    """Give a kind as one speaks of several of it: `metrics`, `policies`."""
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def is_governed(governed: Governed, kind: str, name: str) -> bool:
    """Tell whether a definition is governed. Where anything is, so is the project, which says what."""
    if kind == "project":
        return any(governed.values())
    named = governed.get(plural(kind), ())
    return named == "all" or name in named
