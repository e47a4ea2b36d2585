"""Meta's wire played in process: answers by method and path, and what was asked."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx

from domain.brand import Account
from domain.deliveries import DeliveryKind, Payload, fingerprint, full_text
from publishing.platforms.base import Send

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


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

    def add(self, name, *answers):
        self.answers[name] = list(answers)
        return self

    def __call__(self, request):
        path = request.url.path.removeprefix("/v25.0/")
        is_form = "urlencoded" in request.headers.get("content-type", "")
        form = dict(parse_qsl(request.content.decode())) if is_form else {}
        self.asked.append((request.method, path, form))
        self.hosts.append(request.url.host)
        self.bodies.append(request.content)
        queue = self.answers[f"{request.method} {path}"]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def writes(self):
        return [one for one in self.asked if one[0] != "GET"]


class Kept(dict):
    """The steps as a ledger keeps them."""

    def keep(self, name, value):
        self[name] = value


def account(platform, **more):
    return Account(platform=platform, handle="bergquell", time_zone="UTC", **more)


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
