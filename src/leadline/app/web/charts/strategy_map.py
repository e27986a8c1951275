"""The strategy map: perspectives as bands, objectives as boxes with status, links by what the figures say of them.

The rule: status is shape, word and colour; what a link was found to be is the kind of its line, and its words.
"""

from itertools import pairwise
from typing import Final

from markupsafe import Markup

from leadline.app.web.charts.layered import HEIGHT, WIDTH, Point, lay
from leadline.app.web.charts.specs import MapBox, MapSpec
from leadline.app.web.charts.svg import tag

MARGIN: Final = 104.0
"""For the perspectives' names."""
_LETTERS = 21
"""Of a title, in one line of a box."""
_LINES = 2


def draw(spec: MapSpec) -> Markup:
    """Give the map."""
    laid = lay(
        [[box.key for box in band.boxes] for band in spec.bands],
        [(one.source, one.target) for one in spec.links],
    )
    width = laid.width + MARGIN
    drawn: list[Markup] = [_arrow()]
    for nth, (band, (top, bottom)) in enumerate(zip(spec.bands, laid.bands, strict=True)):
        drawn.append(
            tag(
                "rect",
                x=0,
                y=top,
                width=width,
                height=bottom - top,
                class_=f"band {'even' if nth % 2 == 0 else 'odd'}",
            )
        )
        lines = _wrapped(band.label, 13, 3)
        first = (top + bottom) / 2 - 7 * (len(lines) - 1)
        drawn += [
            tag("text", line, x=12, y=first + 14 * i + 4, class_="perspective")
            for i, line in enumerate(lines)
        ]
    for one in spec.links:
        points = laid.links.get((one.source, one.target))
        if points:
            shifted = [(x + MARGIN, y) for x, y in points]
            drawn.append(
                tag(
                    "path", tag("title", one.words), d=_curve(shifted), class_=f"link {one.told.replace(' ', '-')}",
                    marker_end="url(#arrow)",
                )
            )  # fmt: skip
    for band in spec.bands:
        drawn += [_box(box, laid.boxes[box.key]) for box in band.boxes]
    return tag(
        "svg", *drawn, class_="strategy-map", viewBox=f"0 0 {width:.0f} {laid.height:.0f}", role="group",
        aria_label=spec.summary,
    )  # fmt: skip


def _arrow() -> Markup:
    head = tag("path", d="M0 0 8 4 0 8z")
    return tag(
        "defs",
        tag(
            "marker", head, id="arrow", viewBox="0 0 8 8", refX="7", refY="4", markerWidth="8", markerHeight="8",
            markerUnits="userSpaceOnUse", orient="auto",
        ),
    )  # fmt: skip


def _box(box: MapBox, corner: Point) -> Markup:
    x, y = corner[0] + MARGIN, corner[1]
    lines = _wrapped(box.label, _LETTERS, _LINES)
    words = [tag("text", line, x=x + 10, y=y + 19 + 15 * i, class_="label") for i, line in enumerate(lines)]
    foot = y + HEIGHT - 10
    shape = box.mark.replace(" ", "-")
    return tag(
        "a",
        tag("rect", x=x, y=y, width=WIDTH, height=HEIGHT, rx=4, class_=f"box {box.tone}"),
        *words,
        tag("use", href=f"#{shape}", x=x + 10, y=foot - 9, width=10, height=10, class_=f"shape {box.tone}"),
        tag("text", box.status, x=x + 25, y=foot, class_=f"status {box.tone}"),
        tag("text", box.score, x=x + WIDTH - 10, y=foot, class_="score", text_anchor="end"),
        href=box.href,
        aria_label=box.spoken,
    )


def _curve(points: list[Point]) -> str:
    """Give the `d` of a link: straight through rows, bent between them."""
    written = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        if x == to_x:
            written += f"V{to_y:.1f}"
        else:
            middle = (y + to_y) / 2
            written += f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
    return written


def _wrapped(text: str, letters: int, lines: int) -> list[str]:
    """Break a text into lines; what does not fit ends in an ellipsis (the whole is in the list below the map)."""
    found = [""]
    for word in text.split():
        if not found[-1] or len(found[-1]) + 1 + len(word) <= letters:
            found[-1] = f"{found[-1]} {word}".strip()
        else:
            found.append(word)
    if len(found) > lines:
        found = [*found[: lines - 1], f"{found[lines - 1][: letters - 1].rstrip()}…"]
    return [line if len(line) <= letters + 3 else f"{line[:letters]}…" for line in found]
