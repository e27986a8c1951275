"""Real brokers of our own for tests: started on a free port, stopped and started again, gone afterwards."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 60
PACKAGES = {"redis-server": "redis-server", "nats-server": "nats-server", "rabbitmq-server": "rabbitmq-server",
            "kcat": "kcat"}  # fmt: skip


def program(name: str) -> str | None:
    """Find a program, also where only root has it on the path."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """Give a port that nobody has just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@dataclass
class Server:
    """A program that listens on a port and keeps its data in a folder."""

    command: Sequence[str]
    port: int
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        out = (self.folder / "output").open("ab")
        with out:
            self.process = subprocess.Popen(
                self.command, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env={**os.environ, **self.environment}, cwd=self.folder,
            )  # fmt: skip
        ends = time.monotonic() + PATIENCE
        while not answers(self.port):
            assert self.process.poll() is None, (self.folder / "output").read_text(errors="replace")[-2000:]
            assert time.monotonic() < ends, "it does not answer"
            time.sleep(0.05)

    def stop(self, *, hard: bool = False) -> None:
        """Stop it."""
        if self.process is not None:
            self.process.kill() if hard else self.process.terminate()
            self.process.wait(PATIENCE)
            self.process = None


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    """Run a server for a while."""
    server.start()
    try:
        yield server
    finally:
        server.stop(hard=True)


@contextlib.contextmanager
def redis() -> Iterator[Server]:
    """A Redis that writes everything to disk at once."""
    with tempfile.TemporaryDirectory(prefix="leadline-redis-") as made:
        port = free_port()
        command = [
            program("redis-server") or "", "--port", str(port), "--bind", "127.0.0.1", "--dir", made,
            "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--requirepass", "sesame-street",
        ]  # fmt: skip
        with running(Server(command, port, Path(made))) as server:
            yield server


@contextlib.contextmanager
def nats() -> Iterator[Server]:
    """A NATS server with JetStream on disk."""
    with tempfile.TemporaryDirectory(prefix="leadline-nats-") as made:
        port = free_port()
        command = [program("nats-server") or "", "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", made]
        with running(Server(command, port, Path(made))) as server:
            yield server


@contextlib.contextmanager
def rabbitmq() -> Iterator[Server]:
    """A RabbitMQ node alone, with its port mapper beside it (the one of the machine, if there is one)."""
    with tempfile.TemporaryDirectory(prefix="leadline-rabbit-") as made:
        folder, port = Path(made), free_port()
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{port}\nloopback_users = none\nvm_memory_high_watermark.relative = 0.2\n"
            "disk_free_limit.absolute = 1MB\n"
        )
        (folder / "enabled_plugins").write_text("[].\n")
        (folder / ".erlang.cookie").write_text("LEADLINETESTS")
        (folder / ".erlang.cookie").chmod(0o400)
        environment = {
            "HOME": made, "RABBITMQ_NODENAME": f"leadline{port}@localhost", "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"), "RABBITMQ_MNESIA_BASE": made,
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"), "RABBITMQ_LOG_BASE": made,
            "ERL_EPMD_PORT": str(free_port()), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1",
        }  # fmt: skip
        server = Server(["/usr/lib/rabbitmq/bin/rabbitmq-server"], port, folder, environment)
        server.start()
        try:
            yield server
        finally:
            server.stop()
            epmd = ["epmd", "-port", environment["ERL_EPMD_PORT"], "-kill"]
            subprocess.run(epmd, capture_output=True, check=False, env={**os.environ, **environment})


@dataclass
class Kafka:
    """librdkafka's own broker (it speaks Kafka's protocol on a port, keeps nothing on disk), with a producer in it."""

    address: str
    process: "subprocess.Popen[str]"

    def send(self, key: str, body: str) -> None:
        """Produce a message."""
        assert self.process.stdin
        self.process.stdin.write(f"{key}|{body}\n")
        self.process.stdin.flush()


@contextlib.contextmanager
def kafka(topic: str) -> Iterator[Kafka]:
    """The broker that kcat has within itself."""
    command = [
        program("kcat") or "", "-P", "-t", topic, "-K", "|", "-b", "127.0.0.1:1", "-X", "test.mock.num.brokers=1",
        "-X", "linger.ms=0", "-d", "mock", "-E",
    ]  # fmt: skip
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=told, stderr=told, text=True)
        try:
            ends, found = time.monotonic() + PATIENCE, None
            while found is None:
                assert process.poll() is None
                assert time.monotonic() < ends
                time.sleep(0.05)
                told.seek(0)
                found = re.search(r"bootstrap\.servers=(127\.0\.0\.1:\d+)", told.read())
            yield Kafka(found[1], process)
        finally:
            process.kill()
            process.wait(PATIENCE)
            if process.stdin:
                with contextlib.suppress(OSError):
                    process.stdin.close()
