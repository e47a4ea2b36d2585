"""The way out to seven platforms: threads, and what an attempt reached before it was public."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

Document = sa.JSON().with_variant(JSONB(), "postgresql")
Instant = sa.DateTime(timezone=True)


def _deliveries() -> None:
    op.add_column("deliveries", sa.Column("after", sa.Text(), nullable=True))
    steps = sa.Column("steps", Document, server_default="{}", nullable=False)
    op.add_column("deliveries", steps)


def _delivery_attempts() -> None:
    op.add_column("delivery_attempts", sa.Column("exchanges", Document, nullable=True))


def upgrade() -> None:
    """Add what the way out needs; the deliveries that are there stand alone."""
    _deliveries()
    _delivery_attempts()


def downgrade() -> None:
    """Take it away again; threads under way lose their order, uploads begin anew."""
    op.drop_column("delivery_attempts", "exchanges")
    op.drop_column("deliveries", "steps")
    op.drop_column("deliveries", "after")
