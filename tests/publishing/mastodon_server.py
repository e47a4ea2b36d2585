"""A Mastodon server played in process, and an adapter that speaks to it."""

import json
from datetime import UTC, datetime

import httpx

from domain.brand import Account
from domain.deliveries import DeliveryKind, Payload, fingerprint, full_text
from domain.media import Attachment
from domain.platforms import Platform
from publishing.platforms.base import Send
from publishing.platforms.registry import connect

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ME = {"id": "7", "acct": "bergquell", "username": "bergquell"}
PICTURE = Attachment(
    sha256="ab" * 32, mime_type="image/png", bytes=10, width=4, height=3, alt_text="a spring"
)


class Still:
    def now(self):
        return NOON


class Files:
    def read(self, sha256):
        return f"bytes of {sha256[:2]}".encode()

    def url(self, sha256):
        raise AssertionError(f"nobody asks where {sha256} lies")


def mastodon(handler, **account):
    account = {"platform": Platform.MASTODON, "handle": "bergquell", "time_zone": "UTC", **account}
    return connect(
        Account(**account),
        secret="s3cret",
        clock=Still(),
        sending_allowed=True,
        media=Files(),
        transport=httpx.MockTransport(handler),
    )


def send(text="Fresh.", *, steps=None, keep=lambda _name, _value: None, **payload):
    kind = payload.pop("kind", DeliveryKind.POST)
    payload = Payload(text=text, **payload)
    return Send(
        payload=payload,
        platform_key="key-1",
        fingerprint=fingerprint(full_text(payload)),
        created_at=NOON,
        kind=kind,
        steps=steps or {},
        keep=keep,
    )


def status(status_id="9", **more):
    shown = {"id": status_id, "created_at": "2026-03-02T12:00:01.000Z", "account": ME}
    return {**shown, "content": "", "visibility": "public", "url": f"https://m/{status_id}", **more}


class Server:
    """Answers by method and path, and remembers what was asked."""

    def __init__(self, **answers):
        self.asked = []
        self.answers = {
            "GET /api/v1/accounts/verify_credentials": ME,
            "GET /api/v2/instance": {"version": "4.5.0"},
            "POST /api/v1/statuses": status(),
            **answers,
        }

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers[f"{request.method} {request.url.path}"]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def bodies(self, path):
        return [json.loads(one.content) for one in self.asked if one.url.path == path]
