"""People: what became of each account, what it signs in with, and its sessions.

Secrets of credentials stand here alone, hashed wherever they need not be given back; the journal has their digest.
"""

import sqlalchemy as sa

from leadline.store.records.base import Instant, metadata

person_event = sa.Table(
    "person_event",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person", sa.Text, nullable=False, index=True),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("said", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
)

credential = sa.Table(
    "credential",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("secret", sa.Text, nullable=False, index=True),
    sa.Column("said", sa.JSON, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.CheckConstraint("kind IN ('password', 'totp', 'recovery', 'token')", name="kind"),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the SHA-256 of what the cookie holds
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("person", sa.Text, nullable=False, index=True),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("step", sa.BigInteger),  # the time step of the one-time code that opened it: none counts twice
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
)
