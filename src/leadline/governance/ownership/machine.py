"""Ownership as a state machine: pure. What stands, what may be done to it by whom, and what then stands.

nobody ─propose→ proposed ─accept (everyone named; a present owner or steward; never one person alone)→ owned
proposed ─decline, withdraw→ what stood before      owned ─propose→ proposed (the owners stay until it is accepted)
proposed, owned ─contest→ contested ─settle (by somebody who is no party)→ owned      owned ─lay_down→ nobody, or less
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from leadline.catalog.people import Directory, plain
from leadline.errors import GovernanceError

State = Literal["nobody", "owned", "proposed", "contested"]
What = Literal["propose", "accept", "decline", "withdraw", "contest", "settle", "lay_down"]
STATES: tuple[State, ...] = ("nobody", "owned", "proposed", "contested")
ACTS: tuple[What, ...] = ("propose", "accept", "decline", "withdraw", "contest", "settle", "lay_down")


@dataclass(frozen=True, slots=True)
class Holding:
    """Somebody who answers for a definition, and with what share, in percent."""

    holder: str
    share: float = 100.0


Split = tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Who owns a definition (`holders`), who is proposed, who of the parties has accepted, and who contests it.

    `declared` are those whom the definition itself names, who count as the present owners until anything is accepted.
    `accepted` are actors: of a team, whoever accepted for it.
    """

    holders: Split = ()
    proposed: Split = ()
    proposer: str = ""
    accepted: tuple[str, ...] = ()
    contester: str = ""
    because: str = ""
    declared: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """Which of the four states it is in."""
        if self.contester:
            return "contested"
        if self.proposed:
            return "proposed"
        return "owned" if self.holders else "nobody"

    @property
    def owners(self) -> tuple[str, ...]:
        """Who answers for it now: whoever accepted, else whoever the definition names."""
        return tuple(one.holder for one in self.holders) or self.declared


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody wants to do. `split` is who is proposed, or how a contest is settled."""

    what: What
    actor: str
    split: Split = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What is known around a definition: the people, and who looks after it (steward, members of its boards)."""

    people: Directory
    judges: tuple[str, ...] = ()

    def party(self, standing: Standing, actor: str) -> bool:
        """Tell whether somebody has a side in a matter."""
        mine = (standing.contester, standing.proposer, *standing.owners)
        return self.people.acts_for_any(
            actor, [*filter(None, mine), *(one.holder for one in standing.proposed)]
        )


def step(standing: Standing, act: Act, around: Around) -> Standing:
    """Give what stands after an act. Raises GovernanceError where it cannot be done, or not by this actor."""
    _CHECKS[act.what](standing, act, around)
    done = apply(standing, act)
    return come_into_force(done) if act.what == "accept" and not lacking(done, around) else done


def apply(standing: Standing, act: Act) -> Standing:
    """Give what stands right after an act that was allowed; of an acceptance, before it is known to be the last."""
    nothing = replace(standing, proposed=(), proposer="", accepted=(), contester="", because="")
    match act.what:
        case "propose":
            return replace(nothing, proposed=act.split, proposer=act.actor, because=act.because)
        case "accept":
            return replace(standing, accepted=(*standing.accepted, act.actor))
        case "decline" | "withdraw":
            return nothing
        case "contest":
            return replace(standing, contester=act.actor, because=act.because)
        case "settle":
            return replace(nothing, holders=act.split)
        case "lay_down":
            names = {plain(one.holder) for one in act.split}
            return replace(
                standing, holders=tuple(h for h in standing.holders if plain(h.holder) not in names)
            )


def come_into_force(standing: Standing) -> Standing:
    """Give what stands when a proposal has everything that it needs."""
    return Standing(holders=standing.proposed, declared=standing.declared)


def waiting(standing: Standing, people: Directory) -> tuple[str, ...]:
    """Name those proposed for whom nobody has accepted yet."""
    return tuple(
        one.holder
        for one in standing.proposed
        if not any(people.acts_for(actor, one.holder) for actor in standing.accepted)
    )


def lacking(standing: Standing, around: Around) -> tuple[str, ...]:
    """Say what a proposal still needs before it is in force."""
    people = around.people
    found = list(waiting(standing, people))
    if all(people.same(actor, standing.proposer) for actor in standing.accepted):
        found.append("somebody other than who proposed it")
    agreeing = (standing.proposer, *standing.accepted)
    present = (*(one.holder for one in standing.holders), *around.judges)
    if standing.holders and not any(people.acts_for_any(actor, present) for actor in agreeing):
        found.append("a present owner or a steward")
    return tuple(found)


def _propose(standing: Standing, act: Act, around: Around) -> None:
    _undecided(standing, "propose")
    check_split(act.split)
    if around.people.persons:
        for one in act.split:
            if around.people.person(one.holder) is None:
                raise GovernanceError(
                    f"There is no person or team {one.holder!r}.", code="unknown-person",
                    hint="Declare them: kind: person, name: …",
                )  # fmt: skip


