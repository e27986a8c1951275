"""What every command is told: where the project is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from leadline.clock import Clock, SystemClock

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


@dataclass(frozen=True, slots=True)
class Context:
    """The project's folder and the clock of this run."""

    root: Path
    clock: Clock

    @classmethod
    def of(cls, folder: str) -> "Context":
        """Give the context of a folder, by the machine's clock."""
        return cls(Path(folder), SystemClock())


def current(context: typer.Context) -> Context:
    """Give the context that the main command made."""
    found: Context = context.obj
    return found
