"""Compares what was planted in the demo company with what Leadline says: the only reader of truths.yaml.

A truth counts as found only when everything that a perfect system would say of it was said. A symptom that shows
without its cause, and a finding where there should be none, are told apart; nothing is rounded up.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import yaml
from sqlglot import exp

from leadline.catalog.definitions import EncodingCheck
from leadline.errors import DemoError
from leadline.ingest.check_results import Checked
from leadline.ingest.held import COLUMNS
from leadline.ingest.identity.resolve import states
from leadline.metrics.published import Published
from leadline.store.engine import Relation
from leadline.store.entries import Batch, NewFinding

Outcome = Literal["found", "in part", "symptom only", "rightly quiet", "false alarm", "not yet"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one planted truth: the outcome, what was said of it, and what a perfect system would add."""

    id: str
    title: str
    kind: str
    verdict: Outcome
    evidence: tuple[str, ...]
    missing: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give the verdict as JSON says it."""
        return asdict(self)


@dataclass(frozen=True)
class _Said:
    """Everything that Leadline says after a refresh, as far as a truth may expect it."""

    findings: Sequence[NewFinding]
    held: Mapping[tuple[str, str], int]
    refused: Mapping[str, int]
    misread: Mapping[tuple[str, str], str]
    """What checks of the encoding say, by source and the month of the file's rows."""
    doubled: "_Doubled"

    def of(self, expected: Mapping[str, Any]) -> str | None:
        """Give what was said that meets an expectation, or None."""
        least = int(expected.get("minimum", 1))
        match expected["finding"]:
            case "held_rows":
                found = self.held.get((str(expected["source"]), str(expected["reason"])), 0)
                return (
                    f"{found:,} rows of {expected['source']} held: {expected['reason']}"
                    if found >= least
                    else None
                )
            case "refused_file":
                found = self.refused.get(str(expected["source"]), 0)
                return f"{found} files of {expected['source']} refused" if found >= least else None
            case "encoding":
                return self.misread.get((str(expected["source"]), str(expected["period"])))
            case "duplicate_identity":
                return self.doubled.said(least)
            case _:
                return next((f.statement for f in self.findings if _meets(f, expected)), None)


@dataclass(frozen=True, slots=True)
class _Doubled:
    """Pairs of records that were joined to one person: how many are planted, found, and found though not planted."""

    planted: int = 0
    right: int = 0
    wrong: int = 0

    def said(self, least: int) -> str | None:
        """Say how many were found; None unless all were, and no others."""
        if self.wrong or self.right < self.planted or self.right < min(least, self.planted) or not self.right:
            return None
        return f"{self.right:,} of {self.planted:,} pairs of records are one person, and no others"

    @classmethod
    def of(cls, folder: Path, published: Published) -> "_Doubled":
        """Compare the persons of the generation with the pairs that were planted."""
        file = folder / "truths_duplicate_customers.csv"
        found = states(published.generation.tables).get("customer_person")
        if found is None or not file.is_file():
            return cls()
        with file.open(encoding="utf-8", newline="") as rows:
            planted = {frozenset((row["customer_id"], row["aldermann_id"])) for row in csv.DictReader(rows)}
        persons: dict[str, list[str]] = {}
        people = published.engine.scan([found.part("people")], {"record": "text", "person": "text"}, "p")
        for row in published.engine.read(exp.select("record", "person").from_(people)).to_pylist():
            persons.setdefault(row["person"], []).append(row["record"])
        joined = {frozenset(pair) for records in persons.values() for pair in combinations(records, 2)}
        return cls(len(planted), len(joined & planted), len(joined - planted))


