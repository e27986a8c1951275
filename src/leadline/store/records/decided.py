"""The table of what people decided about definitions and figures."""

import sqlalchemy as sa

from leadline.store.records.base import Instant, metadata

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("item", sa.Text),
    sa.Column("said", sa.JSON, nullable=False),
    sa.Index("ix_decision_about_subject", "about", "subject"),
)
