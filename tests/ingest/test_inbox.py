"""Events that came land once, whatever is killed on the way; they land again when the definition changes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadline.catalog.definitions import Webhook
from leadline.clock import FixedClock
from leadline.errors import SourceError
from leadline.ingest.landing.hooks import inbox

NOW = datetime.now(UTC)


def connector(folder: Path, days: int = 0, **more: Any) -> inbox.InboxConnector:
    hook = Webhook.model_validate({"secret": "s", "scheme": "stripe", "records": "items", **more})
    return inbox.InboxConnector(folder, hook, FixedClock(NOW + timedelta(days=days)))


def keep(folder: Path, name: str, minutes: int = 0) -> bool:
    body = f'{{"id": "{name}", "items": [{{"sku": "a"}}, {{"sku": "b"}}]}}'.encode()
    return inbox.keep(folder, connector(folder).hook, body, None, NOW + timedelta(minutes=minutes))


def landed(made: inbox.InboxConnector, cursor: Any = None) -> tuple[list[Any], Any]:
    pages = list(made.pages(cursor, lambda: None))
    return [(r["event"]["id"], r["sku"]) for page in pages for r in page.records], pages[-1].cursor


def test_events_land_in_their_order_and_once(tmp_path: Path) -> None:
    assert keep(tmp_path, "late", minutes=2)
    assert keep(tmp_path, "early")
    records, cursor = landed(connector(tmp_path))
    assert records == [("early", "a"), ("early", "b"), ("late", "a"), ("late", "b")]
    assert keep(tmp_path, "third")
    assert not keep(tmp_path, "early")
    records, cursor = landed(connector(tmp_path), cursor)
    assert records == [("third", "a"), ("third", "b")]
    assert not keep(tmp_path, "early")
    assert landed(connector(tmp_path), cursor)[0] == []


def test_what_was_not_committed_lands_again(tmp_path: Path) -> None:
    keep(tmp_path, "one")
    first, _ = landed(connector(tmp_path))
    again, cursor = landed(connector(tmp_path))  # the run that took it was killed: no cursor was kept
    assert first == again
    assert landed(connector(tmp_path), cursor)[0] == []


def test_a_source_that_is_fetched_anew_gets_all_events_ever(tmp_path: Path) -> None:
    cursor: Any = None
    for n in range(4):
        keep(tmp_path, f"event {n}", minutes=n)
        _, cursor = landed(connector(tmp_path), cursor)
    records, _ = landed(connector(tmp_path))
    assert {name for name, _ in records} == {f"event {n}" for n in range(4)}


def test_events_from_the_archive_land_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    cursor: Any = None
    for run in range(6):
        for n in range(3):
            keep(tmp_path, f"event {run}-{n}", minutes=run * 10 + n)
        _, cursor = landed(connector(tmp_path), cursor)
    records, _ = landed(connector(tmp_path))
    named = list(dict.fromkeys(name for name, _ in records))
    assert named == [f"event {run}-{n}" for run in range(6) for n in range(3)]


def test_what_a_killed_server_left_half_written_goes_and_what_is_being_received_stays(tmp_path: Path) -> None:
    keep(tmp_path, "one")
    (shelf,) = tmp_path.glob("??")
    half = shelf / ".0123456789abcdef0123456789abcdef"
    half.write_text('{"id": "tw')
    _, cursor = landed(connector(tmp_path))
    assert half.exists()  # somebody may still be writing it
    landed(connector(tmp_path, days=1), cursor)
    assert not half.exists()


def test_a_replay_is_known_for_a_day_or_for_ever(tmp_path: Path) -> None:
    for scheme, folder in (("stripe", tmp_path / "timed"), ("shopify", tmp_path / "untimed")):
        keep(folder, "one")
        _, cursor = landed(connector(folder, scheme=scheme))
        _, cursor = landed(connector(folder, scheme=scheme), cursor)
        landed(connector(folder, days=2, scheme=scheme), cursor)
    assert keep(tmp_path / "timed", "one")  # its old signature would be refused before it comes here
    assert not keep(tmp_path / "untimed", "one")


@pytest.mark.parametrize(("scheme", "kept"), [("shopify", 2), ("hub", 2), ("stripe", 1), ("zendesk", 1)])
def test_a_thing_that_is_sent_as_it_now_is_has_an_event_for_each_state(
    scheme: str, kept: int, tmp_path: Path
) -> None:
    hook = connector(tmp_path, scheme=scheme, records="").hook
    bodies = [b'{"id": 7, "state": "open"}', b'{"id": 7, "state": "paid"}', b'{"id": 7, "state": "paid"}']
    assert sum(inbox.keep(tmp_path, hook, body, None, NOW) for body in bodies) == kept


def test_an_event_of_another_shape_is_a_row_too(tmp_path: Path) -> None:
    inbox.keep(tmp_path, connector(tmp_path).hook, b'{"id": "odd"}', None, NOW)
    (page,) = connector(tmp_path).pages(None, lambda: None)
    assert page.records == [
        {"event": {"id": "odd", "received_at": NOW.isoformat(), "position": 0, "body": '{"id": "odd"}'}}
    ]


def test_a_damaged_event_is_told(tmp_path: Path) -> None:
    keep(tmp_path, "one")
    (path,) = tmp_path.glob("??/*")
    path.write_text("half of")
    with pytest.raises(SourceError) as error:
        landed(connector(tmp_path))
    assert error.value.code == "hook-damaged"
