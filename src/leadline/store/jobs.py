"""The area of jobs: what is to be done once, by one process at a time. Who takes a job holds a lease on it for a while.

A killed holder's lease runs out, and another takes the job. What a job does and that it is done are written in one
transaction, in which the holder proves that the lease is still its own: so nothing is done twice, and nothing is lost.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa

from leadline.errors import StoreError
from leadline.store.reading import Reading
from leadline.store.records import work as r
from leadline.store.work_entries import Job
from leadline.store.writing import Writing

ATTEMPTS = 5
"""So often a job is tried; then it waits for a person."""


class JobsReader(Reading):
    """Jobs at one moment."""

    VERBS: ClassVar[frozenset[str]] = frozenset()

    def waiting(self, now: datetime) -> list[Job]:
        """Give the jobs that anybody may take: due, not done, held by nobody or no longer."""
        return self._jobs(_free(now))

    def job(self, key: str) -> Job | None:
        """Give one job, None when there is none."""
        return next(iter(self._jobs(r.job.c.key == key)), None)

    def all(self) -> list[Job]:
        """Give every job there ever was."""
        return self._jobs(sa.true())

    def given_up(self) -> list[Job]:
        """Give the jobs that failed too often."""
        return self._jobs(r.job.c.done_at.is_(None) & (r.job.c.attempts >= ATTEMPTS))

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give nothing: a job is no statement. What it did is an entry of what it was done to."""
        yield from ()

    def _jobs(self, condition: sa.ColumnElement[bool]) -> list[Job]:
        query = sa.select(r.job).where(condition).order_by(r.job.c.due_at, r.job.c.key)
        return [Job(**row) for row in self._rows(query)]


class JobsWriter(JobsReader, Writing):
    """Puts jobs in, takes them, and ends them."""

    def put(self, key: str, kind: str, due_at: datetime) -> bool:
        """Put a job in, unless it was ever put in; tell whether it is new."""
        if self.job(key) is not None:
            return False
        new = Job(
            key=key, kind=kind, due_at=due_at, holder=None, leased_until=None, attempts=0, done_at=None, outcome=""
        )  # fmt: skip
        self._say("put_job", f"job:{key}", after={"kind": kind, "due_at": due_at})
        self._insert(r.job, [asdict(new)])
        return True

    def take(self, holder: str, lease: timedelta) -> Job | None:
        """Take the first job that waits, for as long as the lease lasts; None when nothing waits."""
        now = self._clock.now()
        found = self._jobs(_free(now))
        if not found:
            return None
        job = found[0]
        changed = {"holder": holder, "leased_until": now + lease, "attempts": job.attempts + 1}
        self._change("take_job", job.key, changed)
        return Job(**asdict(job) | changed)

    def done(self, job: Job, outcome: str) -> None:
        """End a job, in the transaction that did it.

        Raises:
            StoreError: another has taken it since (`job-taken`): whatever this transaction did is undone.
        """
        self._held(job)
        changed = {"done_at": self._clock.now(), "outcome": outcome, "holder": None, "leased_until": None}
        self._change("end_job", job.key, changed)

    def failed(self, job: Job, why: str) -> None:
        """Say why an attempt failed. It is tried again when its lease has run out, and not for ever."""
        self._held(job)
        self._change("fail_job", job.key, {"outcome": why})

    def _held(self, job: Job) -> None:
        """Refuse what another has taken since, or ended."""
        now = self.job(job.key)
        if now is None or now.done_at or (now.holder, now.attempts) != (job.holder, job.attempts):
            raise StoreError(f"Another process has taken the job {job.key}.", code="job-taken")

    def _change(self, verb: str, key: str, values: dict[str, Any]) -> None:
        self._say(verb, f"job:{key}", after=values)
        self._connection.execute(sa.update(r.job).where(r.job.c.key == key).values(values))


def _free(now: datetime) -> sa.ColumnElement[bool]:
    c = r.job.c
    unheld = c.holder.is_(None) | (c.leased_until <= now)
    return c.done_at.is_(None) & (c.due_at <= now) & unheld & (c.attempts < ATTEMPTS)
