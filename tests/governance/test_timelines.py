"""What is in force follows from deeds: every sequence of two, and laws for any number."""

from datetime import UTC, date, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.governance.timelines import Timeline, timeline
from leadline.store.effective import DEEDS, Deed, DeedDone

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAYS = [None, *(date(2026, month, 1) for month in range(1, 7))]


def deed(what: Deed, number: int, since: date | None = None, *, mode: str = "") -> DeedDone:
    return DeedDone(
        kind="metric", name="m", deed=what, definition=number, mode=mode,
        since=since, id=number, actor="ann", at=NOON,
    )  # fmt: skip


EXPECTED: dict[tuple[Deed, Deed], tuple[list[int | None], int | None, str]] = {
    ("adopt", "adopt"): ([2], None, "in force"),
    ("adopt", "apply"): ([1, 2], None, "in force"),
    ("adopt", "try"): ([1], 2, "in force"),
    ("adopt", "withdraw"): ([1], None, "in force"),
    ("adopt", "deprecate"): ([1], None, "deprecated"),
    ("adopt", "sunset"): ([1], None, "sunset"),
    ("adopt", "retire"): ([1], None, "retired"),
    ("apply", "adopt"): ([2], None, "in force"),
    ("apply", "apply"): ([2], None, "in force"),  # from the same day on
    ("apply", "try"): ([1], 2, "in force"),
    ("apply", "withdraw"): ([1], None, "in force"),
    ("apply", "deprecate"): ([1], None, "deprecated"),
    ("apply", "sunset"): ([1], None, "sunset"),
    ("apply", "retire"): ([1], None, "retired"),
    ("try", "adopt"): ([2], None, "in force"),
    ("try", "apply"): ([2], None, "in force"),
    ("try", "try"): ([], 2, "in force"),
    ("try", "withdraw"): ([], None, "in force"),
    ("try", "deprecate"): ([], 1, "deprecated"),
    ("try", "sunset"): ([], 1, "sunset"),
    ("try", "retire"): ([], 1, "retired"),
    ("withdraw", "adopt"): ([2], None, "in force"),
    ("withdraw", "apply"): ([2], None, "in force"),
    ("withdraw", "try"): ([], 2, "in force"),
    ("withdraw", "withdraw"): ([], None, "in force"),
    ("withdraw", "deprecate"): ([], None, "deprecated"),
    ("withdraw", "sunset"): ([], None, "sunset"),
    ("withdraw", "retire"): ([], None, "retired"),
}
for last, stage in (("deprecate", "deprecated"), ("sunset", "sunset"), ("retire", "retired")):
    EXPECTED |= {
        (last, "adopt"): ([2], None, "in force"),  # type: ignore[dict-item]  # the loop's texts are deeds
        (last, "apply"): ([2], None, "in force"),
        (last, "try"): ([], 2, stage),
        (last, "withdraw"): ([], None, stage),
        (last, "deprecate"): ([], None, "deprecated"),
        (last, "sunset"): ([], None, "sunset"),
        (last, "retire"): ([], None, "retired"),
        (last, "keep"): ([], None, "in force"),
    }
EXPECTED |= {
    ("adopt", "keep"): ([1], None, "in force"),
    ("apply", "keep"): ([1], None, "in force"),
    ("try", "keep"): ([], 1, "in force"),
    ("withdraw", "keep"): ([], None, "in force"),
    ("keep", "adopt"): ([2], None, "in force"),
    ("keep", "apply"): ([2], None, "in force"),
    ("keep", "try"): ([], 2, "in force"),
    ("keep", "withdraw"): ([], None, "in force"),
    ("keep", "deprecate"): ([], None, "deprecated"),
    ("keep", "sunset"): ([], None, "sunset"),
    ("keep", "retire"): ([], None, "retired"),
    ("keep", "keep"): ([], None, "in force"),
}


@pytest.mark.parametrize("pair", list(product(DEEDS, DEEDS)), ids=" ".join)
def test_every_deed_after_every_other(pair: tuple[Deed, Deed]) -> None:
    found = timeline(
        deed(what, number, DAYS[3] if what == "apply" else None) for number, what in enumerate(pair, 1)
    )
    tried = found.candidate.definition if found.candidate else None
    assert ([s.definition for s in found.segments], tried, found.stage) == EXPECTED[pair]


@given(st.lists(st.tuples(st.sampled_from(DAYS), st.booleans()), max_size=8))
def test_the_last_application_for_a_day_is_the_one_in_force(steps: list[tuple[date | None, bool]]) -> None:
    done = [deed("adopt", 0)]
    done += [
        deed("apply", number, since, mode="words" if words else "")
        for number, (since, words) in enumerate(((None if w else s, w) for s, w in steps), 1)
    ]
    found = timeline(done)
    bounds = [segment.since for segment in found.segments]
    assert bounds == sorted(bounds, key=lambda day: day or date.min)
    assert len(set(bounds)) == len(bounds)
    for day in (date(2025, 12, 31), *(d for d in DAYS if d)):
        wanted = 0
        for one in done[1:]:
            if one.mode == "words":
                last = found_before(done, one.id).segments[-1]
                wanted = one.id if last.since is None or last.since <= day else wanted
            elif one.since is None or one.since <= day:
                wanted = one.id
        segment = found.at(day)
        assert segment is not None
        assert segment.definition == wanted


def found_before(done: list[DeedDone], number: int) -> Timeline:
    return timeline(one for one in done if one.id < number)


def test_a_retired_definition_is_gone_from_its_day_on_and_a_passed_sunset_retires_nothing() -> None:
    retired = timeline([deed("adopt", 1), deed("sunset", 1, DAYS[2]), deed("retire", 1, DAYS[4])])
    assert retired.now(date(2026, 3, 31)) is not None
    assert retired.now(date(2026, 4, 1)) is None
    assert retired.at(date(2026, 4, 1)) is not None  # figures of that time are still told by it
    assert timeline([deed("adopt", 1), deed("sunset", 1, DAYS[2])]).now(date(2026, 12, 1)) is not None
