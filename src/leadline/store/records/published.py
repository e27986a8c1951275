"""Tables of what refreshes publish: definitions, batches, generations, findings."""

import sqlalchemy as sa

from leadline.store.records.base import Instant, metadata

definition_version = sa.Table(
    "definition_version",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("meaning", sa.Text, nullable=False),
    sa.Column("metadata", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.UniqueConstraint("kind", "name", "version", "revision"),
)

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),  # the order of recording
    sa.Column("source", sa.Text, nullable=False, index=True),
    sa.Column("fact", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("file_hash", sa.Text, nullable=False),
    sa.Column("file_size", sa.BigInteger, nullable=False),
    sa.Column("file_mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("file_inode", sa.Text, nullable=False),  # unsigned 64 bits fit no integer column
    sa.Column("mapping_hash", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("rows_in", sa.BigInteger, nullable=False),
    sa.Column("rows_accepted", sa.BigInteger, nullable=False),
    sa.Column("rows_quarantined", sa.BigInteger, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("at_min", Instant),
    sa.Column("at_max", Instant),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.Column("superseded_by", sa.Text, sa.ForeignKey("batch.id"), index=True),
    sa.Column("replays", sa.Text, sa.ForeignKey("batch.id"), index=True),
    sa.CheckConstraint("state IN ('loaded', 'refused')", name="state"),
    sa.CheckConstraint("rows_in = rows_accepted + rows_quarantined", name="rows"),
)

generation = sa.Table(
    "generation",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # the order of publication
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("published_at", Instant, nullable=False),
    sa.Column("as_of", Instant, nullable=False),
    sa.Column("tables", sa.JSON, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

generation_batch = sa.Table(
    "generation_batch",
    metadata,
    sa.Column("generation", sa.Text, sa.ForeignKey("generation.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("batch", sa.Text, sa.ForeignKey("batch.id"), nullable=False, index=True),
    sa.UniqueConstraint("generation", "batch"),
)

generation_definition = sa.Table(
    "generation_definition",
    metadata,
    sa.Column("generation", sa.Text, sa.ForeignKey("generation.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("definition", sa.Integer, sa.ForeignKey("definition_version.id"), nullable=False, index=True),
    sa.UniqueConstraint("generation", "definition"),
)

finding = sa.Table(
    "finding",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("metric", sa.Text, nullable=False, index=True),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("grain", sa.Text, nullable=False),
    sa.Column("unit", sa.Text),
    sa.Column("slice", sa.Text, nullable=False),
)

sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("generation", sa.Text, sa.ForeignKey("generation.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("finding", sa.Text, sa.ForeignKey("finding.id"), nullable=False, index=True),
    sa.Column("statement", sa.Text, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.UniqueConstraint("generation", "finding"),
)
