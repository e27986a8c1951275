"""A disclosure on disk: HTML and PDF to read, JSON and CSV for machines, and a manifest with every file's hash."""

import csv
import hashlib
import importlib
import io
import json
import shutil
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from leadline.app.disclosure.contents import Disclosure, Row
from leadline.errors import StoreError

MANIFEST = "manifest.json"


def write(made: Disclosure, folder: Path) -> Row:
    """Write a disclosure into a new folder, whole or not at all; give its manifest.

    Raises:
        StoreError: the folder holds something already (`disclosure-target`), or what makes PDF is not installed
            (`export-missing`).
    """
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(
            f"{folder} holds something already.", code="disclosure-target", hint="Name a new folder."
        )
    html = page(made)
    files: dict[str, bytes] = {
        "disclosure.html": html.encode(),
        "disclosure.json": json.dumps(
            {"about": made.about, **made.tables}, indent=1, ensure_ascii=False, default=str
        ).encode(),
        **{f"{name}.csv": _csv(rows).encode() for name, rows in made.tables.items() if rows},
        **{f"definitions/{name}": text.encode() for name, text in made.texts.items()},
        "disclosure.pdf": pdf(html),
    }
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = {**made.about, "files": hashes}
    files[MANIFEST] = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
    building = folder.resolve().with_name(f".{folder.resolve().name}.building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        for name, content in files.items():
            target = building / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if folder.exists():
            folder.rmdir()
        building.rename(folder.resolve())
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return manifest


def page(made: Disclosure) -> str:
    """Give the disclosure as one HTML page that needs nothing else."""
    return _template().render(about=made.about, tables=made.tables, texts=made.texts)


def pdf(html: str) -> bytes:
    """Give a page as PDF. Raises StoreError where what makes it is not installed."""
    try:
        weasyprint = importlib.import_module("weasyprint")
    except ImportError as error:
        raise StoreError(
            "What makes PDF is not installed.", code="export-missing", hint="pip install 'leadline[export]'"
        ) from error
    made: bytes = weasyprint.HTML(string=html).write_pdf()
    return made


@cache
def _template() -> Template:
    made = Environment(
        loader=PackageLoader("leadline.app.disclosure"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return made.get_template("page.html")


def _csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
