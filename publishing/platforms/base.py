"""What every platform adapter can do, and the one place where httpx's errors become ours."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

import httpx

from domain.brand import Account
from domain.clock import Clock
from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, Payload, PublishResult
from domain.errors import (
    AuthExpired,
    ConfigError,
    FateUnknown,
    Misdirected,
    NetworkError,
    RateLimited,
    Unreachable,
)
from domain.platforms import Capabilities, Platform
from domain.wire_logs import hush
from publishing.platforms import egress, permit, standing
from publishing.platforms.echoes import Unrepeating
from publishing.platforms.egress import PlatformTransport
from publishing.platforms.recording import on_request, on_response, unrepeated
from publishing.platforms.sizes import ASKED_AS, Bounded, LeadsElsewhere

TIMEOUT = httpx.Timeout(connect=5.0, read=20.0, write=20.0, pool=5.0)
"""Seconds. Connect and read apart: only a read that runs out leaves a fate unknown."""


GARBLED = (ValueError, KeyError, TypeError, AttributeError)
"""What reading an answer of another shape than documented ends in."""


UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""What comes before a request has left."""


UNIX, SECONDS = re.compile(r"[0-9]{1,10}"), re.compile(r"[0-9]{1,9}")
"""An instant, and a wait, as headers give them; more digits are no instant of ours."""


FORGOTTEN = "forgotten"
"""A step that is set where the ledger came out of a backup: what other steps reached is lost."""


class Repeat(Enum):
    """What a look-up that found nothing may add: sending again can make no second post.

    The platform keeps the repeat apart by an id of the attempt before (a container, a publish id,
    a key), or what was kept says that nothing public was ever asked for.
    """

    HARMLESS = "harmless"


def forget(_name: str, _value: str) -> None:
    """Keep nothing: for sends that no ledger stands behind."""


@dataclass(frozen=True, slots=True)
class Send:
    """One change to be made out there, as it was fixed at the intent.

    A platform that publishes by steps (upload, container, publish) keeps what each step gave
    before it takes the next, so that the next attempt, or the look-up, goes on from there.

    Attributes:
        payload: what is to be sent.
        platform_key: the key chosen beforehand, where the platform lets us hold one.
        fingerprint: `domain.deliveries.fingerprint` of the full text.
        created_at: the instant of the intent: the creation time that the record carries.
        kind: post, reply, hide or delete.
        steps: what earlier attempts have kept.
        keep: writes a step down durably and prolongs the lease; raises LeaseLost where this
            worker came too late. Nothing public may be asked for after that.
    """

    payload: Payload
    platform_key: str | None
    fingerprint: str
    created_at: datetime
    kind: DeliveryKind = DeliveryKind.POST
    steps: Mapping[str, str] = field(default_factory=dict)
    keep: Callable[[str, str], None] = forget


class MediaSource(Protocol):
    """Where the files of posts are, by the SHA-256 of their bytes."""

    def read(self, sha256: str) -> bytes:
        """The bytes; raises StoreError where they are missing or damaged."""

    def url(self, sha256: str) -> str | None:
        """Where a platform can fetch the file; None where nothing serves it to the outside."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an adapter is made of: as whom it speaks, to where, and by what right.

    Attributes:
        account: names the platform and the handle.
        secret: the token.
        clock: stamps what is observed.
        base_url: where the platform answers.
        media: where files are read; None where posts have none.
        transport: for tests.
    """

    account: Account
    secret: "Secret"
    clock: Clock
    base_url: str
    media: MediaSource | None = None
    transport: httpx.BaseTransport | None = None


@dataclass(frozen=True, slots=True)
class MetricRow:
    """The counts of one post at one instant; a metric that the platform does not give is None.

    Attributes:
        counts: canonical metric to (value, the platform's own name of it).
    """

    platform: Platform
    account: str
    post_id: str
    observed_at: datetime
    api_version: str
    counts: Mapping[str, tuple[int | None, str]]


