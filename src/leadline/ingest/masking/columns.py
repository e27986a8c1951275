"""What becomes of each column in a masked copy: from its classification, its type, and what it says of itself.

Everything that is personal or sensitive is replaced or left empty, and so is what nobody has classified, unless the
policy says what that is. What has few values cannot be masked: whoever knows how frequent they are would read them from
the copy. It is left empty, and said so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from leadline.catalog import Catalog
from leadline.catalog.definitions import Column, Fact
from leadline.errors import DefinitionError

Treatment = Literal["kept", "identifier", "name", "email", "phone", "text", "shifted", "suppressed"]
_PROTECTED = frozenset({"personal", "sensitive"})
FEW = 50
"""Fewer different values than these, in many more rows, can be told by how frequent they are."""
OFTEN = 10


@dataclass(frozen=True, slots=True)
class Treated:
    """What becomes of one column, and why."""

    fact: str
    column: str
    treatment: Treatment
    why: str


def treatments(catalog: Catalog, fact: Fact, distinct: Mapping[str, tuple[int, int]]) -> dict[str, Treated]:
    """Decide what becomes of each column of a fact. `distinct` has, for texts, how many different values and rows.

    Raises:
        DefinitionError: a column must not be empty, and can be nothing else.
    """
    found = {}
    for name, column in fact.loaded.items():
        treatment, why = _treatment(catalog, fact, name, column)
        many, rows = distinct.get(name, (0, 0))
        alike = treatment in {"identifier", "name", "email", "phone"} and not (
            name in fact.key or column.references
        )
        if alike and 0 < many < FEW and rows > OFTEN * many:
            treatment, why = "suppressed", f"it has {many} different values only"
        if treatment == "suppressed" and (column.required or name in fact.key):
            raise DefinitionError(
                f"{fact.name}.{name} is {why} and required: it can neither be masked nor left empty.",
                code="mask-required", place=catalog.place(fact, "columns", name),
                hint="Classify it (`classification: internal`), or say `masked_as: identifier` or `text`.",
            )  # fmt: skip
        found[name] = Treated(fact.name, name, treatment, why)
    return found


def _treatment(catalog: Catalog, fact: Fact, name: str, column: Column) -> tuple[Treatment, str]:
    kind = catalog.classification(column) or "personal"
    if column.type == "unit":
        return "kept", "it names a part of the organisation"
    if kind not in _PROTECTED:
        return "kept", kind
    said = kind if column.classification else f"{kind}, for nobody has classified it"
    if column.masked_as == "suppressed" or column.one_of is not None:
        return "suppressed", said
    if column.type == "text":
        identifies = name in fact.key or column.references is not None
        return column.masked_as or ("identifier" if identifies else "text"), said
    if column.type in {"date", "instant"}:
        return "shifted", said
    if column.type == "integer" and (
        name in fact.key or column.references or column.masked_as == "identifier"
    ):
        return "identifier", said
    return "suppressed", said
