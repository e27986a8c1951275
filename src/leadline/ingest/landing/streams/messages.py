"""A message as it came, as a line of the log, and as a record that lands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadline.catalog.definitions.stream import POSITION
from leadline.ingest.landing.flatten import BETWEEN
from leadline.ingest.sources import jsonl


@dataclass(frozen=True, slots=True)
class Message:
    """What a broker delivered. `position` is its place in its stream, the same at every delivery ("" if it has none).

    `of` is the topic as the source names it, `topic` the one it was sent to. `sent_at` is ISO 8601, in UTC.
    """

    of: str
    topic: str
    position: str
    body: bytes
    key: str | None = None
    id: str | None = None
    sent_at: str | None = None

    def line(self) -> bytes:
        """Give it as a line of the log."""
        said: dict[str, str | None] = {
            "of": self.of, "topic": self.topic, "position": self.position, "key": self.key, "id": self.id,
            "sent_at": self.sent_at,
        }  # fmt: skip
        try:
            said["body"] = self.body.decode()
        except UnicodeDecodeError:
            said["hex"] = self.body.hex()
        return json.dumps(said, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> "Message":
        """Read a line of the log."""
        said: Mapping[str, Any] = json.loads(line)
        body = bytes.fromhex(said["hex"]) if "hex" in said else said["body"].encode()
        return cls(
            said["of"], said["topic"], said["position"], body, said["key"], said["id"], said["sent_at"]
        )

    def record(self) -> dict[str, str | None]:
        """Give the record that lands: the message's own columns, or in `_fault` why it has none, and whence it came."""
        found: dict[str, str | None] = {}
        fault = None
        try:
            found = jsonl.record(self.body.decode(), BETWEEN)
        except UnicodeDecodeError:
            fault = "bytes that are no UTF-8 text"
        except jsonl.Unusable as error:
            fault = str(error)
        return {
            **found,
            POSITION: self.position or None,
            "_topic": self.topic,
            "_message_key": self.key,
            "_message_id": self.id,
            "_sent_at": self.sent_at,
            "_fault": fault,
            "_raw": None if fault is None else self.body.decode(errors="backslashreplace"),
        }
