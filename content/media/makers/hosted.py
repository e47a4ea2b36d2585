"""OpenAI, Stability, Replicate and Runway: four wires for one order.

From the providers' public references as of August 2026: OpenAI `POST /v1/images/generations`,
Stability `POST /v2beta/stable-image/generate/core`, Replicate `POST /v1/models/{model}/predictions`
with `GET /v1/predictions`, Runway `POST /v1/text_to_video` with `GET /v1/tasks/{id}`. Prices in US
cents as remembered on the date below, not fetched; check them.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

import httpx

from content.media.makers.base import HostedMaker, JobMaker, Made, Maker, MediaOrder, Untold
from domain.commissions import Kind
from domain.errors import ConfigError, WriterRefused
from domain.wire_logs import hush

AS_OF = date(2025, 12, 1)
PRICES = {
    "openai/gpt-image-1": 6.3,
    "stability/core": 3.0,
    "replicate/black-forest-labs/flux-1.1-pro": 4.0,
    "replicate/black-forest-labs/flux-schnell": 0.3,
}
CLIP_PRICES = {
    "runway/veo3.1_fast": 40.0,
    "runway/veo3.1": 80.0,
    "replicate/bytedance/seedance-1-lite": 18.0,
}
ADDRESSES = {
    "openai": "https://api.openai.com",
    "stability": "https://api.stability.ai",
    "replicate": "https://api.replicate.com",
    "runway": "https://api.dev.runwayml.com",
}
RUNWAY_VERSION = "2024-11-06"
_OPENAI_SIZE, _RATIO = "1024x1536", "4:5"
_PAGES = 10
_SLACK = timedelta(minutes=10)
"""By so much two clocks may differ."""


@dataclass(frozen=True)
class OpenAIPictures(HostedMaker):
    """OpenAI's image models: one JSON answer with the picture in base64."""

    provider: ClassVar[str] = "openai"

    def order(self, order: MediaOrder) -> Made | str:
        """See `Maker.order`."""
        body = {
            "model": self.model,
            "prompt": order.prompt,
            "n": 1,
            "size": _OPENAI_SIZE,
            "quality": "medium",
            "output_format": "jpeg",
        }
        answer = self._json(self._asked("POST", "/v1/images/generations", json=body))
        try:
            return self._made(base64.b64decode(answer["data"][0]["b64_json"], validate=True))
        except (KeyError, IndexError, TypeError, binascii.Error) as exc:
            raise self._garbled("no picture is in the answer") from exc


@dataclass(frozen=True)
class StabilityPictures(HostedMaker):
    """Stability's Stable Image: a form, answered by the picture itself."""

    provider: ClassVar[str] = "stability"

    def order(self, order: MediaOrder) -> Made | str:
        """See `Maker.order`."""
        form = {"prompt": order.prompt, "aspect_ratio": _RATIO, "output_format": "jpeg"}
        parts = [(key, (None, value)) for key, value in {**form, "seed": str(order.seed)}.items()]
        url = f"/v2beta/stable-image/generate/{self.model}"
        came = self._asked("POST", url, files=parts, headers={"Accept": "image/*"})
        if came.headers.get("finish-reason", "SUCCESS") == "CONTENT_FILTERED":
            message = f"{self.name} declined what was ordered; order something else"
            raise WriterRefused(message, cost_cents=self.cents)
        return self._made(came.content)


@dataclass(frozen=True)
class ReplicatePictures(JobMaker):
    """A model on Replicate: a prediction that is looked at, then a file that is fetched.

    Replicate takes no key of ours, but lists what it was asked for an hour with the whole input,
    by which an order is found again.
    """

    provider: ClassVar[str] = "replicate"
    hosts: ClassVar[tuple[str, ...]] = ("replicate.delivery",)
    success: ClassVar[str] = "succeeded"
    ends: ClassVar[tuple[str, ...]] = ("failed", "canceled", "aborted")

    def find(self, order: MediaOrder, *, since: datetime) -> str | None:
        """See `Maker.find`."""
        asked, is_told = self._input(order), True
        for prediction in self._listed(since - _SLACK):
            if prediction.get("model") != self.model:
                continue
            given = prediction.get("input") or {}
            if all(given.get(key) == value for key, value in asked.items()):
                return str(prediction.get("id"))
            is_told &= bool(given) and not prediction.get("data_removed")
        if not is_told:
            raise Untold(f"{self.name} no longer shows what it was asked; look at its bill")
        return None

    def _listed(self, since: datetime) -> Iterator[dict[str, Any]]:
        """What was asked of the account, newest first, to the end of the page that holds `since`.

        Raises:
            Untold: there are more pages than are looked at.
        """
        url: str | None = "/v1/predictions"
        for _ in range(_PAGES):
            page = self._told(str(url))
            rows = page.get("results") or []
            yield from rows
            after = page.get("next")
            if not rows or not after or datetime.fromisoformat(rows[-1]["created_at"]) < since:
                return
            # the page's own host is not asked: the key goes to ours only
            url = f"/v1/predictions?{urlsplit(after).query}"
        raise Untold(f"{self.name} was asked too much since; look at its bill")

    @property
    def _path(self) -> str:
        return f"/v1/models/{self.model}/predictions"

    def _job_path(self, job: str) -> str:
        return f"/v1/predictions/{quote(job, safe='')}"

    def _body(self, order: MediaOrder) -> dict[str, Any]:
        return {"input": self._input(order)}

    def _input(self, order: MediaOrder) -> dict[str, Any]:
        asked = {"prompt": order.prompt, "aspect_ratio": _RATIO, "output_format": "jpg"}
        return {**asked, "seed": order.seed}


