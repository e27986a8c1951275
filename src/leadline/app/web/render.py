"""From a page context to a response: the template environment, and what templates may call.

The rule: autoescape everywhere, undefined names are errors, and a template sees its context's fields and nothing else.
"""

import re
from dataclasses import fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from leadline.app.web.addresses import to
from leadline.app.web.charts import bridge, intervals, multiples, scatter, small, strategy_map, trend
from leadline.app.web.contexts import Download, NoticePage, Page
from leadline.app.web.texts import say

STATIC = Path(__file__).parent / "static"


@cache
def asset(name: str) -> str:
    """Give the address of a static file; its content's hash makes a new version a new address."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def slug(text: str) -> str:
    """Give a text as an element id."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def environment() -> Environment:
    """Give the template environment."""
    made = Environment(
        loader=PackageLoader("leadline.app.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["slug"] = slug
    made.globals |= {
        "t": say,
        "to": to,
        "asset": asset,
        "draw": SimpleNamespace(
            trend=trend.both,
            scatter=scatter.both,
            spark=small.spark,
            multiple=multiples.draw,
            bullet=small.bullet,
            bar=small.bar,
            strategy_map=strategy_map.draw,
            interval_row=intervals.row,
            interval_foot=intervals.foot,
            bridge_row=bridge.row,
            bridge_foot=bridge.foot,
        ),
    }
    return made


@cache
def _templates() -> Jinja2Templates:
    return Jinja2Templates(env=environment())


def rendered(page: Page) -> str:
    """Give a page as HTML."""
    return (
        _templates()
        .env.get_template(page.template)
        .render({f.name: getattr(page, f.name) for f in fields(page)})
    )


def warm(page: Page | Download) -> None:
    """Render a page for nobody: templates are compiled by it, and what they draw with is loaded."""
    if not isinstance(page, Download):
        rendered(page)


def respond(request: Request, page: Page | Download, *, status: int | None = None) -> Response:
    """Render a page. Its fields are the template's variables; a notice carries its own HTTP status."""
    if isinstance(page, Download):
        named = (
            {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(page.name)}"} if page.name else {}
        )
        return Response(page.content, media_type=page.media_type, headers=named)
    context = {field.name: getattr(page, field.name) for field in fields(page)}
    code = page.status if isinstance(page, NoticePage) else status or 200
    return _templates().TemplateResponse(request, page.template, context, status_code=code)
