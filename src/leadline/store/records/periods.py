"""Tables of closed periods: closings, frozen figures, reopenings, restatements; and commentary. They only grow."""

import sqlalchemy as sa

from leadline.store.records.base import Instant, metadata

closing = sa.Table(
    "closing",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # the order of closing
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("scorecard", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("grain", sa.Text, nullable=False),
    sa.Column("start", sa.Text, nullable=False),
    sa.Column("end", sa.Text, nullable=False),
    sa.Column("generation", sa.Text, sa.ForeignKey("generation.id"), nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("lacking", sa.JSON, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("figures", sa.Integer, nullable=False),
    sa.Column("closed_at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Index("ix_closing_scorecard_period", "scorecard", "period"),
)

frozen_figure = sa.Table(
    "frozen_figure",
    metadata,
    sa.Column("closing", sa.Text, sa.ForeignKey("closing.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("unit", sa.Text),
    sa.Column("metric", sa.Text, index=True),
    sa.Column("version", sa.Integer),
    sa.Column("measured_in", sa.Text, nullable=False),
    sa.Column("value", sa.Double),
    sa.Column("low", sa.Double),
    sa.Column("high", sa.Double),
    sa.Column("n", sa.BigInteger),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("score", sa.Double),
    sa.Column("score_low", sa.Double),
    sa.Column("score_high", sa.Double),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("weight", sa.Double, nullable=False),
    sa.Column("counts", sa.Double, nullable=False),
    sa.Column("confidence", sa.Double, nullable=False),
    sa.Column("red_flag", sa.Double),
    sa.Column("goal", sa.Double),
)

reopening = sa.Table(
    "reopening",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("closing", sa.Text, sa.ForeignKey("closing.id"), nullable=False, index=True),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.CheckConstraint("step IN ('asked', 'agreed')", name="step"),
    sa.UniqueConstraint("closing", "step"),
)

restatement = sa.Table(
    "restatement",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("closing", sa.Text, sa.ForeignKey("closing.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("generation", sa.Text, sa.ForeignKey("generation.id"), nullable=False),
    sa.Column("version", sa.Integer),
    sa.Column("value", sa.Double),
    sa.Column("low", sa.Double),
    sa.Column("high", sa.Double),
    sa.Column("n", sa.BigInteger),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("score", sa.Double),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("withheld", sa.Boolean, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("closing", "position", "generation"),
)

comment = sa.Table(
    "comment",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("scorecard", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("metric", sa.Text),
    sa.Column("unit", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Index("ix_comment_scorecard_period", "scorecard", "period"),
)
