"""A LinkedIn account on answers that are given in order."""

from datetime import UTC, datetime

import httpx

from domain.brand import Account
from domain.deliveries import DeliveryKind, Payload, fingerprint, full_text
from domain.media import Attachment
from domain.platforms import Platform
from publishing.platforms.base import Send
from publishing.platforms.registry import connect

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGE, ANNA = "urn:li:organization:7", "urn:li:person:anna"
SHARE = "urn:li:share:7200000000000000000"
CREATED = httpx.Response(201, headers={"x-restli-id": SHARE})
PNG = Attachment(
    sha256="a" * 64, mime_type="image/png", bytes=3, width=8, height=8, alt_text="a bottle"
)
CLIP = Attachment(sha256="b" * 64, mime_type="video/mp4", bytes=9, width=8, height=8, seconds=4)
UPLOADS = "https://www.linkedin.com/dms-uploads"


class Still:
    def now(self):
        return NOON

    def wait_until(self, instant):
        raise AssertionError(f"nobody waits until {instant}")


class Shelf:
    def read(self, sha256):
        return b"png" if sha256.startswith("a") else b"123456789"

    def url(self, _sha256):
        return None


class Wire:
    """Answers in the order given, and keeps what was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def lines(self):
        return [f"{r.method} {r.url.raw_path.decode()}" for r in self.asked]


def linkedin(wire, urn=PAGE, **account):
    made = Account(
        platform=Platform.LINKEDIN, handle="bergquell", time_zone="UTC", user_id=urn, **account
    )
    return connect(
        made,
        secret="s3cret",
        clock=Still(),
        sending_allowed=True,
        media=Shelf(),
        transport=httpx.MockTransport(wire),
    )


def send(text="Fresh.", steps=None, **payload):
    kind = payload.pop("kind", DeliveryKind.POST)
    made, kept = Payload(text=text, **payload), dict(steps or {})
    return Send(
        payload=made,
        platform_key=None,
        fingerprint=fingerprint(full_text(made)),
        created_at=NOON,
        kind=kind,
        steps=kept,
        keep=kept.__setitem__,
    )


def shown(urn=SHARE, text="Fresh.", at=NOON, **more):
    created = int(at.timestamp() * 1000)
    return {"id": urn, "commentary": text, "createdAt": created} | more


def listed(*elements):
    return httpx.Response(200, json={"elements": list(elements), "paging": {"total": 1}})


def image(number):
    value = {"uploadUrl": f"{UPLOADS}/{number}?token=x", "image": f"urn:li:image:{number}"}
    return httpx.Response(200, json={"value": value})
