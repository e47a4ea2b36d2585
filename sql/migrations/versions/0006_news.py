"""News: the sensitive headlines that posts are held against, up to the moment they go out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

Document = sa.JSON().with_variant(JSONB(), "postgresql")
Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table; what was in the news before fills it with the next run of `trends`."""
    op.create_table(
        "news",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_news"),
    )
    op.create_index("ix_news_seen_at", "news", ["seen_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("news")
