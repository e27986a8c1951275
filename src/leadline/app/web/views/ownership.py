"""Owners: who answers for what, what is open, what a reorganisation left behind; and one definition's ownership."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.governance import Block, Cell, Field, Form, GovernancePage
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.governing import beside, crumbs
from leadline.app.web.views.shells import shell
from leadline.app.web.wording import documents
from leadline.errors import GovernanceError
from leadline.governance.ownership.gaps import gaps
from leadline.governance.ownership.machine import ACTS, What
from leadline.governance.ownership.verbs import Event, Ownership, act, find, ownership, ownerships, read_split

_NEXT: dict[str, tuple[What, ...]] = {
    "nobody": ("propose",),
    "declared": ("propose", "contest"),
    "owned": ("propose", "contest", "lay_down"),
    "proposed": ("accept", "decline", "withdraw", "contest"),
    "contested": ("settle",),
}


def owners(reading: Reading, asked: Asked) -> GovernancePage:
    """List who answers for each definition; what is not in order comes first."""
    del asked
    today = reading.now.astimezone(ZoneInfo(reading.zone)).date()
    with reading.ledger.read() as reader:
        found = ownerships(reader, reading.catalog)
    missing = gaps(reading.catalog, found, today)
    unknown = () if reading.catalog.persons else (say("ownership.nobody_declared"),)
    return GovernancePage(
        shell=shell(reading, say("ownership.title"), "definitions"),
        crumbs=crumbs(),
        title=say("ownership.title"),
        about=(say("ownership.about"),),
        mark=None,
        beside=beside("ownership"),
        blocks=(
            Block(
                say("ownership.gaps", count=len(missing)),
                about=unknown,
                columns=(say("ownership.definition"), say("ownership.gap"), say("ownership.what")),
                rows=tuple(
                    (
                        Cell(one.title, to.ownership(one.kind, one.name), about=one.kind),
                        Cell(say(f"gap.{one.gap}")),
                        Cell(one.sentence),
                    )
                    for one in missing
                ),
                empty=say("ownership.no_gaps"),
            ),
            Block(
                say("ownership.all"),
                columns=(
                    say("ownership.definition"),
                    say("ownership.who"),
                    say("ownership.state"),
                    say("ownership.waits"),
                ),
                rows=tuple(_line(one) for one in found if one.state != "nobody"),
                empty=say("ownership.none"),
            ),
        ),
    )


def one_owner(reading: Reading, asked: Asked, kind: str, name: str) -> GovernancePage:
    """Show who answers for one definition, how that came about, and what may be done."""
    del asked
    definition = find(reading.catalog, kind, name)
    with reading.ledger.read() as reader:
        found = ownership(reader, reading.catalog, definition)
    standing = found.standing
    facts = [
        (say("ownership.who"), _owners(found) or say("ownership.nobody")),
        (say("ownership.state"), say(f"ownership.state.{found.state}")),
    ]
    if standing.proposed:
        facts.append(
            (say("ownership.proposed"), ", ".join(_share(h.holder, h.share) for h in standing.proposed))
        )
    if standing.contester:
        facts.append((say("ownership.contested"), f"{standing.contester}: {standing.because}"))
    if found.lacking:
        facts.append((say("ownership.waits"), ", ".join(found.lacking)))
    if found.judges:
        facts.append((say("ownership.judges"), ", ".join(found.judges)))
    raci = definition.raci
    roles = [] if raci is None else [
        (say("ownership.responsible"), raci.responsible or ""), (say("ownership.accountable"), raci.accountable or ""),
        (say("ownership.consulted"), ", ".join(raci.consulted)), (say("ownership.informed"), ", ".join(raci.informed)),
    ]  # fmt: skip
    return GovernancePage(
        shell=shell(reading, definition.label, "definitions"),
        crumbs=(*crumbs(), Link(say("ownership.title"), to.owners()), documents.link(definition)),
        title=say("ownership.of", name=definition.label),
        about=(),
        mark=None,
        beside=(),
        blocks=(
            Block(say("ownership.now"), facts=tuple(facts)),
            *(
                (Block(say("ownership.raci"), facts=tuple((what, who) for what, who in roles if who)),)
                if roles
                else ()
            ),
            Block(
                say("ownership.history"),
                columns=(
                    say("ownership.when"),
                    say("ownership.actor"),
                    say("ownership.what"),
                    say("ownership.because"),
                ),
                rows=tuple(_event(reading, one) for one in reversed(found.history)),
                empty=say("ownership.no_history"),
            ),
            Block(say("ownership.do"), about=(say("ownership.do.about"),), form=_form(reading, found)),
        ),
    )


def decide(reading: Reading, given: Mapping[str, str], kind: str, name: str) -> str:
    """Do something to an ownership as the reader; give where to go on. Raises GovernanceError."""
    known: dict[str, What] = {one: one for one in ACTS}
    what = known.get(given.get("act", ""))
    if what is None:
        raise GovernanceError(say("ownership.unknown_act"), code="ownership-state")
    split = (
        read_split(given.get("who", "").replace(",", " ").split()) if what in {"propose", "settle"} else ()
    )
    definition = find(reading.catalog, kind, name)
    with reading.ledger.write(actor=reading.person.name) as writer:
        act(writer, reading.catalog, definition, what, split=split, because=given.get("because", "")[:2000])
    return to.ownership(kind, name)


def _form(reading: Reading, found: Ownership) -> Form:
    definition = found.definition
    names = tuple(Field("who", say("ownership.form.who")) for _ in range(found.state != "proposed"))
    return Form(
        action=to.ownership(definition.kind, definition.name),
        fields=(*names, Field("because", say("ownership.because"), "text")),
        buttons=tuple((what, say(f"ownership.act.{what}")) for what in _NEXT[found.state]),
        token=reading.form_token,
    )


def _line(one: Ownership) -> tuple[Cell, ...]:
    return (
        Cell(
            one.definition.label,
            to.ownership(one.definition.kind, one.definition.name),
            about=one.definition.kind,
        ),
        Cell(_owners(one)),
        Cell(say(f"ownership.state.{one.state}")),
        Cell(", ".join(one.lacking)),
    )


def _event(reading: Reading, one: Event) -> tuple[Cell, ...]:
    who = ", ".join(_share(h.holder, h.share) for h in one.split)
    done = say(f"ownership.done.{one.what}")
    return (
        Cell(dates.instant(one.at, reading.zone)),
        Cell(one.actor),
        Cell(f"{done}: {who}" if who else done, about=say(f"ownership.state.{one.came_to}")),
        Cell(one.because),
    )


def _owners(one: Ownership) -> str:
    held = [_share(h.holder, h.share) for h in one.standing.holders]
    return ", ".join(held or one.standing.declared)


def _share(name: str, share: float) -> str:
    return name if share == 100 else f"{name} {share:g} %"
