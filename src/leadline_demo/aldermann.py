"""The acquired unit's own exports: German words, cp1252, semicolons, decimal commas, days before months, a 1-to-7
satisfaction scale, and customer numbers of its own."""

from typing import Final

import numpy as np
import pyarrow as pa

from leadline_demo import names
from leadline_demo.arrays import Ints, Longs, ints, pick_by_row
from leadline_demo.company import ALDERMANN, CHAT, TEAMS
from leadline_demo.contacts import is_acquired
from leadline_demo.crm import countries, firms, towns
from leadline_demo.customers import PLANS, bill_dates, monthly_revenue
from leadline_demo.exports import Csv, decimals, digits, join, words
from leadline_demo.surveys import ask_about_relationship, satisfaction
from leadline_demo.timeline import (
    DAY,
    DAYS,
    HOUR,
    MONTH_OF,
    calendar_of,
    to_local,
    write_days,
    write_instants,
)
from leadline_demo.truths.data import WRONG_ENCODING
from leadline_demo.verbatims import comment
from leadline_demo.world import GONE, World

EXPORT: Final = Csv(delimiter=";", encoding="cp1252")
GERMAN_DAY: Final = "%d.%m.%Y"
CHANNEL_WORDS: Final = ("Telefon", "Chat", "E-Mail", "Webformular", "Sonstige")
TOPIC_WORDS: Final = (
    "Rechnung", "Preis", "Vertrag", "Störung", "Datensicherung", "Einrichtung", "Lieferung", "Zugangsdaten",
)  # fmt: skip
PRODUCT_WORDS: Final = ("Anschluss", "Schutz", "Speicher", "Telefonie")
SEGMENT_WORDS: Final = ("Großkunde", "Mittelstand", "Gewerbe", "Privat")
SATISFACTION: Final = ((0.15, 0.2, 0.3, 0.25, 0.1, 0.0, 0.0), (0.0, 0.0, 0.0, 0.05, 0.1, 0.45, 0.4))
"""Score shares (1 to 7) of dissatisfied and satisfied customers."""


def _minutes(seconds: Ints) -> pa.Array:
    return decimals(np.round(seconds.astype(np.int64) * 100 / 60).astype(np.int64))


def _german(local: Longs) -> pa.Array:
    return write_instants(local, dates=GERMAN_DAY, times="{:02}:{:02}")


def export_contacts(world: World) -> None:
    """Write the unit's contacts of all channels in one list."""
    people, contacts, handling = world.people, world.contacts, world.handling
    rows = np.flatnonzero(is_acquired(contacts) & (contacts.customer < people.count))
    abandoned = handling.abandoned[rows]
    seconds = handling.talk[rows] + handling.hold[rows] + handling.wrap[rows]
    queued = contacts.channel[rows] <= CHAT
    result = np.where(abandoned, 2, np.where(handling.solved[rows], 0, 1))
    world.exports.monthly_csv("aldermann/kontakte_{month}.csv", {
        "Vorgang": join("V-", digits(rows, 8)),
        "Beginn": _german(contacts.local[rows]),
        "Art": words(CHANNEL_WORDS, contacts.channel[rows]),
        "Team": words([t.code for t in TEAMS], contacts.team[rows]),
        "Mitarbeiter": join("AN-", digits(contacts.agent[rows] % 1000, 3)),
        "Kundennr": people.ids.take(pa.array(contacts.customer[rows])),
        "Betreff": words(TOPIC_WORDS, contacts.topic[rows]),
        "Produkt": words(PRODUCT_WORDS, contacts.product[rows]),
        "Wartezeit": _minutes(np.where(queued, handling.wait[rows], 0)),
        "Dauer": _minutes(np.where(abandoned, 0, seconds)),
        "Ergebnis": words(("erledigt", "offen", "aufgelegt"), result),
        "Weitergeleitet": words(("N", "J"), ints(handling.transferred[rows])),
    }, contacts.month[rows], EXPORT)  # fmt: skip


def deliver_in_utf8(world: World) -> None:
    """Deliver one month's contacts in UTF-8 although all others are cp1252 (after `exports.finish`)."""
    path = world.exports.root / WRONG_ENCODING.where["file"]
    text = path.read_bytes().decode("cp1252")
    path.write_bytes(text.encode("utf-8"))
    world.ledger.note(WRONG_ENCODING, rows=text.count("Störung"))


