"""Changes on a bridge: with their sign, and never as a nothing that they are not."""

import pytest

from leadline.app.web.numbers import NumberStyle
from leadline.app.web.views.bridging import signed


@pytest.mark.parametrize(
    ("unit", "change", "said"),
    [
        ("points", 1.25, "+1.2"),
        ("points", -1.25, "−1.2"),
        ("points", 0.0, "0.0"),
        ("points", 0.0123, "+0.01"),
        ("points", -0.0012, "−0.001"),
        ("points", 0.00001, "nearly 0.0"),
        ("EUR", 0.0004, "+€0.0004"),
    ],
)
def test_a_small_change_is_written_with_as_many_decimals_as_it_takes(
    unit: str, change: float, said: str
) -> None:
    assert signed(NumberStyle(unit), change) == said
