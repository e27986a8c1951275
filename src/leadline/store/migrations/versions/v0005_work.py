"""Work items: events that only grow, links, an outbox; and jobs, which are leased."""

import sqlalchemy as sa
from alembic import op

from leadline.store.migrations.guards import guard, unguard

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEPT = ("work_item", "work_event", "work_link", "outbox")
JOB_IS = "key, kind, due_at"


def upgrade() -> None:
    """Make the tables, then what guards them."""
    _items()
    _events()
    for name, index, columns in (
        ("work_link", ["kind", "name"], [("kind", False), ("name", False), ("pin", True)]),
        ("outbox", ["recipient"], [("recipient", False), ("text", False)]),
    ):
        _of_event(name, index, columns)
    _jobs()
    guard(KEPT, changing={"job": JOB_IS})


def downgrade() -> None:
    """Remove everything."""
    unguard((*KEPT, "job"))
    for name in ("job", "outbox", "work_link", "work_event", "work_item"):
        op.drop_table(name)


def _items() -> None:
    op.create_table(
        "work_item",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("workflow", sa.Text, nullable=False),
        sa.Column("definition", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition"], ["definition_version.id"], name="fk_work_item_definition_definition_version"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_work_item"),
    )
    op.create_index("ix_work_item_workflow", "work_item", ["workflow"])


def _events() -> None:
    op.create_table(
        "work_event",
        sa.Column("item", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("assignee", sa.Text),
        sa.Column("due", sa.DateTime(timezone=True)),
        sa.Column("content", sa.Text),
        sa.Column("timer", sa.Text),
        sa.Column("said", sa.JSON, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["item"], ["work_item.number"], name="fk_work_event_item_work_item"),
        sa.PrimaryKeyConstraint("item", "position", name="pk_work_event"),
        sa.UniqueConstraint("timer", name="uq_work_event_timer"),
    )


def _of_event(name: str, index: list[str], columns: list[tuple[str, bool]]) -> None:
    op.create_table(
        name,
        *(sa.Column(key, sa.Integer, nullable=False) for key in ("item", "position", "nth")),
        *(sa.Column(one, sa.JSON if one == "pin" else sa.Text, nullable=null) for one, null in columns),
        sa.ForeignKeyConstraint(
            ["item", "position"],
            ["work_event.item", "work_event.position"],
            name=f"fk_{name}_item_position_work_event",
        ),
        sa.PrimaryKeyConstraint("item", "position", "nth", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_{'_'.join(index)}", name, index)


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_job"),
    )
    op.create_index("ix_job_done_at_due_at", "job", ["done_at", "due_at"])
