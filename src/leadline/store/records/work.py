"""The tables of work items: what was opened, what became of it, what it is about, who is told, and what is to be done.

The present of an item is its last event: each says state, assignee and due date as they are after it.
"""

import sqlalchemy as sa

from leadline.store.records.base import Instant, metadata

work_item = sa.Table(
    "work_item",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("workflow", sa.Text, nullable=False, index=True),
    sa.Column("definition", sa.Integer, sa.ForeignKey("definition_version.id"), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
)

work_event = sa.Table(
    "work_event",
    metadata,
    sa.Column("item", sa.Integer, sa.ForeignKey("work_item.number"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.Column("assignee", sa.Text),
    sa.Column("due", Instant),
    sa.Column("content", sa.Text),
    sa.Column("timer", sa.Text, unique=True),  # what went off: never twice
    sa.Column("said", sa.JSON, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
)

work_link = sa.Table(
    "work_link",
    metadata,
    sa.Column("item", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("nth", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("pin", sa.JSON),
    sa.ForeignKeyConstraint(["item", "position"], ["work_event.item", "work_event.position"]),
    sa.Index(None, "kind", "name"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("item", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("nth", sa.Integer, primary_key=True),
    sa.Column("recipient", sa.Text, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["item", "position"], ["work_event.item", "work_event.position"]),
)

job = sa.Table(
    "job",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("holder", sa.Text),
    sa.Column("leased_until", Instant),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("done_at", Instant),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Index(None, "done_at", "due_at"),
)
