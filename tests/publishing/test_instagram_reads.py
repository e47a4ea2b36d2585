"""Instagram's wire: look-up, comments, insights and the documented samples."""

import json

import httpx
import pytest

from domain import errors
from domain.deliveries import DeliveryKind
from publishing.platforms.base import Repeat
from tests.publishing.meta_wire import (
    NOON,
    PICTURE,
    Kept,
    Played,
    container_wire,
    instagram,
    listed,
    refused,
    send,
)

FOUND = listed(
    ("m3", "Frisch.", "2026-03-02T12:00:09+0000"),
    ("m2", "Anders.", "2026-03-02T12:00:05+0000"),
    ("m1", "Frisch.", "2026-03-02T12:00:01+0000"),
    text="caption",
)


@pytest.mark.parametrize(("taken", "expected"), [((), "m1"), (("m1",), "m3")])
def test_a_published_container_is_found_among_the_own_posts(taken, expected):
    played = Played().add("GET c1", {"status_code": "PUBLISHED"}).add("GET 17/media", FOUND)

    found = instagram(played).look_up(
        send(steps=Kept(container="c1")), since=NOON, taken=frozenset(taken)
    )

    assert (expected, True) == (found.platform_id, found.adopted)


@pytest.mark.parametrize("status", ["FINISHED", "IN_PROGRESS", "ERROR"])
def test_a_container_that_waits_has_published_nothing(status):
    played = Played().add("GET c1", {"status_code": status})

    found = instagram(played).look_up(send(steps=Kept(container="c1")), since=NOON)

    assert Repeat.HARMLESS == found


def test_without_a_container_nothing_can_have_been_published():
    assert Repeat.HARMLESS == instagram(Played()).look_up(send(), since=NOON)


@pytest.mark.parametrize("state", [{"status_code": "EXPIRED"}, refused(100, 33)])
def test_a_container_too_old_to_tell_is_searched_by_its_text(state):
    played = Played().add("GET c1", state).add("GET 17/media", FOUND)
    network = instagram(played)

    assert "m1" == network.look_up(send(steps=Kept(container="c1")), since=NOON).platform_id
    assert network.look_up(send("Neu.", steps=Kept(container="c1")), since=NOON) is None


def test_what_is_published_but_not_listed_stays_unknown():
    played = Played().add("GET c1", {"status_code": "PUBLISHED"}).add("GET 17/media", {"data": []})

    with pytest.raises(errors.Processing):
        instagram(played).look_up(send(steps=Kept(container="c1")), since=NOON)


def reply(id, text, *, user="17", at="12:00:05"):
    writer = {"id": user, "username": "x"}
    return {"id": id, "text": text, "timestamp": f"2026-03-02T{at}+0000", "from": writer}


def test_an_own_reply_is_found_below_its_comment_and_nobody_elses():
    answers = [
        reply("r3", "Danke", user="99"),
        reply("r2", "Danke", at="11:00:00"),
        reply("r1", "Danke"),
    ]
    played = Played().add("GET k1", {"parent_id": "k0"}).add("GET k0/replies", {"data": answers})
    sent = send("Danke", kind=DeliveryKind.REPLY, reply_to="k1", reply_root="m1")
    network = instagram(played)

    assert "r1" == network.look_up(sent, since=NOON).platform_id
    assert network.look_up(sent, since=NOON, taken=frozenset({"r1"})) is None


def test_a_reply_to_what_is_gone_is_not_there():
    played = Played().add("GET k1", refused(100, 33))
    sent = send("Danke", kind=DeliveryKind.REPLY, reply_to="k1", reply_root="m1")

    assert instagram(played).look_up(sent, since=NOON) is None


def test_comments_and_the_replies_below_come_in_without_the_own_ones():
    below = {"data": [reply("r1", "Ja", user="5"), reply("r2", "Gern")]}
    nobody = {"id": "k2", "text": "?", "timestamp": "2026-03-02T12:00:01+0000"}
    comments = [reply("k1", "Super", user="4", at="12:00:03") | {"replies": below}, nobody]
    media = {"id": "m1", "timestamp": "2026-03-02T11:00:00+0000", "comments_count": 4}
    played = Played().add("GET 17/media", {"data": [media]})
    played.add("GET m1/comments", {"data": comments})

    found = instagram(played).inbound(since=NOON)

    assert [("k2", None, "m1"), ("k1", "x", "m1"), ("r1", "x", "k1")] == [
        (one.message_id, one.author, one.in_reply_to) for one in found
    ]
    assert {"m1"} == {one.thread_root for one in found}


def test_counts_missing_in_the_insights_stand_on_the_media_or_nowhere():
    given = {"data": [{"name": "views", "values": [{"value": 120}]}]}
    played = Played().add(
        "GET m1", {"media_product_type": "REELS", "like_count": 7, "comments_count": 0}
    )
    played.add("GET m1/insights", given)

    (row,) = instagram(played).metrics(["m1"])

    assert {
        "views": (120, "views"),
        "reach": (None, "reach"),
        "likes": (7, "like_count"),
        "comments": (0, "comments_count"),
        "saves": (None, "saved"),
        "clicks": (None, "link_clicks"),
        "shares": (None, "shares"),
        "impressions": (None, ""),
    } == row.counts


def test_reposts_are_shares_and_a_post_that_is_gone_has_no_row():
    rows = [{"name": name, "values": [{"value": 2}]} for name in ("shares", "reposts")]
    played = Played().add("GET m1", {"media_product_type": "REELS"}).add("GET m2", refused(100, 33))
    played.add("GET m1/insights", {"data": rows})

    (row,) = instagram(played).metrics(["m1", "m2"])

    assert (4, "shares+reposts") == row.counts["shares"]


SAMPLES = {
    "error_aspect_400": errors.Rejected,
    "error_not_ready_400": errors.Processing,
    "error_quota_400": errors.RateLimited,
    "error_token_400": errors.AuthExpired,
    "throttle_400": errors.RateLimited,
}


@pytest.mark.parametrize(("name", "expected"), SAMPLES.items())
def test_each_sample_of_a_refusal_is_one_error_of_ours(shared_specs, name, expected):
    samples = json.loads((shared_specs / "samples" / "instagram.json").read_text())
    sample = samples[name]
    answer = httpx.Response(sample["status"], json=sample["body"], headers=sample.get("headers"))
    played = container_wire().add("POST 17/media_publish", answer)

    with pytest.raises(errors.NetworkError) as found:
        instagram(played).publish(send(media=(PICTURE,)))

    assert expected is type(found.value)
    assert {key for key in samples if "error" in samples[key].get("body", {})} == set(SAMPLES)


def test_the_samples_of_success_are_understood(shared_specs):
    samples = json.loads((shared_specs / "samples" / "instagram.json").read_text())
    body = {name: sample.get("body") for name, sample in samples.items()}
    container, media = body["container_200"]["id"], body["publish_200"]["id"]
    played = (
        Played()
        .add("GET 17/content_publishing_limit", body["publishing_limit"])
        .add("POST 17/media", body["container_200"])
        .add(f"GET {container}", body["container_status"])
        .add("POST 17/media_publish", body["publish_200"])
        .add(f"GET {media}", {"id": media})
        .add(f"GET {media}/insights", body["insights"])
        .add(f"DELETE {media}", body["delete_200"])
    )
    network = instagram(played)

    assert media == network.publish(send(media=(PICTURE,))).platform_id
    (row,) = network.metrics([media])
    assert (120, 90) == (row.counts["views"][0], row.counts["reach"][0])
    assert media == network.publish(send("", kind=DeliveryKind.DELETE, target=media)).platform_id
