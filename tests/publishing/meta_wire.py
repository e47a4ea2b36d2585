"""Meta's wire played in process: answers by method and path, and what was asked."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx

from domain.brand import Account
from domain.deliveries import DeliveryKind, Payload, fingerprint, full_text
from domain.media import Attachment
from publishing.platforms.base import Send
from publishing.platforms.registry import connect
from tests.clock import SteppingClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PICTURE = Attachment(
    sha256="a" * 64, mime_type="image/jpeg", bytes=9, width=640, height=640, alt_text="Berge"
)
CLIP = Attachment(
    sha256="b" * 64, mime_type="video/mp4", bytes=4, width=1280, height=720, seconds=8
)
REEL = CLIP.model_copy(update={"width": 1080, "height": 1920})


class Files:
    """A media folder with one film that is served outside."""

    def read(self, _sha256):
        return b"film"

    def url(self, sha256):
        return f"https://media.example/{sha256[:4]}"


class Played:
    """Answers in turn, the last one for good; a dict is a success."""

    def __init__(self):
        self.answers, self.asked, self.bodies, self.hosts = {}, [], [], []
        self.queries = []

    def add(self, name, *answers):
        self.answers[name] = list(answers)
        return self

    def __call__(self, request):
        path = request.url.path.removeprefix("/v25.0/")
        is_form = "urlencoded" in request.headers.get("content-type", "")
        form = dict(parse_qsl(request.content.decode())) if is_form else {}
        self.asked.append((request.method, path, form))
        self.hosts.append(request.url.host)
        self.queries.append(dict(request.url.params))
        self.bodies.append(request.content)
        queue = self.answers[f"{request.method} {path}"]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def paths(self):
        return [path for _, path, _ in self.asked]

    def writes(self):
        return [one for one in self.asked if one[0] != "GET"]


class Kept(dict):
    """The steps as a ledger keeps them."""

    def keep(self, name, value):
        self[name] = value


def network(platform, handler, *, media=True, **account):
    """The adapter of an account on that wire."""
    return connect(
        Account(platform=platform, handle="bergquell", time_zone="UTC", **account),
        secret="s3cret",
        clock=SteppingClock(NOON),
        sending_allowed=True,
        media=Files() if media else None,
        transport=httpx.MockTransport(handler),
    )


def instagram(
    handler, *, base_url="https://graph.facebook.com", media=True, user_id="17", **account
):
    account |= {"base_url": base_url, "user_id": user_id}
    return network("instagram", handler, media=media, **account)


def facebook(handler, *, user_id="7", **account):
    return network("facebook", handler, user_id=user_id, **account)


def container_wire():
    """Instagram with room for a post, and a container that is ready at once."""
    room = {"quota_usage": 2, "config": {"quota_total": 100, "quota_duration": 86400}}
    return (
        Played()
        .add("GET 17/content_publishing_limit", {"data": [room]})
        .add("POST 17/media", {"id": "c1"})
        .add("GET c1", {"status_code": "FINISHED", "id": "c1"})
        .add("POST 17/media_publish", {"id": "m1"})
        .add("GET m1", {"permalink": "https://www.instagram.com/p/x/", "id": "m1"})
    )


def send(text="Frisch.", *, kind=DeliveryKind.POST, steps=None, **payload):
    steps = Kept() if steps is None else steps
    made = Payload(text=text, **payload)
    return Send(
        payload=made,
        platform_key=None,
        fingerprint=fingerprint(full_text(made)),
        created_at=NOON,
        kind=kind,
        steps=dict(steps),
        keep=steps.keep,
    )


def refused(code, subcode=None, status=400):
    error = {"message": "no", "code": code, "error_subcode": subcode}
    return httpx.Response(status, json={"error": error})


def listed(*posts, text):
    """A page of posts given as id, text and time; `text` is the field of the text."""
    time = "timestamp" if text == "caption" else "created_time"
    return {"data": [dict(zip(("id", text, time), one, strict=True)) for one in posts]}
