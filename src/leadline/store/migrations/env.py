"""What Alembic runs for each command: over the connection it was given, in the transaction that is open there."""

from alembic import context

from leadline.store import records

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=records.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
