"""From a source's definition to what fetches its records."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leadline.catalog.definitions import Source
from leadline.clock import Clock
from leadline.errors import SourceError
from leadline.ingest.landing.manifest import Manifest
from leadline.ingest.landing.page import Connector
from leadline.secret import Secrets


@dataclass(frozen=True, slots=True)
class Asked:
    """What a connector is made from. `landed` is what stands already, if anything does."""

    source: Source
    root: Path
    secrets: Secrets
    clock: Clock
    landed: Manifest | None
    temporary: Path


Make = Callable[[Asked], Connector]


def connector(asked: Asked) -> Connector:
    """Give what fetches a source's records; the libraries that it needs are loaded now and not before.

    Raises:
        SourceError: nothing fetches such a source.
        LeadlineError: a secret is missing, or a library that the source needs is not installed.
    """
    make = _MAKERS.get(asked.source.connector)
    if make is None:
        raise SourceError(
            f"Nothing fetches {asked.source.name!r}: `{asked.source.connector or 'files'}` is not fetched.",
            code="not-fetched",
        )
    return make(asked)


def _api(asked: Asked) -> Connector:
    from leadline.ingest.landing.api.walk import ApiConnector  # noqa: PLC0415 - only who reads an API pays for it

    api = asked.source.api
    assert api is not None, "its connector is `api`"  # noqa: S101 - as who chose this maker knows
    return ApiConnector(asked.source.name, api, asked.secrets.get)


_MAKERS: dict[str, Make] = {"api": _api}
