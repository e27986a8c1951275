"""Writes docs/library.md from the library's YAML: a page to look things up in. A test compares the two."""

from itertools import groupby
from pathlib import Path

from leadline.metrics import library
from leadline.metrics.library import Entry

PAGE = Path(__file__).parents[1] / "docs" / "library.md"
NO_STANDARD = "no standard; usual practice"

HEAD = """# The library

{count} standard metrics, each convention under its own name: five service levels are five metrics, and none of them is
called just "service level". They read the shipped customer model.

```console
$ leadline add --list
$ leadline add csat_top2
$ leadline add stickiness_28d --with-parts --owner product
$ leadline add service_level_abandon_negative --as service_level
```

`add` writes a new file in `metrics/` and overwrites none. What is copied is yours: thresholds (20 seconds, 7 days),
channel names and categories are examples in the open, to be changed where yours differ; the owner answers for it. It
says which facts no source of the project loads yet. Metrics that others are made of are copied with `--with-parts`,
or after asking; where the project has one of that name, its own is used.

A star marks what has no standard, only usual practice; the others name their source. "Reads" names the
facts and the columns that decide the figure. Money is in one currency; put yours into `measured_in`.

This page is written by `tools/library_page.py`.
"""


def text() -> str:
    """Give the page."""
    entries = list(library.entries().values())
    parts = [HEAD.format(count=len(entries))]
    for group, members in groupby(entries, key=lambda e: e.group):
        parts.append(
            f"\n## {_title(group)}\n\n| metric | what it is | type, in | reads or is made of |\n|---|---|---|---|\n"
        )
        parts += [_row(entry) for entry in members]
    return "".join(parts)


def _title(group: str) -> str:
    """Read what a group is about from the first line of its file."""
    first = (library.FOLDER / f"{group}.yaml").read_text("utf-8").splitlines()[0]
    about = first.partition("library: ")[2].partition(". `leadline")[0]
    return f"{group.capitalize()}: {about}"


def _row(entry: Entry) -> str:
    metric = entry.metric
    said = " ".join((metric.description or "").split())
    star = "*" if NO_STANDARD in said else ""
    said = said.replace(f" Source: {NO_STANDARD}.", "")
    made_of = ", ".join(f"`{part}`" for part in entry.parts)
    reads = "; ".join(f"{fact}: {', '.join(columns)}" for fact, columns in entry.needs.items())
    cells = [
        f"`{entry.name}`{star}",
        f"**{metric.label}**. {said}",
        f"{metric.type}, {metric.measured_in}",
        made_of or reads,
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
