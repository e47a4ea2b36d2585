"""How Alembic meets the ledger: on the caller's connection, inside the caller's transaction."""

from alembic import context

from storage.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
