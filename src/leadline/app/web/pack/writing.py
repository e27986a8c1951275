"""Which formats a pack is written in, and how files of zipped parts are made the same for the same pack."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime

from leadline.app.web.pack.contents import Pack
from leadline.errors import ExportError, suggest

MEDIA = {
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_DATES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def write(pack: Pack, form: str) -> bytes:
    """Write a pack: pdf, pptx or xlsx. Raises ExportError for another form, or where the extra is not installed."""
    if form not in MEDIA:
        raise ExportError(
            f"A pack is not written as {form!r}.",
            code="export-format",
            hint=suggest(form, MEDIA) or f"One of {', '.join(MEDIA)}.",
        )
    made = _writer(form)(pack)
    return made if form == "pdf" else still(made, pack.at)


def _writer(form: str) -> Callable[[Pack], bytes]:
    from leadline.app.web.pack.pdf import pdf  # noqa: PLC0415 - each format loads its own library, late
    from leadline.app.web.pack.pptx import pptx  # noqa: PLC0415 - same
    from leadline.app.web.pack.xlsx import xlsx  # noqa: PLC0415 - same

    return {"pdf": pdf, "pptx": pptx, "xlsx": xlsx}[form]


def still(content: bytes, at: datetime) -> bytes:
    """Give an Office file without the time of its writing: parts bear no time, and its properties that of the pack."""
    out = io.BytesIO()
    said = at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name.endswith(".xlsx"):
                part = still(part, at)
            elif name == "docProps/core.xml":
                part = _DATES.sub(rb"\g<1>" + said + rb"\g<2>", part)
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, part)
    return out.getvalue()
