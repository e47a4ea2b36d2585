"""Deliveries of unknown fate: looked up, adopted, or proven absent; never guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState, PublishResult, full_text
from domain.errors import (
    FateUnknown,
    Forbidden,
    Misdirected,
    NetworkError,
    Processing,
    RateLimited,
    Rejected,
    Unreachable,
    VersionGone,
)
from domain.platforms import Platform
from publishing import limits, money, orphans, unreadable
from publishing.adoptions import OF_ITS_OWN, is_anothers
from publishing.attempts import LATE, accept
from publishing.gate import lock_posts, unread_brand
from publishing.outcomes import BROKEN, LONGEST_WAIT, RULES
from publishing.platforms.base import Network, Repeat, Send
from publishing.platforms.metering import metered
from publishing.platforms.recording import recorded
from publishing.purses import purse_of
from publishing.threads import answering
from storage.ledger import brands, legibility, look_ups
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger.database import Ledger
from storage.ledger.tables import deliveries, in_state

SETTLING = {
    Platform.X: timedelta(seconds=60),
    Platform.BLUESKY: timedelta(seconds=5),
    Platform.MASTODON: timedelta(seconds=30),
    Platform.LINKEDIN: timedelta(minutes=2),
    Platform.TIKTOK: timedelta(seconds=10),
}
"""How long after an attempt its post may still appear. X lists posts from an index that lags; a
Bluesky repository is strongly consistent, so only a request under way can be late; a Mastodon
server may read its lists from a replica, and answers a repeat within the hour by its key;
LinkedIn's lag is not documented; TikTok is asked what became of a post by its own id."""
LONGEST_SETTLING = timedelta(minutes=5)
SKEW = timedelta(minutes=2)
"""How far the platform's clock may be behind the ledger's."""
FIRST_WAIT = timedelta(seconds=10)
ANEW = timedelta(seconds=1)
"""How soon it is looked up again where the post that was found is, or may become, another's."""
NOBODY_CAN_SAY = (Forbidden, Rejected, VersionGone)
"""Answers to a look-up that no waiting changes."""
LOOKED_UP = RULES[FateUnknown].remedy
SHOWN = 80
NO_REPEAT = {
    "duplicate": (
        "the platform calls it a duplicate, but no post of this delivery is there",
        "change the text and plan it again",
    ),
    BROKEN: (
        "sending it ended in an error of Amsel's own, and no post of this delivery is there",
        "update Amsel, then requeue it, or plan it again in another form",
    ),
}
"""By what the last attempt came to: why what is not there is not sent again, and what to do."""
UNREADABLE = (*legibility.GARBLED, LookupError, AttributeError)
"""What looking up ends in where something that was kept cannot be read."""


@dataclass(frozen=True, slots=True)
class _Question:
    """One unknown delivery and what is asked about it."""

    delivery: Delivery
    send: Send
    since: datetime
    settled_at: datetime
    unknown_since: datetime
    taken: frozenset[str]
    last_outcome: str


