"""Candidates: a version that is tried beside the one in force, over the same periods; and what is decided of it."""

from collections.abc import Mapping
from datetime import date

from leadline.app.change_control import open_request
from leadline.app.change_control import planned as planned_now
from leadline.app.web import dates
from leadline.app.web.addresses import to
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.governance import Block, Cell, Field, Form, GovernancePage
from leadline.app.web.contexts.pieces import Link, Mark
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.governing import beside, crumbs
from leadline.app.web.views.plan import of_metric
from leadline.app.web.views.shells import shell
from leadline.app.web.views.work import office
from leadline.catalog import load, require
from leadline.catalog.composition import finest_shown
from leadline.catalog.definitions import GRAINS, Grain
from leadline.catalog.differences import text_differences
from leadline.errors import DefinitionError, LeadlineError, QueryError
from leadline.governance import candidates as tried
from leadline.governance.backtest import backtest
from leadline.governance.backtest_results import MetricTest
from leadline.governance.change_requests import effective_of
from leadline.governance.in_force import documents

PERIODS: Mapping[Grain, int] = {"day": 28, "week": 13, "month": 12, "quarter": 8, "year": 4}
"""So many past periods stand side by side, by grain."""


def candidates(reading: Reading, asked: Asked) -> GovernancePage:
    """List what is tried beside what is in force."""
    del asked
    with reading.ledger.read() as reader:
        found = tried.candidates(reader, _today(reading))
    rows = tuple(
        (
            Cell(_label(reading, one.metric), to.candidate(one.metric)),
            Cell(str(one.version.version), number=True),
            Cell(dates.instant(one.at, reading.zone)),
            Cell(one.actor),
        )
        for one in found
    )
    block = Block(
        say("candidates.all"),
        columns=tuple(say(f"candidates.{c}") for c in ("metric", "version", "since", "who")),
        rows=rows,
        empty=say("candidates.none"),
    )
    return _page(reading, say("candidates.title"), (block,), about=(say("candidates.about"),))


def candidate(reading: Reading, asked: Asked, name: str) -> GovernancePage:
    """Show a metric's version in force and its candidate side by side."""
    return _of(reading, name, asked.grain)


def decide(reading: Reading, given: Mapping[str, str], name: str) -> str | GovernancePage:
    """Open a change request for a candidate, or drop it; the page again with what was wrong."""
    try:
        if given.get("act") == "drop":
            with reading.ledger.write(actor=reading.person.name) as writer:
                tried.withdraw(writer, name, reason=given.get("because", ""))
            return to.candidates()
        return to.change(_opened(reading, name, given))
    except LeadlineError as error:
        return _of(reading, name, None, failed=f"{error.message} {error.hint}".strip(), typed=given)


def _opened(reading: Reading, name: str, given: Mapping[str, str]) -> int:
    """Open the change request that puts a candidate into force, its back-test attached.

    Raises:
        DefinitionError: what is written is not what was tried.
    """
    root, now = reading.catalog.root, reading.now
    effective = effective_of(
        f"from {given.get('day', '')}" if given.get("how") == "from" else given.get("how", "")
    )
    working = require(load(root))
    with reading.ledger.read() as reader:
        one = tried.one(reader, name)
        written = working.metrics.get(name)
        if written is None or working.fingerprint(written).meaning != one.version.meaning:
            raise DefinitionError(
                say("candidates.another"), code="candidate-another", hint=say("candidates.write")
            )
        made = planned_now(reader, root, now, effective, [("metric", name)])
    tested = backtest(reading.published, made.plan, made.working, viewer=reading.viewer, examples=0)
    with reading.ledger.write(actor=reading.person.name) as writer:
        found = open_request(
            writer, root, office(reading).people, effective, only=[("metric", name)],
            justification=given.get("because", ""), back_test=tested.as_dict(),
        )  # fmt: skip
    return found.number


