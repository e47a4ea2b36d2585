"""What every maker of pictures and clips is, and what all share: the wire and its errors."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

import httpx

from content.media.confinement import probe_confined
from content.media.probing import is_picture
from content.providers.failures import from_silence, from_status
from domain.commissions import Kind
from domain.errors import (
    InputError,
    WriterError,
    WriterGarbled,
    WriterRefused,
    WriterUnavailable,
)

LARGEST = 200_000_000
"""Bytes of an answer; a clip of some seconds is a tenth of that."""
TIMEOUT = httpx.Timeout(120.0, connect=10.0)


@dataclass(frozen=True, slots=True)
class MediaOrder:
    """What is to be seen; the seed tells one order of the same words from another."""

    prompt: str
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """A picture or clip as it came, with who made it and what it cost."""

    content: bytes
    made_by: str
    cost_cents: float


class Untold(WriterUnavailable):
    """The provider does not say whether it was asked."""


class Maker(Protocol):
    """Makes pictures or clips. `name` begins with the provider: `openai/gpt-image-1`."""

    @property
    def name(self) -> str:
        """Who is asked, as the record names it."""

    @property
    def cents(self) -> float:
        """What one order costs, in US cents."""

    @property
    def patience(self) -> float:
        """Seconds for which it is worth waiting for a job on the spot."""

    @property
    def poll(self) -> float:
        """Seconds between two looks at a job."""

    def order(self, order: MediaOrder) -> Made | str:
        """What was made, or the id of the job that makes it; this is what is paid for.

        Raises:
            WriterError: nothing comes of it; `cost_cents` is None where nobody knows whether it
                was taken.
        """

    def look(self, job: str) -> Made | None:
        """What a job has made; None while it works.

        Raises:
            WriterUnavailable: the provider does not say now; look again later.
            WriterError: nothing comes of it, at the cost named.
        """

    def find(self, order: MediaOrder, *, since: datetime) -> str | None:
        """The job of an order whose answer was lost; None where there certainly is none.

        Raises:
            Untold: this provider keeps no list, or not for so long.
            WriterUnavailable: it does not say now; ask again later.
        """


@dataclass(frozen=True, slots=True)
class Makers:
    """Who paints and who films for brands that want it; None where nobody does."""

    painter: Maker | None = None
    filmer: Maker | None = None


@dataclass(frozen=True)
class HostedMaker(ABC):
    """A maker behind an API that bills by the piece.

    Attributes:
        model: the provider's name of the model.
        cents: the price of one order in US cents, from the table of prices or the settings.
        api_key: never shown: neither in the representation nor in an error.
        http: the client; its base URL says where the API is.
        provider: the first part of the name.
        hosts: where the provider keeps what it made, beside the API itself.
    """

    model: str
    cents: float
    api_key: str = field(repr=False)
    http: httpx.Client = field(repr=False)
    patience: float = 60.0
    poll: float = 2.0
    provider: ClassVar[str] = ""
    shows: ClassVar[Kind] = "picture"
    hosts: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """Provider and model."""
        return f"{self.provider}/{self.model}"

    @abstractmethod
    def order(self, order: MediaOrder) -> Made | str:
        """See `Maker.order`."""

    def look(self, job: str) -> Made | None:
        """See `Maker.look`."""
        raise Untold(f"{self.name} has no jobs, so there is no {job}; settle it by hand")

    def find(self, order: MediaOrder, *, since: datetime) -> str | None:  # noqa: ARG002
        """See `Maker.find`."""
        raise Untold(f"{self.name} keeps no list of what it was asked; look at its bill")

    def _made(self, content: bytes) -> Made:
        """Pictures are decoded whole, a clip is opened later; both in a process of their own."""
        if is_picture(content) != (self.shows == "picture"):
            raise self._garbled(f"no {self.shows} came")
        if self.shows == "picture":
            try:
                probe_confined(content, name="it")
            except InputError as exc:
                raise self._garbled("no picture came") from exc
        return Made(content, self.name, self.cents)

    def _asked(self, method: str, url: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.api_key}"} | request.pop("headers", {})
        try:
            with self.http.stream(method, url, headers=headers, timeout=TIMEOUT, **request) as came:
                parts, size = [], 0
                for part in came.iter_bytes():
                    size += len(part)
                    if size > LARGEST:
                        raise self._garbled("more came than a clip has")
                    parts.append(part)
        except httpx.TransportError as exc:
            raise from_silence(exc, writer=self.name) from exc
        if came.is_error or came.is_redirect:
            raise self._refused(came.status_code, b"".join(parts))
        kept = [(k, v) for k, v in came.headers.items() if k.lower() != "content-encoding"]
        return httpx.Response(came.status_code, headers=kept, content=b"".join(parts))

    def _json(self, response: httpx.Response) -> dict[str, Any]:
        try:
            answer = response.json()
        except ValueError as exc:
            raise self._garbled("the answer is no JSON") from exc
        if not isinstance(answer, dict):
            raise self._garbled("the answer is no JSON object")
        return answer

    def _fetched(self, url: str) -> bytes:
        """A file, from the provider's own servers only, and without our key."""
        host, own = urlsplit(url).hostname or "", self.http.base_url.host
        if host != own and not any(f".{host}".endswith(f".{known}") for known in self.hosts):
            raise self._garbled("what was made lies on a foreign server")
        return self._got(url, headers={"Authorization": ""}).content

    def _got(self, url: str, **request: Any) -> httpx.Response:
        """The answer to a question that costs nothing: whatever goes wrong, it is asked again."""
        try:
            return self._asked("GET", url, **request)
        except WriterError as exc:
            raise WriterUnavailable(str(exc), cost_cents=None) from exc

    def _told(self, url: str) -> dict[str, Any]:
        try:
            return self._json(self._got(url))
        except WriterGarbled as exc:
            raise WriterUnavailable(str(exc), cost_cents=None) from exc

    def _refused(self, status: int, body: bytes) -> WriterError:
        """Words of a moderator are a refusal; the provider's own are left out."""
        if (status in (400, 403) and b"moderation" in body) or b"content_policy" in body:
            return WriterRefused(f"{self.name} declined what was ordered; order something else")
        return from_status(status, writer=self.name)

    def _garbled(self, what: str) -> WriterGarbled:
        return WriterGarbled(f"{self.name}: {what}; try another maker", cost_cents=self.cents)


