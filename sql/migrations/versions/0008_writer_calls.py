"""Calls of hosted writers: how long each took, what it cost, what went wrong, what it brought."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"

Document = sa.JSON().with_variant(JSONB(), "postgresql")
Instant = sa.DateTime(timezone=True)
Position = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table; the next calls fill it."""
    op.create_table(
        "writer_calls",
        sa.Column("position", Position, primary_key=True),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("brief_id", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("cents", sa.Float(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("is_down", sa.Boolean(), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=True),
        sa.Column("answer", Document, nullable=True),
        sa.Column("called_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_writer_calls"),
    )
    op.create_index("ix_writer_calls_called_at", "writer_calls", ["called_at"])


def downgrade() -> None:
    """Drop the table; what was measured is measured anew."""
    op.drop_table("writer_calls")
