"""A role holds permissions that there are, keeps back columns that there are, and is not the administrator's."""

from collections.abc import Iterator

from leadline.catalog import permissions
from leadline.catalog.catalog import Catalog
from leadline.catalog.composition import dimensions
from leadline.catalog.definitions import Role
from leadline.catalog.problems import Problem
from leadline.catalog.roles import ADMINISTRATOR
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find permissions and columns that there are not, and another administrator."""
    if not catalog.roles:
        return
    sliced = {column for metric in catalog.metrics.values() for column in dimensions(catalog, metric)}
    for role in catalog.roles.values():
        yield from _role(catalog, role, sliced)


def _role(catalog: Catalog, role: Role, sliced: set[str]) -> Iterator[Problem]:
    if role.name == ADMINISTRATOR:
        yield Problem(
            "error", "role-reserved", "The role administrator stays as it is.", catalog.place(role, "name"),
            "Write a role of another name: without this one nobody could mend the others.",
        )  # fmt: skip
    for nth, pattern in enumerate(role.may):
        if not permissions.matching(pattern):
            yield Problem(
                "error", "unknown-permission", f"There is no permission {pattern!r}.",
                catalog.place(role, "may", nth),
                suggest(pattern, permissions.PERMISSIONS) or f"There are {', '.join(permissions.PERMISSIONS)}.",
            )  # fmt: skip
    for column in role.own:
        if sliced and column not in sliced:
            yield Problem(
                "error", "unknown-column", f"No metric is sliced by {column!r}.", catalog.place(role, "own", column),
                suggest(column, sliced) or "Name a column of some metric's `by`.",
            )  # fmt: skip
