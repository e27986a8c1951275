"""What people decide about definitions and figures."""

import sqlalchemy as sa
from alembic import op

from leadline.store.migrations.guards import guard, unguard

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and keep its rows."""
    op.create_table(
        "decision",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("item", sa.Text),
        sa.Column("said", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_decision"),
    )
    op.create_index("ix_decision_about_subject", "decision", ["about", "subject"])
    guard(("decision",))


def downgrade() -> None:
    """Remove it."""
    unguard(("decision",))
    op.drop_table("decision")
