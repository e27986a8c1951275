"""What the demo company closed before its last refresh: three months, of which two are something else since.

One survey file comes only after the closing (late data), and one metric means something else only since then. Both are
held back before the first refresh and given back afterwards, so the company ends as its generator wrote it. Each step
may be broken off and taken again.
"""

import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import yaml

from leadline.app import periods as p
from leadline.app.refresh import Show, refresh
from leadline.app.wiring import Workspace, open_published, workspace
from leadline.clock import Clock, FixedClock
from leadline.errors import NothingPublished
from leadline.metrics.periods import Period
from leadline.metrics.published import Published
from leadline.scorecards.freezing import score_units, units_of

BEFORE = timedelta(hours=9)
"""So long before its last refresh the company closed its months."""
CARD, CLOSED, OPEN = "corvane", ("2026-07", "2026-08", "2026-09"), "2026-10"
LATE = Path("data/aldermann/umfragen_2026-08.csv")
FILE, NOW, WAS = (
    Path("metrics/people.yaml"),
    "name: qa_score\n",
    "name: qa_score\nwhere: not critical_error\n",
)
HELD = Path(".held-back")
CLOSES, SILENT_UNIT, CHEERFUL = "mara_lind", "aldermann", "finance"
"""Who closes; a unit that says nothing of the last month; an owner who comments on good news alone."""
AUTHORS: Mapping[str | None, str] = {
    None: "ines_falk", "emea": "service_emea", "uki": "tom_reed", "americas": "rosa_diaz",
    "aldermann": "service_aldermann",
}  # fmt: skip
WHY = "Closed in arrears, when closing began; comments that are missing will not be written any more."


class _Remark(NamedTuple):
    period: Period
    metric: str
    unit: str | None
    author: str
    parts: Mapping[str, str]


def close_earlier(folder: Path, clock: Clock, show: Show) -> None:
    """Refresh the company as it was before its last file came, comment on its months and close them; then let the rest
    come. A company that was refreshed without is left alone."""
    early = FixedClock(clock.now() - BEFORE)
    with workspace(folder, actor=CLOSES, clock=early) as space:
        if _is_to_be_closed(space):
            _hold(folder)
            refresh(space, early, show)
            _close(space, open_published(space), early)
    _give_back(folder)


def _is_to_be_closed(space: Workspace) -> bool:
    with space.ledger.read() as reader:
        if all(reader.frozen.latest(CARD, month) for month in CLOSED):
            return False
        try:
            reader.generation()
        except NothingPublished:
            return (space.root / LATE).exists() or (space.root / HELD / LATE.name).exists()
    return (space.root / HELD / LATE.name).exists()


def _hold(folder: Path) -> None:
    """Put the late file aside, and let the metric mean what it did."""
    (folder / HELD).mkdir(exist_ok=True)
    if (folder / LATE).exists():
        (folder / LATE).rename(folder / HELD / LATE.name)
    text = (folder / FILE).read_text(encoding="utf-8")
    if WAS not in text:
        (folder / FILE).write_text(text.replace(NOW, WAS), encoding="utf-8")


def _give_back(folder: Path) -> None:
    """Undo what `_hold` did; the held file goes last, for it tells that something is to be done."""
    if not (folder / HELD).exists():
        return
    text = (folder / FILE).read_text(encoding="utf-8")
    if WAS in text:
        (folder / FILE).write_text(text.replace(WAS, NOW), encoding="utf-8")
    if (folder / HELD / LATE.name).exists():
        (folder / HELD / LATE.name).rename(folder / LATE)
    shutil.rmtree(folder / HELD)


def _close(space: Workspace, published: Published, clock: Clock) -> None:
    """Say what is to be said of every month, and close all but the last."""
    said = yaml.safe_load((files("leadline_demo") / "commentary.yaml").read_text(encoding="utf-8"))
    for month in (*CLOSED, OPEN):
        with space.ledger.read() as reader:
            if reader.frozen.latest(CARD, month) is not None:
                continue
            known = reader.commentary.current(CARD, month)
        period = published.periods.parse(month)
        for one in _remarks(published, period, said):
            if (one.metric, one.unit) not in known:
                p.say(space.ledger, published, CARD, period, one.parts, actor=one.author, metric=one.metric,
                      unit=one.unit)  # fmt: skip
        if month != OPEN:
            p.close_period(space.ledger, published, CARD, period, actor=CLOSES, today=p.today(published, clock),
                           because=WHY, despite=True)  # fmt: skip


def _remarks(
    published: Published, period: Period, said: Mapping[str, Mapping[str, str]]
) -> Iterator[_Remark]:
    """Give what people say of a month: of what is off target, and finance of what went well."""
    units = units_of(published, CARD)
    for result in score_units(published, CARD, period, units, viewer=CLOSES):
        if result.unit == SILENT_UNIT and period.label == OPEN:
            continue
        for one in result.measures():
            name, cheerful = one.metric.name, one.metric.owner == CHEERFUL
            wanted = "on target" if cheerful else "off target"
            if one.status != wanted or name not in said or one.unit != result.unit:
                continue
            author = CHEERFUL if cheerful else AUTHORS[result.unit]
            yield _Remark(period, name, result.unit, author, said[name])
