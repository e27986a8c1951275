"""Secrets by name: from the environment or from a file that nobody else may read; never in YAML, never in a text.

A secret is given out in a wrapping that shows `***`. Whatever was given out is taken out of every error that Leadline
shows (`redacted`), as it is and as it stands in addresses and headers.
"""

import base64
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

from leadline.errors import LeadlineError, suggest

VARIABLE = "LEADLINE_SECRET_"
FILE = "LEADLINE_SECRETS_FILE"
SHOWN = "***"

_given: set[str] = set()
"""Every secret that this process has given out, in all forms in which it may be met."""

_SHORT = 6
"""Shorter secrets are taken out only where they stand alone: a text without every `a` says nothing."""


class Secret:
    """A value that nothing prints; `reveal()` gives it to whoever must send it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        protect(value)

    def reveal(self) -> str:
        """Give the value itself."""
        return self._value

    def __repr__(self) -> str:
        """Show that there is something."""
        return SHOWN

    __str__ = __repr__


def protect(value: str) -> None:
    """Take a value out of every text that `redacted` sees from now on: a token that was just issued, a part of one."""
    if not value.strip():
        return
    raw = value.encode()
    forms = {value, quote(value, safe=""), quote(value), quote_plus(value)}
    forms |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    _given.update(form for form in forms if form)


def redacted(text: str) -> str:
    """Give a text without the secrets that were given out."""
    for value in sorted(_given, key=len, reverse=True):
        if len(value) >= _SHORT:
            text = text.replace(value, SHOWN)
        else:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", SHOWN, text)
    return text


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where secrets are looked up: the environment first, then a file of names and texts."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    file: Path | None = None

    @classmethod
    def of(cls, home: Path, environment: Mapping[str, str] = os.environ) -> "Secrets":
        """Give the secrets of a project whose `.leadline` is `home`."""
        named = environment.get(FILE, "")
        return cls(environment, Path(named) if named else home / "secrets.yaml")

    def get(self, name: str) -> Secret:
        """Give a secret.

        Raises:
            LeadlineError: there is none of this name, or the file cannot be used; the message never shows a value.
        """
        given = self.environment.get(VARIABLE + name.upper(), "")
        if given:
            return Secret(given)
        held = self._held()
        if name not in held:
            raise LeadlineError(
                f"There is no secret {name!r}.", code="no-secret",
                hint=f"Set {VARIABLE}{name.upper()}, or write `{name}: ...` into {self.file or 'a file'} "
                f"(chmod 600; another file by {FILE}). {suggest(name, held)}".rstrip(),
            )  # fmt: skip
        return Secret(held[name])

    def _held(self) -> dict[str, str]:
        """Read the file; nothing when there is none."""
        if self.file is None or not self.file.exists():
            return {}
        if stat.S_IMODE(self.file.stat().st_mode) & 0o077:
            raise LeadlineError(
                f"Others than you may read {self.file}.",
                code="secrets-file",
                hint=f"Run: chmod 600 {self.file}",
            )
        import yaml  # noqa: PLC0415 only where there is a file: `import leadline` costs nothing

        try:
            found = yaml.load(self.file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 texts only
        except (OSError, ValueError, yaml.YAMLError):
            found = ""  # what is wrong stands beside secrets: it is not shown
        if found is None:
            return {}
        if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
            raise LeadlineError(
                f"{self.file} is not a list of `name: value`.", code="secrets-file",
                hint="Write one secret on a line, values with special signs in quotes.",
            )  # fmt: skip
        return {str(k): str(v) for k, v in found.items()}
