"""SVG elements as escaped markup. Coordinates are rounded to a tenth of a pixel; nothing carries a style attribute.

The rule: colours, strokes and type come from classes in the style sheet, so that one drawing serves
light, dark and print.
"""

from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup, escape

Attribute = str | float | int | None


def _number(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def _value(value: str | float) -> str:
    """Give an attribute's value, escaped."""
    if not isinstance(value, str):
        return _number(value)
    return value if value.isalnum() else str(escape(value))


@lru_cache(maxsize=256)
def _key(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def tag(name: str, *children: str, **attributes: Attribute) -> Markup:
    """Give one element. `class_` becomes `class`, `text_anchor` becomes `text-anchor`; None leaves an attribute out.

    Children that are Markup go in as they are, plain text is escaped.
    """
    written = "".join(
        [f' {_key(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None]
    )
    # every part below is escaped, or one of this package's own literals
    if not children:
        return Markup(f"<{name}{written}/>")  # noqa: S704 - see above
    inner = "".join([one if isinstance(one, Markup) else escape(one) for one in children])
    return Markup(f"<{name}{written}>{inner}</{name}>")  # noqa: S704 - see above


def percent(fraction: float) -> str:
    """Give a position as a share of the drawing's width: what lets a drawing stretch without stretching its marks."""
    return f"{fraction * 100:.2f}%"


def path(points: Iterable[tuple[float, float]]) -> str:
    """Give the `d` of a line through points."""
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def stepped(points: Iterable[tuple[float, float, float]]) -> str:
    """Give the `d` of level stretches `(from x, to x, y)`, joined where they meet and broken where they do not."""
    written: list[str] = []
    reached: float | None = None
    for left, right, level in points:
        joined = reached is not None and abs(left - reached) < 0.05
        written.append(f"{'L' if joined else 'M'}{_number(left)} {_number(level)}H{_number(right)}")
        reached = right
    return "".join(written)
