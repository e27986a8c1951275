"""What goes wrong with a database of others has a name and a way out, and no secret is told anywhere."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import yaml

from leadline.app.cli import main
from leadline.errors import LeadlineError
from leadline.ingest.landing.fetch import Fetching, fetch
from leadline.secret import Secrets
from tests.ingest.landing.fetched import fetched, fetching, project
from tests.ingest.landing.servers import Server, maria
from tests.ingest.room import opened
from tests.store import mariadb

TABLE = "CREATE TABLE tickets (id BIGINT PRIMARY KEY, status VARCHAR(9))"
WRONG = "wr0ng p@ssword/77"


@pytest.fixture
def theirs(running_mariadb: mariadb.MariaDB) -> Iterator[Server]:
    """A database whose reader has a password."""
    with maria(running_mariadb) as found:
        found.run(TABLE, "INSERT INTO tickets VALUES (1, 'open')")
        yield found


def code_of(tmp_path: Path, text: str, secrets: Secrets) -> LeadlineError:
    """Fetch; give what went wrong."""
    with opened(tmp_path / "p", text) as room:
        doing = fetching(room, Server("", "", "", None, ""))
        (found,) = fetch(Fetching(doing.catalog, doing.home, secrets, doing.clock, doing.opening))
    assert found.error
    assert found.error.hint
    return found.error


def test_a_wrong_password_has_a_name_and_is_not_told(theirs: Server, tmp_path: Path) -> None:
    error = code_of(tmp_path, project(theirs), Secrets({"LEADLINE_SECRET_THEIRS": WRONG}, None))
    assert error.code == "database-login"
    assert WRONG not in str(error)


def test_a_missing_secret_has_a_name(theirs: Server, tmp_path: Path) -> None:
    assert code_of(tmp_path, project(theirs), Secrets({}, None)).code == "no-secret"


def test_a_table_that_may_not_be_read_has_a_name(theirs: Server, tmp_path: Path) -> None:
    secrets = Secrets({"LEADLINE_SECRET_THEIRS": theirs.password}, None)
    assert code_of(tmp_path, project(theirs, table="mysql.user"), secrets).code == "database-denied"


def test_a_server_that_is_not_there_has_a_name(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # taken, and nobody listens
        for kind in ("mysql", "postgresql"):
            server = Server(kind, f"{kind}://ann@127.0.0.1:{taken.getsockname()[1]}/crm", "", None, "")
            error = code_of(tmp_path / kind, project(server), Secrets({}, None))
            assert error.code == "database-unreachable", error


def test_a_file_that_is_not_there_or_no_database_has_a_name(tmp_path: Path) -> None:
    missing = Server("sqlite", "sqlite:///nowhere.db", "", None, "")
    assert code_of(tmp_path / "a", project(missing), Secrets({}, None)).code == "database-unreachable"
    (tmp_path / "text.db").write_text("not a database, but long enough to look like one" * 40)
    text = Server("sqlite", f"sqlite:///{tmp_path}/text.db", "", None, "")
    assert code_of(tmp_path / "b", project(text), Secrets({}, None)).code == "database-unreachable"


@pytest.mark.parametrize("address", ["", "no address", "postgresql://[", "oraclee://x/y"])
def test_an_address_that_is_none_has_a_name_and_is_not_told(tmp_path: Path, address: str) -> None:
    text = project(Server("", "", "", None, ""), url=None, secret="theirs")  # noqa: S106 its name
    secret = f"{address}hush-hush-99" if address else "hush-hush-99"
    error = code_of(tmp_path, text, Secrets({"LEADLINE_SECRET_THEIRS": secret}, None))
    assert error.code in {"database-url", "database-driver", "database-unreachable"}, error
    assert "hush-hush" not in str(error)


@pytest.mark.parametrize("server", ["postgresql", "mariadb"], indirect=True)
def test_a_server_that_goes_half_way_has_a_name_and_the_next_run_goes_on(
    server: Server, tmp_path: Path
) -> None:
    server.run("CREATE TABLE tickets (id BIGINT PRIMARY KEY, status VARCHAR(40), changed TIMESTAMP NULL)")
    rows = ", ".join(f"({n}, '{'x' * 30}', '2026-05-01 10:00:00')" for n in range(60_000))
    server.run(f"INSERT INTO tickets VALUES {rows}")
    with opened(tmp_path / "p", project(server, updated="changed")) as room:
        doing = fetching(room, server)
        heard = 0

        def cut() -> None:
            nonlocal heard
            heard += 1
            if heard == 2:
                end_connections(server)

        (found,) = fetch(Fetching(doing.catalog, doing.home, doing.secrets, doing.clock, doing.opening, cut))
        assert found.error
        assert found.error.code == "database-gone", found.error
        assert room.ingest().files == ()
        fetched(room, server)
        assert room.ingest().live_law.accepted == 60_000


def end_connections(server: Server) -> None:
    """End every connection but our own."""
    if server.kind == "postgresql":
        server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return
    for (number,) in server.run("SELECT id FROM information_schema.processlist WHERE user = 'reader'"):
        server.run(f"KILL {number}")


@pytest.mark.thorough
def test_no_output_and_no_file_holds_a_secret(
    theirs: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of commands that succeed and of commands that fail, with a secrets file and with the environment."""
    root = tmp_path / "p"
    said = ""
    whole = theirs.url.replace("reader@", "reader:marias-p%40ssword%2F81@")
    with opened(root, project(theirs)):
        pass
    for text, value in [
        (project(theirs), theirs.password), (project(theirs), WRONG), (project(theirs, table="none"), theirs.password),
        (project(theirs, url=None), whole), (project(theirs, url=None), whole.replace("81@", "81wrong@")),
    ]:  # fmt: skip
        (root / "leadline.yaml").write_text(text)
        monkeypatch.setenv("LEADLINE_SECRET_THEIRS", value)
        for command in (
            ["fetch"],
            ["fetch", "--json", "--anew"],
            ["ingest"],
            ["refresh", "--json"],
            ["check"],
        ):
            monkeypatch.setattr("sys.argv", ["leadline", "-p", str(root), *command])
            with suppress(SystemExit):
                main()
            out, err = capsys.readouterr()
            said += out + err
    assert "database-login" in said
    files = b"".join(p.read_bytes() for p in root.rglob("*") if p.is_file())
    for secret in (theirs.password, WRONG, "marias-p%40ssword%2F81"):
        assert secret not in said
        assert secret.encode() not in files


@pytest.mark.thorough
def test_ctrl_c_ends_a_fetch_and_the_next_one_completes_it(server: Server, tmp_path: Path) -> None:
    server.run(TABLE)
    server.run("INSERT INTO tickets VALUES " + ", ".join(f"({n}, 'open')" for n in range(30_000)))
    with opened(tmp_path / "p", project(server)) as room:
        doing = fetching(room, server)

        def interrupts() -> None:
            if threading.current_thread() is threading.main_thread():
                signal.raise_signal(signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            fetch(Fetching(doing.catalog, doing.home, doing.secrets, doing.clock, doing.opening, interrupts))
        assert fetched(room, server).landed == 30_000


def test_a_source_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    missing = Server("sqlite", "sqlite:///nowhere.db", "", None, "")
    documents = list(yaml.safe_load_all(project(missing)))
    other = {**documents[2], "name": "zz_other"}
    with opened(tmp_path / "p", "---\n".join(map(yaml.safe_dump, [*documents, other]))) as room:
        found = fetch(fetching(room, missing))
    assert [(f.source, f.outcome) for f in found] == [("tickets", "failed"), ("zz_other", "failed")]
