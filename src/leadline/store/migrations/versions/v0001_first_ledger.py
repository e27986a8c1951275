"""The first ledger: definitions, batches, generations, findings, and a journal that only grows."""

import sqlalchemy as sa
from alembic import op

from leadline.store.migrations.guards import guard, unguard

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEPT = (
    "journal",
    "definition_version",
    "generation",
    "generation_batch",
    "generation_definition",
    "finding",
    "sighting",
)
BATCH_IS = (
    "id, number, source, fact, file, file_hash, file_size, mapping_hash, state, reason, rows_in, rows_accepted, "
    "rows_quarantined, reasons, at_min, at_max, recorded_at, replays"
)


def upgrade() -> None:
    """Make every table, then what guards them."""
    _definitions()
    _batches()
    _generations()
    _findings()
    _journal()
    guard(KEPT, changing={"batch": BATCH_IS}, chain="journal")


def downgrade() -> None:
    """Remove everything."""
    unguard((*KEPT, "batch"), chain="journal")
    for name in (
        "sighting", "finding", "generation_definition", "generation_batch", "generation", "batch", "definition_version",
        "journal",
    ):  # fmt: skip
        op.drop_table(name)


def _definitions() -> None:
    op.create_table(
        "definition_version",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("meaning", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_definition_version"),
        sa.UniqueConstraint(
            "kind", "name", "version", "revision", name="uq_definition_version_kind_name_version_revision"
        ),
    )


def _batches() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("fact", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("file_hash", sa.Text, nullable=False),
        sa.Column("file_size", sa.BigInteger, nullable=False),
        sa.Column("file_mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("file_inode", sa.Text, nullable=False),
        sa.Column("mapping_hash", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("rows_in", sa.BigInteger, nullable=False),
        sa.Column("rows_accepted", sa.BigInteger, nullable=False),
        sa.Column("rows_quarantined", sa.BigInteger, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("at_min", sa.DateTime(timezone=True)),
        sa.Column("at_max", sa.DateTime(timezone=True)),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_by", sa.Text),
        sa.Column("replays", sa.Text),
        sa.CheckConstraint("state IN ('loaded', 'refused')", name=op.f("ck_batch_state")),
        sa.CheckConstraint("rows_in = rows_accepted + rows_quarantined", name=op.f("ck_batch_rows")),
        sa.ForeignKeyConstraint(["replays"], ["batch.id"], name="fk_batch_replays_batch"),
        sa.ForeignKeyConstraint(["superseded_by"], ["batch.id"], name="fk_batch_superseded_by_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.UniqueConstraint("number", name="uq_batch_number"),
    )
    for column in ("replays", "source", "superseded_by"):
        op.create_index(f"ix_batch_{column}", "batch", [column])


def _generations() -> None:
    op.create_table(
        "generation",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tables", sa.JSON, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_generation"),
        sa.UniqueConstraint("id", name="uq_generation_id"),
    )
    for column, kind, names in (
        ("batch", sa.Text, "batch"),
        ("definition", sa.Integer, "definition_version"),
    ):
        link = f"generation_{column}"
        op.create_table(
            link,
            sa.Column("generation", sa.Text, nullable=False),
            sa.Column("position", sa.Integer, nullable=False),
            sa.Column(column, kind, nullable=False),
            sa.ForeignKeyConstraint([column], [f"{names}.id"], name=f"fk_{link}_{column}_{names}"),
            sa.ForeignKeyConstraint(
                ["generation"], ["generation.id"], name=f"fk_{link}_generation_generation"
            ),
            sa.PrimaryKeyConstraint("generation", "position", name=f"pk_{link}"),
            sa.UniqueConstraint("generation", column, name=f"uq_{link}_generation_{column}"),
        )
        op.create_index(f"ix_{link}_{column}", link, [column])


def _findings() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("grain", sa.Text, nullable=False),
        sa.Column("unit", sa.Text),
        sa.Column("slice", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
    )
    op.create_index("ix_finding_metric", "finding", ["metric"])
    op.create_table(
        "sighting",
        sa.Column("generation", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("finding", sa.Text, nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["finding"], ["finding.id"], name="fk_sighting_finding_finding"),
        sa.ForeignKeyConstraint(["generation"], ["generation.id"], name="fk_sighting_generation_generation"),
        sa.PrimaryKeyConstraint("generation", "position", name="pk_sighting"),
        sa.UniqueConstraint("generation", "finding", name="uq_sighting_generation_finding"),
    )
    op.create_index("ix_sighting_finding", "sighting", ["finding"])


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_journal"),
    )
    op.create_index("ix_journal_subject", "journal", ["subject"])
