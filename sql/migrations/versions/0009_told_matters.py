"""What waits for a person and somebody was told of; failures are found by when they failed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

IS_FAILED = sa.text("state = 'failed'")


def upgrade() -> None:
    """Make the table and the index; what is open now is told once more."""
    op.create_table(
        "told_matters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_told_matters"),
    )
    op.create_index(
        "ix_deliveries_failed",
        "deliveries",
        ["updated_at"],
        sqlite_where=IS_FAILED,
        postgresql_where=IS_FAILED,
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_deliveries_failed", table_name="deliveries")
    op.drop_table("told_matters")
