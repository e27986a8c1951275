"""Definitions in force: which version counts from when on, by whom, and what became of it."""

import sqlalchemy as sa
from alembic import op

from leadline.store.migrations.guards import guard, unguard

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, whose rows are never changed."""
    op.create_table(
        "effective",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("definition", sa.Integer),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("since", sa.Text),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("replaced_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition"], ["definition_version.id"], name="fk_effective_definition_definition_version"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_effective"),
    )
    op.create_index("ix_effective_kind_name", "effective", ["kind", "name"])
    guard(("effective",))


def downgrade() -> None:
    """Remove it."""
    unguard(("effective",))
    op.drop_table("effective")
