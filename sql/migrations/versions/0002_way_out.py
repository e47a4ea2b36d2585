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


INDEXES = {
    "ix_deliveries_planned": (["due_at"], "state = 'planned'"),
    "ix_deliveries_due": (["account", "due_at", "id"], "state = 'due'"),
    "ix_deliveries_waiting": (["next_at"], "state = 'waiting'"),
    "ix_deliveries_unknown": (["next_at"], "state = 'unknown'"),
    "ix_deliveries_leased": (["lease_until"], "state in ('claimed', 'sending')"),
    "ix_deliveries_sent": (["account", "sent_at"], "state = 'sent'"),
}
"""Each state that asks for something by itself, so that a question costs what is due."""


def _unknown() -> None:
    # an unknown row without an instant waits for a person from now on; these waited for nobody
    op.execute(
        "update deliveries set next_at = updated_at where state = 'unknown' and next_at is null"
    )


def _indexes() -> None:
    op.drop_index("ix_deliveries_state_due_at", "deliveries")
    for name, (columns, where) in INDEXES.items():
        condition = sa.text(where)
        op.create_index(
            name, "deliveries", columns, sqlite_where=condition, postgresql_where=condition
        )


def _delivery_attempts() -> None:
    op.add_column("delivery_attempts", sa.Column("exchanges", Document, nullable=True))


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("scopes", Document, server_default="[]", nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("nonce", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("obtained_at", Instant, nullable=True),
        sa.Column("expires_at", Instant, nullable=True),
        sa.Column("refresh_until", Instant, nullable=True),
        sa.Column("renew_at", Instant, nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant, nullable=True),
        sa.Column("in_doubt", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", Instant, nullable=True),
        sa.Column("attention", sa.Text(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.Column("attention_at", Instant, nullable=True),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_tokens"),
    )


def _rate_limits() -> None:
    op.create_table(
        "rate_limits",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("in_percent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("resets_at", Instant, nullable=True),
        sa.Column("closed_until", Instant, nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("owner", "kind", name="pk_rate_limits"),
    )


def upgrade() -> None:
    """Add what the way out needs; the deliveries that are there stand alone."""
    _deliveries()
    _unknown()
    _indexes()
    _delivery_attempts()
    _tokens()
    _rate_limits()


def downgrade() -> None:
    """Take it away again; threads lose their order, uploads begin anew, accounts are forgotten."""
    op.drop_table("rate_limits")
    op.drop_table("tokens")
    op.drop_column("delivery_attempts", "exchanges")
    for name in INDEXES:
        op.drop_index(name, "deliveries")
    op.create_index("ix_deliveries_state_due_at", "deliveries", ["state", "due_at"])
    op.drop_column("deliveries", "steps")
    op.drop_column("deliveries", "after")
