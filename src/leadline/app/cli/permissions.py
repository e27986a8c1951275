"""Every command, and what a person must be allowed to run it. A command that is not here is refused.

Where there are no accounts, whoever runs a command owns the project's files and may run them all.
"""

from dataclasses import dataclass

from leadline.catalog.permissions import FILES, OPEN


@dataclass(frozen=True, slots=True)
class Need:
    """What a command needs: `everywhere`, where it reaches over all units; `shows`: it can show personal data."""

    permission: str
    everywhere: bool = False
    shows: bool = False


_LOADS = Need("ingest:source:load", everywhere=True)
_KEEPS = Need("store:project:keep", everywhere=True)
_LOOKS = Need("ingest:identity:read", shows=True)
_DECIDES = Need("ingest:identity:decide", everywhere=True)
_SITS = Need("governance:change:decide")
_PROPOSES = Need("governance:change:write")
_SEES_ACCESS = Need("governance:access:read")
_GIVES_ACCESS = Need("governance:access:write", everywhere=True)
_AUDITS = Need("governance:journal:read", everywhere=True)
_FIGURES = Need("metrics:figure:read")
_SCORES = Need("scorecards:scorecard:read")
_CLOSES = Need("scorecards:period:close")
_SEES_WORK = Need("workflow:item:read")
_WORKS = Need("workflow:item:write")
_FILES = Need(FILES)

COMMANDS: dict[str, Need] = {
    "check": _FILES,
    "schema": _FILES,
    "metrics": _FILES,
    "model": _FILES,
    "add": _FILES,
    "demo": _LOADS,
    "plan": Need("governance:change:read", shows=True),
    "pull": Need("catalog:definition:read"),
    "apply": _PROPOSES,
    "withdraw": _PROPOSES,
    "candidate": _FIGURES,
    "deprecate": _PROPOSES,
    "sunset": _PROPOSES,
    "retire": _PROPOSES,
    "change open": _PROPOSES,
    "change list": Need("governance:change:read"),
    "change rebind": _PROPOSES,
    "history": Need("catalog:definition:read"),
    "bridge": _FIGURES,
    "fetch": _LOADS,
    "forget": _LOADS,
    "listen": _LOADS,
    "ingest": Need("ingest:source:load", everywhere=True, shows=True),
    "refresh": Need("ingest:source:load", everywhere=True, shows=True),
    "release": _LOADS,
    "exclude": _LOADS,
    "checks": Need("ingest:source:read"),
    "sources": Need("ingest:source:read"),
    "quarantine list": Need("ingest:source:read", shows=True),
    "quarantine export": Need("ingest:row:read", shows=True),
    "quarantine replay": _LOADS,
    "exclusions": Need("ingest:source:read", shows=True),
    "identity list": Need("ingest:identity:read"),
    "identity model": Need("ingest:identity:read"),
    "identity review": _LOOKS,
    "identity show": _LOOKS,
    "identity decisions": _LOOKS,
    "identity log": _LOOKS,
    "identity accept": _DECIDES,
    "identity reject": _DECIDES,
    "identity undo": _DECIDES,
    "identity learn": _DECIDES,
    "query": _FIGURES,
    "explain": _FIGURES,
    "targets propose": _FIGURES,
    "targets allocate": _FIGURES,
    "findings": Need("insights:finding:read"),
    "reconcile": Need("insights:reconciliation:read", shows=True),
    "strategy": _SCORES,
    "readiness": _SCORES,
    "restated": _SCORES,
    "trade-offs": _SCORES,
    "what-if": _SCORES,
    "pack": _SCORES,
    "export epm": _SCORES,
    "close": _CLOSES,
    "reopen": _CLOSES,
    "comment": Need("scorecards:comment:write"),
    "incentives": Need("scorecards:incentive:read"),
    "mask": Need("ingest:row:read", everywhere=True),
    "serve": _KEEPS,
    "worker": _KEEPS,
    "work tick": _KEEPS,
    "backup": _KEEPS,
    "restore": _FILES,
    "work": _SEES_WORK,
    "work list": _SEES_WORK,
    "work show": _SEES_WORK,
    "work workflows": _SEES_WORK,
    "work open": _WORKS,
    "work do": _WORKS,
    "work comment": _WORKS,
    "work assign": _WORKS,
    "work due": _WORKS,
    "work link": _WORKS,
    "work attach": _WORKS,
    "work recompute": _WORKS,
    "people list": _SEES_ACCESS,
    "people add": _GIVES_ACCESS,
    "people password": _GIVES_ACCESS,
    "people grant": Need("governance:access:write"),
    "people revoke": Need("governance:access:write"),
    "people describe": _GIVES_ACCESS,
    "people lock": _GIVES_ACCESS,
    "people token": _GIVES_ACCESS,
    "people os-user": _GIVES_ACCESS,
    "people link": _GIVES_ACCESS,
    "access company": _SEES_ACCESS,
    "access roles": _SEES_ACCESS,
    "access explain": Need(OPEN),
    "access whoami": Need(OPEN),
    "audit verify": _AUDITS,
    "audit anchor": _AUDITS,
    "audit log": _AUDITS,
    "audit recompute": _AUDITS,
    "disclose": _AUDITS,
    "board": Need("governance:change:read"),
    "board agenda": Need("governance:change:read"),
    "board call": _SITS,
    "board show": Need("governance:change:read"),
    "board add": _SITS,
    "board begin": _SITS,
    "board decide": _SITS,
    "board minutes": _SITS,
    "board approve": _SITS,
    "ownership": Need("governance:change:read"),
    "ownership propose": _PROPOSES,
    "ownership accept": _PROPOSES,
    "ownership decline": _PROPOSES,
    "ownership withdraw": _PROPOSES,
    "ownership contest": _PROPOSES,
    "ownership settle": _PROPOSES,
    "ownership lay-down": _PROPOSES,
}
"""Each command by the words that name it. `restore` is of a project that has nothing yet, and so no accounts."""
