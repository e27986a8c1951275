"""Attachments: what a file is by its first bytes, whether it may be kept, and where it is kept: under its own hash."""

import hashlib
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from leadline.errors import WorkError
from leadline.store.backup import ATTACHED
from leadline.store.home import Home, arriving

LARGEST = 10 * 1024 * 1024
"""Bytes of one attachment."""
NAME = 120
_BEGINS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_IN_ZIP = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OFFICE}presentationml.presentation",
}
PLAIN = "text/plain"
WORDS = "PDF, PNG, JPEG, GIF, WebP, Word, Excel, PowerPoint without macros, and plain text"


@dataclass(frozen=True, slots=True)
class File:
    """A kept file: its name, what it is (by its bytes), its size and its SHA-256."""

    name: str
    media_type: str
    size: int
    sha256: str


def keep(home: Home, name: str, data: bytes) -> File:
    """Keep a file in the project's home, and give what is to be attached.

    Raises:
        WorkError: it is empty or too large (`work-file-size`), or nothing that may be kept (`work-file-type`).
    """
    if not data or len(data) > LARGEST:
        raise WorkError(
            f"{name!r} has {len(data):,} bytes; an attachment has 1 to {LARGEST:,}.", code="work-file-size",
            hint="Keep it where large files are kept, and give its address as evidence.",
        )  # fmt: skip
    kind = sniff(data)
    if kind is None:
        raise WorkError(
            f"{name!r} is none of the files that may be attached, whatever it is called.", code="work-file-type",
            hint=f"Attach {WORDS}.",
        )  # fmt: skip
    found = File(_plain(name), kind, len(data), hashlib.sha256(data).hexdigest())
    place = where(home, found.sha256)
    if not place.exists():
        with arriving(place) as temporary:
            temporary.write_bytes(data)
    return found


def where(home: Home, sha256: str) -> Path:
    """Give where a file of a hash is kept."""
    return home.root / ATTACHED / sha256[:2] / sha256


def read(home: Home, sha256: str) -> bytes:
    """Give a kept file. Raises WorkError when it is gone or was changed on disk."""
    try:
        data = where(home, sha256).read_bytes()
    except OSError:
        data = b""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise WorkError(
            "This file is gone, or is not what was attached.", code="work-file-gone",
            hint="Restore it from a backup: leadline restore.",
        )  # fmt: skip
    return data


def sniff(data: bytes) -> str | None:
    """Give what a file is, by its bytes; None for what may not be kept (programs, HTML, archives, macros)."""
    for begin, kind in _BEGINS:
        if data.startswith(begin):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    return PLAIN if _is_plain(data) else None


def _office(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    return next((kind for name, kind in _IN_ZIP.items() if name in names), None)


def _is_plain(data: bytes) -> bool:
    """Tell whether bytes are a text, and not a page that a browser might run."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if any(ord(c) < 32 and c not in "\t\n\r\f" for c in text):
        return False
    begin = text[:2000].lower()
    return not any(mark in begin for mark in ("<!doctype", "<html", "<script", "<svg", "<?xml", "#!/"))


def _plain(name: str) -> str:
    """Give a file's name without folders and without what terminals and headers read as more than letters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in unicodedata.normalize("NFC", last) if c.isprintable() and c not in '"<>|:*?;')
    stem, dot, suffix = shown.strip(" .").rpartition(".")
    kept = f"{stem[: NAME - len(suffix) - 1]}{dot}{suffix}" if dot and len(suffix) < 10 else shown[:NAME]
    return kept or "file"
