"""What Alembic runs: the migrations, in the transaction that `migrate.upgrade` opened."""

from __future__ import annotations

from alembic import context

from modicum.ledger.base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction holds all of it
)
context.run_migrations()
