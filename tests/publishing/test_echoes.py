"""A platform that repeats what it was sent: no error, log or record of ours has a secret of it."""

import base64
import contextlib
import json
import logging
import traceback
from datetime import timedelta
from urllib.parse import quote_plus

import httpx
import pytest

from domain.brand import Account
from domain.deliveries import DeliveryKind
from domain.errors import NetworkError
from domain.platforms import Platform
from publishing.platforms.recording import recorded
from publishing.platforms.registry import connect
from tests.clock import SteppingClock
from tests.publishing import linkedin_stage, meta_wire

TOKEN = "canary-0a1b2c3d4e5f/6071+8293"
SESSION = "canary-session-5544332211"
USERS = {"linkedin": "urn:li:organization:7"}
FILES = {"linkedin": linkedin_stage.PNG, "tiktok": meta_wire.REEL, "facebook": meta_wire.REEL}
STATUSES = (200, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503)


def echoed(request):
    """All that a request said, in the words of a server that shows too much."""
    token = request.headers.get("authorization", "")
    body = request.read().decode("utf-8", "replace")[:2000]
    return f"Malformed token {token} at {request.url} with {body} and {dict(request.headers)}"


def as_error(said, status):
    error = {"message": said, "error_user_msg": said, "code": 9_999, "type": "OAuthException"}
    return httpx.Response(status, json={"error": error | {"log_id": "1", "fbtrace_id": "t"}})


def as_problem(said, status):
    one = {"title": said, "detail": said, "message": said, "type": "about:blank"}
    body = one | {"error": said, "error_description": said, "status": status, "errors": [one]}
    return httpx.Response(status, json=body | {"serviceErrorCode": 1, "code": "UNKNOWN"})


def as_text(said, status):
    return httpx.Response(status, text=said)


class Parrot:
    """Lets a session be opened and hands out an upload address; answers all else by repeating."""

    def __init__(self, shape, status):
        self.shape, self.status = shape, status

    def __call__(self, request):
        if request.url.path.endswith("createSession"):
            tokens = {"accessJwt": SESSION, "refreshJwt": f"{SESSION}-r"}
            return httpx.Response(200, json={"did": "did:plc:me", "handle": "acme"} | tokens)
        return self.shape(echoed(request), self.status)


def everything(adapter, platform):
    """Each thing that an adapter does, to be called."""
    files = (FILES[platform],) if platform in FILES else ()
    post = linkedin_stage.send(media=files)
    target = {"target": "urn:li:comment:(urn:li:activity:1,2)", "reply_root": "at://me/p/1#c"}
    hide = linkedin_stage.send(kind=DeliveryKind.HIDE, **target)
    since = linkedin_stage.NOON - timedelta(hours=1)
    yield lambda: adapter.publish(post)
    yield lambda: adapter.publish(linkedin_stage.send(media=(meta_wire.PICTURE,)))
    yield lambda: adapter.publish(hide)
    yield lambda: adapter.look_up(post, since=since)
    yield lambda: adapter.metrics(["1"])
    yield lambda: adapter.inbound(since=since)
    yield lambda: adapter.own_posts(since)


def spelled(secret):
    wrapped = base64.b64encode(secret.encode()).decode()[:-4]
    return (secret, secret[:15], secret[-10:], quote_plus(secret), wrapped)


@pytest.mark.parametrize("shape", [as_error, as_problem, as_text])
@pytest.mark.parametrize("platform", Platform)
def test_what_a_platform_repeats_stays_between_us(platform, shape, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    said, refused = [], 0
    for status in STATUSES:
        adapter = connect(
            Account(
                platform=platform, handle="acme", time_zone="UTC", user_id=USERS.get(platform, "17")
            ),
            secret=TOKEN,
            clock=SteppingClock(linkedin_stage.NOON),
            sending_allowed=True,
            media=meta_wire.Files(),
            transport=httpx.MockTransport(Parrot(shape, status)),
        )
        for act in everything(adapter, platform):
            with recorded() as exchanges, contextlib.suppress(NetworkError):
                try:
                    act()
                except NetworkError as exc:
                    refused += 1
                    said.append("".join(traceback.format_exception(exc)))
                    raise
            said.append(json.dumps(exchanges, ensure_ascii=False))
    out = capsys.readouterr()
    everywhere = "\n".join([*said, caplog.text, out.out, out.err])

    found = [form for one in (TOKEN, SESSION) for form in spelled(one) if form in everywhere]
    assert [] == found
    assert refused >= len(STATUSES)
