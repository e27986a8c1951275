"""Databases are read as they are: every kind of value, what changed, what is gone, one moment; errors have names."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadline.errors import LeadlineError
from leadline.ingest.landing import database, merging
from leadline.ingest.landing.fetch import fetch
from leadline.ingest.landing.session import Landing
from leadline.store.databases.select import checked_select
from tests.ingest.landing.fetched import fetched, fetching, project
from tests.ingest.landing.landings import landed
from tests.ingest.landing.servers import Server
from tests.ingest.room import opened

TABLE = "CREATE TABLE tickets (id BIGINT PRIMARY KEY, status VARCHAR(40), amount DECIMAL(12,2), changed TIMESTAMP NULL)"
MAPPED = {"changed": "instant(changed)"}


def values(server: Server, rows: list[tuple[int, str, float, str | None]]) -> None:
    """Put rows in the place of all that there are."""
    server.run("DELETE FROM tickets")
    for number, status, amount, changed in rows:
        when = "NULL" if changed is None else f"'{changed}'"
        server.run(f"INSERT INTO tickets VALUES ({number}, '{status}', {amount}, {when})")


def mapped(server: Server) -> dict[str, str]:
    """SQLite has no instants: it keeps texts."""
    return MAPPED if server.kind == "sqlite" else {}


def test_a_table_is_read_with_its_types(server: Server, tmp_path: Path) -> None:
    server.run(TABLE)
    values(server, [(1, "open", 12.5, "2026-05-01 10:00:00"), (2, "it''s ü", 0.1, None)])
    with opened(tmp_path / "p", project(server, mapped(server))) as room:
        found = fetched(room, server)
        assert (found.records, found.new) == (2, 2)
        assert room.ingest().law.holds
        assert room.rows("sale", "id", "status", "amount", "changed") == [
            (1, "open", 12.5, datetime(2026, 5, 1, 10, tzinfo=UTC)),
            (2, "it's ü", 0.1, None),
        ]


@pytest.mark.thorough
def test_without_a_cursor_everything_is_read_and_only_what_differs_is_replaced(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "FULL", 2)
    server.run(TABLE)
    values(server, [(n, "open", 1, None) for n in range(1, 7)])
    with opened(tmp_path / "p", project(server, mapped(server))) as room:
        fetched(room, server)
        room.ingest()
        server.run("UPDATE tickets SET status = 'done' WHERE id = 4", "DELETE FROM tickets WHERE id = 5")
        again = fetched(room, server)
        assert (again.records, again.new, again.changed, again.gone, again.landed) == (5, 0, 1, 1, 5)
        result = room.ingest()
        assert sorted(f.file[-14:] for f in result.loaded) == ["000002.parquet", "000003.parquet"]
        assert [row[:2] for row in room.rows("sale")] == [
            (1, "open"), (2, "open"), (3, "open"), (4, "done"), (6, "open"),
        ]  # fmt: skip
        server.run("DELETE FROM tickets WHERE id >= 4")
        fetched(room, server)
        assert {f.outcome for f in room.ingest().files} == {"unchanged", "loaded", "retired"}
        assert len(room.rows("sale")) == 3


CHANGES = st.lists(
    st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from(["open", "done", "gone", None]), st.integers(0, 9)), max_size=6
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@pytest.mark.thorough
@given(CHANGES, st.sampled_from(["tombstones", "keys"]))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_increments_with_updates_and_deletions_end_where_a_full_load_ends(
    server: Server, runs: list[list[tuple[int, str | None, int]]], deletions: str
) -> None:
    """`None` deletes the row in the database; `gone` marks it as deleted."""
    server.run("DROP TABLE IF EXISTS tickets", TABLE)
    options = {"deletions": "compare_keys"} if deletions == "keys" else {}
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "FULL", 3)
        patch.setattr(database, "_RANGE", 2)
        text = project(server, mapped(server), updated="changed", deleted="status = 'gone'", **options)
        with opened(Path(folder) / "p", text) as room:
            for nth, run in enumerate(runs):
                for key, status, minute in run:
                    server.run(f"DELETE FROM tickets WHERE id = {key}")
                    if status is None and deletions == "tombstones":
                        status = "gone"  # noqa: PLW2901 a row that is deleted unseen is what `keys` is for
                    if status is not None:
                        when = f"'2026-05-0{nth + 1} 10:0{minute}:00'"
                        server.run(f"INSERT INTO tickets VALUES ({key}, '{status}', {minute}, {when})")
                fetched(room, server)
            room.ingest()
            standing = server.run("SELECT id, status FROM tickets WHERE status <> 'gone' ORDER BY id")
            assert [row[:2] for row in room.rows("sale", "id", "status")] == [tuple(row) for row in standing]


@pytest.mark.thorough
def test_a_first_fetch_that_is_cut_off_goes_on_after_the_last_range(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_RANGE", 10)
    server.run(TABLE)
    values(server, [(n, "open", 1, "2026-05-01 10:00:00") for n in range(1, 101)])
    with opened(tmp_path / "p", project(server, mapped(server), updated="changed")) as room:
        pages = 0

        def breaks() -> None:
            nonlocal pages
            pages += 1
            if pages > 12:
                raise KeyboardInterrupt

        monkeypatch.setattr("leadline.ingest.landing.session._RECORDS", 20)
        doing = fetching(room, server)
        with pytest.raises(KeyboardInterrupt):
            fetch(type(doing)(doing.catalog, doing.home, doing.secrets, doing.clock, doing.opening, breaks))
        assert room.ingest().files == ()
        cut = Landing.begin(room.root, room.catalog.sources["tickets"], room.clock, whole=False).base
        assert 0 < cut.rows < 100
        server.run("UPDATE tickets SET status = 'late', changed = '2026-05-01 10:00:01' WHERE id = 1")
        found = fetched(room, server)
        assert found.records < 100
        fetched(room, server)
        room.ingest()
        assert sorted(row[0] for row in room.rows("sale", "id")) == list(range(1, 101))
        assert room.rows("sale", "id", "status")[0] == (1, "late")


def test_a_query_is_read_like_a_table(server: Server, tmp_path: Path) -> None:
    server.run(TABLE)
    values(server, [(1, "open", 2, "2026-05-01 10:00:00"), (2, "done", 3, "2026-05-02 10:00:00")])
    query = "select id, 'is:' || status as status, amount * 2 as amount, changed -- twice\nfrom tickets where id < 2;"
    if server.kind == "mariadb":
        query = query.replace("'is:' || status", "concat('is:', status)")
    text = project(server, mapped(server), table=None, query=query, updated="changed")
    with opened(tmp_path / "p", text) as room:
        fetched(room, server)
        fetched(room, server)
        room.ingest()
        assert [row[:3] for row in room.rows("sale")] == [(1, "is:open", 4.0)]


@pytest.mark.parametrize(
    "query",
    [
        "delete from t", "select 1; select 2", "select * into u from t", "select * from t for update",
        "with x as (delete from t returning *) select * from x", "insert into t select 1", "select", "",
        "drop table t", "call f()", "set x = 1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("backend", ["postgresql", "mysql", "sqlite"])
def test_a_query_that_is_more_than_reading_is_refused(query: str, backend: str) -> None:
    with pytest.raises(LeadlineError) as refused:
        checked_select(query, backend)
    assert refused.value.code == "database-query"


def test_a_column_that_changes_its_type_is_told_and_read_as_text(server: Server, tmp_path: Path) -> None:
    server.run(
        "CREATE TABLE tickets (id BIGINT PRIMARY KEY, note INTEGER)", "INSERT INTO tickets VALUES (1, 5)"
    )
    with opened(tmp_path / "p", project(server)) as room:
        fetched(room, server)
        server.run(
            "DROP TABLE tickets", "CREATE TABLE tickets (id BIGINT PRIMARY KEY, note VARCHAR(9), extra INTEGER)",
            "INSERT INTO tickets VALUES (1, 'five', 1)",
        )  # fmt: skip
        assert fetched(room, server).notes == (
            "Column 'note' was integer and is text.",
            "Column 'extra' is new.",
        )
        room.ingest()
        assert room.rows("sale", "id", "note") == [(1, "five")]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"table": "nowhere"}, "database-table"), ({"key": ["idd"]}, "database-table"),
        ({"updated": "never"}, "database-table"),
        ({"table": None, "query": "select missing from tickets"}, "database-table"),
    ],
)  # fmt: skip
def test_what_is_not_there_has_a_name(
    server: Server, tmp_path: Path, change: dict[str, object], code: str
) -> None:
    server.run(TABLE)
    with opened(tmp_path / "p", project(server, **change)) as room, pytest.raises(LeadlineError) as failed:
        fetched(room, server)
    assert failed.value.code == code, failed.value
    assert failed.value.hint


ODD = {
    "postgresql": (
        ("CREATE TABLE tickets (id BIGINT PRIMARY KEY, a NUMERIC(20,4), b NUMERIC, c DATE, d TIMESTAMPTZ, e TIMESTAMP,"
        " f BOOLEAN, g JSONB, h BYTEA, i UUID, j INTERVAL, k INTEGER[], l TEXT, m TIME, n NUMERIC(30,0))"),
        ("INSERT INTO tickets VALUES (1, 1234567890123456.7891, 1e3, '2026-02-28', '2026-05-01 12:00+02',"
        " '2026-05-01 12:00:00.5', true, '{\"a\": 1.10}', '\\x00ff', '00000000-0000-0000-0000-00000000000a',"
        " '1 day 2 hours', '{1,2}', repeat('x', 300000), '23:59:59', 123456789012345678901234567890)"),
        "INSERT INTO tickets (id, c, d) VALUES (2, 'infinity', '-infinity'), (3, '0044-03-15 BC', NULL)",
    ),
    "mariadb": (
        ("CREATE TABLE tickets (id BIGINT UNSIGNED PRIMARY KEY, a DECIMAL(20,4), b DOUBLE, c DATE, d TIMESTAMP NULL,"
        " e DATETIME(6), f BIT(1), g JSON, h BLOB, i TINYINT(1), j YEAR, k SET('x','y'), l LONGTEXT, m TIME,"
        " n BIGINT UNSIGNED)"),
        ("INSERT INTO tickets VALUES (1, 1234567890123456.7891, 1e3, '2026-02-28', '2026-05-01 10:00:00',"
        " '2026-05-01 12:00:00.5', b'1', '{\"a\": 1.10}', x'00ff', 1, 2026, 'x,y', repeat('x', 300000), '-33:59:59',"
        " 18446744073709551615)"),
        "INSERT INTO tickets (id, c, e) VALUES (2, '0000-00-00', '0000-00-00 00:00:00'), (3, '2026-02-00', NULL)",
    ),
    "sqlite": (
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY, a REAL, b, c TEXT, h BLOB, l TEXT)",
        ("INSERT INTO tickets VALUES (1, 1.5, 7, '2026-02-28', x'00ff', printf('%300000s', 'x')), (2, NULL, 'seven',"
        " 'a' || char(0) || 'b', NULL, NULL), (3, NULL, NULL, NULL, NULL, '😀')"),
    ),
}  # fmt: skip
READ = {
    "postgresql": {
        "a": 1234567890123456.7891, "b": 1000.0, "c": ["2026-02-28", "infinity", "0044-03-15 BC"],
        "d": ["2026-05-01 10:00:00+00:00", "-infinity", None],
        "e": datetime.fromisoformat("2026-05-01T12:00:00.5"), "f": True,
        "g": '{"a": 1.10}', "h": "0x00ff", "i": "00000000-0000-0000-0000-00000000000a", "k": "[1, 2]",
        "l": "x" * 300_000, "m": "23:59:59", "n": "123456789012345678901234567890",
    },
    "mariadb": {
        "a": 1234567890123456.7891, "b": 1000.0, "c": ["2026-02-28", "0000-00-00", "2026-02-00"],
        "d": datetime(2026, 5, 1, 10, tzinfo=UTC),
        "e": ["2026-05-01 12:00:00.500000", "0000-00-00 00:00:00.000000", None],
        "f": 1, "g": '{"a": 1.10}', "h": "0x00ff", "i": 1, "j": 2026, "k": "x,y", "l": "x" * 300_000, "m": "-33:59:59",
        "n": "18446744073709551615",
    },
    "sqlite": {
        "a": 1.5, "b": ["7", "seven", None], "c": ["2026-02-28", "a\0b", None], "h": "0x00ff",
        "l": [" " * 299_999 + "x", None, "😀"],
    },
}  # fmt: skip


def test_every_kind_of_value_lands_as_what_it_is(server: Server, tmp_path: Path) -> None:
    server.run(*ODD[server.kind])
    with opened(tmp_path / "p", project(server)) as room:
        fetched(room, server)
        rows = sorted(landed(room.root), key=lambda row: int(row["id"]))
        for name, expected in READ[server.kind].items():
            found = [row.get(name) for row in rows]
            if isinstance(expected, list):
                assert found == expected, name
            elif isinstance(expected, float):
                assert float(found[0]) == expected, name
            else:
                assert found[0] == expected, name


def test_dates_that_are_none_hold_their_rows_and_no_others(server: Server, tmp_path: Path) -> None:
    if server.kind == "sqlite":
        server.run("CREATE TABLE tickets (id INTEGER PRIMARY KEY, changed TEXT, note TEXT)")
    else:
        server.run("CREATE TABLE tickets (id BIGINT PRIMARY KEY, changed TIMESTAMP NULL, note VARCHAR(9))")
    wrong = {"postgresql": "infinity", "mariadb": "0000-00-00 00:00:00", "sqlite": "0000-00-00"}[server.kind]
    server.run(f"INSERT INTO tickets VALUES (1, '2026-05-01 10:00:00', 'a'), (2, '{wrong}', 'b')")
    if server.kind == "mariadb":
        server.run("ALTER TABLE tickets MODIFY changed DATETIME NULL")
    with opened(tmp_path / "p", project(server)) as room:
        fetched(room, server)
        law = room.ingest().live_law
        assert (law.rows_in, law.accepted, law.held) == (2, 1, 1)
        assert room.codes() == {2: ["not-an-instant"]}
