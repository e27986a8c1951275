"""What a connector is made from."""

from dataclasses import dataclass
from pathlib import Path

from leadline.catalog.definitions import Source
from leadline.clock import Clock
from leadline.ingest.landing.manifest import Manifest
from leadline.secret import Secrets


@dataclass(frozen=True, slots=True)
class Asked:
    """What a connector is made from. `landed` is what stands already, if anything does."""

    source: Source
    root: Path
    secrets: Secrets
    clock: Clock
    landed: Manifest | None
    temporary: Path