def reconcile(ledger: Ledger, *, networks: Mapping[str, Network]) -> list[Delivery]:
    """Look up every unknown delivery whose time has come; returns the rows that moved.

    First what dead workers held is taken back.

    Found: `sent`, adopted. Absent after the platform's settling time, or at once where a repeat
    can make no second post: `due` again (or `failed` where the platform calls it a duplicate of
    something that is not ours). A look-up that fails leaves it `unknown` with the reason.

    Raises:
        StoreError: the ledger refused.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        orphans.expire(connection, now)
        orphans.bury(connection, now)
        rows = _open(connection, _unknown(connection, networks, now), now)
        questions = [one for row in rows if (one := _asked(connection, row)) is not None]
    silent: dict[str, NetworkError] = {}
    settled = []
    for one in questions:
        account = one.delivery.account
        if account in silent:  # it was asked a moment ago; knocking again helps nobody
            _put_off(ledger, one, silent[account])
            continue
        with recorded() as said:
            try:
                settled.append(_answer(ledger, one, networks[account], said))
            except NetworkError as exc:
                _put_off(ledger, one, exc, said)
                if isinstance(exc, (Unreachable, RateLimited)):
                    silent[account] = exc
                    _note(ledger, account, exc)
            except UNREADABLE as exc:
                if not legibility.is_garbled(exc):
                    raise
                _give_up(ledger, one, exc)
    return [row for row in settled if row is not None]


def _unknown(
    connection: sa.Connection, networks: Mapping[str, Network], now: datetime
) -> list[Delivery]:
    query = (
        sa.select(deliveries)
        .where(
            in_state(DeliveryState.UNKNOWN),
            deliveries.c.account.in_(tuple(networks)),
            deliveries.c.next_at <= now,
        )
        .order_by(deliveries.c.next_at)
        .limit(orphans.BATCH)
    )
    found = legibility.read(connection, query)
    unreadable.give_to_a_person(connection, found.unread, now=now)
    return found.rows


def _asked(connection: sa.Connection, row: Delivery) -> "_Question | None":
    """What is asked about a delivery; None where its attempts cannot be read: a person is told."""
    try:
        return _question(connection, row)
    except UNREADABLE as exc:
        if not legibility.is_garbled(exc):
            raise
        words = _unreadable_words(row, "its attempts cannot be read", exc)
        ledger_deliveries.note(connection, row, words, next_at=None)
        return None


def _give_up(ledger: Ledger, question: _Question, error: Exception) -> None:
    """Leave to a person what cannot be looked up for a fault of ours, or of what was kept of it."""
    with ledger.transaction() as connection:
        row = ledger_deliveries.load(connection, question.delivery.id, lock=True)
        if row.state == DeliveryState.UNKNOWN and row.fence == question.delivery.fence:
            words = _unreadable_words(row, "looking it up ends in an error of Amsel's own", error)
            ledger_deliveries.note(connection, row, words, next_at=None)


def _unreadable_words(row: Delivery, what: str, error: Exception) -> str:
    return (
        f"nobody but a person can tell whether it is out: {what} ({type(error).__name__}). Look at "
        f"{row.account}, then `amsel deliveries settle {row.id} --sent ID`, or `--absent`"
    )


def _open(connection: sa.Connection, rows: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Those that may be asked about; the others wait, and say for what."""
    found, known = [], brands.known(connection)
    for row in rows:
        held = unread_brand(row, known, now)  # its budget pays for the look
        if held is not None:
            ledger_deliveries.note(
                connection, row, held.reason, next_at=held.next_at, remedy=held.remedy
            )
            continue
        closed = limits.closed_until(connection, row.account, now=now)
        if closed is None:
            found.append(row)
            continue
        why = "it is looked up as soon as the platform may be asked again"
        ledger_deliveries.note(connection, row, why, next_at=closed, remedy=LOOKED_UP)
    return found


def _question(connection: sa.Connection, delivery: Delivery) -> _Question:
    attempts = ledger_deliveries.attempts(connection, delivery.id)
    last = attempts[-1]
    unknown_since = last["finished_at"] or delivery.updated_at
    since = attempts[0]["started_at"] - SKEW
    others = sa.select(deliveries.c.platform_id).where(
        in_state(DeliveryState.SENT),
        deliveries.c.account == delivery.account,
        deliveries.c.sent_at >= since - SKEW,
    )
    return _Question(
        delivery=delivery,
        send=Send(
            payload=answering(connection, delivery),
            platform_key=last["platform_key"],
            fingerprint=last["fingerprint"],
            created_at=last["started_at"],
            kind=delivery.kind,
            steps=delivery.steps,
        ),
        since=since,
        settled_at=unknown_since + SETTLING.get(delivery.platform, LONGEST_SETTLING),
        unknown_since=unknown_since,
        taken=frozenset(connection.scalars(others).all()),
        last_outcome=(last["outcome"] or "").removeprefix(LATE),
    )


def _answer(
    ledger: Ledger, question: _Question, network: Network, said: Sequence[Mapping[str, Any]]
) -> Delivery | None:
    with ledger.reading() as connection:
        asked_at = ledger.now(connection)  # before the look-up: absence is proven as of then
        purse = purse_of(ledger, connection, question.delivery.account)
    with metered(purse):
        found = network.look_up(question.send, since=question.since, taken=question.taken)
    with ledger.transaction() as connection:
        lock_posts(connection, [question.delivery])
        row = ledger_deliveries.load(connection, question.delivery.id, lock=True)
        if row.state != DeliveryState.UNKNOWN or row.fence != question.delivery.fence:
            return None  # somebody else has settled it meanwhile
        look_ups.keep(connection, row, said)
        settled = _settle(connection, row, question, found, asked_at=asked_at)
        if settled is not None:
            money.settle(connection, {(row.id, row.attempts): settled.state}, now=asked_at)
        return settled


