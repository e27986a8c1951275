"""References that name no row are counted and shown, and their rows accepted."""

import pytest

from leadline.ingest.result import Orphans
from tests.ingest.conftest import CALLS
from tests.ingest.room import Room

CUSTOMERS = """---
kind: fact
name: client
key: [client_id]
columns: {client_id: {type: text}, segment: {type: text}}
---
kind: source
name: clients
fact: client
files: clients.csv
"""


@pytest.mark.thorough
def test_rows_that_refer_to_nobody_are_counted_with_examples(room: Room) -> None:
    calls = CALLS.replace(
        "  call_id: {type: text}", "  call_id: {type: text}\n  client: {type: text, references: client}"
    )
    room.write("leadline.yaml", calls + CUSTOMERS)
    room.write(
        "in/a.csv",
        "call_id,at,client\n1,2024-05-01,A\n2,2024-05-01,B\n3,2024-05-01,B\n4,2024-05-01,C\n5,2024-05-01,\n",
    )
    assert room.ingest().orphans == ()  # nothing is known of clients yet
    room.write("clients.csv", "client_id,segment\nA,gold\n")
    result = room.ingest()
    assert result.orphans == (Orphans("call", "client", "client", 3, ("B", "C"), {"calls": 3}),)
    assert len(room.rows("call", "call_id")) == 5
    assert room.ingest().orphans == ()  # nothing changed, so nothing is counted again
