"""The first schema: runs, figures, looks, decisions.  It was made without Alembic."""

from __future__ import annotations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing: a ledger of version 1 has it."""
