"""People: events of accounts, credentials and sessions."""

import sqlalchemy as sa
from alembic import op

from leadline.store.migrations.guards import guard, unguard

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEPT = ("person_event", "credential")
SESSION_IS = "id, number, person, how, step, agent, opened_at, until"


def upgrade() -> None:
    """Make the tables, then what guards them."""
    op.create_table(
        "person_event",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_person_event"),
    )
    op.create_index("ix_person_event_person", "person_event", ["person"])
    op.create_table(
        "credential",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('password', 'totp', 'recovery', 'token')", name="ck_credential_kind"),
        sa.PrimaryKeyConstraint("number", name="pk_credential"),
    )
    op.create_index("ix_credential_person", "credential", ["person"])
    op.create_index("ix_credential_secret", "credential", ["secret"])
    op.create_table(
        "session",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("step", sa.BigInteger),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("number", name="uq_session_number"),
    )
    op.create_index("ix_session_person", "session", ["person"])
    guard(KEPT, changing={"session": SESSION_IS})


def downgrade() -> None:
    """Remove everything of it."""
    unguard((*KEPT, "session"))
    for name in ("session", "credential", "person_event"):
        op.drop_table(name)
