"""The pages' charts for paper: the same drawings, with the style that a page's sheet would give them inside."""

from markupsafe import Markup

from leadline.app.web.charts import small
from leadline.app.web.charts import trend as trends
from leadline.app.web.charts.specs import BulletSpec, TrendSpec

TONES = {
    "good": "#177245",
    "risk": "#8f5b00",
    "bad": "#c02a20",
    "unknown": "#50555f",
    "quiet": "#50555f",
    "beyond": "#2450b5",
}
INK, INK_2, LINE, LINE_2, ACCENT = "#17191d", "#50555f", "#e4e4df", "#c6c6bf", "#2450b5"
FACE = "Inter, Liberation Sans, Noto Sans, sans-serif"
WIDE = trends.Frame("wide", 900, 300, 5, 20, 110)

_STYLE = (
    f"text {{ font-family: {FACE}; font-size: 11.5px; }} .tick {{ fill: {INK_2}; }} "
    f".tick.here {{ fill: {INK}; font-weight: 700; }} .grid {{ stroke: {LINE}; }} .base {{ stroke: {LINE_2}; }} "
    f".break {{ fill: none; stroke: {INK_2}; }} .change {{ stroke: {LINE_2}; stroke-dasharray: 2 3; }} "
    f".line {{ fill: none; stroke: {ACCENT}; stroke-width: 2; }} .trend .band {{ fill: {ACCENT}; fill-opacity: .12; }} "
    f".trend .whisker {{ stroke: {ACCENT}; stroke-opacity: .45; }} .unsettled {{ stroke-dasharray: 4 3; }} "
    f"path.goal, line.goal {{ fill: none; stroke: {INK}; stroke-width: 1.4; }} "
    f"path.flag {{ fill: none; stroke: {TONES['bad']}; stroke-width: 1.4; stroke-dasharray: 6 4; }} "
    f".label.goal {{ fill: {INK}; }} .label.flag {{ fill: {TONES['bad']}; }} .gap {{ fill: none; stroke: {INK_2}; }} "
    f".point {{ fill: {ACCENT}; stroke: #fff; stroke-width: 1.5; }} .point.hollow {{ fill: #fff; stroke: {ACCENT}; }} "
    ".reach { fill: none; stroke: none; } .low { fill: #cdcdc6; } .mid { fill: #dfdfd9; } .top { fill: #efefeb; } "
) + " ".join(
    f".point.here.{tone} {{ fill: {colour}; }} .point.here.hollow.{tone} {{ fill: #fff; stroke: {colour}; }} "
    f".dot.{tone} {{ fill: {colour}; stroke: #fff; }} "
    f".bullet .whisker.{tone} {{ stroke: {colour}; stroke-width: 1.6; }} "
    f".dot.hollow.{tone} {{ fill: #fff; stroke: {colour}; }}"
    for tone, colour in TONES.items()
)


def trend(spec: TrendSpec) -> Markup:
    """Give the trend as the page draws it, wide."""
    return _styled(trends.draw(spec, WIDE), "")


def bullet(spec: BulletSpec) -> Markup:
    """Give the bullet as the page draws it."""
    return _styled(small.bullet(spec), ' width="96"')


def _styled(drawn: Markup, more: str) -> Markup:
    """Put the style inside, where a renderer that knows no page finds it."""
    head, end, rest = str(drawn).partition(">")
    return Markup(  # noqa: S704 - the drawing is escaped already, and the style is ours
        f'{head} xmlns="http://www.w3.org/2000/svg"{more}{end}<style>{_STYLE}</style>{rest}'
    )
