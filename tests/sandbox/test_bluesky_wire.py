"""Bluesky as the sandbox speaks it."""

import itertools
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sandbox.clock import iso, micros
from sandbox.identity import tid
from tests.publishing.loop import CLIP, picture

POST = "app.bsky.feed.post"
COUNTER = itertools.count(1)


@pytest.fixture
def signed(wire) -> dict[str, str]:
    # a day further for each test, so that no daily limit of sessions is met
    wire.pass_time(days=1)
    return wire.session()


def record(wire, text: str, **more: Any) -> dict[str, Any]:
    return {"$type": POST, "text": text, "createdAt": iso(wire.now()), "langs": ["de"], **more}


def body(wire, signed, text: str = "Hallo", **more: Any) -> dict[str, Any]:
    rkey = tid(micros(wire.now()) + next(COUNTER))
    return {
        "repo": signed["did"],
        "collection": POST,
        "rkey": rkey,
        "record": record(wire, text),
        **more,
    }


def put(wire, signed, what: dict[str, Any]):
    return wire.bsky("com.atproto.repo.putRecord", what, token=signed["accessJwt"])


def commented(wire, signed) -> tuple[str, list[dict[str, Any]]]:
    for number in range(20):
        uri = put(wire, signed, body(wire, signed, f"Limonade {number}?")).json()["uri"]
        wire.pass_time(minutes=100)
        thread = wire.bsky("app.bsky.feed.getPostThread", uri=uri).json()["thread"]
        if thread["replies"]:
            return uri, thread["replies"]
        signed.update(wire.session())
    raise AssertionError("no comment below twenty posts")


def test_the_same_put_again_is_a_no_op_without_a_commit(wire, signed):
    what = body(wire, signed, "Nur einmal", swapRecord=None)
    first, second = put(wire, signed, what).json(), put(wire, signed, what).json()
    assert {"cid", "rev"} == set(first["commit"])
    assert "commit" not in second
    assert (first["uri"], first["cid"]) == (second["uri"], second["cid"])
    assert sum(p["id"] == first["uri"] for p in wire.ledger()) == 1


def test_other_content_under_a_taken_key_is_an_invalid_swap_where_null_was_asked(wire, signed):
    what = body(wire, signed, "Zuerst", swapRecord=None)
    cid = put(wire, signed, what).json()["cid"]
    answer = put(wire, signed, what | {"record": record(wire, "Danach")})
    assert (400, {"error": "InvalidSwap", "message": f"Record was at {cid}"}) == (
        answer.status_code,
        answer.json(),
    )


def test_other_content_overwrites_silently_without_swap(wire, signed):
    what = body(wire, signed, "Alt")
    uri = put(wire, signed, what).json()["uri"]
    answer = put(wire, signed, what | {"record": record(wire, "Neu")})
    assert (answer.status_code, "commit" in answer.json()) == (200, True)
    assert [p["text"] for p in wire.ledger() if p["id"] == uri] == ["Alt"]


def test_create_on_a_taken_key_is_500_though_the_post_is_there(wire, signed):
    what = body(wire, signed, "Ich bin schon da")
    put(wire, signed, what)
    answer = wire.bsky("com.atproto.repo.createRecord", what, token=signed["accessJwt"])
    assert (answer.status_code, answer.json()["error"]) == (500, "InternalServerError")
    there = wire.bsky(
        "com.atproto.repo.getRecord", repo=signed["did"], collection=POST, rkey=what["rkey"]
    )
    assert what["record"] == there.json()["value"]


def test_an_absent_record_is_400_record_not_found_and_deleting_it_is_200(wire, signed):
    rkey = tid(12345)
    where = {"repo": signed["did"], "collection": POST, "rkey": rkey}
    answer = wire.bsky("com.atproto.repo.getRecord", **where)
    assert (answer.status_code, answer.json()["error"]) == (400, "RecordNotFound")
    deleted = wire.bsky("com.atproto.repo.deleteRecord", where, token=signed["accessJwt"])
    assert (deleted.status_code, deleted.json()) == (200, {})


