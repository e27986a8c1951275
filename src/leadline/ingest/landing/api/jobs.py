"""Exports that an API prepares first: started, asked about until they are ready, then fetched like a page."""

from collections.abc import Mapping
from typing import Any

from leadline.catalog.definitions.api import Job, Request
from leadline.catalog.definitions.base import seconds
from leadline.ingest.landing.api import answers, filling
from leadline.ingest.landing.api.answers import parsed
from leadline.ingest.landing.api.client import Answer, Client
from leadline.ingest.landing.api.filling import Asked

_PLAIN = Request()


def finished(job: Job, client: Client, places: Mapping[str, str | None]) -> dict[str, str | None]:
    """Start an export and wait for it; give what fills `{job.id}` and `{job.result}`.

    Raises:
        SourceError: it failed, or was not ready in time.
    """
    started = client.send(lambda: _start(job, {**places, **client.places()}), _document)
    name = answers.value(started, job.id)
    if name is None:
        raise client.error(f"The export has no `{job.id}`.", code="api-shape", hint="Has the API changed?")
    known: dict[str, str | None] = {**places, "job.id": str(name)}
    end = client.pace.now() + seconds(job.within)
    while True:
        said = client.send(lambda: _poll(job, {**known, **client.places()}), _document)
        state = answers.value(said, job.state)
        if state == job.ready:
            break
        if state in job.failed or state is None:
            raise client.error(
                f"The export ended as {state!r}.", code="api-job", hint="Fetch again to start another."
            )
        if client.pace.now() >= end:
            raise client.error(
                f"The export was not ready within {job.within}.", code="api-job", hint="Raise `within`."
            )
        client.pace.wait(job.every_seconds, client.heed)
    result = answers.value(said, job.result) if job.result else None
    if job.result and result is None:
        raise client.error(
            f"The finished export has no `{job.result}`.", code="api-shape", hint="Has the API changed?"
        )
    return {"job.id": str(name), "job.result": None if result is None else str(result)}


def _start(job: Job, places: Mapping[str, str | None]) -> Asked:
    path = filling.needed(job.path, places, in_path=True)
    body = None if job.body is None else filling.body(job.body, places)
    return Asked(job.method, path, filling.query(job.query, places), {}, body)


def _poll(job: Job, places: Mapping[str, str | None]) -> Asked:
    return Asked("GET", filling.needed(job.poll, places, in_path=True))


def _document(answer: Answer) -> Any:
    return parsed(answer.content, _PLAIN)
