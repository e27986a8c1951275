"""Goals of units written into scorecards' files: beside what is there, or not at all."""

from pathlib import Path

import pytest

from leadline.app.allocating import UnitGoal, with_goals
from leadline.catalog.definitions import Scorecard
from leadline.catalog.documents import parse
from leadline.errors import GovernanceError

GOALS = (UnitGoal("north", 66.5, 70.5), UnitGoal("south", 68, 72))
HEAD = """# kept as it is
kind: scorecard
name: service
perspectives:
  - name: process
    objectives:
      - objective: calm
        measures:
"""
FLOW = HEAD + "          - {metric: fcr, red_flag: 65, goal: 70, weight: 2}  # said once\n"
BLOCK = (
    HEAD + "          - metric: fcr\n            red_flag: 65\n            goal: 70\n            weight: 2\n"
)
LIST = BLOCK + "            targets:\n              - {unit: south, red_flag: 60, goal: 64}\n"
DASHED = (
    BLOCK
    + "            targets:\n              - unit: south\n                red_flag: 60\n                goal: 64\n"
)
SHORT = BLOCK + "            targets: [{where: {channel: phone}, red_flag: 60, goal: 64}]\n"


def read(text: str):
    (document,), _ = parse(text, Path("service.yaml"))
    return Scorecard.model_validate(dict(document.data)), document


@pytest.mark.parametrize("text", [FLOW, BLOCK, LIST, DASHED, SHORT])
def test_each_unit_has_its_goal_and_all_else_stays(text: str) -> None:
    made = with_goals(*read(text), text, "fcr", GOALS)
    (before,) = read(text)[0].perspectives[0].objectives[0].measures
    (after,) = read(made)[0].perspectives[0].objectives[0].measures
    told = {one.unit: (one.red_flag, one.goal) for one in after.targets if not one.where}
    assert told == {"north": (66.5, 70.5), "south": (68, 72)}
    assert [one for one in after.targets if one.where] == [one for one in before.targets if one.where]
    assert after.model_copy(update={"targets": ()}) == before.model_copy(update={"targets": ()})
    assert [line for line in text.splitlines() if "#" in line and "kept" in line] == made.splitlines()[:1]
    assert with_goals(*read(made), made, "fcr", GOALS) == made


def test_a_measure_that_the_file_does_not_have_is_refused() -> None:
    with pytest.raises(GovernanceError, match="does not write targets"):
        with_goals(*read(FLOW), FLOW, "nps", GOALS)
