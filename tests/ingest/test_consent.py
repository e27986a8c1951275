"""Rights: the whole product of jurisdiction, purpose, channel and history of words, and laws over random histories."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Protocol

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.clock import FixedClock
from tests.ingest.rights.words import Word, said, without
from tests.ingest.room import Room, opened

HERE = Path(__file__).parent / "rights"
PROJECT = (HERE / "project.yaml").read_text("utf-8")
CASES = yaml.safe_load((HERE / "cases.yaml").read_text("utf-8"))
START = datetime(2026, 1, 1, tzinfo=UTC)
ROW_DAY, NOW = 10, START + timedelta(days=100)


def written(
    room: Room,
    rows: dict[str, tuple[str, str, int]],
    words: dict[str, list[Word]],
    purpose: str,
    lands: dict[str, str],
) -> None:
    """Write rows (customer, channel, day), the words of each customer, and where each customer lives."""
    room.write(
        "customers.csv", "customer_id,country\n" + "".join(f"{c},{land}\n" for c, land in lands.items())
    )
    room.write("replies.csv", "reply_id,customer,channel,given_at\n" + "".join(
        f"{row},{who},{channel},{_at(day)}\n" for row, (who, channel, day) in rows.items()))  # fmt: skip
    room.write(
        "lines.csv",
        "line_id,reply,booked_on\n" + "".join(f"L{row},{row},{_at(rows[row][2])[:10]}\n" for row in rows),
    )
    lines = [
        f"{who}-{nth},{who},{purpose},{'yes' if word.granted else 'no'},{_at(word.day)},{word.channel}\n"
        for who, mine in words.items()
        for nth, word in enumerate(mine)
    ]
    room.write("words.csv", "event_id,customer,purpose,granted,happened_at,channel\n" + "".join(lines))


def _at(day: int) -> str:
    return (START + timedelta(days=day)).isoformat()


class Opening(Protocol):
    """How a test opens a project."""

    def __call__(self, root: Path, project: str) -> AbstractContextManager[Room]:
        """Open it on the warehouse of this test."""
        ...


@pytest.fixture
def opening(warehouse_word: str) -> Opening:
    return lambda root, project: opened(root, project, warehouse_word)


def expected(land: str, purpose: str, channel: str, history: list[Word], row_day: int = ROW_DAY) -> bool:
    """Say whether a row may be used: the rules once more, word by word."""
    default = {
        ("US", "survey"): channel != "phone", ("US", "research"): True,
        ("UK", "survey"): True, ("UK", "research"): channel == "email",
    }.get((land, purpose), purpose == "statistics")  # fmt: skip

    def at(day: int) -> bool:
        heard = [w for w in history if w.day <= day and w.channel in {"", channel}]
        return min((-w.day, w.granted) for w in heard)[1] if heard else default

    return at(row_day) and (purpose == "research" or at(10**6))


def cases() -> Iterator[tuple[str, str, str, str, bool]]:
    for purpose, histories in CASES["may be used"].items():
        for history, lands in histories.items():
            for land, channels in lands.items():
                for channel in CASES["channels"]:
                    yield purpose, history, land, channel.replace("none", ""), channel in channels.split()


def test_the_cases_are_the_whole_product() -> None:
    purposes, histories = CASES["may be used"], CASES["histories"]
    whole = list(
        product(
            ("survey", "research", "statistics"), histories, ("DE", "US", "UK", "FR"), ("email", "phone", "")
        )
    )
    assert [case[:4] for case in cases()] == whole
    assert set(purposes) == {"survey", "research", "statistics"}


@pytest.mark.thorough
@pytest.mark.parametrize("purpose", ["survey", "research", "statistics"])
def test_every_case(purpose: str, tmp_path: Path, opening: Opening) -> None:
    mine = [case for case in cases() if case[0] == purpose]
    names = {f"R{n}": case for n, case in enumerate(mine)}
    with opening(tmp_path, PROJECT) as room:
        rows = {row: (f"C{row}", case[3], ROW_DAY) for row, case in names.items()}
        words = {f"C{row}": said(CASES["histories"][case[1]]) for row, case in names.items()}
        written(room, rows, words, purpose, {f"C{row}": case[2] for row, case in names.items()})
        found = without(room, NOW)
    wrong = {names[row] for row in names if ((row, purpose) not in found) != names[row][4]}
    assert not wrong
    assert not {what for _, what in found} & {"service"}, "a contract asks nobody"
    for case in mine:
        assert case[4] == expected(case[2], purpose, case[3], said(CASES["histories"][case[1]])), case


@pytest.mark.thorough
def test_rows_of_nobody_and_of_unknown_customers_have_no_right(tmp_path: Path, opening: Opening) -> None:
    with opening(tmp_path, PROJECT) as room:
        rows = {"R1": ("", "email", 1), "R2": ("C9", "email", 1), "R3": ("C1", "email", 1)}
        written(room, rows, {}, "survey", {"C1": "UK"})
        assert {row for row, purpose in without(room, NOW) if purpose == "survey"} == {
            "R1",
            "R2",
            "LR1",
            "LR2",
        }
        (tmp_path / "leadline.yaml").write_text(
            PROJECT.replace("jurisdiction: country", "jurisdiction: country\nwithout_customer: used")
        )
        assert {row for row, purpose in without(room, NOW) if purpose == "survey"} == {"R2", "LR2"}


@pytest.mark.thorough
def test_rows_that_lead_to_a_customer_by_another_fact_have_its_rights(
    tmp_path: Path, opening: Opening
) -> None:
    with opening(tmp_path, PROJECT) as room:
        rows = {"R1": ("C1", "email", 5), "R2": ("C2", "email", 5)}
        written(room, rows, {"C1": said("-3")}, "survey", {"C1": "UK", "C2": "UK"})
        assert {row for row, purpose in without(room, NOW) if purpose == "survey"} == {"R1", "LR1"}


@pytest.mark.thorough
def test_a_word_counts_from_its_own_instant_and_nothing_is_made_twice(
    tmp_path: Path, opening: Opening
) -> None:
    with opening(tmp_path, PROJECT) as room:
        written(room, {"R1": ("C1", "email", 5)}, {"C1": said("-50")}, "survey", {"C1": "UK"})
        assert without(room, START + timedelta(days=49)) == set()
        made = set(room.engine.relations())
        assert without(room, START + timedelta(days=20)) == set()
        assert set(room.engine.relations()) == made, "two refreshes between two words find the same"
        assert ("R1", "survey") in without(room, START + timedelta(days=50))


WORDS = st.lists(
    st.builds(Word, st.integers(0, 20), st.booleans(), st.sampled_from(["", "", "email", "phone"])),
    max_size=5,
)
CUSTOMERS = st.lists(st.tuples(st.sampled_from(["DE", "US", "UK", "FR"]), WORDS), min_size=1, max_size=6)

PURPOSES = st.sampled_from(["survey", "research", "statistics"])


@pytest.mark.thorough
@settings(max_examples=6)
@given(people=CUSTOMERS, purpose=PURPOSES, dice=st.randoms(use_true_random=False))
def test_rights_are_what_the_words_say_in_any_order(
    people: list[tuple[str, list[Word]]], purpose: str, dice: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = {
        f"R{n}-{day}-{c}": (f"C{n}", c, day)
        for n in range(len(people))
        for day in (4, 10, 20)
        for c in ("email", "")
    }
    words = {f"C{n}": dice.sample(mine, len(mine)) for n, (_, mine) in enumerate(people)}  # type: ignore[attr-defined]  # Hypothesis' Random
    with opened(tmp_path_factory.mktemp("rights"), PROJECT) as room:
        written(room, rows, words, purpose, {f"C{n}": land for n, (land, _) in enumerate(people)})
        found = {row for row, what in without(room, NOW) if what == purpose and not row.startswith("L")}
    for row, (who, channel, day) in rows.items():
        land, mine = people[int(who[1:])]
        assert (row not in found) == expected(land, purpose, channel, mine, day), (row, land, mine)


STRICTER = {
    "opt_out}": "opt_in}",
    "default: opt_out": "default: opt_in",
    "purposes: {survey: opt_out}": "purposes: {survey: opt_in}",
    "withdrawal: from_then_on": "withdrawal: past_rows_too",
    "statistics: {basis: legitimate_interest}": "statistics: {basis: consent}",
}


@pytest.mark.thorough
@settings(max_examples=5)
@given(people=CUSTOMERS, purpose=PURPOSES, loose=st.sampled_from(sorted(STRICTER)))
def test_a_stricter_policy_never_lets_a_row_in(
    people: list[tuple[str, list[Word]]], purpose: str, loose: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert loose in PROJECT
    rows = {f"R{n}{c}": (f"C{n}", c, ROW_DAY) for n in range(len(people)) for c in ("email", "phone", "")}
    with opened(tmp_path_factory.mktemp("rights"), PROJECT) as room:
        words = {f"C{n}": mine for n, (_, mine) in enumerate(people)}
        written(room, rows, words, purpose, {f"C{n}": land for n, (land, _) in enumerate(people)})
        before = without(room, NOW)
        (room.root / "leadline.yaml").write_text(PROJECT.replace(loose, STRICTER[loose]))
        assert before <= without(room, NOW)


@pytest.mark.thorough
def test_a_fixed_clock_is_what_the_refresh_is_judged_by(tmp_path: Path) -> None:
    with opened(tmp_path, PROJECT) as room:
        room.clock = FixedClock(NOW)
        written(room, {"R1": ("C1", "phone", 30)}, {"C1": said("+1 -60:phone")}, "survey", {"C1": "DE"})
        assert ("R1", "survey") in without(room, NOW)
        assert ("R1", "survey") not in without(room, START + timedelta(days=59))
