"""OpenAI, Stability and Replicate: three wires for one order.

From the providers' public references as of August 2026: OpenAI `POST /v1/images/generations`,
Stability `POST /v2beta/stable-image/generate/core`, Replicate `POST /v1/models/{model}/predictions`
in its waiting mode. Prices in US cents as remembered in December 2025, not fetched; check them.
"""

import base64
import binascii
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from content.media.makers.base import HostedMaker, PictureMaker, PictureOrder
from domain.errors import ConfigError, WriterRefused, WriterUnavailable

PRICES = {
    "openai/gpt-image-1": 6.3,
    "stability/core": 3.0,
    "replicate/black-forest-labs/flux-1.1-pro": 4.0,
    "replicate/black-forest-labs/flux-schnell": 0.3,
}
ADDRESSES = {
    "openai": "https://api.openai.com",
    "stability": "https://api.stability.ai",
    "replicate": "https://api.replicate.com",
}
_OPENAI_SIZE, _RATIO = "1024x1536", "4:5"
_DELIVERY = "replicate.delivery"
_WAITS = 60
_POLL = 2.0
_PATIENCE = 180.0


@dataclass(frozen=True)
class OpenAIPictures(HostedMaker):
    """OpenAI's image models: one JSON answer with the picture in base64."""

    provider: str = "openai"

    def _paint(self, order: PictureOrder) -> bytes:
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
            return base64.b64decode(answer["data"][0]["b64_json"], validate=True)
        except (KeyError, IndexError, TypeError, binascii.Error) as exc:
            raise self._garbled("no picture is in the answer") from exc


@dataclass(frozen=True)
class StabilityPictures(HostedMaker):
    """Stability's Stable Image: a form, answered by the picture itself."""

    provider: str = "stability"

    def _paint(self, order: PictureOrder) -> bytes:
        form = {"prompt": order.prompt, "aspect_ratio": _RATIO, "output_format": "jpeg"}
        parts = [(key, (None, value)) for key, value in {**form, "seed": str(order.seed)}.items()]
        url = f"/v2beta/stable-image/generate/{self.model}"
        came = self._asked("POST", url, files=parts, headers={"Accept": "image/*"})
        if came.headers.get("finish-reason", "SUCCESS") == "CONTENT_FILTERED":
            message = f"{self.name} declined what was ordered; order something else"
            raise WriterRefused(message, cost_cents=self.cents)
        return came.content


@dataclass(frozen=True)
class ReplicatePictures(HostedMaker):
    """A model on Replicate: a prediction that is waited for, then a file that is fetched."""

    provider: str = "replicate"
    poll: float = _POLL
    patience: float = _PATIENCE

    def _paint(self, order: PictureOrder) -> bytes:
        asked = {"prompt": order.prompt, "aspect_ratio": _RATIO, "output_format": "jpg"}
        body = {"input": {**asked, "seed": order.seed}}
        headers = {"Prefer": f"wait={_WAITS}"}
        url = f"/v1/models/{self.model}/predictions"
        prediction = self._json(self._asked("POST", url, json=body, headers=headers))
        until = time.monotonic() + self.patience
        while prediction.get("status") in ("starting", "processing"):
            if time.monotonic() > until:
                message = f"{self.name} does not come to an end; try later"
                raise WriterUnavailable(message, cost_cents=None)
            time.sleep(self.poll)
            id_ = str(prediction.get("id"))
            prediction = self._json(self._asked("GET", f"/v1/predictions/{id_}"))
        if prediction.get("status") != "succeeded":
            raise WriterRefused(f"{self.name} failed at what was ordered; order something else")
        output = prediction.get("output")
        return self._fetched(str(output[0] if isinstance(output, list) and output else output))

    def _fetched(self, url: str) -> bytes:
        """The file, from Replicate's own servers only, and without our key."""
        host, own = urlsplit(url).hostname or "", self.http.base_url.host
        if host not in (own, _DELIVERY) and not host.endswith(f".{_DELIVERY}"):
            raise self._garbled("the picture lies on a foreign server")
        return self._asked("GET", url, headers={"Authorization": ""}).content


def maker_of(
    name: str, api_key: str, *, base_url: str | None = None, cents: float | None = None
) -> PictureMaker:
    """The maker of a name like `openai/gpt-image-1`.

    Raises:
        ConfigError: nobody makes that, its key is missing, or its price is not known.
    """
    provider, _, model = name.partition("/")
    kinds = {
        "openai": OpenAIPictures,
        "stability": StabilityPictures,
        "replicate": ReplicatePictures,
    }
    if provider not in kinds or not model:
        raise ConfigError(f"{name!r} is no maker of pictures; one is like openai/gpt-image-1")
    if not api_key:
        raise ConfigError(f"{name} has no key; set that of {provider}")
    price = PRICES.get(name) if cents is None else cents
    if price is None:
        raise ConfigError(f"nobody knows the price of {name}; set AMSEL_PICTURE_CENTS")
    client = httpx.Client(base_url=base_url or ADDRESSES[provider], follow_redirects=False)
    return kinds[provider](model, price, api_key, client)