def compare(
    folder: Path,
    findings: Sequence[NewFinding],
    batches: Iterable[Batch],
    published: Published,
    checked: Mapping[str, Checked] | None = None,
) -> list[Verdict]:
    """Give a verdict on every truth planted in the demo company of `folder`. Raises DemoError without its truths."""
    try:
        document = yaml.safe_load((folder / "truths.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise DemoError(f"The planted truths of {folder} cannot be read: {error}") from error
    live = list(batches)
    refused = Counter(b.source for b in live if b.state == "refused")
    said = _Said(
        findings,
        _held(live, published),
        refused,
        _misread(live, published, checked or {}),
        _Doubled.of(folder, published),
    )
    return [_verdict(truth, said) for truth in document["truths"]]


def _misread(
    batches: Sequence[Batch], published: Published, checked: Mapping[str, Checked]
) -> dict[tuple[str, str], str]:
    """Give what checks of the encoding say of live files whose rows all lie in one month."""
    found = {}
    for batch in batches:
        said = checked[batch.id].results if batch.id in checked else ()
        ends = [
            published.periods.period("month", at.date()).label for at in (batch.at_min, batch.at_max) if at
        ]
        for one in said:
            check = published.catalog.checks.get(one.check)
            if isinstance(check, EncodingCheck) and one.failed and len(set(ends)) == 1:
                found[batch.source, ends[0]] = f"{batch.file}: {one.statement} the check {one.check}"
    return found


def _held(batches: Sequence[Batch], published: Published) -> dict[tuple[str, str], int]:
    """Count the held rows by source and reason; a row counts under its first reason."""
    counts: Counter[tuple[str, str]] = Counter()
    by_source: dict[str, list[Relation]] = {}
    for batch in batches:
        relation = Relation("held", batch.source, batch.id)
        if batch.rows_quarantined and published.engine.exists(relation):
            by_source.setdefault(batch.source, []).append(relation)
    for source, relations in by_source.items():
        code = exp.column("_code", table="h")
        query = exp.select(code, exp.alias_(exp.Count(this=exp.Star()), "n"))
        rows = published.engine.read(
            query.from_(published.engine.scan(relations, COLUMNS, "h")).group_by(code.copy())
        )
        counts.update({(source, row["_code"]): row["n"] for row in rows.to_pylist()})
    return dict(counts)


def _meets(finding: NewFinding, expected: Mapping[str, Any]) -> bool:
    if finding.kind != expected["finding"]:
        return False
    if expected.get("source", finding.evidence.get("source")) != finding.evidence.get("source"):
        return False
    difference = finding.evidence.get("difference", 0)
    way = "up" if difference > 0 else "down" if difference < 0 else expected.get("direction")
    seen = {
        "metric": finding.metric,
        "unit": finding.unit,
        "slice": finding.slice,
        "period": finding.period,
        "direction": way,
    }
    wanted = {"unit": None, "slice": "", **{k: v for k, v in expected.items() if k in seen}}
    return all(seen[k] == v for k, v in wanted.items())


def _verdict(truth: Mapping[str, Any], said: _Said) -> Verdict:
    wrong = [text for e in truth["silent"] if (text := said.of(e))]
    met = [(e, said.of(e)) for e in truth["expect"]]
    evidence = [text for _, text in met if text]
    missing = [_named(e) for e, text in met if not text]
    signs = [text for e in truth["signs"] if (text := said.of(e))]
    outcome: Outcome
    if wrong:
        outcome, evidence = "false alarm", wrong
    elif not met:
        outcome = "rightly quiet"
    elif not missing:
        outcome = "found"
    elif evidence:
        outcome = "in part"
    elif signs:
        outcome, evidence = "symptom only", signs
    else:
        outcome = "not yet"
    return Verdict(truth["id"], truth["title"], truth["kind"], outcome, tuple(evidence), tuple(missing))


def _named(expected: Mapping[str, Any]) -> str:
    place = ", ".join(f"{k} {v}" for k, v in expected.items() if k not in {"finding", "minimum"})
    return f"{str(expected['finding']).replace('_', ' ')} ({place})" if place else str(expected["finding"])


def summary(verdicts: Sequence[Verdict]) -> list[str]:
    """Say in sentences how many truths are found, and how many are not."""
    counts = Counter(v.verdict for v in verdicts)
    right = counts["found"] + counts["rightly quiet"]
    order: tuple[Outcome, ...] = (
        "found",
        "rightly quiet",
        "in part",
        "symptom only",
        "false alarm",
        "not yet",
    )
    named = ", ".join(f"{counts[o]} {o}" for o in order if counts[o])
    return [f"{right} of {len(verdicts)} truths: {named}."]