def _of(
    reading: Reading, name: str, grain: str | None, failed: str = "", typed: Mapping[str, str] | None = None
) -> GovernancePage:
    metric = reading.published.metric(name)
    with reading.ledger.read() as reader:
        one = next((c for c in tried.candidates(reader, _today(reading)) if c.metric == name), None)
    if one is None:
        return _page(reading, metric.label, (), about=(say("candidates.over"),), up=True)
    in_force = reading.published.versions["metric", name]
    keys = text_differences(documents(in_force), documents(one.version))
    blocks = [
        Block(
            say("candidates.what"),
            facts=(
                (say("candidates.in_force"), str(in_force.version)),
                (say("candidates.version"), str(one.version.version)),
                (say("candidates.since"), dates.instant(one.at, reading.zone)),
                (say("candidates.who"), one.actor),
                *(((say("candidates.until"), dates.day(one.until)),) if one.until else ()),
            ),
            about=(say("candidates.every"),),
            columns=(say("plan.key"), say("plan.before"), say("candidates.candidate")),
            rows=tuple((Cell(k.path), Cell(k.before or "–"), Cell(k.after or "–")) for k in keys),
        )
    ]
    about = [failed] if failed else []
    if reading.seen_units is None:
        test = _tested(reading, one, grain)
        blocks += (
            of_metric(reading, test, say("candidates.candidate"), say("candidates.difference"))
            if test
            else []
        )
        about += [] if test else [say("candidates.same")]
    else:
        about.append(say("plan.not_seen"))
    if not tried.is_computed(reading.published, name):
        about.append(say("candidates.not_yet"))
    if reading.may("governance:change:write"):
        blocks.append(
            Block(
                say("candidates.decide"),
                (say("candidates.decide_about"),),
                form=_form(reading, name, typed or {}),
            )
        )
    mark = Mark("refused", say("candidates.failed"), "bad") if failed else None
    return _page(reading, metric.label, tuple(blocks), about=tuple(about), up=True, mark=mark)


def _tested(reading: Reading, one: tried.Candidate, asked: str | None) -> MetricTest | None:
    finest = finest_shown(reading.catalog, reading.catalog.metrics[one.metric])
    known: dict[str, Grain] = {
        grain: grain for grain in PERIODS if GRAINS.index(grain) >= GRAINS.index(finest)
    }
    grain = known.get(asked or "month") or (max("month", finest, key=GRAINS.index) if asked is None else None)
    if grain is None:
        raise QueryError(
            say("grain.unknown", grain=asked),
            code="unknown-grain",
            hint=say("grain.hint", known=", ".join(known)),
        )
    return reading.once(
        ("candidate", one.metric, one.version.id, grain),
        lambda: tried.side_by_side(
            reading.published, one, viewer=reading.viewer, periods=PERIODS[grain], grain=grain
        ),
    )


def _form(reading: Reading, name: str, typed: Mapping[str, str]) -> Form:
    ways = (("from_now", say("candidates.from_now")), ("from", say("candidates.from")),
            ("restating", say("candidates.restating")))  # fmt: skip
    fields = (
        Field("because", say("candidates.because"), "text", typed.get("because", ""), required=True),
        Field("how", say("candidates.how"), "choice", typed.get("how", "from_now"), choices=ways),
        Field("day", say("candidates.day"), "line", typed.get("day", "")),
    )
    buttons = (("apply", say("candidates.apply")), ("drop", say("candidates.drop")))
    return Form(to.candidate(name), fields, buttons, token=reading.form_token)


def _today(reading: Reading) -> date:
    return reading.now.astimezone(reading.tz).date()


def _label(reading: Reading, name: str) -> str:
    known = reading.catalog.metrics.get(name)
    return known.label if known else name


def _page(
    reading: Reading,
    title: str,
    blocks: tuple[Block, ...],
    *,
    about: tuple[str, ...] = (),
    up: bool = False,
    mark: Mark | None = None,
) -> GovernancePage:
    above = (Link(say("candidates.title"), to.candidates()),) if up else ()
    return GovernancePage(
        shell=shell(reading, title, "definitions"),
        crumbs=(*crumbs(), *above),
        title=title,
        about=about,
        mark=mark,
        beside=beside("candidates"),
        blocks=blocks,
    )
