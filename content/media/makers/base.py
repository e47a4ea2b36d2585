"""What every maker of pictures is, and what all hosted ones share: the wire and its errors."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from content.media.probing import probe
from content.providers.failures import from_silence, from_status
from domain.errors import InputError, WriterGarbled, WriterRefused

LARGEST = 40_000_000
"""Bytes of an answer; a picture is a tenth of that."""
TIMEOUT = httpx.Timeout(120.0, connect=10.0)


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """What is to be seen; upright pictures of four to five."""

    prompt: str
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """A picture as it came, with who made it and what it cost."""

    content: bytes
    made_by: str
    cost_cents: float


class PictureMaker(Protocol):
    """Paints pictures. `name` begins with the provider: `openai/gpt-image-1`."""

    @property
    def name(self) -> str:
        """Who is asked, as the record names it."""

    @property
    def cents(self) -> float:
        """What a picture costs, in US cents."""

    def make(self, order: PictureOrder) -> Made:
        """One picture.

        Raises:
            WriterRefused: it declined what was ordered.
            WriterUnavailable: throttled, timed out, down.
            WriterGarbled: what came is no picture; it is billed all the same.
        """


@dataclass(frozen=True)
class HostedMaker(ABC):
    """A maker behind an API that bills by the picture.

    Attributes:
        model: the provider's name of the model.
        cents: the price of a picture in US cents, from the table of `prices` or the settings.
        api_key: never shown: neither in the representation nor in an error.
        http: the client; its base URL says where the API is.
    """

    model: str
    cents: float
    api_key: str = field(repr=False)
    http: httpx.Client = field(repr=False)
    provider: str = ""

    @property
    def name(self) -> str:
        """Provider and model."""
        return f"{self.provider}/{self.model}"

    def make(self, order: PictureOrder) -> Made:
        """See `PictureMaker.make`."""
        content = self._paint(order)
        try:
            is_video = probe(content, name="it").is_video
        except InputError as exc:
            raise self._garbled("no picture came") from exc
        if is_video:
            raise self._garbled("a clip came")
        return Made(content, self.name, self.cents)

    @abstractmethod
    def _paint(self, order: PictureOrder) -> bytes:
        """The bytes that came; raises WriterError."""

    def _asked(self, method: str, url: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.api_key}"} | request.pop("headers", {})
        try:
            with self.http.stream(method, url, headers=headers, timeout=TIMEOUT, **request) as came:
                parts, size = [], 0
                for part in came.iter_bytes():
                    size += len(part)
                    if size > LARGEST:
                        raise self._garbled("more came than a picture has")
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

    def _refused(self, status: int, body: bytes) -> Exception:
        """Words of a moderator are a refusal; the provider's own are left out."""
        if (status in (400, 403) and b"moderation" in body) or b"content_policy" in body:
            return WriterRefused(f"{self.name} declined what was ordered; order something else")
        return from_status(status, writer=self.name)

    def _garbled(self, what: str) -> WriterGarbled:
        return WriterGarbled(f"{self.name}: {what}; try another maker", cost_cents=self.cents)
