"""The example projects on real data: every figure in examples/expected, and every row of every file.

The projects are copied to a temporary folder first: nothing is written beside them or beside the data. They are
refreshed through the command line, as anyone would, and then read.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from leadline.app.wiring import open_published, workspace
from leadline.catalog import load
from leadline.catalog.definitions import Grain
from leadline.metrics.evaluate import evaluate, evaluate_many
from leadline.metrics.observation import FIELDS, Observation
from leadline.metrics.published import Published
from leadline.metrics.query import Query
from leadline.store.entries import Batch

EXAMPLES = ("bank_calls", "olist", "service_desk", "sfo_airport")
WRITTEN = "../../../shared/data/"
"""How the projects name the data: relative to where they stand in the repository."""

BUCKET = 0.005
"""Half the width of a quantile's histogram bucket, relative."""


@dataclass(frozen=True)
class Example:
    """A refreshed copy of an example project."""

    folder: Path
    expected: dict[str, Any]
    published: Published
    batches: tuple[Batch, ...]


Opener = Callable[[str], Example]


def leadline(folder: Path, *arguments: str) -> Any:
    """Run the command line on a project and give what it prints as JSON."""
    done = subprocess.run(
        [Path(sys.executable).with_name("leadline"), "--project", folder, *arguments, "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "LEADLINE_LEDGER": ""},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def examples(root: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    """Open an example by name: on first use, copy it, point it at the data and refresh it."""
    opened: dict[str, Example] = {}
    with ExitStack() as stack:

        def example(name: str) -> Example:
            if name not in opened:
                folder = tmp_path_factory.mktemp("examples") / name
                shutil.copytree(root / "examples" / name, folder, ignore=shutil.ignore_patterns(".leadline"))
                for file in folder.rglob("*.yaml"):
                    text = file.read_text(encoding="utf-8")
                    file.write_text(text.replace(WRITTEN, f"{shared_data}/"), encoding="utf-8")
                leadline(folder, "refresh")
                space = stack.enter_context(workspace(folder))
                expected = (root / "examples" / "expected" / f"{name}.yaml").read_text(encoding="utf-8")
                with space.ledger.read() as reader:
                    batches = tuple(reader.live_batches())
                opened[name] = Example(folder, yaml.safe_load(expected), open_published(space), batches)
            return opened[name]

        yield example


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest, examples: Opener) -> Example:
    """Each example in turn."""
    return examples(request.param)


Key = tuple[str, Grain, str, str | None]


def key(figure: dict[str, Any]) -> Key:
    """Tell apart the queries that expected figures need: metric, grain, slice column, unit."""
    return figure["metric"], figure["grain"], figure.get("slice", "").partition("=")[0], figure.get("unit")


def answered(published: Published, figures: list[dict[str, Any]]) -> list[Observation | None]:
    """Give the observation of each expected figure, or None."""
    queries = {
        (metric, grain, column, unit): Query(
            metric=metric,
            viewer="test",
            purpose="test",
            grain=grain,
            by=(column,) if column else (),
            unit=unit,
        )
        for metric, grain, column, unit in map(key, figures)
    }
    answers = dict(zip(queries, evaluate_many(published, list(queries.values())), strict=True))
    found = []
    for figure in figures:
        wanted = (str(figure["period"]), figure.get("slice", ""))
        found.append(next((o for o in answers[key(figure)] if (o.period, o.slice) == wanted), None))
    return found


def agrees(value: float | None, expected: dict[str, Any]) -> bool:
    """Tell whether a value differs from the expected one by less than half of its last digit."""
    margin = 0.5 * 10.0 ** -expected["digits"] + 1e-9
    return value is not None and abs(value - expected["value"]) <= margin


@pytest.mark.parametrize("name", EXAMPLES)
def test_definitions_have_no_problem(root: Path, name: str) -> None:
    """Holds without the data, too."""
    assert list(load(root / "examples" / name).problems) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_metric_is_explained_and_owned(root: Path, name: str) -> None:
    for metric in load(root / "examples" / name).metrics.values():
        assert metric.description, metric.name
        assert metric.owner, metric.name
        assert metric.because, metric.name


@pytest.mark.slow
def test_figures(example: Example) -> None:
    figures = example.expected["figures"]
    wrong = [
        (figure, observation)
        for figure, observation in zip(figures, answered(example.published, figures), strict=True)
        if observation is None
        or not agrees(observation.value, figure)
        or observation.n != figure.get("n", observation.n)
    ]
    assert not wrong


@pytest.mark.slow
def test_intervals_hold_their_figure(example: Example) -> None:
    for observation in answered(example.published, example.expected["figures"]):
        assert observation is not None
        assert observation.value is not None
        if observation.low is not None and observation.high is not None:
            assert observation.low <= observation.value + 1e-9
            assert observation.value <= observation.high + 1e-9


@pytest.mark.slow
def test_quantiles(example: Example) -> None:
    figures = example.expected.get("quantiles", [])
    for figure, observation in zip(figures, answered(example.published, figures), strict=True):
        assert observation is not None
        assert observation.value == pytest.approx(figure["value"], rel=BUCKET), figure


@pytest.mark.slow
def test_wholes(example: Example) -> None:
    """Figures over all of the data are the years' figures, merged by their rows."""
    for whole in example.expected.get("wholes", []):
        asked = Query(metric=whole["metric"], viewer="test", purpose="test", grain="year")
        years = [o for o in evaluate(example.published, asked) if o.value is not None]
        if example.published.metric(whole["metric"]).type == "count":
            value = sum(o.value or 0 for o in years)
        else:
            value = sum((o.value or 0) * o.n for o in years) / sum(o.n for o in years)
        assert agrees(value, whole), whole


@pytest.mark.slow
def test_rows_in_are_rows_accepted_and_held(example: Example) -> None:
    assert all(b.rows_in == b.rows_accepted + b.rows_quarantined for b in example.batches)
    assert {b.source for b in example.batches} == {b["source"] for b in example.expected["batches"]}
    for expected in example.expected["batches"]:
        (batch,) = [b for b in example.batches if b.source == expected["source"]]
        assert batch.state == "loaded"
        for field in ("rows_in", "rows_accepted", "rows_quarantined", "reasons"):
            if field in expected:
                assert getattr(batch, field) == expected[field], (batch.source, field)


@pytest.mark.slow
def test_files_are_not_loaded_twice(example: Example) -> None:
    again = leadline(example.folder, "ingest")
    assert {f["outcome"] for f in again["files"]} == {"unchanged"}
    assert len(again["files"]) == len(example.batches)


@pytest.mark.slow
def test_command_line_gives_the_same_figure(example: Example) -> None:
    figure = example.expected["figures"][0]
    arguments = ("--grain", figure["grain"], "--from", figure["period"], "--to", figure["period"])
    (row,) = leadline(example.folder, "query", figure["metric"], *arguments)
    assert set(FIELDS) <= set(row)
    assert agrees(row["value"], figure)
    assert row["period"] == figure["period"]
