"""From a source's definition to what fetches its records. Each connector is imported only when a source needs it."""

from collections.abc import Callable

from leadline.errors import SourceError
from leadline.ingest.landing.asked import Asked
from leadline.ingest.landing.page import Connector

Make = Callable[[Asked], Connector]


def connector(asked: Asked) -> Connector:
    """Give what fetches a source's records.

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


def _database(asked: Asked) -> Connector:
    from leadline.ingest.landing.database import of_database  # noqa: PLC0415 - only who reads a database pays for it

    return of_database(asked)


def _stream(asked: Asked) -> Connector:
    from leadline.ingest.landing.streams.connector import Messages  # noqa: PLC0415 - as above

    return Messages(asked.root, asked.source, asked.secrets)


def _landed(asked: Asked) -> Connector:
    from leadline.ingest.landing.landed import of_landed  # noqa: PLC0415 - only who reads such a table pays for it

    return of_landed(asked)


def _webhook(asked: Asked) -> Connector:
    from leadline.ingest.landing.hooks import inbox  # noqa: PLC0415 - as above

    hook = asked.source.webhook
    assert hook is not None, "its connector is `webhook`"  # noqa: S101 - as above
    return inbox.InboxConnector(
        inbox.folder_of(asked.root / ".leadline", asked.source.name), hook, asked.clock
    )


_MAKERS: dict[str, Make] = {
    "api": _api,
    "database": _database,
    "landed": _landed,
    "stream": _stream,
    "webhook": _webhook,
}
