"""How fast pages are: a scorecard of 200 measures, for each of 40 units of the demo company, alone and with readers.

    .venv/bin/python benchmarks/web.py --size 1.0 [--project DIR] [--seconds 20] [--readers 50]

prints a JSON line per figure: name, value, goal, holds. `size` is that of the demo company; `--project` takes one that
was built before (it is copied). A real `leadline serve` answers on loopback. Alone: each unit's page is asked for
once (its scorecard is computed from warm states) and then again (what was computed is remembered). Together: so many
readers, each on its own connection, ask for pages of all units, one after the other without a pause.
"""

import argparse
import http.client
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.command import say
from leadline.catalog import load

FIRST, CACHED, TOGETHER = 150.0, 60.0, 500.0
"""Goals in milliseconds: the median of pages that are computed, of pages that are remembered, and the 95th percentile
with many readers at once."""
MEASURES, UNITS = 200, 40
HERE = [str(Path(sys.executable).parent / "leadline")]


COMMON = """of: interaction
clock: unit
owner: bench
collected: {every: day, available_after: 1 day}
minimum_n: 30
"""
WITHIN = """kind: metric
name: bench_within_NTH
title: Answered within SECONDS seconds
type: share
where: channel = 'phone' and (answered or abandoned)
when: answered and wait_seconds <= SECONDS
direction: higher
"""
HANDLED = """kind: metric
name: bench_handled_NTH
title: Handled in more than SECONDS seconds
type: mean
where: channel = 'phone' and answered and handle_seconds > SECONDS
value: handle_seconds
measured_in: seconds
direction: lower
"""
ROWS = """          - {metric: bench_within_NTH, red_flag: 40, goal: 60}
          - {metric: bench_handled_NTH, red_flag: 900, goal: 600}
"""
SCORECARD = """kind: objective
name: bench
owner: bench
---
kind: scorecard
name: bench
owner: bench
perspectives:
  - name: process
    objectives:
      - objective: bench
        measures:
"""


def definitions() -> str:
    """Give 200 metrics of calls and a scorecard of them, as YAML."""
    half = range(MEASURES // 2)
    documents = [_filled(WITHIN, nth, nth + 2) + COMMON for nth in half]
    documents += [_filled(HANDLED, nth, nth * 10) + COMMON for nth in half]
    documents.append(SCORECARD + "".join(_filled(ROWS, nth, 0) for nth in half))
    return "---\n".join(documents)


def _filled(text: str, nth: int, seconds: int) -> str:
    return text.replace("NTH", str(nth)).replace("SECONDS", str(seconds))


@contextmanager
def served(root: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Serve a project in a process of its own; give the address and the headers of somebody who has signed in."""
    command = [*HERE, "--project", str(root), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - ours
        try:
            assert running.stdout
            line, found = "", None
            while found is None:
                line = running.stdout.readline()
                if not line:
                    raise SystemExit("leadline serve ended before it said where it listens")
                found = re.search(r"http://[^\s)]+", line)
            threading.Thread(target=running.stdout.read, daemon=True).start()
            address = urlsplit(found[0])
            yield address.netloc, _signed_in(address.netloc, f"{address.path or '/'}?{address.query}")
        finally:
            running.terminate()


def _signed_in(host: str, path: str) -> Mapping[str, str]:
    connection = http.client.HTTPConnection(host)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    return {"Cookie": "; ".join(cookies)} if cookies else {}


def asked(connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]) -> float:
    """Ask for a page; give the milliseconds until all of it was there."""
    begun = time.perf_counter()
    connection.request("GET", path, headers=dict(headers))
    answer = connection.getresponse()
    body = answer.read()
    taken = 1000 * (time.perf_counter() - begun)
    if answer.status != 200 or b"bench_within_0" not in body:
        raise SystemExit(f"{path} answered {answer.status}: {body[:300]!r}")
    return taken


def alone(host: str, headers: Mapping[str, str], paths: list[str]) -> None:
    """Ask for each page once, and then again."""
    connection = http.client.HTTPConnection(host)
    asked(connection, paths[0], headers)  # imports and connections are not what is measured
    for name, goal in (("computed", FIRST), ("remembered", CACHED)):
        taken = [asked(connection, path, headers) for path in paths[1:]]
        say(f"scorecard page {name}: median ms", statistics.median(taken), goal)
        say(f"scorecard page {name}: worst ms", max(taken))
    connection.close()


def together(host: str, headers: Mapping[str, str], paths: list[str], readers: int, seconds: float) -> None:
    """Let many readers ask at once."""
    taken: list[list[float]] = [[] for _ in range(readers)]
    until = time.perf_counter() + seconds

    def read(nth: int) -> None:
        chance, connection = random.Random(nth), http.client.HTTPConnection(host)  # noqa: S311 - the same each time
        while time.perf_counter() < until:
            taken[nth].append(asked(connection, chance.choice(paths), headers))
        connection.close()

    threads = [threading.Thread(target=read, args=(nth,)) for nth in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = sorted(one for mine in taken for one in mine)
    say(f"{readers} readers: median ms", statistics.median(everything))
    say(f"{readers} readers: 95th percentile ms", everything[int(0.95 * (len(everything) - 1))], TOGETHER)
    say(f"{readers} readers: pages a second", len(everything) / seconds)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", default="1.0")
    parser.add_argument("--project", type=Path)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--readers", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadline-web-") as folder:
        root = Path(folder) / "company"
        if options.project:
            shutil.copytree(options.project, root)
        else:
            build = [*HERE, "demo", str(root), "--size", options.size, "--no-serve"]
            subprocess.run(build, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        (root / "metrics" / "bench.yaml").write_text(definitions())
        refresh = [*HERE, "--project", str(root), "refresh"]
        subprocess.run(refresh, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        tree = load(root).units
        units = [name for name in tree.names if name.split("_")[-1].isdigit()][:UNITS]
        if len(units) < UNITS:
            raise SystemExit(f"only {len(units)} units: build a larger company")
        paths = [f"/scorecards/bench?unit={name}" for name in (tree.roots[0], *units)]
        with served(root) as (host, headers):
            alone(host, headers, paths)
            together(host, headers, paths[1:], options.readers, options.seconds)
    print(f"# {os.cpu_count()} cores", file=sys.stderr)


if __name__ == "__main__":
    main()
