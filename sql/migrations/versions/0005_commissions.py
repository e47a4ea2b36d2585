"""Commissions: what models of others make for money, written down before they are asked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Instant = sa.DateTime(timezone=True)
OPEN = sa.text("state in ('asked', 'at_work')")


def upgrade() -> None:
    """Make the table; what was paid before stands in `costs` alone."""
    op.create_table(
        "commissions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("brief_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.Float(), nullable=False),
        sa.Column("booking", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("next_at", Instant, nullable=True),
        sa.Column("wait_until", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_commissions"),
    )
    op.create_index("ix_commissions_brand", "commissions", ["brand"])
    op.create_index(
        "ix_commissions_open",
        "commissions",
        ["next_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    """Drop the table; what was paid stays in `costs`."""
    op.drop_table("commissions")
