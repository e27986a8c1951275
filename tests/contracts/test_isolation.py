"""Every test runs cut off from the network and from its author's habits."""

import socket
import time
from datetime import UTC, datetime

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.invalid", 443)])
def test_a_test_cannot_leave_this_machine(address: tuple[str, int]) -> None:
    with socket.socket() as client, pytest.raises(RuntimeError, match=r"127\.0\.0\.1"):
        client.connect(address)
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(RuntimeError, match=r"127\.0\.0\.1"):
        client.sendto(b"", address)


def test_a_test_can_speak_to_itself() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()


def test_local_time_is_nobodys_time() -> None:
    winter, summer = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    if time.localtime(winter.timestamp()).tm_gmtoff == 0:
        pytest.skip("this machine has no time zone database, so local time is UTC")
    assert time.localtime(winter.timestamp()).tm_gmtoff == (13 * 60 + 45) * 60
    assert time.localtime(summer.timestamp()).tm_gmtoff == (12 * 60 + 45) * 60
