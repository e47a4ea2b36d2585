"""The two clocks: this machine's, and the sandbox's."""

import time
from datetime import UTC, datetime, timedelta
from functools import cache

import httpx

from domain.clock import Clock
from domain.errors import Unreachable
from publishing.platforms.egress import ssl_context
from runtime.settings import Settings


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

    def wait_until(self, instant: datetime) -> None:
        """Sleep until `instant`."""
        while (left := (instant - self.now()) / timedelta(seconds=1)) > 0:
            time.sleep(min(left, 1.0))


class SandboxClock:
    """The sandbox's clock over HTTP: followed, or driven when `drives` is set.

    With `alone` nobody else drives it: it stands where this one left it, and is not asked again.
    Raises Unreachable where the sandbox does not answer.
    """

    def __init__(self, url: str, *, drives: bool = False, alone: bool = False) -> None:
        self._url = f"{url.rstrip('/')}/_sandbox/clock"
        self._client = httpx.Client(timeout=10, trust_env=False, verify=ssl_context())
        self._drives = drives or alone
        self._alone = alone
        self._stands_at: datetime | None = None

    def now(self) -> datetime:
        """The sandbox's instant, UTC."""
        return self._stands_at or self._read(self._ask("GET"))

    def wait_until(self, instant: datetime) -> None:
        """Advance the sandbox to `instant`, or wait until it has come there by itself."""
        if self._drives:
            if self.now() < instant:
                self._drive(instant)
            return
        while self.now() < instant:
            time.sleep(0.2)

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()

    def _drive(self, instant: datetime) -> None:
        try:
            self._read(self._ask("POST", {"advance_to": instant.isoformat()}))
        except Unreachable:
            if self.now() < instant:  # otherwise somebody else has driven it on meanwhile
                raise

    def _ask(self, method: str, body: dict[str, str] | None = None) -> httpx.Response:
        try:
            response = self._client.request(method, self._url, json=body)
            response.raise_for_status()
        except httpx.HTTPError as exc:
            raise Unreachable(
                f"the sandbox's clock at {self._url} does not answer ({type(exc).__name__}); "
                "start it with `make up`, or unset AMSEL_SANDBOX_URL"
            ) from exc
        return response

    def _read(self, response: httpx.Response) -> datetime:
        now = datetime.fromisoformat(response.json()["now"]).astimezone(UTC)
        if self._alone:
            self._stands_at = now
        return now


@cache
def make_clock(settings: Settings) -> Clock:
    """The sandbox's clock where a sandbox is set, this machine's otherwise."""
    if settings.sandbox_url:
        how = settings.clock
        return SandboxClock(settings.sandbox_url, drives=how == "drive", alone=how == "alone")
    return SystemClock()