def test_an_expired_token_is_400_and_the_refresh_token_works_once(wire, signed):
    wire.pass_time(minutes=121)
    late = put(wire, signed, body(wire, signed))
    assert (
        late.status_code,
        late.json(),
    ) == (400, {"error": "ExpiredToken", "message": "Token has expired"})
    refresh = "com.atproto.server.refreshSession"
    fresh = wire.bsky(refresh, {}, token=signed["refreshJwt"])
    assert put(wire, fresh.json(), body(wire, signed)).status_code == 200
    again = wire.bsky(refresh, {}, token=signed["refreshJwt"])
    assert (again.status_code, again.json()["error"]) == (400, "ExpiredToken")


def test_without_a_token_it_is_401_auth_missing(wire, signed):
    answer = wire.bsky("com.atproto.repo.putRecord", body(wire, signed))
    assert (answer.status_code, answer.json()["error"]) == (401, "AuthMissing")
    answer = wire.bsky("com.atproto.repo.putRecord", body(wire, signed), token="rubbish")
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidToken")


def facet(start: int, end: int) -> dict[str, Any]:
    feature = {"$type": "app.bsky.richtext.facet#tag", "tag": "tag"}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "a" * 301},
        {"text": "👨‍👩‍👧‍👦" * 130},
        {"createdAt": "yesterday"},
        {"createdAt": "2026-03-02T05:00:00"},
        {"text": "kurz", "facets": [facet(0, 5)]},
        {"text": "kurz", "facets": [facet(3, 3)]},
        {"text": "ü", "facets": [facet(0, 1)]},
        {"langs": ["de", "en", "fr", "it"]},
        {"$type": "app.bsky.feed.like"},
        {"reply": {"parent": {"uri": "at://a/b/c", "cid": "x"}}},
        {"embed": {"$type": "app.bsky.embed.images", "images": [{"alt": "no image"}]}},
    ],
)
def test_a_record_that_does_not_fit_the_lexicon_is_refused(wire, signed, wrong):
    what = body(wire, signed)
    answer = put(wire, signed, what | {"record": record(wire, "Hallo") | wrong})
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


def test_a_text_of_300_graphemes_in_more_code_points_is_taken(wire, signed):
    answer = put(wire, signed, body(wire, signed, "🇩🇪" * 300))
    assert answer.status_code == 200


def test_a_key_that_is_no_tid_is_refused(wire, signed):
    assert put(wire, signed, body(wire, signed, rkey="my-post")).status_code == 400


def test_somebody_elses_repository_is_closed(wire, signed):
    other = wire.session("northloom.test")
    assert put(wire, other, body(wire, signed)).status_code == 401


def test_limits_stand_on_every_answer(wire, signed):
    first = put(wire, signed, body(wire, signed))
    second = put(wire, signed, body(wire, signed))
    assert (
        first.headers["RateLimit-Limit"],
        first.headers["RateLimit-Policy"],
    ) == ("5000", "5000;w=3600")
    left = [int(r.headers["RateLimit-Remaining"]) for r in (first, second)]
    assert left[0] - left[1] == 2
    read = wire.bsky("app.bsky.feed.getPosts", uris=["at://a/b/c"])
    assert read.headers["RateLimit-Policy"] == "3000;w=300"


def test_own_records_are_listed_newest_first_in_pages(wire, signed):
    keys = []
    for number in range(5):
        what = body(wire, signed, f"Liste {number}")
        put(wire, signed, what)
        keys.append(what["rkey"])
    where = {"repo": signed["did"], "collection": POST, "limit": 3}
    first = wire.bsky("com.atproto.repo.listRecords", **where).json()
    second = wire.bsky("com.atproto.repo.listRecords", **where, cursor=first["cursor"]).json()
    found = [r["uri"].rsplit("/", 1)[1] for r in first["records"] + second["records"]]
    assert keys[::-1] == found[:5]


