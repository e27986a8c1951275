"""How much room texts take on a slide: nothing lays them out for us, so they are measured against their boxes."""

import unicodedata
from collections.abc import Iterator, Sequence

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.55
TOP, FOOT = 1.15, 0.5
"""Where what stands under a title begins, and how much of the foot is left free, in inches."""
SIZE = 10.0
"""The size of a table's text, in points."""
LONGEST = 160
_SIGN = 0.0075
"""How wide a sign is at one point, in inches: of DejaVu Sans, the widest of the faces that a machine may have."""


def fitting(
    lines: Sequence[Sequence[str]], widths: Sequence[float], heading: Sequence[bool] = ()
) -> Iterator[list[Sequence[str]]]:
    """Give a table's lines slide by slide, as many as fit; a heading (by place) stays with what is under it."""
    room = HEIGHT - FOOT - TOP - tall([""], widths[:1])
    part: list[Sequence[str]] = []
    used, begun = 0.0, 0
    for line in lines:
        high = tall(line, widths)
        if part and used + high > room:
            kept = len(part)
            while heading and kept > 1 and heading[begun + kept - 1]:
                kept -= 1
            kept = len(part) if kept == 1 and heading and heading[begun] else kept
            yield part[:kept]
            part, begun = part[kept:], begun + kept
            used = sum(tall(one, widths) for one in part)
        part.append(_fits(line, widths, room))
        used += min(high, room)
    if part:
        yield part


def _fits(line: Sequence[str], widths: Sequence[float], room: float) -> Sequence[str]:
    """Give a line of a table whole, or cut where even a slide of its own is too small for it."""
    if tall(line, widths) <= room:
        return line
    most = int(room / (SIZE * 1.2 / 72)) - 1
    return [
        cut(text, int(most * width / (_SIGN * SIZE) * 0.45)) for text, width in zip(line, widths, strict=True)
    ]


def tall(line: Sequence[str], widths: Sequence[float]) -> float:
    """Give the height of a table's line in inches, by the lines that its texts break into."""
    most = max(broken(text, width - 0.11) for text, width in zip(line, widths, strict=True))
    return 0.07 + most * SIZE * 1.2 / 72


def height(lines: Sequence[tuple[str, float, str, bool]], width: float) -> float:
    """Give the height of paragraphs in inches."""
    return sum((broken(text, width, size) * size * 1.2 + size / 3) / 72 for text, size, _, _ in lines) + (
        0.1 if lines else 0
    )


def broken(text: str, width: float, size: float = SIZE) -> int:
    """Estimate how many lines a text breaks into at a width in inches, word by word; wide signs count twice."""
    most = max(width / (_SIGN * size), 1.0)
    found = 0
    for line in text.split("\n"):
        at, found = 0.0, found + 1
        for word in line.split(" "):
            signs = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in word)
            if at and at + 1 + signs > most:
                at, found = 0.0, found + 1
            at += signs + (1 if at else 0)
            while at > most:
                at, found = at - most, found + 1
    return found


def cut(text: str, longest: int = LONGEST) -> str:
    """Give a text, or its beginning where it is longer."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
