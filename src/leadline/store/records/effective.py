"""What came into force, when and for which periods: rows that are only added."""

import sqlalchemy as sa

from leadline.store.records.base import Instant, metadata

effective = sa.Table(
    "effective",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # the order of deeds
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("deed", sa.Text, nullable=False),
    sa.Column("definition", sa.Integer, sa.ForeignKey("definition_version.id")),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("since", sa.Text),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("replaced_by", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)
sa.Index("ix_effective_kind_name", effective.c.kind, effective.c.name)
