"""Work that happens by itself: timers become jobs, and jobs are taken under a lease by whoever comes first.

Any number of workers may run; each job is done once, and that of a killed worker when its lease has run out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from leadline.clock import Clock
from leadline.errors import LeadlineError, StoreError
from leadline.store.ledger import Ledger
from leadline.store.ledger_writer import LedgerWriter
from leadline.store.work_entries import Job, Wanted
from leadline.workflow.items import item
from leadline.workflow.people import People
from leadline.workflow.timers import Firing, due, fire
from leadline.workflow.verbs import Doing

LEASE = timedelta(seconds=60)
TIMER = "timer"
Handler = Callable[[LedgerWriter, Job], str]
"""Does a job within the writer's transaction, and says in a word what came of it."""


@dataclass(frozen=True, slots=True)
class Done:
    """A job that was done, or failed: which, and what came of it."""

    key: str
    outcome: str
    ok: bool


def put_timers(ledger: Ledger, clock: Clock, *, actor: str) -> int:
    """Put a job in for every timer that is due; give how many are new."""
    with ledger.read() as reader:
        found: list[Firing] = []
        for head in reader.work.items(Wanted(closed=False)):
            found += due(item(reader, head.number), clock.now())
        new = [one for one in found if reader.jobs.job(f"{TIMER}:{one.key}") is None]
    if not new:
        return 0
    with ledger.write(actor=actor) as writer:
        return sum(writer.jobs.put(f"{TIMER}:{one.key}", TIMER, one.at) for one in new)


def timers(people: Callable[[], People], effects: Mapping[str, Doing]) -> Mapping[str, Handler]:
    """Give what does the jobs of timers."""

    def do(writer: LedgerWriter, job: Job) -> str:
        key = job.key.removeprefix(f"{TIMER}:")
        return fire(writer, int(key.partition("/")[0]), key, people=people(), effects=effects)

    return {TIMER: do}


def work_off(
    ledger: Ledger, clock: Clock, handlers: Mapping[str, Handler], *, actor: str, holder: str, lease: timedelta = LEASE
) -> Iterator[Done]:  # fmt: skip
    """Take jobs, one at a time, until none waits. `holder` names this process."""
    while True:
        with ledger.read() as reader:  # a look is cheap, and lets others write
            waits = bool(reader.jobs.waiting(clock.now()))
        if not waits:
            return
        with ledger.write(actor=actor) as writer:
            job = writer.jobs.take(holder, lease)
        if job is None:
            return
        yield _one(ledger, handlers, job, actor)


def _one(ledger: Ledger, handlers: Mapping[str, Handler], job: Job, actor: str) -> Done:
    """Do a job and end it in one transaction; where that fails, say why."""
    try:
        with ledger.write(actor=actor) as writer:
            outcome = handlers[job.kind](writer, job)
            writer.jobs.done(job, outcome)
    except StoreError as error:
        if error.code == "job-taken":  # this process was too slow; nothing of what it did is kept
            return Done(job.key, "taken by another", ok=False)
        return _failed(ledger, job, actor, error)
    except LeadlineError as error:
        return _failed(ledger, job, actor, error)
    return Done(job.key, outcome, ok=True)


def _failed(ledger: Ledger, job: Job, actor: str, error: LeadlineError) -> Done:
    with ledger.write(actor=actor) as writer:
        writer.jobs.failed(job, str(error))
    return Done(job.key, str(error), ok=False)
