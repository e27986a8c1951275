"""What may be done, each thing under one name `room:object:verb`; roles hold them, routes and forms ask for them.

The table is closed: a route that asks for another name, or a role that holds none of these, is an error.
"""

from fnmatch import fnmatchcase

PERMISSIONS: dict[str, str] = {
    "scorecards:scorecard:read": "see scorecards and their scores",
    "scorecards:incentive:read": "see what incentive plans pay, and every statement",
    "scorecards:period:close": "close periods of scorecards, and reopen them as one of two",
    "scorecards:comment:write": "say what happened to a figure, why, and what is done",
    "metrics:metric:read": "see which metrics there are and what they mean",
    "metrics:figure:read": "see figures, their intervals, and where they come from",
    "insights:finding:read": "see what was found in figures",
    "insights:reconciliation:read": "see how two metrics that should agree differ",
    "catalog:definition:read": "read definitions and their versions",
    "ingest:source:read": "see what came in from each source, counted",
    "ingest:source:load": "bring rows in and publish figures: fetch, ingest, release, refresh",
    "ingest:row:read": "see rows as they came in, examples included",
    "ingest:identity:read": "see records of persons side by side",
    "ingest:identity:decide": "decide whether two records are one person",
    "workflow:item:read": "see work items",
    "workflow:item:write": "open work items and act on them",
    "governance:change:read": "see change requests, boards and owners",
    "governance:change:write": "propose changes of definitions and of owners",
    "governance:change:decide": "approve changes, as a reviewer or on a board",
    "governance:journal:read": "search the journal",
    "governance:access:read": "see who has which role",
    "governance:access:write": "add people, give roles and take them away",
    "store:project:keep": "serve pages, run workers, copy all that is kept",
}
"""Each permission, and what it lets a person do."""

PERSONAL = frozenset({"ingest:row:read", "ingest:identity:read"})
"""Those that show personal data: every use of them stands in the journal."""

OPEN = "anyone:sign-in:use"
"""What anybody may do: sign in. No role holds it, and no other page asks for it."""

FILES = "anyone:files:use"
"""What needs nobody's leave: commands that read and write the project's own text files, and nothing that is kept."""

OWN = "anyone:account:own"
"""What everybody who has signed in may do: look after the own account. An API token may not."""


def matching(pattern: str) -> frozenset[str]:
    """Give the permissions that a pattern names: `ingest:*:read`, or one of them in full."""
    if pattern.count(":") != 2:
        return frozenset()
    wanted = pattern.split(":")
    return frozenset(
        name
        for name in PERMISSIONS
        if all(fnmatchcase(part, want) for part, want in zip(name.split(":"), wanted, strict=True))
    )
