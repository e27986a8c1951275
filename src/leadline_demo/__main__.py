"""`python -m leadline_demo TARGET_DIR [--seed 7] [--size 1.0]`: write the demo company into a folder."""

import argparse
import sys
import time
from pathlib import Path

from leadline_demo.generate import generate


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and generate; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m leadline_demo", description="Write the demo company's raw files."
    )
    parser.add_argument("target", type=Path, help="folder to write to (created if missing)")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same bytes (default 7)")
    parser.add_argument(
        "--size", type=float, default=1.0, help="1.0 = about a million contacts (default 1.0)"
    )
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    try:
        generate(options.target, seed=options.seed, size=options.size, progress=_say)
    except ValueError as wrong:
        parser.error(str(wrong))
    _say(f"Done in {time.perf_counter() - begun:.1f} s: {options.target}")
    return 0


def _say(step: str) -> None:
    sys.stdout.write(step + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
