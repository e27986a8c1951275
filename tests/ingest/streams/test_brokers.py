"""Real brokers: every message becomes a fact once, whatever is killed; what is no message is held with its reason."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.streams import brokers

PROJECT = """
kind: project
name: shop
---
kind: fact
name: sale
key: [sale_id]
at: at
columns: {sale_id: {type: text}, at: {type: instant, required: true}, amount: {type: number}, buyer: {type: text}}
---
kind: source
name: sales
fact: sale
stream: {STREAM}
reject:
  - {when: _fault is not null, reason: not a message that can be read}
columns: {sale_id: id, at: instant(at), amount: number(amount), buyer: buyer__name}
"""
SECRET = "sesame-street"  # noqa: S105  # of a broker that lives as long as a test
MAIN = "from leadline.app.cli import main; main()"
PASS, GUEST = "pass", "guest"  # names of secrets
Send = Callable[[list[bytes]], Awaitable[None]]


def installed(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        brokers.program(name) is None, reason=f"apt-get install {brokers.PACKAGES[name]}"
    )


def sale(n: int) -> bytes:
    at = f"2026-03-{1 + n % 28:02}T10:00:00Z"
    return json.dumps({"id": f"s{n}", "at": at, "amount": n / 4, "buyer": {"name": f"b{n}"}}).encode()


def project(folder: Path, **stream: object) -> Path:
    folder.mkdir(parents=True)
    said = json.dumps({"quiet_seconds": 0.6, **stream})
    (folder / "leadline.yaml").write_text(PROJECT.replace("{STREAM}", said))
    return folder


def leadline(root: Path, *words: str) -> dict[str, Any]:
    """Run a command that answers in JSON."""
    run = subprocess.run(
        [sys.executable, "-c", MAIN, "-p", str(root), *words, "--json"],
        capture_output=True, text=True, check=False, timeout=100, env={**os.environ, "LEADLINE_SECRET_PASS": SECRET},
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert SECRET not in run.stdout + run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


@contextmanager
def listening(root: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run `leadline listen` and kill it at the end, if nobody has."""
    environment = {**os.environ, "LEADLINE_SECRET_PASS": SECRET}
    command = [sys.executable, "-c", MAIN, "-p", str(root), "listen", "--json"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def landed(root: Path) -> dict[str, int]:
    """Load what came; give the rows of all that counts."""
    live: dict[str, int] = leadline(root, "ingest")["live"]
    return live


def kept(root: Path) -> int:
    """Count the lines of the log."""
    return sum(f.read_bytes().count(b"\n") for f in root.glob(".leadline/landed/sales/messages/*.jsonl"))


def wait(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not true():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.05)


def over_redis(port: int) -> Send:
    async def send(bodies: list[bytes]) -> None:
        import redis.asyncio

        async with redis.asyncio.Redis(host="127.0.0.1", port=port, password=SECRET) as client:
            for body in bodies:
                await client.xadd("sales", {"json": body})

    return send


def over_nats(port: int) -> Send:
    async def send(bodies: list[bytes]) -> None:
        import nats

        client = await nats.connect(f"nats://127.0.0.1:{port}")
        stream = client.jetstream()
        await stream.add_stream(name="SHOP", subjects=["sales.>"])
        for body in bodies:
            await stream.publish("sales.web", body)
        await client.close()

    return send


def over_rabbitmq(port: int) -> Send:
    async def send(bodies: list[bytes]) -> None:
        import aio_pika

        connection = await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{port}/")
        channel = await connection.channel()
        await channel.declare_queue("sales", durable=True)
        for n, body in enumerate(bodies):
            made = aio_pika.Message(body, message_id=f"m{hash(body)}-{n}", delivery_mode=2)
            await channel.default_exchange.publish(made, "sales")
        await connection.close()

    return send


def over_kafka(address: str) -> Send:
    async def send(bodies: list[bytes]) -> None:
        from aiokafka import AIOKafkaProducer

        producer = AIOKafkaProducer(bootstrap_servers=address)
        await producer.start()
        for n, body in enumerate(bodies):
            await producer.send_and_wait("sales", body, key=f"k{n}".encode())
        await producer.stop()

    return send


POISON = [b"no json", b"[1]", b"\xff\xfe", b'{"id": "late", "amount": "x"}']


def every_message_is_a_fact_once(root: Path, send: Send) -> None:
    """Take twice what there is; poison is held and blocks nothing."""
    asyncio.run(send([*(sale(n) for n in range(20)), *POISON, *(sale(n) for n in range(20, 25))]))
    assert landed(root) == {"rows_in": 29, "accepted": 25, "held": 4}
    assert landed(root) == {"rows_in": 29, "accepted": 25, "held": 4}
    asyncio.run(send([sale(99)]))
    assert landed(root)["accepted"] == 26


@pytest.mark.slow
@installed("redis-server")
def test_redis(tmp_path: Path) -> None:
    with brokers.redis() as server:
        url = f"redis://127.0.0.1:{server.port}"
        root = project(tmp_path / "p", url=url, topic="sales", body="json", secret=PASS)
        every_message_is_a_fact_once(root, over_redis(server.port))
        reasons = leadline(root, "quarantine", "list")
        assert "not a message that can be read" in json.dumps(reasons)


@pytest.mark.slow
@installed("nats-server")
def test_nats(tmp_path: Path) -> None:
    with brokers.nats() as server:
        url = f"nats://127.0.0.1:{server.port}"
        root = project(tmp_path / "p", url=url, topic="sales.>", stream="SHOP", quiet_seconds=4)
        every_message_is_a_fact_once(root, over_nats(server.port))


@pytest.mark.slow
@installed("rabbitmq-server")
def test_rabbitmq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with brokers.rabbitmq() as server:
        url = f"amqp://guest@127.0.0.1:{server.port}/"
        root = project(tmp_path / "p", url=url, topic="sales", key=["_message_id"], secret=GUEST)
        monkeypatch.setenv("LEADLINE_SECRET_GUEST", "guest")
        every_message_is_a_fact_once(root, over_rabbitmq(server.port))


@pytest.mark.slow
@installed("kcat")
def test_kafka(tmp_path: Path) -> None:
    """Against the broker of librdkafka: Kafka's protocol and its group coordinator, but no Apache Kafka."""
    with brokers.kafka("sales") as broker:
        root = project(tmp_path / "p", url=f"kafka://{broker.address}", topic="sales", quiet_seconds=4)
        every_message_is_a_fact_once(root, over_kafka(broker.address))


@pytest.mark.slow
@installed("redis-server")
def test_a_listener_that_is_killed_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with brokers.redis() as server:
        url = f"redis://127.0.0.1:{server.port}"
        root = project(tmp_path / "p", url=url, topic="sales", body="json", secret=PASS, quiet_seconds=3)
        send, sent = over_redis(server.port), 0
        for round_ in range(3):
            with listening(root) as process:
                asyncio.run(send([sale(n) for n in range(sent, sent + 1500)]))
                sent += 1500
                before = kept(root)
                wait(lambda before=before: kept(root) > before)  # type: ignore[misc]  # bound in the loop
                time.sleep(0.01 * round_)
                process.send_signal(signal.SIGKILL)
                process.wait()
        live = landed(root)
        assert live == {"rows_in": sent, "accepted": sent, "held": 0}


@pytest.mark.slow
@installed("nats-server")
def test_a_broker_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    """The listener waits for it, goes on, and ends when it is told to; what it took may be loaded meanwhile."""
    with brokers.nats() as server:
        url = f"nats://127.0.0.1:{server.port}"
        root = project(tmp_path / "p", url=url, topic="sales.>", stream="SHOP")
        send = over_nats(server.port)
        asyncio.run(send([sale(n) for n in range(50)]))
        with listening(root) as process:
            wait(lambda: kept(root) >= 50)
            server.stop(hard=True)
            assert landed(root)["accepted"] == 50
            server.start()
            asyncio.run(send([sale(n) for n in range(50, 120)]))
            wait(lambda: kept(root) >= 120)
            process.send_signal(signal.SIGINT)
            said, wrong = process.communicate(timeout=60)
            assert process.returncode == 0, wrong
            assert json.loads(said) == {"messages": {"sales": kept(root)}}
        assert landed(root) == {"rows_in": 120, "accepted": 120, "held": 0}


@pytest.mark.slow
@installed("redis-server")
def test_a_broker_that_is_not_there_is_told(tmp_path: Path) -> None:
    root = project(tmp_path / "p", url=f"redis://127.0.0.1:{brokers.free_port()}", topic="sales", secret=PASS)
    (fetched,) = leadline(root, "ingest")["fetched"]
    assert fetched["error"]["code"] == "stream-unreachable"
