"""Identities: who is who, what is to be decided, and two records side by side."""

from dataclasses import dataclass
from typing import ClassVar

from leadline.app.web.contexts.pieces import Link, Shell


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A pair that a person should look at: both records, why it is asked, how likely they are one."""

    pair: Link
    why: str
    likely: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """What became of an id."""

    what: str
    ids: str
    why: str
    when: str


@dataclass(frozen=True, slots=True)
class WeightLine:
    """One grade of a comparison: how often it is seen in pairs that are one and in others, what it says in bits.

    `left` and `width` place its bar, in percent of the widest; `against`: it speaks against one.
    """

    comparison: str
    grade: str
    m: str
    u: str
    bits: str
    width: int
    against: bool


@dataclass(frozen=True, slots=True)
class IdentityBlock:
    """One identity: what was counted, what is asked, what changed, what was learned."""

    name: str
    title: Link
    counts: tuple[tuple[str, str], ...]
    said: tuple[str, ...]
    asked: tuple[AskedLine, ...]
    asked_note: str
    changes: tuple[ChangeLine, ...]
    learned: str
    weights: tuple[WeightLine, ...]


@dataclass(frozen=True, slots=True)
class IdentitiesPage:
    """Every identity."""

    template: ClassVar[str] = "identity/list.html"

    shell: Shell
    identities: tuple[IdentityBlock, ...]


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of both records; `same` where they agree."""

    name: str
    left: str
    right: str
    same: bool


@dataclass(frozen=True, slots=True)
class PairPage:
    """Two records side by side, and a form to decide. `token` proves that the form came from this page."""

    template: ClassVar[str] = "identity/pair.html"

    shell: Shell
    name: str
    title: str
    left: str
    right: str
    columns: tuple[ColumnLine, ...]
    weights: tuple[WeightLine, ...]
    verdict: str
    decided: str
    action: str
    token: str
