"""The words for readers, by key, from `catalogue/en.toml`. No template and no view holds a word of its own."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

CATALOGUE = Path(__file__).parent / "catalogue"
TEXTS: Mapping[str, str] = tomllib.loads((CATALOGUE / "en.toml").read_text(encoding="utf-8"))


def say(key: str, /, **values: object) -> str:
    """Give the text of a key, its names filled in. `count` also chooses between `one|many`."""
    text = TEXTS[key]
    if "count" in values and "|" in text:
        one, many = text.split("|")
        text = one if values["count"] == 1 else many
    return text.format(**values)
