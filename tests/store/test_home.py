"""The home's folders, files that arrive whole, and what is cleared away after a kill."""

from pathlib import Path

import pytest

from leadline.clock import FixedClock
from leadline.errors import StoreError
from leadline.store.home import Home, arriving
from leadline.store.lock import writing


def test_a_home_keeps_itself_out_of_version_control(tmp_path: Path) -> None:
    home = Home(tmp_path / ".leadline").prepare()
    assert (home.root / ".gitignore").read_text(encoding="utf-8") == "*\n"
    (home.root / ".gitignore").write_text("mine\n", encoding="utf-8")
    home.prepare()
    assert (home.root / ".gitignore").read_text(encoding="utf-8") == "mine\n"


def write_half(target: Path) -> None:
    with arriving(target) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise ZeroDivisionError


def test_a_file_arrives_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "file"
    with arriving(target) as temporary:
        temporary.write_text("whole", encoding="utf-8")
        assert not target.exists()
    assert target.read_text(encoding="utf-8") == "whole"
    with pytest.raises(ZeroDivisionError):
        write_half(target)
    assert [p.name for p in target.parent.iterdir()] == ["file"]
    assert target.read_text(encoding="utf-8") == "whole"


def test_a_spill_folder_lives_as_long_as_its_process(home: Home) -> None:
    mine, yours = home.spill(), home.spill()
    dead = home.temporary / "dead"
    dead.mkdir()
    (dead / "alive").touch()
    (dead / "spilled.tmp").write_bytes(b"x")
    (home.temporary / "never-began").mkdir()
    assert home.sweep_leftovers() == 2
    assert sorted(home.temporary.iterdir()) == sorted([mine.folder, yours.folder])
    mine.close()
    assert list(home.temporary.iterdir()) == [yours.folder]
    yours.close()


def test_the_ledgers_address_survives_any_path(home: Home) -> None:
    from sqlalchemy import make_url

    assert make_url(home.ledger_url).database == str(home.root / "ledger.sqlite")


def test_a_home_where_nothing_may_be_written_says_so(home: Home, clock: FixedClock) -> None:
    """Root may write everywhere, so a folder stands where a file belongs."""
    home.writing_lock.mkdir()
    with pytest.raises(StoreError, match=r"writing\.lock cannot be written"), writing(home, "refresh", clock):
        pass
    home.temporary.rmdir()
    home.temporary.write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        home.spill()
    with pytest.raises(StoreError, match="cannot be written"), arriving(home.temporary / "file"):
        pass


HALVES = (
    ".ledger.sqlite.0a1b2c3d",
    "published/.g1.duckdb.0a1b2c3d",
    "published/.g1.duckdb.0a1b2c3d.wal",
    "facts/call/.b1.parquet.0a1b2c3d",
    "held/calls/.b1.parquet.0a1b2c3d/part-0.parquet",
    "left_out/call/.k1.parquet.0a1b2c3d",
    "states/nps/.s1.parquet.0a1b2c3d",
    "landed/tickets/.coming.json.0a1b2c3d",
    "landed/tickets/.000001.parquet.0a1b2c3d",
    "hooks/orders/archive/.0c0ffee.jsonl.0a1b2c3d",
)
"""What a kill may leave, wherever something arrives."""
WHOLE = (
    ".gitignore",
    "secrets.yaml",
    "facts/call/b1.parquet",
    "landed/tickets/manifest.json",
    "landed/tickets/messages/00000001.jsonl",
    "hooks/orders/ab/ab0123",
    "hooks/orders/ab/.0123456789abcdef0123456789abcdef",  # is being received: no lock holds that up
    "hooks/orders/archive/0c0ffee.jsonl",
)


def test_who_begins_to_write_clears_away_what_a_killed_writer_left(home: Home, clock: FixedClock) -> None:
    for name in (*HALVES, *WHOLE):
        (home.root / name).parent.mkdir(parents=True, exist_ok=True)
        (home.root / name).write_text("x", encoding="utf-8")
    with writing(home, "fetch", clock):
        there = {str(p.relative_to(home.root)) for p in home.root.rglob("*") if p.is_file()}
    assert there == {*WHOLE, "writing.lock"}
