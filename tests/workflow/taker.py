"""A program that tests kill: it takes one job of a ledger for some seconds, says so, and never comes to doing it."""

import sys
import time
from datetime import timedelta

from leadline.clock import SystemClock
from leadline.store.ledger import Ledger

if __name__ == "__main__":
    ledger = Ledger(sys.argv[1], SystemClock())
    with ledger.write(actor="worker") as writer:
        job = writer.jobs.take("doomed", timedelta(seconds=float(sys.argv[2])))
    sys.stdout.write(f"{job.key if job else 'nothing'}\n")
    sys.stdout.flush()
    time.sleep(600)
