"""How Alembic reaches the database: over the connection that the ledger has open."""

from __future__ import annotations

from alembic import context

from meguri.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
)
context.run_migrations()
