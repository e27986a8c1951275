"""Feeds for other systems: JSON, page by page, with a cursor; asked with an API token."""

import json

from leadline.app import epm
from leadline.app.web.asked import Asked
from leadline.app.web.contexts.download import Download
from leadline.app.web.reading import Reading

LARGEST = 5_000
USUAL = 1_000


def epm_feed(reading: Reading, asked: Asked) -> Download:
    """Give closed figures and restatements after a cursor. Raises ExportError for what is no cursor."""
    limit = (
        min(int(asked.limit), LARGEST)
        if asked.limit and asked.limit.isascii() and asked.limit.isdigit()
        else USUAL
    )
    with reading.ledger.read() as reader:
        page = epm.page(
            reading.published,
            reader.frozen,
            reading.viewer,
            cursor=asked.cursor or epm.START,
            limit=max(limit, 1),
        )
    said = {"columns": dict(epm.COLUMNS), "rows": page.rows, "cursor": page.cursor, "more": page.more}
    return Download("", "application/json", json.dumps(said, ensure_ascii=False).encode())
