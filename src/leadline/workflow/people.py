"""Who people are, as far as workflows ask: their roles, the members of boards, the owners of what an item is about.

The application fills this in; expressions are read by catalog/who.py and answered here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from leadline.catalog.who import All, Either, Not, Term, Who, parse
from leadline.store.work_entries import Link


class People(Protocol):
    """What workflows must know of people."""

    def roles(self, person: str, links: Sequence[Link] = ()) -> frozenset[str]:
        """Give the roles of a person: those held everywhere, and those held for all units that links name."""
        ...

    def having(self, role: str, links: Sequence[Link] = ()) -> frozenset[str]:
        """Give everybody who has a role, everywhere or for all units that links name."""
        ...

    def board(self, name: str) -> frozenset[str]:
        """Give the members of a board; nobody where there is no such board."""
        ...

    def quorum(self, board: str) -> int | None:
        """Give how many members of a board must have said yes; None where there is no such board."""
        ...

    def owners(self, link: Link) -> frozenset[str]:
        """Give who owns what a link names; nobody where it has no owner."""
        ...

    def acts_for(self, person: str, holder: str) -> bool:
        """Tell whether a person is who is named, however it is written, or a member of the team that is named."""
        ...


class Nobody:
    """Where nothing is known of people: no roles, no boards, no owners."""

    def roles(self, person: str, links: Sequence[Link] = ()) -> frozenset[str]:
        """Give none."""
        del person, links
        return frozenset()

    def having(self, role: str, links: Sequence[Link] = ()) -> frozenset[str]:
        """Give nobody."""
        del role, links
        return frozenset()

    def board(self, name: str) -> frozenset[str]:
        """Give nobody."""
        del name
        return frozenset()

    def owners(self, link: Link) -> frozenset[str]:
        """Give nobody."""
        del link
        return frozenset()

    def quorum(self, board: str) -> int | None:
        """Give none."""
        del board
        return None

    def acts_for(self, person: str, holder: str) -> bool:
        """Tell whether both names are one."""
        return person == holder


@dataclass(frozen=True, slots=True)
class About:
    """What decides who the author, the assignee and the owner are."""

    author: str
    assignee: str | None
    links: tuple[Link, ...]


def meets(who: Who, actor: str, about: About, people: People) -> bool:
    """Tell whether a person is one of those that an expression means."""
    match who:
        case Not(of=inner):
            return not meets(inner, actor, about, people)
        case All(of=parts):
            return all(meets(part, actor, about, people) for part in parts)
        case Either(of=parts):
            return any(meets(part, actor, about, people) for part in parts)
        case Term(word="anyone"):
            return True
        case Term(word="role", name=name):
            return name in people.roles(actor, about.links)
        case Term(word="assignee"):
            return about.assignee is not None and is_in(actor, about.assignee, people, about.links)
        case Term():
            return any(people.acts_for(actor, one) for one in _known(who, about, people) or ())


def group(who: Who, about: About, people: People) -> frozenset[str] | None:
    """Give everybody whom an expression means; None where nobody can list them (`anyone`, `not author`)."""
    match who:
        case Term():
            return _known(who, about, people)
        case Either(of=parts):
            every = [group(part, about, people) for part in parts]
            return None if None in every else frozenset[str]().union(*(e for e in every if e is not None))
        case All(of=parts):
            listed = [found for part in parts if (found := group(part, about, people)) is not None]
            if not listed:
                return None
            return frozenset(
                person for person in listed[0].intersection(*listed[1:]) if meets(who, person, about, people)
            )
        case _:
            return None


def is_in(person: str, name: str, people: People, links: Sequence[Link] = ()) -> bool:
    """Tell whether a person is who is named, or belongs to the group that is named (`role steward`)."""
    return people.acts_for(person, name) or name in groups(person, people, (name,), links)


def groups(person: str, people: People, named: Iterable[str], links: Sequence[Link] = ()) -> frozenset[str]:
    """Give those of some names of groups to which a person belongs."""
    found = set()
    for name in named:
        word, _, of = name.partition(" ")
        on_board = word == "board" and any(people.acts_for(person, one) for one in people.board(of))
        if on_board or (word == "role" and of in people.roles(person, links)):
            found.add(name)
    return frozenset(found)


def recipients(text: str, about: About, people: People) -> tuple[str, ...]:
    """Give whom a message or an assignment goes to: people where they are known, else the group by its name."""
    who = parse(text)
    known = group(who, about, people)
    if known:
        return tuple(sorted(known))
    return (str(who),) if isinstance(who, Term) and who.word in {"role", "board"} else ()


def assigned(text: str, about: About, people: People) -> str | None:
    """Give to whom an item is given: the one person meant, else the group by its name, else the first of several."""
    who = parse(text)
    if isinstance(who, Term) and who.word in {"role", "board"}:
        return str(who)
    return next(iter(recipients(text, about, people)), None)


def _known(who: Term, about: About, people: People) -> frozenset[str] | None:
    match who.word:
        case "author":
            return frozenset({about.author})
        case "assignee":
            return _members(about.assignee, people)
        case "owner":
            return frozenset[str]().union(*(people.owners(link) for link in about.links))
        case "role":
            return people.having(who.name, about.links)
        case "board":
            return people.board(who.name)
        case "person":
            return frozenset({who.name})
        case _:
            return None


def _members(name: str | None, people: People) -> frozenset[str]:
    """Give the person of a name, or the members of the group that it names."""
    word, _, of = (name or "").partition(" ")
    if word == "role" and of:
        return people.having(of)
    if word == "board" and of:
        return people.board(of)
    return frozenset({name}) if name else frozenset()
