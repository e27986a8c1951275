"""Steps of a definition's end, from the command line or a page: checked, archived, written."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from leadline.app.archive import archive
from leadline.app.end_notices import tell_users
from leadline.app.wiring import Workspace, open_published
from leadline.clock import Clock
from leadline.governance.lifecycle import step
from leadline.governance.timelines import Node
from leadline.store.effective import Deed, DeedDone
from leadline.store.lock import writing


def end(
    space: Workspace,
    clock: Clock,
    node: Node,
    deed: Deed,
    *,
    on: date | None = None,
    replaced_by: str = "",
    note: str = "",
) -> tuple[DeedDone, Path | None]:
    """Deprecate, let the sun set on, or retire a governed definition; what is retired is archived first.

    Who answers for what stands on it is told.

    Gives the deed, and the archive's folder. Raises DefinitionError where the step may not be taken.
    """
    folder: Path | None = None
    with writing(space.home, deed, clock), space.ledger.write(actor=space.actor) as writer:
        ruling = space.in_force(clock.now(), writer)
        today = clock.now().astimezone(ZoneInfo(ruling.catalog.project.time_zone)).date()
        done = step(writer, ruling, node, deed, today=today, on=on, replaced_by=replaced_by, note=note)
        if deed == "retire":
            folder, files = archive(
                space.home, lambda: open_published(space), node, ruling.versions[node], actor=space.actor
            )
            writer.note("archive", f"{node[0]}:{node[1]}", after={"folder": folder.name, "files": files})
        tell_users(writer, ruling.catalog, node, why=note)
    return done, folder