def export_surveys(world: World) -> None:
    """Write answers to both questions: Zufriedenheit (1 to 7) after contacts, Empfehlung (0 to 10) by lot."""
    people, contacts, handling = world.people, world.contacts, world.handling
    rng = world.dice.stream("aldermann surveys")
    able = is_acquired(contacts) & ~handling.abandoned & (contacts.customer < people.count)
    rows = np.flatnonzero(able & (rng.random(len(contacts)) < 0.09))
    happy = rng.random(len(rows)) < satisfaction(handling, rows) - 0.03
    score = 1 + pick_by_row(np.array(SATISFACTION), ints(happy), rng.random(len(rows)))
    after = world.utc(rows) + rng.integers(HOUR, 40 * HOUR, len(rows))
    asked = ask_about_relationship(world, acquired=True)
    said = np.flatnonzero(asked.answered > GONE)
    at = np.concatenate([after, asked.answered[said]])
    customer = np.concatenate([contacts.customer[rows], asked.customer[said]])
    team = np.concatenate([contacts.team[rows], np.full(len(said), -1)])
    question = np.repeat([0, 1], [len(rows), len(said)])
    value = np.concatenate([score, asked.score[said]])
    topic = np.concatenate([contacts.topic[rows], asked.topic[said]])
    glad = np.concatenate([happy, asked.happy[said]])
    order = np.argsort(at, kind="stable")
    order = order[at[order] < (DAYS - 1) * DAY]
    german = np.full(len(at), names.LANGUAGES.index("de"), dtype=np.int32)
    text = comment(
        world.dice.stream("aldermann verbatims"),
        german,
        ints(topic),
        happy=glad,
        doubled=np.zeros(len(at), dtype=bool),
        share=0.25,
    )
    world.exports.monthly_csv("aldermann/umfragen_{month}.csv", {
        "Nr": join("U-", digits(order, 6)),
        "Datum": _german(to_local(at[order], "Europe/Berlin")),
        "Kundennr": people.ids.take(pa.array(customer[order])),
        "Team": words([t.code for t in TEAMS], team[order]),
        "Frage": words(("Zufriedenheit", "Empfehlung"), question[order]),
        "Wert": pa.array(ints(value[order])),
        "Produkt": words(PRODUCT_WORDS, people.product[customer[order]]),
        "Kundenart": words(SEGMENT_WORDS, people.segment[customer[order]]),
        "Kommentar": text.take(pa.array(order)),
    }, ints(MONTH_OF[at[order] // DAY]), EXPORT)  # fmt: skip


def export_customers(world: World) -> None:
    """Write the unit's customers under its own numbers."""
    people = world.people
    who = np.flatnonzero(people.region[: people.count] == ALDERMANN)
    rows = pa.array(who)
    since = [calendar_of(index).strftime(GERMAN_DAY) for index in people.signup[who].tolist()]
    world.exports.csv("aldermann/kunden.csv", {
        "Kundennr": people.ids.take(rows),
        "Vorname": people.first.take(rows),
        "Nachname": people.last.take(rows),
        "Firma": firms(people, who),
        "E-Mail": people.email.take(rows),
        "Telefon": people.phone.take(rows),
        "PLZ": people.postcode.take(rows),
        "Ort": towns(people, who),
        "Land": countries(people, who),
        "Kundenart": words(SEGMENT_WORDS, people.segment[who]),
        "Produkt": words(PRODUCT_WORDS, people.product[who]),
        "Kunde seit": pa.array(since),
    }, EXPORT)  # fmt: skip


def export_invoices(world: World) -> None:
    """Write the unit's invoices: amounts in euro with decimal commas."""
    people = world.people
    money, active = monthly_revenue(world.dice, people)
    theirs = people.region[: people.count] == ALDERMANN
    months, who = (ints(values) for values in np.nonzero((active & theirs[:, None]).T))
    cents = np.round(money * 100).astype(np.int64)
    now, before = cents[who, months], cents[who, np.maximum(months - 1, 0)]
    final = people.left[who] == months
    day = bill_dates(people, months, who)
    world.exports.monthly_csv("aldermann/rechnungen_{month}.csv", {
        "Rechnungsnr": join("RG", digits(months + 1, 2), digits(who, 6)),
        "Kundennr": people.ids.take(pa.array(who)),
        "Datum": write_days(day, GERMAN_DAY),
        "Produkt": words(PRODUCT_WORDS, people.product[who]),
        "Tarif": words([plan.title() for plan in PLANS], people.plan[who]),
        "Kundenart": words(SEGMENT_WORDS, people.segment[who]),
        "Betrag": decimals(now),
        "Vormonat": decimals(before),
        "Folgemonat": decimals(np.where(final, 0, now)),
        "Schlussrechnung": words(("N", "J"), ints(final)),
    }, months, EXPORT)  # fmt: skip