@dataclass(frozen=True, slots=True)
class OwnPost:
    """One of the account's own posts as the platform shows it, links expanded."""

    platform_id: str
    text: str
    created_at: datetime
    in_reply_to: str | None
    url: str | None


class Network(Protocol):
    """One account on one platform. Every method raises leaves of NetworkError only."""

    @property
    def platform(self) -> Platform:
        """The platform."""

    @property
    def account(self) -> str:
        """The account's id, `platform:handle`."""

    @property
    def capabilities(self) -> Capabilities:
        """What this account can do."""

    def make_key(self, at: datetime, delivery_id: str) -> str | None:
        """The key to hold before sending, always the same for one delivery; None without one."""

    def publish(self, send: Send) -> PublishResult:
        """Make the change. The request that makes it public is made once and never repeated.

        Steps before it may be repeated at will. Raises Processing where the platform still works
        on an upload: the delivery waits, and the next attempt goes on from `send.steps`.
        """

    def look_up(
        self, send: Send, *, since: datetime, taken: frozenset[str] = frozenset()
    ) -> PublishResult | Repeat | None:
        """The post that this send made, or None where there is none now.

        By key where there is one, else among the account's own posts since `since`, by
        fingerprint; `taken` are the platform ids of other deliveries. After None it may still
        appear, so a time is waited; after `Repeat.HARMLESS` it is sent again at once.
        """

    def metrics(self, platform_ids: Sequence[str]) -> list[MetricRow]:
        """One row per post that still exists."""

    def inbound(self, *, since: datetime) -> list[InboundMessage]:
        """What people wrote to the account since then, oldest first, without its own posts."""

    def own_posts(self, since: datetime) -> list[OwnPost]:
        """The account's own posts since then, newest first, reposts left out."""

    def close(self) -> None:
        """Give the connections back; the adapter is not used after that."""


@runtime_checkable
class Foretelling(Protocol):
    """A network whose platform says beforehand what no post of the account would pass."""

    def foretell(self) -> str | None:
        """Ask, and send nothing; what could be set better, with the remedy.

        Raises leaves of NetworkError with what is in the way.
        """


@runtime_checkable
class Optioned(Protocol):
    """A network whose account has options that move its platform's limits."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Those of the brand file."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A token that is good now, and the platform's own name of whom it speaks for."""

    token: str = field(repr=False)
    user_id: str | None = None


class Keeper(Protocol):
    """The tokens of one account that all workers share, renewed by one of them at a time."""

    def current(self) -> Grant:
        """The token to use now; raises AuthExpired, or Unreachable where it cannot be renewed."""

    def renewed(self, refused: str) -> Grant | None:
        """Another token than the one that was refused; None where a person must help."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A token or password from outside, a text or a function that gives one; never shown.

    With a keeper, the account's tokens are read and renewed there, and `source` is not asked.
    """

    source: str | Callable[[], str] = field(default="", repr=False)
    keeper: Keeper | None = None

    def reveal(self) -> str:
        """The secret itself; raises AuthExpired where there is none."""
        try:
            if self.keeper is not None:
                return self.keeper.current().token
            return self.source if isinstance(self.source, str) else self.source()
        except ConfigError as exc:
            raise AuthExpired(f"the account has no token: {exc}") from exc

    def renewed(self, refused: str) -> str | None:
        """Another token than the one that was refused; None where there is none."""
        fresh = self.keeper.renewed(refused) if self.keeper is not None else None
        return fresh.token if fresh else None


