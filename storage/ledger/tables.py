"""The tables of the ledger, as SQLAlchemy Core sees them; Alembic keeps databases in step."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from domain.deliveries import DeliveryState
from storage.ledger.instants import UtcInstant

Document = sa.JSON().with_variant(JSONB(), "postgresql")
metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: Any) -> sa.Table:
    return sa.Table(name, metadata, *parts)


def _column(name: str, kind: Any = sa.Text, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, **({"nullable": False} | options))


def _partial(name: str, *columns: str, where: str) -> sa.Index:
    condition = sa.text(where)
    return sa.Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


brands = _table(
    "brands",
    _column("name", primary_key=True),
    _column("version"),
    _column("document", Document),
    _column("loaded_at", UtcInstant),
)
"""One row per brand: the file as it was last loaded; `version` is its SHA-256."""

posts = _table(
    "posts",
    _column("id", primary_key=True),
    _column("key", unique=True),
    _column("brand", index=True),
    _column("version", sa.Integer),
    _column("status"),
    _column("scheduled_for", UtcInstant, nullable=True),
    _column("published_at", UtcInstant, nullable=True),
    _column("document", Document),
    _column("updated_at", UtcInstant),
)
"""One row per post: its newest version. `key` makes planning and `amsel post` repeatable."""

post_versions = _table(
    "post_versions",
    _column("post_id", sa.Text, primary_key=True),
    _column("version", sa.Integer, primary_key=True),
    _column("document", Document),
    _column("actor"),
    _column("created_at", UtcInstant),
)
"""One row per version of a post, never changed."""

schedule_tasks = _table(
    "schedule_tasks",
    _column("id", primary_key=True),
    _column("post_id", index=True),
    _column("brand"),
    _column("document", Document),
    _column("created_at", UtcInstant),
)
"""One row per schedule of a post."""

briefs = _table(
    "briefs",
    _column("id", primary_key=True),
    _column("brand", index=True),
    _column("document", Document),
    _column("created_at", UtcInstant),
)
"""One row per order to a writer, never changed."""

approvals = _table(
    "approvals",
    _column("post_id", primary_key=True),
    _column("post_version", sa.Integer, primary_key=True),
    _column("decision"),
    _column("actor"),
    _column("reason"),
    _column("decided_at", UtcInstant),
)
"""One row per decided version: `approved`, `held`, `rejected` or `expired`."""

deliveries = _table(
    "deliveries",
    _column("id", primary_key=True),
    _column("key", unique=True),
    _column("kind"),
    _column("brand", index=True),
    _column("platform"),
    _column("account"),
    _column("post_id", nullable=True, index=True),
    _column("post_version", sa.Integer, nullable=True),
    _column("message_id", nullable=True),
    _column("after", nullable=True),
    _column("state"),
    _column("due_at", UtcInstant),
    _column("local_time", nullable=True),
    _column("time_zone", nullable=True),
    _column("payload", Document),
    _column("fingerprint"),
    _column("platform_key", nullable=True),
    _column("steps", Document, server_default="{}"),
    _column("lease_owner", nullable=True),
    _column("lease_until", UtcInstant, nullable=True),
    _column("fence", sa.Integer, server_default="0"),
    _column("attempts", sa.Integer, server_default="0"),
    _column("next_at", UtcInstant, nullable=True),
    _column("platform_id", nullable=True),
    _column("url", nullable=True),
    _column("sent_at", UtcInstant, nullable=True),
    _column("reason", nullable=True),
    _column("remedy", nullable=True),
    _column("chain", nullable=True),
    _column("created_at", UtcInstant),
    _column("updated_at", UtcInstant),
    _partial("ix_deliveries_planned", "due_at", where="state = 'planned'"),
    _partial("ix_deliveries_due", "account", "due_at", "id", where="state = 'due'"),
    _partial("ix_deliveries_waiting", "next_at", where="state = 'waiting'"),
    _partial("ix_deliveries_unknown", "next_at", where="state = 'unknown'"),
    _partial("ix_deliveries_leased", "lease_until", where="state in ('claimed', 'sending')"),
    _partial("ix_deliveries_sent", "account", "sent_at", where="state = 'sent'"),
    _partial("ix_deliveries_failed", "updated_at", where="state = 'failed'"),
)
"""One row per change of the outside world; `key` is unique so that a repeat is harmless.

