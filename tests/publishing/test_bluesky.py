"""Bluesky's wire: keys, sessions, facets, and every refusal as one error of ours."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain import errors
from domain.brand import Account
from domain.deliveries import DeliveryKind, Payload, fingerprint
from domain.platforms import Platform
from publishing.platforms.base import Send
from publishing.platforms.facets import facets
from publishing.platforms.registry import connect
from publishing.platforms.tid import tid

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POSTS = "app.bsky.feed.post"


class Still:
    def now(self):
        return NOON

    def wait_until(self, instant):
        raise AssertionError(f"nobody waits until {instant}")


class Pds:
    """A PDS as far as one account needs it: sessions, records, faults by NSID."""

    def __init__(self):
        self.records, self.calls, self.faults, self.pages = {}, [], {}, {}
        self.sessions = 0

    def __call__(self, request):
        nsid = request.url.path.rsplit("/", 1)[-1]
        self.calls.append(nsid)
        queue = self.faults.get(nsid)
        if queue:
            fault = queue.pop(0)
            if isinstance(fault, Exception):
                raise fault
            if fault is not None:
                return fault
        answer = getattr(self, nsid.rsplit(".", 1)[-1], None)
        body = json.loads(request.content) if request.content else dict(request.url.params)
        return answer(body) if answer else httpx.Response(200, json=self.pages[nsid].pop(0))

    def createSession(self, body):
        if body != {"identifier": "bergquell.test", "password": "s3cret"}:
            return refusal(401, "AuthenticationRequired")
        self.sessions += 1
        tokens = {"accessJwt": f"a{self.sessions}", "refreshJwt": "r", "did": "did:plc:me"}
        return httpx.Response(200, json=tokens | {"handle": "bergquell.test"})

    def putRecord(self, body):
        key = (body["collection"], body["rkey"])
        is_taken = key in self.records and self.records[key] != body["record"]
        if is_taken and body.get("swapRecord", "any") is None:
            return refusal(400, "InvalidSwap")
        self.records[key] = body["record"]
        uri = f"at://did:plc:me/{key[0]}/{key[1]}"
        return httpx.Response(200, json={"uri": uri, "cid": "bafy"})

    def getRecord(self, body):
        record = self.records.get((body["collection"], body["rkey"]))
        if record is None:
            return refusal(400, "RecordNotFound")
        uri = f"at://did:plc:me/{body['collection']}/{body['rkey']}"
        return httpx.Response(200, json={"uri": uri, "cid": "bafy", "value": record})

    def resolveHandle(self, body):
        if body["handle"] == "guest.test":
            return httpx.Response(200, json={"did": "did:plc:guest"})
        return refusal(400, "InvalidRequest")


def refusal(status, name):
    return httpx.Response(status, json={"error": name, "message": "no"})


@pytest.fixture
def pds():
    return Pds()


@pytest.fixture
def bluesky(pds):
    account = Account(platform=Platform.BLUESKY, handle="bergquell.test", time_zone="UTC")
    return connect(
        account,
        secret=lambda: "s3cret",
        clock=Still(),
        sending_allowed=True,
        transport=httpx.MockTransport(pds),
    )


def send(text="Fresh.", **payload):
    kind = payload.pop("kind", DeliveryKind.POST)
    return Send(
        payload=Payload(text=text, **payload),
        platform_key=tid(NOON, "d1"),
        fingerprint=fingerprint(text),
        created_at=NOON,
        kind=kind,
    )


def test_a_post_is_put_under_the_key_chosen_before(bluesky, pds):
    text = "Größe! https://bergquell.example/a. @guest.test @nobody.test"
    result = bluesky.publish(send(text, hashtags=("quelle",), language="de"))

    (record,) = pds.records.values()
    encoded = record["text"].encode()
    marked = [
        encoded[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in record["facets"]
    ]
    assert f"at://did:plc:me/{POSTS}/{tid(NOON, 'd1')}" == result.platform_id
    assert ("2026-03-02T12:00:00.000Z", ["de"]) == (record["createdAt"], record["langs"])
    assert ["https://bergquell.example/a", "@guest.test", "#quelle"] == marked
    assert "did:plc:guest" == record["facets"][1]["features"][0]["did"]


def test_a_reply_names_root_and_parent_with_their_cids(bluesky, pds):
    bluesky.publish(send("Hi", reply_to="at://g/p/2#c2", reply_root="at://g/p/1#c1"))

    (record,) = pds.records.values()
    assert {
        "root": {"uri": "at://g/p/1", "cid": "c1"},
        "parent": {"uri": "at://g/p/2", "cid": "c2"},
    } == record["reply"]


def test_another_record_under_the_key_is_a_duplicate_and_not_overwritten(bluesky, pds):
    bluesky.publish(send("First."))

    with pytest.raises(errors.Duplicate):
        bluesky.publish(send("Second."))
    assert ["First."] == [record["text"] for record in pds.records.values()]
    assert "First." == pds.records[POSTS, tid(NOON, "d1")]["text"]


def test_the_same_send_again_is_no_second_post(bluesky, pds):
    first, second = bluesky.publish(send()), bluesky.publish(send())

    assert first == second
    assert 1 == len(pds.records)


def test_a_record_is_looked_up_by_its_key(bluesky):
    assert bluesky.look_up(send(), since=NOON) is None
    sent = bluesky.publish(send())

    found = bluesky.look_up(send(), since=NOON)
    assert (sent.platform_id, True) == (found.platform_id, found.adopted)


@pytest.mark.parametrize("stale", ["ExpiredToken", "InvalidToken"])
def test_a_session_that_ran_out_is_renewed_and_the_post_goes_out_once(bluesky, pds, stale):
    pds.faults = {
        "com.atproto.repo.putRecord": [refusal(400, stale)],
        "com.atproto.server.refreshSession": [refusal(400, "ExpiredToken")],
    }

    bluesky.publish(send())

    assert (1, 2) == (len(pds.records), pds.sessions)


def test_a_session_is_made_once_for_many_requests(bluesky, pds):
    for name in ("a", "b", "c"):
        bluesky.publish(replace(send(), platform_key=tid(NOON, name)))

    assert 1 == pds.sessions


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(400, "InvalidRequest"), errors.Rejected),
        (refusal(400, "InvalidSwap"), errors.Duplicate),
        (refusal(401, "AuthFactorTokenRequired"), errors.AuthExpired),
        (refusal(400, "AccountTakedown"), errors.Blocked),
        (refusal(403, "Forbidden"), errors.Forbidden),
        (refusal(429, "RateLimitExceeded"), errors.RateLimited),
        (refusal(500, "InternalServerError"), errors.FateUnknown),
        (refusal(502, "UpstreamFailure"), errors.FateUnknown),
        (httpx.Response(200, json={}), errors.FateUnknown),
        (httpx.Response(200, text="<html>"), errors.FateUnknown),
        (httpx.ReadTimeout("slow"), errors.FateUnknown),
        (httpx.ConnectError("refused"), errors.Unreachable),
    ],
)
def test_each_refusal_of_a_record_is_one_error_of_ours(bluesky, pds, answer, expected):
    pds.faults = {"com.atproto.repo.putRecord": [answer]}

    with pytest.raises(errors.NetworkError) as caught:
        bluesky.publish(send())

    assert expected is type(caught.value)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(401, "AuthenticationRequired"), errors.AuthExpired),
        (refusal(500, "InternalServerError"), errors.Unreachable),
        (httpx.ReadTimeout("slow"), errors.Unreachable),
        (httpx.Response(200, json={"did": "did:plc:me"}), errors.Unreachable),
    ],
)
def test_a_log_in_that_fails_has_certainly_sent_nothing(bluesky, pds, answer, expected):
    pds.faults = {"com.atproto.server.createSession": [answer]}

    with pytest.raises(errors.NotSent) as caught:
        bluesky.publish(send())

    assert expected is type(caught.value)
    assert {} == pds.records
    assert "s3cret" not in str(caught.value)


def test_a_reply_is_hidden_beside_those_that_are_hidden_already(bluesky, pds):
    gate = {"$type": "app.bsky.feed.threadgate", "allow": [], "hiddenReplies": ["at://x/p/1"]}
    pds.records["app.bsky.feed.threadgate", "root"] = gate
    root = f"at://did:plc:me/{POSTS}/root#c"
    hide = send("", kind=DeliveryKind.HIDE, target="at://x/p/2#c", reply_root=root)

    bluesky.publish(hide)
    bluesky.publish(hide)

    stored = pds.records["app.bsky.feed.threadgate", "root"]
    assert ["at://x/p/1", "at://x/p/2"] == stored["hiddenReplies"]
    assert [] == stored["allow"]


def test_metrics_have_no_impressions(bluesky, pds):
    counts = {"likeCount": 3, "replyCount": 2, "repostCount": 1, "quoteCount": 1}
    pds.pages = {"app.bsky.feed.getPosts": [{"posts": [{"uri": "at://me/p/1"} | counts]}]}

    (row,) = bluesky.metrics(["at://me/p/1"])

    assert {"likes": 3, "comments": 2, "shares": 2, "saves": None, "impressions": None} == {
        name: value for name, (value, _) in row.counts.items()
    }


def note(name, at, reason="reply", **record):
    return {
        "uri": f"at://guest/p/{name}",
        "cid": f"c{name}",
        "author": {"did": "did:plc:guest", "handle": "guest.test"},
        "reason": reason,
        "record": {"text": f"Message {name}", "createdAt": "1990-01-01T00:00:00Z"} | record,
        "indexedAt": at.isoformat(),
    }


def test_notifications_are_read_back_to_the_instant_and_come_oldest_first(bluesky, pds):
    links = {
        "root": {"uri": "at://me/p/1", "cid": "r"},
        "parent": {"uri": "at://me/p/1", "cid": "r"},
    }
    hour = timedelta(hours=1)
    pds.pages = {
        "app.bsky.notification.listNotifications": [
            {
                "notifications": [note("3", NOON, reply=links), note("l", NOON, reason="like")],
                "cursor": "x",
            },
            {"notifications": [note("2", NOON - hour), note("1", NOON - 27 * hour)], "cursor": "y"},
        ]
    }

    messages = bluesky.inbound(since=NOON - 2 * hour)

    assert ["at://guest/p/2", "at://guest/p/3"] == [one.message_id for one in messages]
    assert ("at://guest/p/3#c3", "at://me/p/1#r", "guest.test", NOON) == (
        messages[1].platform_ref,
        messages[1].thread_root,
        messages[1].author,
        messages[1].created_at,
    )


def test_a_reply_dated_by_a_clock_of_another_zone_is_read(bluesky, pds):
    """Its notification carries the writer's time and stands among those of half a day ago."""
    backdated = note("b", NOON - timedelta(hours=14))
    pds.pages = {"app.bsky.notification.listNotifications": [{"notifications": [backdated]}]}

    messages = bluesky.inbound(since=NOON - timedelta(hours=1))

    assert ["at://guest/p/b"] == [one.message_id for one in messages]


def test_an_answer_of_another_shape_is_an_error_of_ours(bluesky, pds):
    pds.pages = {"app.bsky.feed.getPosts": [{"something": "else"}]}

    with pytest.raises(errors.Unreachable):
        bluesky.metrics(["at://me/p/1"])


def test_a_key_is_a_tid_that_its_delivery_fixes(bluesky):
    key = bluesky.make_key(NOON, "d1")

    assert re.fullmatch(r"[234567abcdefghij][2-7a-z]{12}", key)
    assert key == bluesky.make_key(NOON, "d1")
    assert key != bluesky.make_key(NOON, "d2")
    assert key < bluesky.make_key(NOON + timedelta(seconds=1), "d1")


def test_facets_never_overlap():
    text = "https://bergquell.example/#top @a.b.example #1 #eins #\u00fcber"

    found = facets(text, did_of=lambda _handle: "did:plc:a")

    encoded = text.encode()
    assert ["https://bergquell.example/#top", "@a.b.example", "#eins", "#\u00fcber"] == [
        encoded[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in found
    ]
