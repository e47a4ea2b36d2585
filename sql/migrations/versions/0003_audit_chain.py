"""A chain of hashes over the events of each delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the hashes; events that are there stand before the chain."""
    op.add_column("events", sa.Column("digest", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("chain", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away; after another upgrade each delivery's chain begins anew."""
    op.drop_column("deliveries", "chain")
    op.drop_column("events", "digest")
