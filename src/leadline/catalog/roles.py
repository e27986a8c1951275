"""The roles that every project has, and those in force in a project: its own take the place of these, by name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from leadline.catalog.definitions import Role
from leadline.catalog.documents import parse
from leadline.catalog.validate import validate

STANDARD = Path(__file__).parent / "standard_roles.yaml"
ADMINISTRATOR = "administrator"
"""The one role that a project cannot redefine: somebody must be able to mend the others."""


@cache
def standard() -> Mapping[str, Role]:
    """Give the roles that every project has, by name."""
    documents, problems = parse(STANDARD.read_text(encoding="utf-8"), STANDARD, 1)
    made = {}
    for document in documents:
        role, faults = validate(document)
        if not isinstance(role, Role) or faults or problems:
            raise ValueError(f"{STANDARD.name} cannot be used: {problems or faults}")
        made[role.name] = role
    return made


def in_force(written: Mapping[str, Role]) -> Mapping[str, Role]:
    """Give all roles of a project: the standard ones, and over them those it wrote."""
    return {**standard(), **written, ADMINISTRATOR: standard()[ADMINISTRATOR]}
