"""A source comes from files or from one connector, and what is fetched can be told apart."""

from collections.abc import Iterator

from leadline.catalog.catalog import Catalog
from leadline.catalog.definitions import Source
from leadline.catalog.problems import Problem

_OF_FILES = ("format", "delimiter", "quote", "encoding", "header", "skip_lines", "sheet")


def check(catalog: Catalog) -> Iterator[Problem]:
    """Find sources of no origin or of several, options that only files have, and updates that nothing tells apart."""
    for source in catalog.sources.values():
        named = [name for name in ("files", *Source.connectors) if getattr(source, name) is not None]
        if len(named) != 1:
            yield Problem(
                "error", "source-origin",
                f"A source has exactly one of {', '.join(('files', *Source.connectors))}; "
                f"this one has {' and '.join(named) or 'none'}.",
                catalog.place(source, named[1] if named else "name"),
            )  # fmt: skip
            continue
        if source.lands is None:
            continue
        for option in _OF_FILES:
            if getattr(source, option) != Source.model_fields[option].get_default():
                yield Problem(
                    "error", "source-origin", f"`{option}` is of files; this source has `{source.connector}`.",
                    catalog.place(source, option), "Remove it.",
                )  # fmt: skip
        if not source.lands.record_key and (source.lands.updated or source.lands.deleted):
            yield Problem(
                "error", "source-key", "Nothing tells which record an update or a deletion is of.",
                catalog.place(source, source.connector), "Write `key: [...]` beside `updated` or `deleted`.",
            )  # fmt: skip
