"""What an attempt came to: sent, certainly not sent, or unknown, and what follows from it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.deliveries import DeliveryState, PublishResult
from domain.errors import (
    AuthExpired,
    Blocked,
    Duplicate,
    FateUnknown,
    Forbidden,
    InWork,
    LeaseLost,
    Misdirected,
    NetworkError,
    Processing,
    RateLimited,
    Rejected,
    Unpaid,
    Unreachable,
    VersionGone,
)
from publishing.platforms.standing import Standing

LONGEST_WAIT = timedelta(minutes=30)
SOON, PATIENCE, RARELY = 60, 200, timedelta(minutes=10)
"""A platform that still works on a file is asked `SOON` times when it likes, then every `RARELY`,
and `PATIENCE` times in all: about a day."""
THROTTLED, DOWN, UNASKED = "throttled", "down", "unasked"
BROKEN = "broken"
"""The name of an attempt that no platform refused: sending it ended in an error of ours."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to.

    Attributes:
        state: where the delivery moves.
        name: what the attempt's row says.
        until: when the platform asks to be asked again, where it says so.
        wait: how long to wait otherwise.
        exchanges: what was said on the wire, without secrets.
        heard: what the answers said of the platform's limits.
        trouble: `throttled`, `down`, or `unasked` where no request was made; None where the
            platform answered.
        of_app: it is the app that was throttled, for all of its accounts.
    """

    state: DeliveryState
    name: str
    reason: str | None = None
    remedy: str | None = None
    result: PublishResult | None = None
    until: datetime | None = None
    wait: timedelta = timedelta()
    exchanges: tuple[dict[str, Any], ...] = ()
    heard: tuple[Standing, ...] = ()
    trouble: str | None = None
    of_app: bool = False

    @property
    def has_answered(self) -> bool:
        """Whether the platform is there."""
        return self.trouble in (None, THROTTLED)

    @property
    def detail(self) -> str | None:
        """What the attempt's row keeps of it: the platform's id, or why not."""
        return self.result.platform_id if self.result else self.reason

    def next_at(self, now: datetime) -> datetime | None:
        """When the row asks for something again; None where it has come to an end."""
        if self.state == DeliveryState.UNKNOWN:
            return now
        if self.state != DeliveryState.WAITING:
            return None
        return max(self.until, now + timedelta(seconds=1)) if self.until else now + self.wait


READ = Outcome(DeliveryState.SENT, "read")
"""Something was asked, nothing changed, and the platform answered."""


@dataclass(frozen=True, slots=True)
class _Rule:
    state: DeliveryState
    wait: timedelta
    grows: bool
    remedy: str


_WAITING, _UNKNOWN, _FAILED = DeliveryState.WAITING, DeliveryState.UNKNOWN, DeliveryState.FAILED
RULES: dict[type[NetworkError], _Rule] = {
    RateLimited: _Rule(_WAITING, timedelta(seconds=15), True, "nothing: it goes out by itself"),
    Misdirected: _Rule(
        _WAITING, timedelta(seconds=5), True, "mend base_url of the account in the brand file"
    ),
    Unreachable: _Rule(_WAITING, timedelta(seconds=5), True, "nothing: it is tried again"),
    Processing: _Rule(_WAITING, timedelta(seconds=5), False, "nothing: it goes out by itself"),
    LeaseLost: _Rule(_WAITING, timedelta(seconds=1), False, "nothing: it is tried again"),
    AuthExpired: _Rule(_WAITING, LONGEST_WAIT, False, "renew the account's token"),
    Forbidden: _Rule(_WAITING, LONGEST_WAIT, False, "give the app the missing permission"),
    Blocked: _Rule(_WAITING, 2 * LONGEST_WAIT, False, "log in at the platform and ask why"),
    Rejected: _Rule(_FAILED, timedelta(), False, "change the text and plan it again"),
    Unpaid: _Rule(_WAITING, LONGEST_WAIT, False, "raise budget.monthly_cents in the brand file"),
    VersionGone: _Rule(
        _WAITING, LONGEST_WAIT, False, "give the account a newer api_version, or update Amsel"
    ),
    Duplicate: _Rule(_UNKNOWN, timedelta(), False, "nothing: it is looked up"),
    InWork: _Rule(_UNKNOWN, timedelta(), False, "nothing: it is looked up"),
    FateUnknown: _Rule(_UNKNOWN, timedelta(), False, "nothing: it is looked up"),
}
"""Each leaf of NetworkError; what is not sent for reasons of ours waits and is never lost."""


NAMES: dict[type[NetworkError], str] = {Duplicate: "duplicate", Processing: "processing"}
"""Outcomes that the next attempt or the look-up must tell from others of their state."""


TROUBLES: dict[type[NetworkError], str] = {
    RateLimited: THROTTLED,
    Misdirected: DOWN,
    Unreachable: DOWN,
    FateUnknown: DOWN,
    LeaseLost: UNASKED,
    AuthExpired: UNASKED,
    Unpaid: UNASKED,
}
"""Errors that say something of the platform itself, and not of the post or the account."""


def sent(result: PublishResult) -> Outcome:
    """The platform gave an id."""
    return Outcome(DeliveryState.SENT, "sent", result=result)


def refused(error: NetworkError, *, failures: int = 0, looks: int = 0) -> Outcome:
    """What follows from an error.

    Args:
        error: what the adapter raised.
        failures: how many before it let a wait grow, doubling each time.
        looks: how often before it the platform was still at work.
    """
    if isinstance(error, Processing) and looks >= PATIENCE:
        given_up = refused(Rejected(f"{error}; asked {looks + 1} times, it is given up"))
        remedy = "see on the platform what became of its files, then requeue the delivery"
        return replace(given_up, remedy=remedy)
    kind = next((kind for kind in RULES if isinstance(error, kind)), FateUnknown)
    rule = RULES[kind]
    wait = rule.wait
    if rule.grows:
        wait = min(rule.wait * 2 ** min(failures, 20), LONGEST_WAIT)
    name = NAMES.get(kind, rule.state.value)
    until = error.until if isinstance(error, (RateLimited, Processing)) else None
    if kind is Processing and looks >= SOON:
        until, wait = None, RARELY
    return Outcome(
        rule.state,
        name,
        str(error),
        rule.remedy,
        until=until,
        wait=wait,
        trouble=TROUBLES.get(kind),
        of_app=isinstance(error, RateLimited) and error.of_app,
    )


def broken(error: Exception) -> Outcome:
    """An adapter ended in an error that it should not: what it asked for may be public."""
    why = f"sending it ended in an error of Amsel's own ({type(error).__name__}); it is looked up"
    remedy = RULES[FateUnknown].remedy
    return Outcome(DeliveryState.UNKNOWN, BROKEN, why, remedy, trouble=UNASKED)


def unasked(why: str, *, state: DeliveryState = DeliveryState.WAITING, remedy: str) -> Outcome:
    """No request was made, so nothing was learnt of the platform; it grows no wait."""
    return Outcome(state, UNASKED, why, remedy, wait=timedelta(seconds=1), trouble=UNASKED)
