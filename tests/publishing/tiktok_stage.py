"""A TikTok account on answers that are given in order."""

import json
from datetime import UTC, datetime

import httpx

from domain import errors
from domain.brand import Account
from domain.deliveries import DeliveryKind, Payload, fingerprint, full_text
from domain.media import Attachment
from domain.platforms import Platform
from publishing.platforms.base import Send
from publishing.platforms.registry import connect

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = "https://open-upload.tiktokapis.com/video/?upload_id=1&upload_token=t0psecret"
ID, POST = "v_pub_file~v2-1.1", "7300000000000000000"
CLIP = Attachment(
    sha256="a" * 64, mime_type="video/mp4", bytes=25_000_000, width=720, height=1280, seconds=9
)
PHOTO = Attachment(sha256="b" * 64, mime_type="image/jpeg", bytes=9, width=720, height=720)


class Still:
    def __init__(self, at=NOON):
        self.at = at

    def now(self):
        return self.at

    def wait_until(self, instant):
        raise AssertionError(f"nobody waits until {instant}")


class Shelf:
    def read(self, _sha256):
        return bytes(25_000_000)

    def url(self, sha256):
        return f"https://media.example/{sha256[:4]}"


class Bare(Shelf):
    def url(self, _sha256):
        return None


class Empty(Shelf):
    def read(self, _sha256):
        raise errors.StoreError("no such file; put it back")


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
        return [f"{r.method} {r.url.path}" for r in self.asked]

    def body(self, number):
        return json.loads(self.asked[number].content)


def tiktok(wire, *, media=None, at=NOON, **account):
    made = Account(platform=Platform.TIKTOK, handle="bergquell", time_zone="UTC", **account)
    return connect(
        made,
        secret="s3cret",
        clock=Still(at),
        sending_allowed=True,
        media=media or Shelf(),
        transport=httpx.MockTransport(wire),
    )


def send(text="Fresh.", steps=None, media=(CLIP,), **payload):
    kind = payload.pop("kind", DeliveryKind.POST)
    made, kept = Payload(text=text, media=media, **payload), dict(steps or {})
    return Send(
        payload=made,
        platform_key=None,
        fingerprint=fingerprint(full_text(made)),
        created_at=NOON,
        kind=kind,
        steps=kept,
        keep=kept.__setitem__,
    )


def ok(**data):
    error = {"code": "ok", "message": "", "log_id": "1"}
    return httpx.Response(200, json={"data": data, "error": error})


def no(status, code):
    return httpx.Response(status, json={"data": {}, "error": {"code": code, "message": "no"}})


def creator(**more):
    options = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    return ok(**{"privacy_level_options": options, "stitch_disabled": True} | more)


def status(name, *ids, **more):
    return ok(status=name, publicaly_available_post_id=list(ids), **more)


def listed(*videos, **more):
    return ok(videos=list(videos), **more)


def video(number, text="Fresh.", at=NOON):
    return {
        "id": str(number),
        "video_description": text,
        "create_time": int(at.timestamp()),
        "share_url": f"https://www.tiktok.com/@bergquell/video/{number}",
    }


BEGUN = {"publish_id": ID, "upload_url": URL, "begun_at": NOON.isoformat()}
HANDED = BEGUN | {"uploaded": "10000000", "handed_over": "yes"}