def _accept(standing: Standing, act: Act, around: Around) -> None:
    _is(standing, "proposed", "accept")
    people = around.people
    if any(people.same(act.actor, one) for one in standing.accepted):
        raise GovernanceError(f"{act.actor} has accepted already.", code="ownership-done")
    if people.acts_for_any(act.actor, waiting(standing, people)):
        return
    if people.same(act.actor, standing.proposer):
        raise GovernanceError(
            f"{act.actor} proposed it, and cannot be the one who agrees.", code="separation-of-duties",
            hint="Somebody else accepts: one of those named, a present owner, or a steward.",
        )  # fmt: skip
    may = (*standing.owners, *around.judges)
    if may and not people.acts_for_any(act.actor, may):
        named = _names(waiting(standing, people))
        raise GovernanceError(
            f"{act.actor} is not among those proposed ({named}), nor a present owner or steward.",
            code="ownership-not-yours", hint="Those who are named accept.",
        )  # fmt: skip


def _decline(standing: Standing, act: Act, around: Around) -> None:
    _is(standing, "proposed", "decline")
    if not around.people.acts_for_any(act.actor, (one.holder for one in standing.proposed)):
        raise GovernanceError(
            f"{act.actor} is not among those proposed.", code="ownership-not-yours",
            hint="Whoever disagrees contests it.",
        )  # fmt: skip


def _withdraw(standing: Standing, act: Act, around: Around) -> None:
    _is(standing, "proposed", "withdraw")
    if not around.people.same(act.actor, standing.proposer):
        raise GovernanceError(
            f"{standing.proposer} proposed it, not {act.actor}.", code="ownership-not-yours"
        )


def _contest(standing: Standing, act: Act, around: Around) -> None:
    _undecided(standing, "contest", also="proposed")
    _reason(act)
    mine = (standing.proposer,) if standing.proposed else standing.owners
    if not mine:
        raise GovernanceError(
            "Nobody owns it and nobody is proposed.", code="ownership-nothing", hint="Propose somebody."
        )
    if around.people.acts_for_any(act.actor, mine):
        raise GovernanceError(
            f"{act.actor} cannot contest what is their own.", code="ownership-own",
            hint="Withdraw the proposal, or lay the ownership down.",
        )  # fmt: skip


def _settle(standing: Standing, act: Act, around: Around) -> None:
    _is(standing, "contested", "settle")
    _reason(act)
    check_split(act.split)
    if around.party(standing, act.actor):
        raise GovernanceError(
            f"{act.actor} has a side in this.", code="separation-of-duties",
            hint="Somebody who is neither owner, proposed, proposer nor contester settles it.",
        )  # fmt: skip
    if around.judges and not around.people.acts_for_any(act.actor, around.judges):
        raise GovernanceError(
            f"{act.actor} is neither steward nor on the board.", code="ownership-not-yours",
            hint=f"{_names(around.judges)} may settle it.",
        )  # fmt: skip


def _lay_down(standing: Standing, act: Act, around: Around) -> None:
    _is(standing, "owned", "lay_down")
    if not around.people.acts_for_any(act.actor, (one.holder for one in standing.holders)):
        raise GovernanceError(f"{act.actor} does not own it.", code="ownership-not-yours")


_CHECKS = {
    "propose": _propose,
    "accept": _accept,
    "decline": _decline,
    "withdraw": _withdraw,
    "contest": _contest,
    "settle": _settle,
    "lay_down": _lay_down,
}


def check_split(split: Split) -> None:
    """Refuse shares that are not those of one whole, and somebody named twice."""
    if not split:
        raise GovernanceError(
            "Nobody is named.", code="ownership-shares", hint="Write ann, or ann=60 ben=40."
        )
    names = [plain(one.holder) for one in split]
    if len(set(names)) < len(names) or "" in names:
        raise GovernanceError("Somebody is named twice, or not at all.", code="ownership-shares")
    total = sum(one.share for one in split)
    if any(not 0 < one.share <= 100 for one in split) or abs(total - 100) > 1e-9:
        raise GovernanceError(
            f"The shares come to {total:g} percent.", code="ownership-shares",
            hint="Shares are more than 0 and come to 100.",
        )  # fmt: skip


def _is(standing: Standing, wanted: State, what: str) -> None:
    if standing.state != wanted:
        raise GovernanceError(
            f"Nothing is there to {what.replace('_', ' ')}: the ownership is {_said(standing.state)}.",
            code="ownership-state",
        )  # fmt: skip


def _undecided(standing: Standing, what: str, *, also: State | None = None) -> None:
    if standing.state in {"proposed", "contested"} and standing.state != also:
        raise GovernanceError(
            f"One cannot {what}: the ownership is {_said(standing.state)}.", code="ownership-state",
            hint="It is accepted, withdrawn or settled first.",
        )  # fmt: skip


def _said(state: State) -> str:
    return "nobody's" if state == "nobody" else state


def _reason(act: Act) -> None:
    if not act.because.strip():
        raise GovernanceError("A reason is needed.", code="no-reason", hint="Say why: --because.")


def _names(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"
