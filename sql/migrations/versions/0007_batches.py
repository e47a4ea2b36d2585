"""Batches: texts that writers make to order within a day are commissions with a result."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

Document = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Give commissions a place for what a writer wrote."""
    op.add_column("commissions", sa.Column("result", Document, nullable=True))


def downgrade() -> None:
    """Drop it; the drafts that were made of it stay."""
    op.drop_column("commissions", "result")
