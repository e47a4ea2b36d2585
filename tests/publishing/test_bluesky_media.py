"""Bluesky's files and refusals on the wire: blobs, the video service, every error of the table."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from domain import errors
from domain.brand import Account
from domain.deliveries import Payload, fingerprint
from domain.media import Attachment
from domain.platforms import Platform
from publishing.platforms.base import Access, Secret, Send
from publishing.platforms.bluesky import Bluesky
from publishing.platforms.bluesky_errors import TABLE, error_for
from publishing.platforms.bluesky_media import BlueskyOptions
from publishing.platforms.tid import tid

ASKED = httpx.Request("POST", "https://pds.example/xrpc")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BLOB = {"$type": "blob", "ref": {"$link": "bafkrei"}, "mimeType": "video/mp4", "size": 9}
DOC = {"service": [{"id": "#atproto_pds", "serviceEndpoint": "https://pds.example"}]}
SAMPLES = Path(os.environ.get("AMSEL_SHARED", Path(__file__).parents[3] / "shared")) / "specs"


class Still:
    def now(self):
        return NOON


class Files:
    def read(self, sha256):
        return sha256.encode()[:9]

    def url(self, sha256):
        raise AssertionError(f"nobody asks where {sha256} lies")


class Hosts:
    """The PDS and the video service; answers by method name, one after the other."""

    def __init__(self, **answers):
        self.asked = []
        self.answers = {
            "createSession": {"did": "did:plc:me", "accessJwt": "a", "refreshJwt": "r"},
            "getSession": {"did": "did:plc:me", "didDoc": DOC},
            "getServiceAuth": {"token": "for-the-service"},
            "uploadBlob": {"blob": BLOB},
            "putRecord": {"uri": "at://did:plc:me/app.bsky.feed.post/1", "cid": "c"},
            **answers,
        }

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers[request.url.path.rsplit(".", 1)[-1]]
        answer = answer.pop(0) if isinstance(answer, list) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def named(self, name):
        return [one for one in self.asked if one.url.path.endswith(f".{name}")]

    def record(self):
        (put,) = self.named("putRecord")
        return json.loads(put.content)["record"]


def bluesky(hosts, **options):
    account = Account(platform=Platform.BLUESKY, handle="bergquell.test", time_zone="UTC")
    transport = httpx.MockTransport(hosts)
    base_url = "https://bsky.social"
    access = Access(account, Secret("s3cret"), Still(), base_url, Files(), transport)
    return Bluesky(access, BlueskyOptions(**options))


def file(mime="video/mp4", **more):
    shape = {"bytes": 9, "width": 4, "height": 3, "alt_text": "water", **more}
    return Attachment(sha256="ab" * 32, mime_type=mime, **shape)


def send(*files, steps=None, keep=lambda _name, _value: None, created_at=NOON, **payload):
    return Send(
        payload=Payload(text="Fresh.", media=files, **payload),
        platform_key=tid(NOON, "d1"),
        fingerprint=fingerprint("Fresh."),
        created_at=created_at,
        steps=steps or {},
        keep=keep,
    )


def test_a_picture_is_uploaded_with_its_type_and_stands_whole_in_the_record():
    hosts, kept = Hosts(), {}

    bluesky(hosts).publish(send(file("image/png"), keep=kept.__setitem__))

    (upload,) = hosts.named("uploadBlob")
    assert ("image/png", b"ababababa") == (upload.headers["content-type"], upload.content)
    image = {"image": BLOB, "alt": "water", "aspectRatio": {"width": 4, "height": 3}}
    assert {"$type": "app.bsky.embed.images", "images": [image]} == hosts.record()["embed"]
    assert BLOB == json.loads(kept["media.0"])


def test_what_was_uploaded_is_not_uploaded_again():
    hosts = Hosts()

    bluesky(hosts).publish(send(file("image/png"), steps={"media.0": json.dumps(BLOB)}))

    assert [] == hosts.named("uploadBlob")


def job(state, **more):
    return {"jobStatus": {"jobId": "j1", "did": "did:plc:me", "state": state, **more}}


def test_the_service_is_asked_with_a_token_for_the_pds_alone():
    hosts = Hosts(uploadVideo=job("JOB_STATE_CREATED"))

    with pytest.raises(errors.Processing):
        bluesky(hosts, video="service").publish(send(file()))

    (grant,), (upload,) = hosts.named("getServiceAuth"), hosts.named("uploadVideo")
    asked = {name: values[0] for name, values in parse_qs(grant.url.query.decode()).items()}
    expires = int((NOON + timedelta(minutes=30)).timestamp())
    assert {
        "aud": "did:web:pds.example",
        "lxm": "com.atproto.repo.uploadBlob",
        "exp": str(expires),
    } == asked
    assert ("video.bsky.app", "Bearer for-the-service") == (
        upload.url.host,
        upload.headers["authorization"],
    )


@pytest.mark.parametrize("state", ["JOB_STATE_CREATED", "JOB_STATE_SCANNED", "SOMETHING_NEW", None])
def test_a_job_under_way_is_kept_and_waited_for_whatever_its_state_is_called(state):
    hosts, kept = Hosts(uploadVideo=job(state)), {}

    with pytest.raises(errors.Processing) as caught:
        bluesky(hosts, video="service").publish(send(file(), keep=kept.__setitem__))

    assert ("j1", []) == (kept["media.0.job"], hosts.named("putRecord"))
    assert NOON < caught.value.until


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(409, json={"error": "already_exists", "jobId": "j1", "blob": BLOB}),
        httpx.Response(200, json={"jobId": "j1", "state": "JOB_STATE_COMPLETED", "blob": BLOB}),
    ],
)
def test_a_clip_that_is_there_already_or_comes_without_its_wrapper_is_success(answer):
    hosts = Hosts(uploadVideo=answer)

    bluesky(hosts, video="service").publish(send(file()))

    assert BLOB == hosts.record()["embed"]["video"]


def test_the_next_attempt_asks_for_the_job_and_uploads_nothing():
    hosts = Hosts(getJobStatus=job("JOB_STATE_COMPLETED", blob=BLOB))

    bluesky(hosts, video="service").publish(send(file(), steps={"media.0.job": "j1"}))

    assert [] == hosts.named("uploadVideo")
    assert BLOB == hosts.record()["embed"]["video"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [("encoding_failure", errors.Rejected), ("pds_upload_failure", errors.Processing)],
)
def test_a_job_that_failed_is_forgotten(code, expected):
    hosts, kept = Hosts(getJobStatus=job("JOB_STATE_FAILED", failureCode=code)), {}
    steps = {"media.0.job": "j1"}

    with pytest.raises(expected):
        bluesky(hosts, video="service").publish(send(file(), steps=steps, keep=kept.__setitem__))

    assert "" == kept["media.0.job"]


@pytest.mark.parametrize(
    "answers",
    [
        {"uploadBlob": httpx.Response(500)},
        {"uploadBlob": httpx.ReadTimeout("slow")},
        {"uploadBlob": httpx.Response(200, text="<html>")},
        {"uploadBlob": {"something": "else"}},
    ],
)
def test_an_upload_that_fails_is_not_sent_and_asked_again(answers):
    hosts = Hosts(**answers)

    with pytest.raises(errors.Unreachable):
        bluesky(hosts).publish(send(file("image/png")))
    assert [] == hosts.named("putRecord")


def test_a_blob_that_is_gone_is_forgotten_only_so_often():
    def attempt(renewals):
        gone = httpx.Response(400, json={"error": "BlobNotFound", "message": "no"})
        steps = {"media.0": json.dumps(BLOB), "media.renewals": renewals}
        bluesky(Hosts(putRecord=gone)).publish(send(file("image/png"), steps=steps))

    with pytest.raises(errors.Processing):
        attempt("2")
    with pytest.raises(errors.Rejected):
        attempt("3")


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(minutes=59), "2026-03-02T12:00:00.000Z"),
        (timedelta(hours=1), "2026-03-02T13:00:00.000Z"),
    ],
)
def test_repeats_carry_the_first_creation_time_for_an_hour(later, expected):
    hosts, kept = Hosts(), {}
    network = bluesky(hosts)
    network.publish(send(keep=kept.__setitem__))
    hosts.asked.clear()

    network.publish(send(created_at=NOON + later, steps=kept, keep=kept.__setitem__))

    assert expected == hosts.record()["createdAt"]


def test_a_link_gives_a_card_named_by_its_title_or_its_host():
    cards = []
    for title in ("Fresh water", None):
        hosts = Hosts()
        bluesky(hosts).publish(send(link="https://bergquell.example/a", title=title))
        cards.append(hosts.record()["embed"]["external"]["title"])

    assert ["Fresh water", "bergquell.example"] == cards


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name or str(row.status))
def test_every_row_of_the_table_is_one_error_of_ours(row):
    said = {"error": row.name, "message": "no"}
    answer = httpx.Response(row.status or 400, json=said, request=ASKED)

    error = error_for(answer, "bluesky:b", changes_something=True, now=NOON)

    assert row.leaf is type(error)
    assert str(error).endswith(row.remedy)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invalid_swap_400", errors.Duplicate),
        ("expired_400", errors.AuthExpired),
        ("rate_429", errors.RateLimited),
        ("record_not_found_400", errors.Rejected),
        ("internal_500", errors.FateUnknown),
    ],
)
def test_each_documented_refusal_is_understood(name, expected):
    path = SAMPLES / "samples" / "bluesky.json"
    if not path.is_file():
        pytest.skip("the platforms' samples are not here: set AMSEL_SHARED to the shared folder")
    sample = json.loads(path.read_text("utf-8"))[name]
    headers = sample.get("headers", {})
    answer = httpx.Response(sample["status"], json=sample["body"], headers=headers, request=ASKED)

    error = error_for(answer, "bluesky:b", changes_something=True, now=NOON)

    assert expected is type(error)
    if expected is errors.RateLimited:
        assert datetime.fromtimestamp(1767226500, UTC) == error.until


def test_a_notification_without_an_author_is_read():
    note = {
        "uri": "at://did:plc:guest/p/1",
        "cid": "c1",
        "author": None,
        "reason": "mention",
        "record": {"text": "Hi"},
        "indexedAt": "2026-03-02T12:00:00Z",
    }

    (message,) = bluesky(Hosts(listNotifications={"notifications": [note]})).inbound(since=NOON)

    assert (None, "Hi") == (message.author, message.text)


@pytest.mark.parametrize("trouble", [httpx.Response(400, json={"error": "BlobTooLarge"}), None])
def test_a_clip_goes_out_without_captions_that_failed_and_they_are_not_tried_again(trouble):
    answers = [{"blob": BLOB}, trouble or httpx.ReadTimeout("no answer")]
    hosts, kept = Hosts(uploadBlob=answers), {}
    clip = file(captions="cd" * 32)

    bluesky(hosts).publish(send(clip, keep=kept.__setitem__))
    bluesky(hosts).publish(send(clip, steps=kept, keep=kept.__setitem__))

    assert 2 == len(hosts.named("uploadBlob"))
    for one in hosts.named("putRecord"):
        assert "captions" not in json.loads(one.content)["record"]["embed"]
