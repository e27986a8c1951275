"""Closed periods: what was frozen, what was restated since, who reopened, and what was said of the figures."""

import sqlalchemy as sa
from alembic import op

from leadline.store.migrations.guards import guard, unguard

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEPT = ("closing", "frozen_figure", "reopening", "restatement", "comment")


def upgrade() -> None:
    """Make the tables; none of their rows is ever changed."""
    _closings()
    _frozen()
    _reopenings()
    _restatements()
    _comments()
    guard(KEPT)


def downgrade() -> None:
    """Remove them."""
    unguard(KEPT)
    for name in ("comment", "restatement", "reopening", "frozen_figure", "closing"):
        op.drop_table(name)


def _closings() -> None:
    op.create_table(
        "closing",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("id", "scorecard")),
        sa.Column("version", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("period", "grain", "start", "end")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("generation", "because")),
        sa.Column("lacking", sa.JSON, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("figures", sa.Integer, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["generation"], ["generation.id"], name="fk_closing_generation_generation"),
        sa.PrimaryKeyConstraint("number", name="pk_closing"),
        sa.UniqueConstraint("id", name="uq_closing_id"),
    )
    op.create_index("ix_closing_scorecard_period", "closing", ["scorecard", "period"])


def _frozen() -> None:
    op.create_table(
        "frozen_figure",
        sa.Column("closing", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("node", "path", "label")),
        sa.Column("unit", sa.Text),
        sa.Column("metric", sa.Text),
        sa.Column("version", sa.Integer),
        sa.Column("measured_in", sa.Text, nullable=False),
        *(sa.Column(name, sa.Double) for name in ("value", "low", "high")),
        sa.Column("n", sa.BigInteger),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("status", "method")),
        *(sa.Column(name, sa.Double) for name in ("score", "score_low", "score_high")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("verdict", "reason")),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("weight", "counts", "confidence")),
        *(sa.Column(name, sa.Double) for name in ("red_flag", "goal")),
        sa.ForeignKeyConstraint(["closing"], ["closing.id"], name="fk_frozen_figure_closing_closing"),
        sa.PrimaryKeyConstraint("closing", "position", name="pk_frozen_figure"),
    )
    op.create_index("ix_frozen_figure_metric", "frozen_figure", ["metric"])


def _reopenings() -> None:
    op.create_table(
        "reopening",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("closing", "step", "because")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.CheckConstraint("step IN ('asked', 'agreed')", name=op.f("ck_reopening_step")),
        sa.ForeignKeyConstraint(["closing"], ["closing.id"], name="fk_reopening_closing_closing"),
        sa.PrimaryKeyConstraint("number", name="pk_reopening"),
        sa.UniqueConstraint("closing", "step", name="uq_reopening_closing_step"),
    )
    op.create_index("ix_reopening_closing", "reopening", ["closing"])


def _restatements() -> None:
    op.create_table(
        "restatement",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("closing", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("generation", sa.Text, nullable=False),
        sa.Column("version", sa.Integer),
        *(sa.Column(name, sa.Double) for name in ("value", "low", "high")),
        sa.Column("n", sa.BigInteger),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("withheld", sa.Boolean, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["closing"], ["closing.id"], name="fk_restatement_closing_closing"),
        sa.ForeignKeyConstraint(
            ["generation"], ["generation.id"], name="fk_restatement_generation_generation"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_restatement"),
        sa.UniqueConstraint(
            "closing", "position", "generation", name="uq_restatement_closing_position_generation"
        ),
    )


def _comments() -> None:
    op.create_table(
        "comment",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("scorecard", "period")),
        *(sa.Column(name, sa.Text) for name in ("metric", "unit")),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("parts", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_comment"),
    )
    op.create_index("ix_comment_scorecard_period", "comment", ["scorecard", "period"])