class JobMaker(HostedMaker):
    """A maker that answers an order with a job, which is looked at until it has come to an end."""

    def order(self, order: MediaOrder) -> Made | str:
        """See `Maker.order`. Where the server fails or rambles, a job may have begun."""
        try:
            job = self._json(self._asked("POST", self._path, json=self._body(order))).get("id")
        except WriterGarbled as exc:
            raise WriterUnavailable(str(exc), cost_cents=None) from exc
        if not job:
            raise WriterUnavailable(f"{self.name} named no job; look at its bill", cost_cents=None)
        return str(job)

    def look(self, job: str) -> Made | None:
        """See `Maker.look`."""
        seen = self._told(self._job_path(job))
        state = seen.get("status")
        if state in self.ends:
            raise WriterRefused(f"{self.name} failed at what was ordered; order something else")
        if state != self.success:
            return None
        output = seen.get("output")
        url = output[0] if isinstance(output, list) and output else output
        if not isinstance(url, str):
            raise self._garbled("it is billed and there is nothing")
        return self._made(self._fetched(url))

    success: ClassVar[str]
    ends: ClassVar[tuple[str, ...]]
    """The states in which a job has come to a good and to a bad end."""

    @property
    @abstractmethod
    def _path(self) -> str:
        """Where an order goes."""

    @abstractmethod
    def _body(self, order: MediaOrder) -> dict[str, Any]:
        """The order as JSON."""

    @abstractmethod
    def _job_path(self, job: str) -> str:
        """Where a job is looked at."""

    def _refused(self, status: int, body: bytes) -> WriterError:
        refusal = super()._refused(status, body)
        if status >= 500:
            refusal.cost_cents = None
        return refusal
