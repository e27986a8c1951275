"""Identities: what a person should decide, two records side by side, and what was decided."""

from collections.abc import Mapping
from datetime import datetime

from leadline.app import identities as all_
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts import IdentitiesPage, PairPage
from leadline.app.web.contexts.identity import AskedLine, ChangeLine, ColumnLine, IdentityBlock, WeightLine
from leadline.app.web.contexts.pieces import Link
from leadline.app.web.numbers import whole
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.shells import shell
from leadline.errors import IdentityError
from leadline.ingest.identity import decisions as d
from leadline.ingest.identity import reading as r
from leadline.ingest.identity.model import Model
from leadline.ingest.identity.resolve import State, states

SHOWN = 50
WIDEST = 12.0
"""So many bits fill the bar of a weight."""


def identities(reading: Reading, asked: Asked) -> IdentitiesPage:
    """List the identities with their queues."""
    del asked
    found = states(reading.published.generation.tables)
    blocks = tuple(_block(reading, name, state) for name, state in sorted(found.items()))
    return IdentitiesPage(shell=shell(reading, say("identity.title"), "identity"), identities=blocks)


def pair(reading: Reading, asked: Asked, name: str) -> PairPage:
    """Set two records side by side.

    Raises:
        IdentityError: no two records are named, or one is not there.
    """
    left, right = asked.left or "", asked.right or ""
    if not left or not right or left == right or reading.staging is None:
        raise IdentityError(say("identity.two"), code="identity-record", hint=say("identity.two.hint"))
    reading.tell("ingest:identity:read", f"identity:{name}", purpose="two records side by side", subjects=2)
    found = all_.side_by_side(reading.published, reading.ledger, name, (left, right), reading.staging)
    with reading.ledger.read() as reader:
        pair = tuple(sorted((left, right)))
        decided = [one for one in d.decisions(reader, name) if pair in one.pairs and not one.level]
    last = next((one for one in reversed(decided) if not one.undone), None)
    widths = [_bits(line.name, line.grade, line.bits or 0.0) for line in found.lines]
    return PairPage(
        shell=shell(reading, say("identity.pair", left=left, right=right), "identity"),
        name=name,
        title=say("identity.pair", left=left, right=right),
        left=left,
        right=right,
        columns=tuple(
            ColumnLine(column, _text(value), _text(found.right[column]), value == found.right[column])
            for column, value in found.left.items()
            if value is not None or found.right[column] is not None
        ),
        weights=tuple(widths),
        verdict=say("identity.verdict", probability=f"{found.probability:.4f}", bits=f"{found.bits:.1f}")
        if found.probability is not None and found.bits is not None
        else say("identity.unlearned"),
        decided=say(
            "identity.decided.one" if last.accepted else "identity.decided.apart",
            actor=last.actor, at=dates.instant(datetime.fromisoformat(last.at), reading.zone), number=last.number,
        ) if last else "",
        action=to.pair(name),
        token=reading.form_token,
    )  # fmt: skip


def decide(reading: Reading, given: Mapping[str, str], name: str) -> str:
    """Record what a reader decided of a pair; give where to go on.

    Raises:
        IdentityError: the decision is none.
    """
    if given.get("say") not in {"one", "apart"}:
        raise IdentityError(say("identity.who"), code="identity-decision", hint=say("identity.who.hint"))
    keys = (given.get("left", ""), given.get("right", ""))
    all_.decide(
        reading.ledger, reading.published, name, keys, accept=given["say"] == "one", actor=reading.person.name,
        because=given.get("because", "").strip()[:500],
    )  # fmt: skip
    return to.identities()


def _block(reading: Reading, name: str, state: State) -> IdentityBlock:
    engine = reading.published.engine
    with reading.ledger.read() as reader:
        decided = d.decided(reader, name)
    known = decided.accepted.keys() | decided.rejected.keys()
    asked = [a for a in r.review(engine, state, SHOWN + len(known)) if (a.left, a.right) not in known][:SHOWN]
    subjects = len({key for one in asked for key in (one.left, one.right)})
    reading.tell("ingest:identity:read", f"identity:{name}", purpose="pairs to be decided", subjects=subjects)
    learned = all_.model_in_force(reading.ledger, name, state.model)
    identity = reading.catalog.identities.get(name)
    title = identity.label if identity else name
    counts = [
        ("records", state.counts["records"]),
        *((level, state.counts[level]) for level in state.columns),
    ]
    return IdentityBlock(
        name=name,
        title=Link(title, to.definition("identity", name)),
        counts=tuple((level.replace("_", " "), whole(count)) for level, count in counts),
        said=state.said,
        asked=tuple(_asked(name, one) for one in asked),
        asked_note=say(
            "identity.asked", count=len(asked), shown=whole(len(asked)), every=whole(state.counts["review"])
        ),
        changes=tuple(
            ChangeLine(
                say(f"identity.{line.what}"), f"{line.id} → {line.other}" if line.other else line.id, line.why,
                dates.instant(line.at, reading.zone) if isinstance(line.at, datetime) else "",
            )
            for line in r.log(engine, state, SHOWN)
        ),
        learned=_learned(learned),
        weights=tuple(
            _bits(one.name, grade.words, grade.bits, f"{grade.m:.3g}", f"{grade.u:.3g}")
            for one in (learned.compared if learned else ())
            for grade in one.grades
        ),
    )  # fmt: skip


def _learned(learned: Model | None) -> str:
    if learned is None:
        return say("identity.unlearned")
    return say(
        "identity.learned",
        version=learned.version,
        records=whole(learned.records),
        odds=f"{learned.prior:.2g}",
    )


def _asked(name: str, one: r.Asked) -> AskedLine:
    why = say("identity.rule", rule=one.rule) if one.rule else say("identity.likeness")
    likely = "" if one.probability is None else f"{one.probability:.3f}"
    link = Link(f"{one.left} · {one.right}", to.pair(name, left=one.left, right=one.right))
    return AskedLine(link, f"{one.reason}: {why}", likely)


def _bits(comparison: str, grade: str, bits: float, m: str = "", u: str = "") -> WeightLine:
    width = round(100 * min(abs(bits), WIDEST) / WIDEST)
    return WeightLine(comparison.replace("_", " "), grade, m, u, f"{bits:+.1f}", width, bits < 0)


def _text(value: object) -> str:
    return "" if value is None else str(value)
