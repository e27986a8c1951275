"""The customer model as a picture: which fact refers to which, drawn from the definitions."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping

from leadline.catalog.definitions import Fact

MODEL_VERSION = "1.0"
"""Of the shipped model. The first number counts what takes something away, the second what is added."""


def mermaid(facts: Mapping[str, Fact], wanted: Iterable[str] | None = None) -> str:
    """Give an entity-relationship diagram in Mermaid's language: a line for each reference, dotted from the derived.

    `wanted` are the facts whose lines are drawn (default: all), with those that they lead to.
    """
    chosen = sorted(facts if wanted is None else set(wanted) & facts.keys())
    lines = [line for name in chosen for line in _lines(facts, facts[name])]
    drawn = {word for line in lines for word in line.split()[:3]}
    lines += [f"  {name}" for name in chosen if name not in drawn]
    return "\n".join(["erDiagram", *dict.fromkeys(lines)]) + "\n"


def _lines(facts: Mapping[str, Fact], fact: Fact) -> Iterator[str]:
    if fact.from_:
        yield f'  {fact.from_} }}o..o{{ {fact.name} : "derived"'
    for name, column in fact.columns.items():
        if column.references in facts:
            many = "|o" if fact.entity == name else "o{"
            yield f'  {column.references} |o--{many} {fact.name} : "{name}"'


def structure(facts: Mapping[str, Fact]) -> str:
    """Give the hash of what a model's facts are: names, keys, columns, their types and what they refer to."""
    said = {
        name: {
            "key": sorted(fact.key), "at": fact.at, "from": fact.from_,
            "columns": {n: [c.type, c.references, c.required] for n, c in fact.columns.items()},
        }
        for name, fact in facts.items()
    }  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]
