"""A platform that says again all that it was told: of no secret of ours a word is kept."""

import base64
import json
from datetime import timedelta
from urllib.parse import quote, quote_plus

import httpx
import pytest

from domain.brand import Account
from domain.deliveries import DeliveryKind, Payload, fingerprint
from domain.errors import NetworkError
from domain.platforms import Platform
from publishing.platforms.base import Send, client
from publishing.platforms.recording import GIVES_TOKENS, HIDDEN, recorded
from publishing.platforms.registry import connect

CANARY = "canary/0123456789+abcdef"
FORMS = (
    CANARY,
    CANARY[:12],
    CANARY[12:],
    quote(CANARY, safe=""),
    quote_plus(CANARY),
    json.dumps(CANARY)[1:-1],
    base64.b64encode(CANARY.encode()).decode()[:-3],
)
NAMES = ("message", "detail", "title", "error_description", "error_user_msg", "log_id", "code")


def mirror(status: int):
    """Answers with that status and, wherever a platform has words, with everything it heard."""

    def answer(request: httpx.Request) -> httpx.Response:
        heard = [
            str(request.url),
            *request.headers.values(),
            request.read().decode(errors="ignore"),
        ]
        words = f"No: {' | '.join(heard)}"
        told = dict.fromkeys(NAMES, words)
        error = words if request.headers["host"].startswith("mastodon") else told | {"code": 190}
        body = told | {"error": error, "errors": [told], "data": {"id": words, "error": words}}
        headers = {"x-rate-limit-note": words, "retry-after": words, "location": words}
        return httpx.Response(status, json=body, headers=headers)

    return answer


def everything_asked(network, clock):
    """Each method of an adapter, and what came of it in words."""
    for kind in DeliveryKind:
        text, reply = "Soap.", "1" if kind is not DeliveryKind.POST else None
        payload = Payload(text=text, reply_to=reply, reply_root=reply, target=reply)
        send = Send(
            payload=payload,
            platform_key="key",
            fingerprint=fingerprint(text),
            created_at=clock.now(),
            kind=kind,
        )
        yield lambda send=send: network.publish(send)
        yield lambda send=send: network.look_up(send, since=clock.now() - timedelta(hours=1))
    yield lambda: network.metrics(["1"])
    yield lambda: network.inbound(since=clock.now())
    yield lambda: network.own_posts(clock.now())


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 422, 426, 429, 500, 503])
@pytest.mark.parametrize("platform", list(Platform))
def test_what_a_platform_repeats_of_a_token_stands_nowhere(platform, status, clock, capsys, caplog):
    account = Account(
        platform=platform,
        handle="acme",
        time_zone="UTC",
        base_url=f"https://{platform}.example",
        user_id="7",
    )
    network = connect(
        account,
        secret=CANARY,
        clock=clock,
        sending_allowed=True,
        transport=httpx.MockTransport(mirror(status)),
    )
    said = [repr(network)]

    with recorded() as exchanges:
        for ask in everything_asked(network, clock):
            try:
                said.append(repr(ask()))
            except NetworkError as error:
                said += [repr(error), repr(error.__cause__)]

    captured = capsys.readouterr()
    everything = "\n".join([*said, json.dumps(exchanges), captured.out, captured.err, caplog.text])
    assert exchanges, "nothing was asked"
    assert "No: http" in everything, "nothing was repeated"
    assert [] == [form for form in FORMS if form in everything]


def test_a_token_that_a_renewal_gives_back_unchanged_is_kept():
    """A server that does not rotate answers a refresh token with that very token."""
    headers = {"authorization": f"Bearer {CANARY}"}
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"refreshJwt": CANARY}))

    with client("https://bluesky.example", answer) as http:
        renewed = http.post("/refresh", headers=headers, extensions=GIVES_TOKENS).json()
        asked = http.post("/other", headers=headers).json()

    assert CANARY == renewed["refreshJwt"]
    assert HIDDEN == asked["refreshJwt"]
