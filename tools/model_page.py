"""Writes docs/model.md from the shipped facts: diagram, tables, version. A test compares the two."""

from itertools import groupby
from pathlib import Path

from leadline.catalog import build, diagram
from leadline.catalog.definitions import Fact
from leadline.catalog.documents import shipped

PAGE = Path(__file__).parents[1] / "docs" / "model.md"

HEAD = """# The customer model

Version {version}, structure `{structure}`: {count} facts that sources fill and the library's metrics read. It is
part of Leadline; a project adds to it and never edits it. `leadline model` shows it with what the project added,
`leadline model --diagram` draws it, `leadline model interaction` lists the columns of one fact.

## Extend it

Columns are added to a shipped fact under its own name; other kinds of row are facts of your own, which may begin with a
shipped one's columns. Neither is a fork: a new Leadline brings its columns, and yours stay.

```yaml
kind: fact
name: interaction
extends: interaction                 # adds columns to the shipped fact
columns:
  shop: {{type: text, references: shop, description: Where the customer stood.}}
---
kind: fact
name: shop
key: [shop_id]
columns:
  shop_id: {{type: text}}
  city: {{type: text}}
---
kind: fact
name: repair
extends: ticket                      # a fact of its own that begins with a ticket's columns
columns:
  spare_part: {{type: text, references: product}}
```

A column keeps its type: the library's metrics read it. The version's first number grows when something is taken
away or means something else, the second when something is added. The structure is a hash of names, keys, types and
references.
"""


def text() -> str:
    """Give the page."""
    facts = build(shipped(), Path()).facts
    parts = [HEAD.format(version=diagram.MODEL_VERSION, structure=diagram.structure(facts), count=len(facts))]
    files = [(d.file.stem, str(d.data["name"])) for d in shipped() if d.kind == "fact"]
    for group, members in groupby(files, key=lambda one: one[0]):
        names = [name for _, name in members]
        parts.append(f"\n## {group.capitalize()}\n\n```mermaid\n{diagram.mermaid(facts, names)}```\n")
        parts += [_fact(facts[name]) for name in names]
    parts.append("\nThis page is written by `tools/model_page.py`.\n")
    return "".join(parts)


def _fact(fact: Fact) -> str:
    derived = f" Made from `{fact.from_}`, where a metric reads it." if fact.from_ else ""
    rows = "".join(
        f"| `{name}` | {one.type}{f' → `{one.references}`' if one.references else ''} | {one.description or ''} |\n"
        for name, one in fact.columns.items()
    )
    key = ", ".join(f"`{name}`" for name in fact.key)
    return (
        f"\n### `{fact.name}`: {fact.label}\n\n{fact.description}{derived} Key: {key}"
        f"{f'; counts at `{fact.at}`' if fact.at else ''}.\n\n| column | type | what it is |\n|---|---|---|\n{rows}"
    )


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
