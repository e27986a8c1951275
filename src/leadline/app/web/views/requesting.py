"""Asking for a change: the form that opens a change request from the plan, its back-test attached."""

from collections.abc import Mapping

from leadline.app.change_control import open_request, planned
from leadline.app.evidence import evidence
from leadline.app.web.addresses import to
from leadline.app.web.contexts.governance import Block, Field, Form
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say
from leadline.app.web.views.work import office
from leadline.governance import change_requests as cr
from leadline.governance.backtest import backtest

PERMISSION, PERIODS = "governance:change:write", 6


def asking(reading: Reading) -> tuple[Block, ...]:
    """Give the form, to who may send it."""
    if not reading.may(PERMISSION):
        return ()
    when = (
        ("from_now", say("changes.from_now")),
        ("from", say("changes.from_day")),
        ("restating", say("changes.restating")),
    )
    form = Form(
        to.changes(),
        (
            Field("because", say("changes.because"), "text", required=True),
            Field("takes_effect", say("changes.takes_effect"), "choice", choices=when),
            Field("since", say("changes.from")),
        ),
        (("open", say("changes.open")),),
        token=reading.form_token,
    )
    return (Block(say("changes.open"), (say("changes.open.about"),), form=form),)


def open_(reading: Reading, given: Mapping[str, str]) -> str:
    """Open a change request as who is signed in; give its page.

    Raises:
        DefinitionError: nothing governed changes. CheckFailed: what is written cannot be used.
        WorkError: no reason is given. GovernanceError: it is not said from when on.
    """
    root, word = reading.catalog.root, given.get("takes_effect", "")
    how = cr.effective_of(f"from {given.get('since', '').strip()}" if word == "from" else word)
    with reading.ledger.read() as reader:
        made = planned(reader, root, reading.now, how)
    plans = reading.catalog.incentives.values()
    tested = backtest(
        reading.published, made.plan, made.working, viewer=reading.viewer, periods=PERIODS, examples=0,
        evidence=evidence(reading.ledger, reading.published, plans, reading.viewer),
    )  # fmt: skip
    with reading.ledger.write(actor=reading.person.name) as writer:
        found = open_request(
            writer, root, office(reading).people, how, justification=given.get("because", "")[:20_000],
            back_test=tested.as_dict(),
        )  # fmt: skip
    return to.change(found.number)
