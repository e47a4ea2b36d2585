"""Experiments: what is tried, on which arms, and what came of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

Document = sa.JSON().with_variant(JSONB(), "postgresql")
Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table; choices that were logged before belong to no experiment."""
    op.create_table(
        "experiments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("factor", sa.Text(), nullable=False),
        sa.Column("arms", Document, nullable=False),
        sa.Column("stopped", Document, server_default="[]", nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("winner", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", Instant, nullable=False),
        sa.Column("decided_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
    )
    op.create_index("ix_experiments_brand", "experiments", ["brand"])


def downgrade() -> None:
    """Drop the table; what won is forgotten, the logged choices stay."""
    op.drop_table("experiments")
