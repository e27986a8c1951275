"""What tests of ingest share: a project about calls."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.room import Room, opened

CALLS = """
kind: project
name: calls
time_zone: Europe/Berlin
---
kind: unit
name: emea
codes: [EM, Europe]
children:
  - {name: dach, codes: [DE]}
---
kind: fact
name: call
key: [call_id]
at: at
unit: site
columns:
  call_id: {type: text}
  at: {type: instant, required: true}
  site: {type: unit}
  score: {type: integer, minimum: 0, maximum: 10}
  channel: {type: text, one_of: [phone, chat]}
---
kind: source
name: calls
fact: call
files: "in/*.csv"
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A project with one fact, `call`, whose source reads `in/*.csv` by the names of its columns."""
    with opened(tmp_path / "project", CALLS) as room:
        yield room
