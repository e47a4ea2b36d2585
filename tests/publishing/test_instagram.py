"""Instagram's wire: containers, publishing, comments, look-up and insights as documented."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain import errors
from domain.deliveries import DeliveryKind
from domain.media import Attachment
from publishing.platforms.registry import connect
from tests.clock import SteppingClock
from tests.publishing.meta_wire import Files, Kept, Played, account, refused, send

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PICTURE = Attachment(
    sha256="a" * 64, mime_type="image/jpeg", bytes=9, width=640, height=640, alt_text="Berge"
)
CLIP = Attachment(
    sha256="b" * 64, mime_type="video/mp4", bytes=9, width=1080, height=1920, seconds=8
)
ROOM = {"data": [{"quota_usage": 2, "config": {"quota_total": 100, "quota_duration": 86400}}]}


def wire():
    return (
        Played()
        .add("GET 17/content_publishing_limit", ROOM)
        .add("POST 17/media", {"id": "c1"})
        .add("GET c1", {"status_code": "FINISHED", "id": "c1"})
        .add("POST 17/media_publish", {"id": "m1"})
        .add("GET m1", {"permalink": "https://www.instagram.com/p/x/", "id": "m1"})
    )


def instagram(handler, *, base_url="https://graph.facebook.com", media=True, user_id="17"):
    return connect(
        account("instagram", user_id=user_id, base_url=base_url),
        secret="s3cret",
        clock=SteppingClock(NOON),
        sending_allowed=True,
        media=Files() if media else None,
        transport=httpx.MockTransport(handler),
    )


def test_a_picture_is_made_a_container_and_published_with_its_caption():
    played, steps = wire(), Kept()

    result = instagram(played).publish(send(media=(PICTURE,), hashtags=("quelle",), steps=steps))

    form = {
        "image_url": "https://media.example/aaaa",
        "caption": "Frisch. #quelle",
        "alt_text": "Berge",
    }
    assert [
        ("POST", "17/media", form),
        ("POST", "17/media_publish", {"creation_id": "c1"}),
    ] == played.writes()
    assert ("m1", "https://www.instagram.com/p/x/", {"container": "c1"}) == (
        result.platform_id,
        result.url,
        steps,
    )


def test_the_container_is_kept_before_it_is_published():
    played, steps = wire(), Kept()
    played.add("POST 17/media_publish", httpx.Response(500, text="oops"))

    with pytest.raises(errors.FateUnknown):
        instagram(played).publish(send(media=(PICTURE,), steps=steps))

    assert {"container": "c1"} == steps


def test_a_worker_that_lost_its_lease_publishes_nothing():
    played, steps = wire(), Kept()

    def lost(_name, _value):
        raise errors.LeaseLost("too late")

    steps.keep = lost
    with pytest.raises(errors.LeaseLost):
        instagram(played).publish(send(media=(PICTURE,), steps=steps))

    assert ["17/media"] == [path for _, path, _ in played.writes()]


def test_a_kept_container_is_published_and_no_other_is_made():
    played = wire()

    instagram(played).publish(send(media=(PICTURE,), steps=Kept(container="c1")))

    assert ["17/media_publish"] == [path for _, path, _ in played.writes()]


@pytest.mark.parametrize("status", ["IN_PROGRESS", "SOMETHING_NEW"])
def test_a_container_in_work_is_asked_for_later_and_not_published(status):
    played = wire().add("GET c1", {"status_code": status})

    with pytest.raises(errors.Processing) as found:
        instagram(played).publish(send(media=(PICTURE,)))

    assert NOON + timedelta(seconds=5) == found.value.until
    assert ["17/media"] == [path for _, path, _ in played.writes()]


@pytest.mark.parametrize("dead", [{"status_code": "EXPIRED"}, refused(100, 33)])
def test_a_dead_container_is_begun_anew_in_the_same_attempt(dead):
    played, steps = wire(), Kept(container="c0")
    played.add("GET c0", dead)

    result = instagram(played).publish(send(media=(PICTURE,), steps=steps))

    assert ("m1", {"container": "c1"}) == (result.platform_id, steps)


def test_a_container_with_a_permanent_error_is_refused_with_the_remedy():
    status = {"status_code": "ERROR", "status": "Error: failed with code 2207026"}
    played = wire().add("GET c1", status)

    with pytest.raises(errors.Rejected, match="give the video as MP4 or MOV"):
        instagram(played).publish(send(media=(PICTURE,)))


def test_a_published_container_is_never_published_again():
    played = wire().add("GET c1", {"status_code": "PUBLISHED"})

    with pytest.raises(errors.FateUnknown):
        instagram(played).publish(send(media=(PICTURE,), steps=Kept(container="c1")))

    assert [] == played.writes()


def test_a_lost_container_at_publishing_waits_and_counts():
    played, steps = wire(), Kept()
    played.add("POST 17/media_publish", refused(24, 2207006))

    with pytest.raises(errors.Processing):
        instagram(played).publish(send(media=(PICTURE,), steps=steps))

    assert {"container": "c1", "failures": "1"} == steps


def test_a_file_that_cannot_be_fetched_is_tried_five_times():
    played, steps = wire(), Kept()
    played.add("POST 17/media", refused(9004, 2207052))

    for _ in range(4):
        with pytest.raises(errors.Unreachable):
            instagram(played).publish(send(media=(PICTURE,), steps=steps))
    with pytest.raises(errors.Rejected, match="5 times"):
        instagram(played).publish(send(media=(PICTURE,), steps=steps))


def test_a_carousel_makes_its_children_first():
    played, steps = wire(), Kept()
    played.add("POST 17/media", {"id": "k1"}, {"id": "k2"}, {"id": "c1"})
    for child in ("k1", "k2"):
        played.add(f"GET {child}", {"status_code": "FINISHED"})

    instagram(played).publish(send(media=(PICTURE, CLIP), steps=steps))

    picture = {
        "is_carousel_item": "true",
        "image_url": "https://media.example/aaaa",
        "alt_text": "Berge",
    }
    clip = {
        "is_carousel_item": "true",
        "media_type": "VIDEO",
        "video_url": "https://media.example/bbbb",
    }
    whole = {"media_type": "CAROUSEL", "children": "k1,k2", "caption": "Frisch."}
    assert [picture, clip, whole, {"creation_id": "c1"}] == [form for *_, form in played.writes()]
    assert {"child.0": "k1", "child.1": "k2", "container": "c1"} == steps


def test_children_that_are_kept_are_not_made_again():
    played, steps = wire(), Kept({"child.0": "k1"})
    played.add("POST 17/media", {"id": "k2"}, {"id": "c1"})
    for child in ("k1", "k2"):
        played.add(f"GET {child}", {"status_code": "FINISHED"})

    instagram(played).publish(send(media=(PICTURE, PICTURE), steps=steps))

    assert "k1,k2" == played.writes()[1][2]["children"]


def test_with_facebook_login_the_bytes_of_a_video_are_uploaded():
    played = wire()
    upload = "https://rupload.facebook.com/ig-api-upload/v25.0/c1"
    played.add("POST 17/media", {"id": "c1", "uri": upload})
    played.add("POST /ig-api-upload/v25.0/c1", {"success": True})

    instagram(played).publish(send(media=(CLIP,)))

    assert {"media_type": "REELS", "caption": "Frisch.", "upload_type": "resumable"} == (
        played.writes()[0][2]
    )


def test_with_instagram_login_a_video_is_given_by_its_address_and_no_post_is_deleted():
    played = wire()
    network = instagram(played, base_url="https://graph.instagram.com")

    network.publish(send(media=(CLIP,)))

    assert "https://media.example/bbbb" == played.writes()[0][2]["video_url"]
    assert not network.capabilities.delete


def test_without_a_media_address_the_remedy_names_the_variable():
    with pytest.raises(errors.Rejected, match="AMSEL_MEDIA_URL"):
        instagram(wire(), media=False).publish(send(media=(PICTURE,)))


def test_a_post_without_a_file_is_refused_before_anything_is_asked_for():
    played = wire()

    with pytest.raises(errors.Rejected, match="add one"):
        instagram(played).publish(send())

    assert [] == played.writes()


def test_a_used_up_day_waits_until_its_oldest_post_leaves_the_window():
    full = {"data": [{"quota_usage": 100, "config": {"quota_total": 100}}]}
    media = [{"id": "m", "caption": "x", "timestamp": "2026-03-01T20:00:00+0000"}]
    played = wire().add("GET 17/content_publishing_limit", full)
    played.add("GET 17/media", {"data": media})

    with pytest.raises(errors.RateLimited) as found:
        instagram(played).publish(send(media=(PICTURE,)))

    assert (datetime(2026, 3, 2, 20, tzinfo=UTC), []) == (found.value.until, played.writes())


@pytest.mark.parametrize(
    ("root", "path"), [("m1", "m1/comments"), ("m0", "m1/replies")], ids=["first", "below"]
)
def test_an_answer_to_the_post_is_a_comment_and_one_to_a_comment_a_reply(root, path):
    played = Played().add(f"POST {path}", {"id": "r1"})

    result = instagram(played).publish(
        send("Danke", kind=DeliveryKind.REPLY, reply_to="m1", reply_root=root)
    )

    assert ("r1", [("POST", path, {"message": "Danke"})]) == (result.platform_id, played.asked)


def test_a_comment_is_hidden_and_deleted_by_its_id():
    played = Played().add("POST k9", {"success": True}).add("DELETE k9", {"success": True})
    network = instagram(played)

    for kind in (DeliveryKind.HIDE, DeliveryKind.DELETE):
        assert "k9" == network.publish(send("", kind=kind, target="k9")).platform_id

    assert [("POST", "k9", {"hide": "true"}), ("DELETE", "k9", {})] == played.asked


def listed(*media):
    return {"data": [dict(zip(("id", "caption", "timestamp"), one, strict=True)) for one in media]}


FOUND = listed(
    ("m3", "Frisch.", "2026-03-02T12:00:09+0000"),
    ("m2", "Anders.", "2026-03-02T12:00:05+0000"),
    ("m1", "Frisch.", "2026-03-02T12:00:01+0000"),
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

    assert instagram(played).look_up(send(steps=Kept(container="c1")), since=NOON) is None


def test_without_a_container_nothing_can_have_been_published():
    assert instagram(Played()).look_up(send(), since=NOON) is None


@pytest.mark.parametrize("state", [{"status_code": "EXPIRED"}, refused(100, 33)])
def test_a_container_too_old_to_tell_is_searched_by_its_text(state):
    played = Played().add("GET c1", state).add("GET 17/media", FOUND)
    network = instagram(played)

    assert "m1" == network.look_up(send(steps=Kept(container="c1")), since=NOON).platform_id
    assert network.look_up(send("Neu.", steps=Kept(container="c1")), since=NOON) is None


def test_what_is_published_but_not_listed_stays_unknown():
    played = Played().add("GET c1", {"status_code": "PUBLISHED"}).add("GET 17/media", listed())

    with pytest.raises(errors.Unreachable):
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


@pytest.mark.parametrize(
    ("base_url", "answer"),
    [
        ("https://graph.instagram.com", {"user_id": "17"}),
        ("https://graph.facebook.com", {"instagram_business_account": {"id": "17"}}),
    ],
)
def test_the_accounts_own_id_is_asked_for_once(base_url, answer):
    played = wire().add("GET me", answer)
    network = instagram(played, base_url=base_url, user_id=None)

    network.publish(send(media=(PICTURE,)))

    assert 1 == [path for _, path, _ in played.asked].count("me")


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
    played = wire().add("POST 17/media_publish", answer)

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