@dataclass(frozen=True)
class ReplicateClips(ReplicatePictures):
    """A model on Replicate that makes upright clips of five seconds."""

    shows: ClassVar[Kind] = "clip"
    patience: float = 0
    poll: float = 60

    def _input(self, order: MediaOrder) -> dict[str, Any]:
        asked = {"prompt": order.prompt, "aspect_ratio": "9:16", "duration": 5}
        return {**asked, "seed": order.seed}


@dataclass(frozen=True)
class RunwayClips(JobMaker):
    """Runway: a task that is looked at, then a file that is fetched; it lists no tasks."""

    provider: ClassVar[str] = "runway"
    shows: ClassVar[Kind] = "clip"
    hosts: ClassVar[tuple[str, ...]] = ("cloudfront.net", "runwayml.com")
    success: ClassVar[str] = "SUCCEEDED"
    ends: ClassVar[tuple[str, ...]] = ("FAILED", "CANCELLED")
    patience: float = 0
    poll: float = 60

    @property
    def _path(self) -> str:
        return "/v1/text_to_video"

    def _job_path(self, job: str) -> str:
        return f"/v1/tasks/{quote(job, safe='')}"

    def _body(self, order: MediaOrder) -> dict[str, Any]:
        return {
            "model": self.model,
            "promptText": order.prompt[:1000],
            "ratio": "720:1280",
            "duration": 4,
            "audio": False,
        }


PICTURES: dict[str, type[HostedMaker]] = {
    "openai": OpenAIPictures,
    "stability": StabilityPictures,
    "replicate": ReplicatePictures,
}
CLIPS: dict[str, type[HostedMaker]] = {"runway": RunwayClips, "replicate": ReplicateClips}


def maker_of(
    name: str, api_key: str, *, base_url: str | None = None, cents: float | None = None
) -> Maker:
    """The maker of pictures of a name like `openai/gpt-image-1`.

    Raises:
        ConfigError: nobody makes that, its key is missing, or its price is not known.
    """
    _refuse_unready(name, api_key, PICTURES, "pictures; one is like openai/gpt-image-1")
    price = _price(name, PRICES, cents, "AMSEL_PICTURE_CENTS")
    return _hosted(PICTURES, name, api_key, base_url, price)


def clip_maker_of(
    name: str, api_key: str, *, base_url: str | None = None, cents: float | None = None
) -> Maker:
    """The maker of clips of a name like `runway/veo3.1_fast`. Raises as `maker_of`."""
    _refuse_unready(name, api_key, CLIPS, "clips; one is like runway/veo3.1_fast")
    price = _price(name, CLIP_PRICES, cents, "AMSEL_CLIP_CENTS")
    return _hosted(CLIPS, name, api_key, base_url, price)


def _price(name: str, known: dict[str, float], told: float | None, setting: str) -> float:
    price = known.get(name) if told is None else told
    if price is None:
        raise ConfigError(f"nobody knows the price of {name}; set {setting}")
    return price


def _refuse_unready(name: str, key: str, kinds: dict[str, type[HostedMaker]], what: str) -> None:
    provider, _, model = name.partition("/")
    if provider not in kinds or not model:
        raise ConfigError(f"{name!r} is no maker of {what}")
    if not key:
        raise ConfigError(f"{name} has no key; set that of {provider}")


def _hosted(
    kinds: dict[str, type[HostedMaker]], name: str, key: str, url: str | None, cents: float
) -> HostedMaker:
    provider, _, model = name.partition("/")
    headers = {"X-Runway-Version": RUNWAY_VERSION} if provider == "runway" else {}
    hush()
    client = httpx.Client(
        base_url=url or ADDRESSES[provider], headers=headers, follow_redirects=False
    )
    return kinds[provider](model, cents, key, client)
