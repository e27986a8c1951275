"""What a form sent: its fields, and, where it sends files, those. Nothing is kept here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: the name that the browser gave, which proves nothing, and its bytes."""

    name: str
    data: bytes


class Given(dict[str, str]):
    """The fields of a form, and its files."""

    def __init__(self, fields: Mapping[str, str], files: tuple[Upload, ...] = ()) -> None:
        super().__init__(fields)
        self.files = files


_NAMES = re.compile(
    rb'(?i)^content-disposition: *form-data; *name="([^"]*)"(?:; *filename="([^"]*)")?', re.MULTILINE
)


def read(body: bytes, content_type: str) -> Given:
    """Read a form, as browsers send one without files or with some; what cannot be read is not there."""
    boundary = re.match(r'multipart/form-data; *boundary="?([^";]{1,200})"?', content_type)
    if boundary is None:
        return Given({name: str(value) for name, value in parse_qsl(body.decode("utf-8", "replace"))})
    fields: dict[str, str] = {}
    files = []
    mark = b"--" + boundary[1].encode("latin-1", "replace")
    for part in (b"\r\n" + body).split(b"\r\n" + mark)[1:]:
        head, end, data = part.partition(b"\r\n\r\n")
        named = _NAMES.search(head)
        if not end or named is None:
            continue
        name = named[1].decode("utf-8", "replace")
        if named[2] is None:
            fields[name] = data.decode("utf-8", "replace")
        elif named[2] or data:
            files.append(Upload(named[2].decode("utf-8", "replace"), data))
    return Given(fields, tuple(files))