def test_a_blob_goes_into_a_post_and_an_unknown_one_does_not(wire, signed):
    headers = {"Authorization": f"Bearer {signed['accessJwt']}", "Content-Type": "image/png"}
    url = "/bluesky/xrpc/com.atproto.repo.uploadBlob"
    blob = wire.http.post(url, headers=headers, content=b"png").json()["blob"]
    embed = {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": "eine Flasche"}]}
    what = body(wire, signed) | {"record": record(wire, "Bild", embed=embed)}
    assert put(wire, signed, what).status_code == 200
    blob["ref"]["$link"] = "bafkreib" + "a" * 51
    answer = put(wire, signed, body(wire, signed) | {"record": record(wire, "Bild", embed=embed)})
    assert (answer.status_code, answer.json()["error"]) == (400, "BlobNotFound")


def test_a_file_is_what_its_bytes_are_and_a_picture_is_no_video(wire, signed):
    headers = {"Authorization": f"Bearer {signed['accessJwt']}", "Content-Type": "video/mp4"}
    url = "/bluesky/xrpc/com.atproto.repo.uploadBlob"
    blob = wire.http.post(url, headers=headers, content=picture()).json()["blob"]
    embed = {"$type": "app.bsky.embed.video", "video": blob}
    answer = put(wire, signed, body(wire, signed) | {"record": record(wire, "Film", embed=embed)})
    assert ("image/jpeg", "InvalidMimeType") == (blob["mimeType"], answer.json()["error"])


def granted(wire, signed, **query):
    query = {"aud": "did:web:127.0.0.1", "lxm": "com.atproto.repo.uploadBlob", **query}
    return wire.bsky("com.atproto.server.getServiceAuth", token=signed["accessJwt"], **query)


def film(wire, signed, token, content=CLIP):
    return wire.http.post(
        "/bluesky/xrpc/app.bsky.video.uploadVideo",
        params={"did": signed["did"], "name": "a.mp4"},
        headers={"Authorization": f"Bearer {token}", "Content-Type": "video/mp4"},
        content=content,
    )


def test_a_video_goes_through_its_states_to_a_blob_and_exists_once(wire, signed):
    token = granted(wire, signed).json()["token"]
    job_id = film(wire, signed, token).json()["jobStatus"]["jobId"]
    seen = []
    for _ in range(5):
        job = wire.bsky("app.bsky.video.getJobStatus", jobId=job_id).json()["jobStatus"]
        seen.append(job["state"])
        wire.pass_time(seconds=3)
    again = film(wire, signed, granted(wire, wire.session()).json()["token"])
    assert ("JOB_STATE_CREATED", "JOB_STATE_COMPLETED", 5) == (seen[0], seen[-1], len(set(seen)))
    assert (409, "already_exists", job["blob"]) == (
        again.status_code,
        again.json()["error"],
        again.json()["blob"],
    )


def test_the_video_service_takes_only_a_token_for_it(wire, signed):
    other = granted(wire, signed, lxm="com.atproto.repo.putRecord").json()["token"]
    for token in (signed["accessJwt"], other, "nonsense"):
        assert film(wire, signed, token).status_code == 400
    assert granted(wire, signed, exp="1").json()["error"] == "BadExpiration"


def test_comments_are_replies_with_references_and_come_as_notifications(wire, signed):
    uri, replies = commented(wire, signed)
    signed = wire.session()
    notes = wire.bsky(
        "app.bsky.notification.listNotifications",
        token=signed["accessJwt"],
        limit=100,
        reasons=["reply", "mention"],
    ).json()["notifications"]
    for reply in replies:
        post = reply["post"]
        assert (
            uri
            == post["record"]["reply"]["root"]["uri"]
            == post["record"]["reply"]["parent"]["uri"]
        )
        note = next(n for n in notes if n["uri"] == post["uri"])
        assert ("reply", uri, False) == (note["reason"], note["reasonSubject"], note["isRead"])


def test_seen_notifications_are_read(wire, signed):
    commented(wire, signed)
    signed = wire.session()
    seen = wire.bsky(
        "app.bsky.notification.updateSeen",
        {"seenAt": iso(wire.now())},
        token=signed["accessJwt"],
    )
    assert seen.status_code == 200
    notes = wire.bsky("app.bsky.notification.listNotifications", token=signed["accessJwt"]).json()
    assert {True} == {n["isRead"] for n in notes["notifications"]}


def test_a_brand_answers_and_its_reply_hangs_in_the_thread(wire, signed):
    uri, replies = commented(wire, signed)
    signed = wire.session()
    parent, root = replies[0]["post"], {"uri": uri}
    root["cid"] = wire.bsky("app.bsky.feed.getPosts", uris=[uri]).json()["posts"][0]["cid"]
    reply = {"root": root, "parent": {"uri": parent["uri"], "cid": parent["cid"]}}
    what = body(wire, signed) | {"record": record(wire, "Danke!", reply=reply)}
    mine = put(wire, signed, what).json()["uri"]
    assert [("reply", parent["uri"])] == [
        (p["kind"], p["in_reply_to"]) for p in wire.ledger() if p["id"] == mine
    ]
    wire.pass_time(days=2)
    thread = wire.bsky("app.bsky.feed.getPostThread", uri=mine).json()["thread"]
    assert (parent["uri"], []) == (thread["parent"]["post"]["uri"], thread["replies"])


def test_a_threadgate_is_kept_and_is_no_post(wire, signed):
    what = body(wire, signed, collection="app.bsky.feed.threadgate")
    what["record"] = {"post": "at://a/b/c", "createdAt": iso(wire.now()), "hiddenReplies": []}
    answer = put(wire, signed, what).json()
    assert answer["validationStatus"] == "unknown"
    assert answer["uri"] not in [p["id"] for p in wire.ledger()]
    actions = wire.http.get("/_sandbox/ledger").json()["actions"]
    assert answer["uri"] in [a["id"] for a in actions]


def test_handles_resolve(wire, signed):
    answer = wire.bsky("com.atproto.identity.resolveHandle", handle="bergquell.test")
    assert {"did": signed["did"]} == answer.json()
    assert wire.bsky("com.atproto.identity.resolveHandle", handle="no.test").status_code == 400


def test_an_unknown_method_is_501(wire):
    answer = wire.bsky("app.bsky.feed.getTimeline")
    assert (answer.status_code, answer.json()["error"]) == (501, "MethodNotImplemented")


def test_answers_fit_the_published_lexicons(wire, signed, bluesky_spec):
    uri, _ = commented(wire, signed)
    signed = wire.session()
    token = signed["accessJwt"]
    what = body(wire, signed, "Nach Plan")
    where = {"repo": signed["did"], "collection": POST}
    answers = {
        ("post", "com.atproto.server.createSession"): signed,
        ("get", "com.atproto.server.getSession"): wire.bsky(
            "com.atproto.server.getSession", token=token
        ).json(),
        ("post", "com.atproto.repo.putRecord"): put(wire, signed, what).json(),
        ("get", "com.atproto.repo.listRecords"): wire.bsky(
            "com.atproto.repo.listRecords", **where
        ).json(),
        ("get", "com.atproto.repo.getRecord"): wire.bsky(
            "com.atproto.repo.getRecord", **where, rkey=what["rkey"]
        ).json(),
        ("get", "app.bsky.feed.getPosts"): wire.bsky("app.bsky.feed.getPosts", uris=[uri]).json(),
        ("get", "app.bsky.feed.getPostThread"): wire.bsky(
            "app.bsky.feed.getPostThread", uri=uri
        ).json(),
        ("get", "app.bsky.feed.getAuthorFeed"): wire.bsky(
            "app.bsky.feed.getAuthorFeed", actor=signed["did"]
        ).json(),
        ("get", "app.bsky.notification.listNotifications"): wire.bsky(
            "app.bsky.notification.listNotifications", token=token
        ).json(),
    }
    for (method, nsid), answer in answers.items():
        operation = bluesky_spec["paths"][f"/xrpc/{nsid}"][method]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": bluesky_spec["components"]}
        errors = [
            f"{nsid} {e.json_path} {e.message}"
            for e in Draft202012Validator(whole).iter_errors(answer)
        ]
        assert errors == []
