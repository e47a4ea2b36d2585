"""X's uploads on the wire: one shot, parts, processing, and steps that are kept."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain import errors
from domain.brand import Account
from domain.deliveries import Payload, fingerprint
from domain.media import Attachment
from domain.platforms import Platform
from publishing.platforms.base import Access, Secret, Send
from publishing.platforms.x import X
from publishing.platforms.x_api import XOptions

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Still:
    def now(self):
        return NOON


def send(text, *, media):
    return Send(
        payload=Payload(text=text, media=media),
        platform_key=None,
        fingerprint=fingerprint(text),
        created_at=NOON,
    )


class Files:
    def read(self, sha256):
        return sha256.encode()[:1] * 2500

    def url(self, sha256):
        raise AssertionError(f"nobody asks where {sha256} lies")


def attachment(mime="video/mp4", **more):
    return Attachment(sha256="ab" * 32, mime_type=mime, bytes=2500, width=4, height=3, **more)


def with_parts(handler):
    """The adapter with parts of 1,000 bytes."""
    account = Account(platform=Platform.X, handle="bergquell", time_zone="UTC")
    transport = httpx.MockTransport(handler)
    access = Access(account, Secret("s"), Still(), "https://x.test", Files(), transport)
    return X(access, XOptions(chunk_bytes=1000))


def uploads(states, **faults):
    """A handler of uploads: `states` of the processing, one per question; what was asked for."""
    asked = []

    def handler(request):
        path = request.url.path
        asked.append((request.method, path))
        if fault := faults.get(path.rsplit("/", 1)[-1]):
            return fault
        data = {"id": "77", "expires_after_secs": 86400}
        if request.method == "GET":
            data["processing_info"] = {"state": states.pop(0), "check_after_secs": 7}
        return httpx.Response(200, json={"data": data})

    return handler, asked


@pytest.mark.parametrize("state", ["pending", "in_progress", "thinking", None])
def test_a_video_that_is_worked_on_is_kept_step_by_step_and_never_posted_early(state):
    handler, asked = uploads([state])
    kept = []
    what = replace(
        send("Clip", media=(attachment(),)),
        keep=lambda name, value: kept.append((name, json.loads(value))),
    )

    with pytest.raises(errors.Processing) as caught:
        with_parts(handler).publish(what)

    assert NOON + timedelta(seconds=7) == caught.value.until
    assert [("open", 0), ("open", 1), ("open", 2), ("open", 3), ("closed", 3)] == [
        (value["stage"], value["parts"]) for _, value in kept
    ]
    assert ("POST", "/2/tweets") not in asked


def test_the_next_attempt_goes_on_with_the_part_that_was_missing():
    handler, asked = uploads(["succeeded"])
    upload = {"id": "77", "dies_at": "2026-03-03T12:00:00Z", "stage": "open", "parts": 2}
    steps = {"media.0": json.dumps(upload)}
    what = replace(send("Clip", media=(attachment(),)), steps=steps)

    with_parts(handler).publish(what)

    assert ["append", "finalize", "upload", "tweets"] == [
        path.rsplit("/", 1)[-1] for _, path in asked
    ]


@pytest.mark.parametrize(
    "faults",
    [
        {"initialize": httpx.Response(503)},
        {"append": httpx.Response(500)},
        {"finalize": httpx.Response(200, text="<html>"), "upload": httpx.Response(502)},
        {"metadata": httpx.Response(500)},
    ],
)
def test_a_step_before_the_post_that_fails_is_not_sent_and_asked_again(faults):
    handler, asked = uploads(["succeeded"], **faults)

    with pytest.raises(errors.Unreachable):
        with_parts(handler).publish(send("Clip", media=(attachment(alt_text="water"),)))

    assert ("POST", "/2/tweets") not in asked


def test_a_gif_beside_anything_is_refused_before_anything_is_uploaded():
    handler, asked = uploads([])

    with pytest.raises(errors.Rejected, match="a GIF alone"):
        with_parts(handler).publish(
            send("Files", media=(attachment("image/gif"), attachment("image/png")))
        )

    assert [] == asked
