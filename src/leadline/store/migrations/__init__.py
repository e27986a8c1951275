"""The ledger's schema over time. A migration that has left this repository is never edited; write another."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from leadline.errors import StoreError


def configuration(connection: sa.Connection) -> Config:
    """Give Alembic's configuration for work over one connection, in its transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: sa.Connection) -> None:
    """Bring a ledger to the newest schema, within the connection's transaction.

    Raises:
        StoreError: a newer Leadline has been at this ledger.
    """
    config = configuration(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = set(MigrationContext.configure(connection).get_current_heads())
    if not present <= known:
        raise StoreError(
            "This ledger was written by a newer version of Leadline.",
            code="ledger-newer",
            hint="Install that version, or use another ledger.",
        )
    command.upgrade(config, "head")