def _settle(
    connection: sa.Connection,
    row: Delivery,
    question: _Question,
    found: PublishResult | Repeat | None,
    *,
    asked_at: datetime,
) -> Delivery | None:
    if isinstance(found, PublishResult):
        if row.kind in OF_ITS_OWN and is_anothers(connection, row, found, since=question.since):
            why = "what was found may be another delivery's of the same words; it is looked up anew"
            again_at = asked_at + ANEW
            ledger_deliveries.note(connection, row, why, next_at=again_at, remedy=LOOKED_UP)
            return None
        return accept(connection, row, found, now=asked_at)
    if found is None and asked_at < question.settled_at:
        since, settled_at = question.unknown_since, question.settled_at
        again_at = since if asked_at < since else settled_at
        why = "not there yet; it may still appear"
        ledger_deliveries.note(connection, row, why, next_at=again_at, remedy=LOOKED_UP)
        return None
    if question.last_outcome in NO_REPEAT:
        reason, remedy = NO_REPEAT[question.last_outcome]
        return ledger_deliveries.move(
            connection,
            row,
            DeliveryState.FAILED,
            now=asked_at,
            actor="door",
            reason=reason,
            remedy=remedy,
            next_at=None,
        )
    return ledger_deliveries.move(
        connection,
        row,
        DeliveryState.DUE,
        now=asked_at,
        actor="door",
        reason=f"looked up at {asked_at.isoformat()}: it is not there, so it is sent again",
        remedy=None,
        next_at=None,
    )


def _put_off(
    ledger: Ledger,
    question: _Question,
    error: NetworkError,
    said: Sequence[Mapping[str, Any]] = (),
) -> None:
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        row = ledger_deliveries.load(connection, question.delivery.id, lock=True)
        if row.state != DeliveryState.UNKNOWN or row.fence != question.delivery.fence:
            return
        if said:
            look_ups.keep(connection, row, said)
        if isinstance(error, NOBODY_CAN_SAY) and now >= question.settled_at:
            ledger_deliveries.note(connection, row, _evidence(question, error), next_at=None)
            return
        ledger_deliveries.note(
            connection,
            row,
            f"it could not be looked up: {error}",
            next_at=now + _patience(question, error, now),
            remedy=RULES[Misdirected].remedy if isinstance(error, Misdirected) else LOOKED_UP,
        )


def _note(ledger: Ledger, account: str, error: NetworkError) -> None:
    with ledger.transaction() as connection:
        limits.note_reads(connection, {account: error}, now=ledger.now(connection))


def _patience(question: _Question, error: NetworkError, now: datetime) -> timedelta:
    """How long until the next look: soon after a passing trouble, longer each time."""
    if isinstance(error, RateLimited) and error.until is not None:
        return max(error.until - now, FIRST_WAIT)
    if isinstance(error, Processing):  # it answers, so it may be asked more often
        return max(error.until - now, min((now - question.unknown_since) / 4, LONGEST_WAIT))
    if isinstance(error, (Unreachable, RateLimited)):
        return min(max(FIRST_WAIT, now - question.unknown_since), LONGEST_WAIT)
    if isinstance(error, NOBODY_CAN_SAY):
        return max(question.settled_at - now, FIRST_WAIT)
    return LONGEST_WAIT


def _evidence(question: _Question, error: NetworkError) -> str:
    """What a person needs to settle it: what was sent, when, and why nobody else can say."""
    row, send = question.delivery, question.send
    words = " ".join(full_text(send.payload).split())
    shown = words if len(words) <= SHOWN else f"{words[:SHOWN]}…"
    return (
        f"nobody but a person can tell whether it is out: {error}. Attempt {row.attempts} began at "
        f"{send.created_at:%Y-%m-%d %H:%M:%S} UTC with the text {shown!r}; look at {row.account}, "
        f"then `amsel deliveries settle {row.id} --sent ID`, or `--absent` to send it again"
    )