@contextmanager
def translated(where: str, *, changes_something: bool) -> Iterator[None]:
    """Turn httpx's errors into ours, by whether the platform can have acted.

    Raises:
        Unreachable: no connection was made, or a read failed (Misdirected: it leads elsewhere).
        FateUnknown: the request went out, and what became of it is not known.
    """
    try:
        yield
    except UNCONNECTED as exc:
        raise Unreachable(
            f"{where} cannot be reached ({type(exc).__name__}); it is tried again by itself"
        ) from exc
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as exc:
        raise Unreachable(
            f"{where} is no address that can be asked; mend base_url in the brand file"
        ) from exc
    except LeadsElsewhere as exc:
        what = f"{where}: {exc}, and is no API there; mend base_url in the brand file"
        raise (FateUnknown if changes_something else Misdirected)(what) from exc
    except (httpx.HTTPError, *GARBLED) as exc:
        what = type(exc).__name__
        if changes_something:
            raise FateUnknown(
                f"{where} gave no usable answer ({what}); it is looked up before anything is sent"
            ) from exc
        raise Unreachable(f"{where} gave no usable answer ({what}); it is asked again") from exc


def client(base_url: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    """A client without any retry or redirect; what lies elsewhere than `base_url` is public.

    From here on the logs of HTTP libraries hold no header and no address, whatever their level.
    """
    hush()
    return httpx.Client(
        base_url=base_url,
        timeout=TIMEOUT,
        headers={"accept-encoding": ASKED_AS},
        transport=Unrepeating(Bounded(transport or PlatformTransport(base_url))),
        follow_redirects=False,
        trust_env=False,
        event_hooks={
            "request": [permit.on_request, on_request],
            "response": [on_response, standing.on_response],
        },
    )


def is_loopback(url: str) -> bool:
    """Whether the address is this machine itself."""
    return egress.is_loopback(urlsplit(url).hostname or "")


def object_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a success; raises ValueError where the body is none."""
    body = response.json()
    if not isinstance(body, dict):
        raise ValueError("the answer is no JSON object")
    return body


def body_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a refusal; empty where the body is something else.

    What of it repeats a secret of the request is hidden, since its words go into errors.
    """
    try:
        body = response.json()
    except ValueError:
        return {}
    return unrepeated(body, response) if isinstance(body, dict) else {}


def rate_limited(
    response: httpx.Response, where: str, *, reset_header: str, now: datetime
) -> RateLimited:
    """RateLimited until the platform's reset header (Unix s), or else what Retry-After says."""
    reset = response.headers.get(reset_header, "")
    is_unix = UNIX.fullmatch(reset) is not None
    until = datetime.fromtimestamp(int(reset), UTC) if is_unix else retry_after(response, now)
    when = until.isoformat() if until else "a while"
    return RateLimited(f"{where} asks to wait until {when}; nothing to do", until=until)


def broken_down(
    response: httpx.Response, where: str, said: str, *, changes_something: bool, now: datetime
) -> NetworkError:
    """Our error for a platform that failed rather than refused.

    Where a read or a step fails and the answer says for how long, nobody asks before.
    """
    if changes_something:
        return FateUnknown(f"{where} failed ({said}); it is looked up before anything is sent")
    until = retry_after(response, now)
    if until is not None:
        return RateLimited(
            f"{where} failed ({said}) and asks to wait until {until.isoformat()}; nothing to do",
            until=until,
        )
    return Unreachable(f"{where} failed ({said}); it is asked again by itself")


def retry_after(response: httpx.Response, now: datetime) -> datetime | None:
    """When Retry-After (seconds, or an HTTP date) lets us ask again; None where it says nothing.

    A date is counted from the answer's own Date, where it has one: clocks differ.
    """
    said = response.headers.get("retry-after", "").strip()
    if SECONDS.fullmatch(said):
        return now + timedelta(seconds=int(said))
    until = _http_date(said)
    if until is None:
        return None
    return max(now, now + (until - (_http_date(response.headers.get("date", "")) or now)))


def answered_at(response: httpx.Response) -> datetime:
    """The instant of an answer by its own clock, or else by this machine's."""
    return _http_date(response.headers.get("date", "")) or datetime.now(UTC)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def instant(text: str) -> datetime:
    """An ISO instant of a platform, aware UTC; raises ValueError where it is none."""
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
