"""The frame of every page: the project, where we are, and which published state it shows."""

from datetime import timedelta

from leadline.app.web import dates
from leadline.app.web.contexts.pieces import Generation, Place, Shell
from leadline.app.web.reading import Reading
from leadline.app.web.texts import say

STALE = timedelta(hours=36)
"""A state older than this is said to be old at the top of every page."""


def shell(reading: Reading, title: str, here: Place, *, search: str = "") -> Shell:
    """Give the frame of a page of a published state."""
    project = reading.catalog.project.label
    return Shell(
        title,
        project,
        here,
        generation(reading),
        search,
        reading.person.title or reading.person.name,
        reading.form_token,
    )


def bare(title: str, person: str = "", token: str = "") -> Shell:
    """Give the frame of a page when no published state can be read, or is for strangers to know."""
    return Shell(title, say("shell.product"), "", None, "", person, token)


def generation(reading: Reading) -> Generation:
    """Say which published state a page shows, and whether it is old."""
    # the instant itself, not `now`: the frame of a page that is kept is filled in anew for each reader
    one = reading.published.generation
    age = max(reading.instant - one.as_of, timedelta(0))
    as_of = dates.instant(one.as_of, reading.zone)
    stale = say("shell.stale", age=dates.length(age), as_of=as_of) if age > STALE else ""
    return Generation(
        one.id,
        dates.instant(one.published_at, reading.zone),
        as_of,
        say("date.ago", age=dates.length(age)),
        stale,
    )
