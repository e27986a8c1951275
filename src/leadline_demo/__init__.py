"""A company that does not exist, with known truths planted in its files: Leadline's proving ground.

This package shares no code with Leadline: what it plants must be found from the files alone.
"""

from leadline_demo.generate import generate

__all__ = ["generate"]