Each state that asks for something has an index of its own: what a question costs grows with what
is due, not with what is stored.
"""


def in_state(*states: DeliveryState) -> sa.ColumnElement[bool]:
    """The condition on `deliveries` that a row is in one of `states`.

    The names are written out: a planner proves by them that a partial index holds every row.
    """
    names = [sa.literal_column(f"'{state.value}'") for state in states]
    column = deliveries.c.state
    return column == names[0] if len(names) == 1 else column.in_(names)


delivery_attempts = _table(
    "delivery_attempts",
    _column("delivery_id", primary_key=True),
    _column("attempt", sa.Integer, primary_key=True),
    _column("fence", sa.Integer),
    _column("owner"),
    _column("fingerprint"),
    _column("platform_key", nullable=True),
    _column("started_at", UtcInstant),
    _column("finished_at", UtcInstant, nullable=True),
    _column("outcome", nullable=True),
    _column("detail", nullable=True),
    _column("exchanges", Document, nullable=True),
)
"""One row per attempt, committed before its request: the intent."""

inbox = _table(
    "inbox",
    _column("platform", primary_key=True),
    _column("message_id", primary_key=True),
    _column("brand", index=True),
    _column("account"),
    _column("author", nullable=True),
    _column("thread_root", nullable=True),
    _column("document", Document),
    _column("triage", Document, nullable=True),
    _column("status"),
    _column("created_at", UtcInstant),
    _column("received_at", UtcInstant),
    sa.Index("ix_inbox_status", "status"),
)
"""One row per message from outside: `new`, `answered`, `held`, `hidden`, `ignored`."""

actions = _table(
    "actions",
    _column("id", primary_key=True),
    _column("platform"),
    _column("message_id", index=True),
    _column("brand"),
    _column("kind"),
    _column("automatic", sa.Boolean),
    _column("reason"),
    _column("delivery_id", nullable=True),
    _column("document", Document),
    _column("decided_at", UtcInstant),
)
"""One row per decision about a message."""

choices = _table(
    "choices",
    _column("id", primary_key=True),
    _column("kind"),
    _column("brand", index=True),
    _column("account"),
    _column("post_id", nullable=True),
    _column("chosen"),
    _column("propensity", sa.Float),
    _column("policy"),
    _column("model_version", nullable=True),
    _column("candidates", Document),
    _column("decided_at", UtcInstant),
)
"""One row per logged choice: what was chosen, how likely that was, and from what."""

experiments = _table(
    "experiments",
    _column("id", primary_key=True),
    _column("brand", index=True),
    _column("factor"),
    _column("arms", Document),
    _column("stopped", Document, server_default="[]"),
    _column("horizon", sa.Integer),
    _column("answer", nullable=True),
    _column("winner", nullable=True),
    _column("reason", nullable=True),
    _column("started_at", UtcInstant),
    _column("decided_at", UtcInstant, nullable=True),
)
"""One row per experiment of a brand; `answer` is null while it runs."""

costs = _table(
    "costs",
    _column("id", primary_key=True),
    _column("brand", index=True),
    _column("provider"),
    _column("purpose"),
    _column("reserved_cents", sa.Float),
    _column("settled_cents", sa.Float, nullable=True),
    _column("reserved_at", UtcInstant),
    _column("settled_at", UtcInstant, nullable=True),
)
"""One row per billed call: set aside before, settled after."""

commissions = _table(
    "commissions",
    _column("id", primary_key=True),
    _column("brand", index=True),
    _column("brief_id"),
    _column("kind"),
    _column("maker"),
    _column("prompt"),
    _column("seed", sa.BigInteger),
    _column("cents", sa.Float),
    _column("booking"),
    _column("state"),
    _column("attempts", sa.Integer, server_default="1"),
    _column("job", nullable=True),
    _column("sha256", nullable=True),
    _column("result", Document, nullable=True),
    _column("reason", nullable=True),
    _column("remedy", nullable=True),
    _column("asked_at", UtcInstant),
    _column("next_at", UtcInstant, nullable=True),
    _column("wait_until", UtcInstant),
    _column("updated_at", UtcInstant),
    _partial("ix_commissions_open", "next_at", where="state in ('asked', 'at_work')"),
)
"""One row per picture, clip or text in a batch that a model of others is paid for, committed before
the request; `result` is what a writer wrote."""

writer_calls = _table(
    "writer_calls",
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    _column("brand"),
    _column("writer"),
    _column("language"),
    _column("brief_id"),
    _column("seconds", sa.Float),
    _column("cents", sa.Float),
    _column("trouble", nullable=True),
    _column("is_down", sa.Boolean),
    _column("order_key", nullable=True),
    _column("answer", Document, nullable=True),
    _column("called_at", UtcInstant, index=True),
)
"""One row per call of a hosted writer in the last month; `trouble` is null where it wrote, and
`answer` is kept for the same order where it was billed."""

news = _table(
    "news",
    _column("id", primary_key=True),
    _column("document", Document),
    _column("seen_at", UtcInstant, index=True),
)
"""One row per sensitive headline, as it was seen last."""

stops = _table(
    "stops",
    _column("id", primary_key=True),
    _column("brand", nullable=True),
    _column("reason"),
    _column("actor"),
    _column("stopped_at", UtcInstant),
    _column("lifted_at", UtcInstant, nullable=True),
    _column("lifted_by", nullable=True),
)
"""One row per emergency stop; a null brand stops every brand."""

events = _table(
    "events",
    sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    _column("id", unique=True),
    _column("type", index=True),
    _column("schema_version", sa.Integer),
    _column("occurred_at", UtcInstant),
    _column("correlation", index=True),
    _column("causation", nullable=True),
    _column("actor"),
    _column("payload", Document),
    _column("digest", nullable=True),
)
"""One row per domain event, in the order of writing; append-only. `digest` chains the events of a
delivery, and `deliveries.chain` is the last one's."""

