"""The review pack of a period, as a file."""

from zoneinfo import ZoneInfo

from leadline.app.web.asked import Asked
from leadline.app.web.contexts.download import Download
from leadline.app.web.pack.making import make
from leadline.app.web.pack.writing import MEDIA, write
from leadline.app.web.reading import Reading


def pack(reading: Reading, asked: Asked, name: str, period: str, form: str) -> Download:
    """Write the pack in a format. Raises ExportError for one that there is not."""
    today = reading.now.astimezone(ZoneInfo(reading.zone)).date()
    made = make(reading, name, period, viewer=reading.viewer, today=today, unit=asked.unit)
    content = write(made, form)
    return Download(f"{made.name}.{form}", MEDIA[form], content)
