"""A small company whose metrics are governed: surveys by month, edited, applied and refreshed as by its people."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from leadline.app.applying import Applied, apply_plan
from leadline.app.refresh import refresh
from leadline.app.wiring import Workspace, open_published, workspace
from leadline.catalog.plan import Effective
from leadline.clock import FixedClock
from leadline.metrics.evaluate import evaluate
from leadline.metrics.observation import Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from tests.projects import quiet, write_project

METRICS: list[dict[str, Any]] = [
    {"kind": "metric", "name": "csat", "type": "share", "of": "answer", "when": "score >= 4",
     "by": ["channel", "team"], "owner": "cx"},
    {"kind": "metric", "name": "answers", "type": "count", "of": "answer", "by": ["channel"], "owner": "cx"},
    {"kind": "metric", "name": "unhappy", "type": "derived", "formula": "100 - csat", "measured_in": "percent",
     "owner": "cx"},
]  # fmt: skip
DOCUMENTS: list[dict[str, Any]] = [
    {"kind": "project", "time_zone": "UTC", "governed": {"metrics": ["csat"]}},
    {"kind": "unit", "name": "north"},
    {"kind": "unit", "name": "south"},
    {"kind": "fact", "name": "answer", "key": ["id"], "at": "at", "unit": "team", "columns": {
        "id": {"type": "text"}, "at": {"type": "date"}, "score": {"type": "integer"},
        "channel": {"type": "text"}, "team": {"type": "unit"},
        "email": {"type": "text", "classification": "personal"}}},
    {"kind": "source", "name": "survey", "fact": "answer", "files": "answers/*.csv"},
    *METRICS,
]  # fmt: skip
HEADER = "id,at,score,channel,team,email\n"


def answers(month: str, scores: Sequence[int]) -> str:
    """Give a month of answers, spread over its first days, two channels and two teams."""
    return HEADER + "".join(
        f"{month}-{i},{month}-{i % 28 + 1:02},{score},{('mail', 'chat')[i % 2]},"
        f"{('north', 'south')[i // 2 % 2]},a{i}@x.example\n"
        for i, score in enumerate(scores)
    )


SCORES = [1, 2, 3, 3, 4, 4, 5, 5]
FILES = {f"answers/2026-{m:02}.csv": answers(f"2026-{m:02}", SCORES) for m in range(1, 7)}


@dataclass
class Company:
    """Its folder and its documents, which tests edit."""

    root: Path
    documents: list[dict[str, Any]]
    now: datetime = datetime(2026, 7, 10, tzinfo=UTC)

    def edit(self, name: str, **values: Any) -> None:
        """Change keys of a definition; None takes one away."""
        (one,) = [
            d for d in self.documents if d.get("name") == name or (name == "project" and d["kind"] == name)
        ]
        for key, value in values.items():
            if value is None:
                one.pop(key, None)
            else:
                one[key] = value
        self.write({})

    def write(self, files: dict[str, str]) -> None:
        """Write its documents, and files of answers."""
        write_project(self.root, self.documents, files)

    @contextmanager
    def open(self) -> Iterator[Workspace]:
        """Open its folder as its people do."""
        with workspace(self.root, actor="ann", clock=FixedClock(self.now)) as space:
            yield space

    def refresh(self) -> Published:
        """Refresh; the engine that the answer reads is closed, its definitions can be looked at."""
        with self.open() as space:
            refresh(space, FixedClock(self.now), quiet)
            return open_published(space)

    def apply(self, effective: Effective, **how: Any) -> Applied:
        """Bring what is written into force."""
        with self.open() as space:
            return apply_plan(space, FixedClock(self.now), effective, **how)

    def figures(self, metric: str, grain: str = "month", **more: Any) -> list[Observation]:
        """Give published figures."""
        with self.open() as space:
            return evaluate(open_published(space), Query(metric, "ann", "test", grain, **more))  # type: ignore[arg-type]  # tests name grains as texts

    def series(self, metric: str, grain: str = "month", **more: Any) -> dict[str, tuple[int, float | None]]:
        """Give version and value by period, unit and slice."""
        return {
            " ".join(filter(None, (o.period, o.unit, o.slice))): (o.version, o.value and round(o.value, 6))
            for o in self.figures(metric, grain, **more)
        }


def company(root: Path) -> Company:
    """Found the company, with six months of answers, and refresh it."""
    made = Company(root, deepcopy(DOCUMENTS))
    made.write(FILES)
    made.refresh()
    return made


JULY = date(2026, 7, 1)
APRIL = date(2026, 4, 1)
