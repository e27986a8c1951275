"""`kind: objective`: something the company wants, to be read on one scorecard or several."""

from typing import Literal

from leadline.catalog.definitions.base import Definition


class Objective(Definition):
    """What is wanted, in words; a scorecard says by which measures and how much it weighs."""

    kind: Literal["objective"]
