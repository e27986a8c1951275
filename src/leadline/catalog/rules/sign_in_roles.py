"""What a company's groups bring are roles and units that there are."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.problems import Problem
from leadline.catalog.roles import in_force
from leadline.errors import suggest


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find roles and units under `sign_in` that there are not."""
    project = catalog.project
    if project.sign_in is None:
        return
    roles, units = in_force(catalog.roles), catalog.units.names
    for nth, one in enumerate(project.sign_in.roles):
        if one.role not in roles:
            yield Problem(
                "error", "unknown-role", f"There is no role {one.role!r}.",
                catalog.place(project, "sign_in", "roles", nth, "role"),
                suggest(one.role, roles) or f"There are {', '.join(sorted(roles))}.",
            )  # fmt: skip
        if one.unit is not None and one.unit not in units:
            yield Problem(
                "error", "unknown-unit", f"There is no unit {one.unit!r}.",
                catalog.place(project, "sign_in", "roles", nth, "unit"),
                suggest(one.unit, units) or "Leave it out for everywhere.",
            )  # fmt: skip