event_positions = _table(
    "event_positions",
    _column("consumer", primary_key=True),
    _column("position", sa.BigInteger),
)
"""One row per consumer of events: how far it has read; two where messages are left unread."""

told_matters = _table(
    "told_matters",
    _column("name", primary_key=True),
    _column("is_told", sa.Boolean),
    _column("at", UtcInstant),
)
"""One row per matter for a person: whether somebody was told, and when it was last seen open."""

imports = _table(
    "imports",
    _column("sha256", primary_key=True),
    _column("format", primary_key=True),
    _column("account", primary_key=True),
    _column("path"),
    _column("rows", sa.Integer),
    _column("quarantined", sa.Integer),
    _column("imported_at", UtcInstant),
)
"""One row per imported file, format and account."""

tokens = _table(
    "tokens",
    _column("account", primary_key=True),
    _column("platform"),
    _column("brand"),
    _column("user_id", nullable=True),
    _column("scopes", Document, server_default="[]"),
    _column("key_version", sa.Integer, nullable=True),
    _column("key_id", nullable=True),
    _column("nonce", sa.LargeBinary, nullable=True),
    _column("sealed", sa.LargeBinary, nullable=True),
    _column("generation", sa.Integer, server_default="0"),
    _column("obtained_at", UtcInstant, nullable=True),
    _column("expires_at", UtcInstant, nullable=True),
    _column("refresh_until", UtcInstant, nullable=True),
    _column("renew_at", UtcInstant, nullable=True),
    _column("lease_owner", nullable=True),
    _column("lease_until", UtcInstant, nullable=True),
    _column("in_doubt", sa.Boolean, server_default=sa.false()),
    _column("failures", sa.Integer, server_default="0"),
    _column("retry_at", UtcInstant, nullable=True),
    _column("attention", nullable=True),
    _column("remedy", nullable=True),
    _column("attention_at", UtcInstant, nullable=True),
    _column("updated_at", UtcInstant),
)
"""One row per account with tokens, which stand encrypted in `sealed`; `generation` grows with each
pair, the lease belongs to whoever renews it, `in_doubt` says that an answer to that was lost. A row
without `sealed` only keeps that a token from the environment was refused."""

rate_limits = _table(
    "rate_limits",
    _column("owner", primary_key=True),
    _column("kind", primary_key=True),
    _column("size", sa.Integer, nullable=True),
    _column("remaining", sa.Integer, nullable=True),
    _column("in_percent", sa.Boolean, server_default=sa.false()),
    _column("resets_at", UtcInstant, nullable=True),
    _column("closed_until", UtcInstant, nullable=True),
    _column("failures", sa.Integer, server_default="0"),
    _column("reason", nullable=True),
    _column("updated_at", UtcInstant),
)
"""One row per limit of an account, of a platform's app, and per circuit breaker."""
