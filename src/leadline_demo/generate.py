"""Build the demo company: draw it, write its systems' raw files, its truths, and its project's YAML."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import as_file, files
from pathlib import Path

import yaml

from leadline_demo import (
    aldermann,
    crm,
    helpdesk,
    marketing,
    product,
    survey_files,
    surveys,
    telephony,
    workforce,
)
from leadline_demo.arrays import Dice
from leadline_demo.billing import export_billing
from leadline_demo.company import NAME
from leadline_demo.contacts import make_contacts
from leadline_demo.customers import make_customers
from leadline_demo.exports import Exports
from leadline_demo.handling import handle
from leadline_demo.timeline import FIRST, LAST
from leadline_demo.truths import TRUTHS, Ledger
from leadline_demo.volumes import expect_contacts
from leadline_demo.world import World

AS_OF = "2026-11-02T06:00:00Z"
"""When the exports were taken: figures of the demo are meant as of this instant."""
Progress = Callable[[str], None]


def generate(target: Path, *, seed: int = 7, size: float = 1.0, progress: Progress | None = None) -> None:
    """Write the demo company into a folder: data/, truths.yaml and the project's YAML.

    `size` 1.0 is about a million contacts of eighteen months; the same seed and size give the same bytes. Files of
    an earlier run with the same names are overwritten. Raises ValueError for a size outside 0.02 to 5.
    """
    if not 0.02 <= size <= 5:
        raise ValueError("the size of the demo company must be between 0.02 and 5")
    say = progress or (lambda _: None)
    dice, ledger = Dice(seed), Ledger()
    say("Drawing customers and contacts")
    with ThreadPoolExecutor(max_workers=2) as pool:
        world = _draw(dice, size, Exports(target / "data", ledger, pool))
        _export_service(world, say)
        say("Writing customers, money and marketing")
        _export_business(world)
        say("Writing people and costs")
        _export_workforce(world)
        world.exports.finish()
    aldermann.deliver_in_utf8(world)
    survey_files.copy_file(world)
    helpdesk.break_off_redelivery(world)
    say("Writing the truths and the project")
    write_truths(target, ledger, seed=seed, size=size)
    copy_project(target)


def _draw(dice: Dice, size: float, exports: Exports) -> World:
    people = make_customers(dice, size)
    demand = expect_contacts(dice, size)
    contacts = make_contacts(dice, size, people, demand, exports.ledger)
    handling = handle(dice, size, contacts)
    return World(size, dice, people, contacts, handling, demand.trouble, exports, exports.ledger)


def _export_service(world: World, say: Progress) -> None:
    say("Writing calls, chats and tickets")
    telephony.export_calls(world)
    helpdesk.export_chats(world)
    helpdesk.export_tickets(world)
    say("Writing surveys")
    asked = surveys.ask_after_contacts(world).join(surveys.ask_about_relationship(world, acquired=False))
    survey_files.export_surveys(world, asked)
    say("Writing the acquired unit's files")
    aldermann.export_contacts(world)
    aldermann.export_surveys(world)
    aldermann.export_customers(world)
    aldermann.export_invoices(world)


def _export_business(world: World) -> None:
    crm.export_crm(world)
    crm.export_twins(world)
    crm.export_credits(world)
    export_billing(world)
    product.export_usage(world)
    product.export_onboarding(world)
    product.export_catalogue(world)
    marketing.export_campaigns(world)
    marketing.export_exposures(world)
    marketing.export_touchpoints(world)
    marketing.export_consents(world)


def _export_workforce(world: World) -> None:
    workforce.export_agents(world)
    workforce.export_shifts(world)
    workforce.export_reviews(world)
    workforce.export_costs(world)
    workforce.export_mystery_shopping(world)


def write_truths(target: Path, ledger: Ledger, *, seed: int, size: float) -> None:
    """Write truths.yaml: every planted truth with where, when, how large, and what a perfect system says."""
    truths = [
        {
            "id": truth.id, "title": truth.title, "kind": truth.kind, "where": dict(truth.where),
            "when": {"from": truth.since, "to": truth.until}, "size": dict(truth.size),
            "planted": ledger.planted.get(truth.id, {}), "says": truth.says, "expect": list(truth.expect),
            "signs": list(truth.signs), "silent": list(truth.silent),
        }
        for truth in TRUTHS
    ]  # fmt: skip
    document = {
        "company": NAME, "seed": seed, "size": size, "from": FIRST.isoformat(), "to": LAST.isoformat(),
        "as_of": AS_OF, "truths": truths,
    }  # fmt: skip
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    (target / "truths.yaml").write_text(text, encoding="utf-8")


def copy_project(target: Path) -> None:
    """Copy the project's YAML (leadline.yaml, sources, metrics, …) into the folder."""
    with as_file(files("leadline_demo") / "project") as project:
        shutil.copytree(project, target, dirs_exist_ok=True)
