"""The demo company: made once into a folder of its own, whole or not at all. Its clock stands at its own last day."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from leadline.clock import FixedClock
from leadline.errors import DemoError

MARK = ".demo.json"


def make(folder: Path, *, seed: int, size: float, say: Callable[[str], None]) -> FixedClock:
    """Make the demo company in `folder` unless it is there; give the clock by which it is refreshed.

    Raises DemoError when the folder holds something else, or a demo company of another seed or size.
    """
    from leadline_demo.generate import AS_OF, generate  # noqa: PLC0415 - only this command makes companies

    clock = FixedClock(datetime.fromisoformat(AS_OF))
    wanted = {"seed": seed, "size": size}
    if folder.exists() and any(folder.iterdir()):
        _same(folder, wanted)
        return clock
    building = folder.resolve().with_name(f".{folder.resolve().name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        generate(building, seed=seed, size=size, progress=say)
        (building / MARK).write_text(json.dumps(wanted), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        building.rename(folder.resolve())
    except (OSError, ValueError) as error:
        raise DemoError(
            f"The demo company cannot be made in {folder}: {error}", hint="Name a folder where you may write."
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return clock


def _same(folder: Path, wanted: dict[str, float]) -> None:
    try:
        found = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DemoError(
            f"{folder} holds something else than the demo company.",
            hint="Name another folder: leadline demo DIR",
        ) from error
    if found != wanted:
        raise DemoError(
            f"{folder} holds the demo company of seed {found.get('seed')} and size {found.get('size')}.",
            hint="Name another folder, or ask for that seed and size.",
        )
