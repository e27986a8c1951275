"""What every benchmark's command line and output have in common."""

import json
import math


def number(text: str) -> int:
    """Read a size: 5M or 50_000."""
    return int(float(text.removesuffix("M")) * 1_000_000) if text.endswith("M") else int(text)


def say(name: str, value: float, goal: float | None = None, *, at_most: bool = True) -> None:
    """Print a figure as a line of JSON; one without a goal holds whatever it is."""
    holds = goal is None or (value <= goal if at_most else value >= goal)
    shown = float(f"{value:.4g}") if math.isfinite(value) else None
    print(json.dumps({"name": name, "value": shown, "goal": goal, "holds": holds}), flush=True)
