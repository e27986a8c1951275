"""The review pack as PDF: a page template of ours, laid out by WeasyPrint."""

from leadline.app.web.pack import drawings
from leadline.app.web.pack.contents import Pack
from leadline.app.web.render import environment
from leadline.errors import ExportError

GLYPHS = {
    "on target": "●", "at risk": "▲", "off target": "◆", "cannot tell": "?", "suppressed": "▢", "no data": "–",
    "unscored": "·", "suspended": "‖", "provisional": "◌", "stale": "!", "refused": "✕",
}  # fmt: skip
"""The statuses' shapes as letters, so that they read without colour."""


def html(pack: Pack) -> str:
    """Give the pack as one page of HTML with everything inside."""
    template = environment().get_template("pack/pack.html")
    return template.render(pack=pack, glyphs=GLYPHS, trend=drawings.trend, bullet=drawings.bullet)


def pdf(pack: Pack) -> bytes:
    """Give the pack as PDF; the same pack gives the same bytes.

    Raises:
        ExportError: WeasyPrint, or the libraries of the system that it draws with, are not installed.
    """
    try:
        from weasyprint import HTML  # noqa: PLC0415 - an extra, and slow to load
    except (ImportError, OSError) as error:
        raise ExportError(
            f"A PDF needs WeasyPrint and Pango: {error}.",
            code="export-missing",
            hint="pip install 'leadline[export]'; on Debian also: apt-get install libpango-1.0-0 libpangoft2-1.0-0",
        ) from error
    made: bytes = HTML(string=html(pack), base_url=None, url_fetcher=_nothing).write_pdf(
        pdf_identifier=pack.name.encode("utf-8", "replace")[:32], uncompressed_pdf=False
    )
    return made


def _nothing(url: str, *_more: object, **_named: object) -> dict[str, object]:
    """Fetch nothing: everything stands in the page."""
    raise ValueError(f"a pack refers to nothing outside: {url}")
