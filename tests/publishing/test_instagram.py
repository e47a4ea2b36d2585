"""Instagram's wire: containers, publishing, comments and what is asked for on the way."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain import errors
from domain.deliveries import DeliveryKind
from tests.publishing.meta_wire import (
    NOON,
    PICTURE,
    REEL,
    Kept,
    Played,
    container_wire,
    instagram,
    refused,
    send,
)


def test_a_picture_is_made_a_container_and_published_with_its_caption():
    played, steps = container_wire(), Kept()

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
    played, steps = container_wire(), Kept()
    played.add("POST 17/media_publish", httpx.Response(500, text="oops"))

    with pytest.raises(errors.FateUnknown):
        instagram(played).publish(send(media=(PICTURE,), steps=steps))

    assert {"container": "c1"} == steps


def test_a_worker_that_lost_its_lease_publishes_nothing():
    played, steps = container_wire(), Kept()

    def lost(_name, _value):
        raise errors.LeaseLost("too late")

    steps.keep = lost
    with pytest.raises(errors.LeaseLost):
        instagram(played).publish(send(media=(PICTURE,), steps=steps))

    assert ["17/media"] == [path for _, path, _ in played.writes()]


def test_a_kept_container_is_published_and_no_other_is_made():
    played = container_wire()

    instagram(played).publish(send(media=(PICTURE,), steps=Kept(container="c1")))

    assert ["17/media_publish"] == [path for _, path, _ in played.writes()]


@pytest.mark.parametrize("status", ["IN_PROGRESS", "SOMETHING_NEW"])
def test_a_container_in_work_is_asked_for_later_and_not_published(status):
    played = container_wire().add("GET c1", {"status_code": status})

    with pytest.raises(errors.Processing) as found:
        instagram(played).publish(send(media=(PICTURE,)))

    assert NOON + timedelta(seconds=5) == found.value.until
    assert ["17/media"] == [path for _, path, _ in played.writes()]


@pytest.mark.parametrize("dead", [{"status_code": "EXPIRED"}, refused(100, 33)])
def test_a_dead_container_is_begun_anew_in_the_same_attempt(dead):
    played, steps = container_wire(), Kept(container="c0")
    played.add("GET c0", dead)

    result = instagram(played).publish(send(media=(PICTURE,), steps=steps))

    assert ("m1", {"container": "c1"}) == (result.platform_id, steps)


def test_a_container_with_a_permanent_error_is_refused_with_the_remedy():
    status = {"status_code": "ERROR", "status": "Error: failed with code 2207026"}
    played = container_wire().add("GET c1", status)

    with pytest.raises(errors.Rejected, match="give the video as MP4 or MOV"):
        instagram(played).publish(send(media=(PICTURE,)))


def test_a_published_container_is_never_published_again():
    played = container_wire().add("GET c1", {"status_code": "PUBLISHED"})

    with pytest.raises(errors.FateUnknown):
        instagram(played).publish(send(media=(PICTURE,), steps=Kept(container="c1")))

    assert [] == played.writes()


def test_a_lost_container_at_publishing_waits_and_counts():
    played, steps = container_wire(), Kept()
    played.add("POST 17/media_publish", refused(24, 2207006))

    with pytest.raises(errors.Processing):
        instagram(played).publish(send(media=(PICTURE,), steps=steps))

    assert {"container": "c1", "failures": "1"} == steps


def test_a_file_that_cannot_be_fetched_is_tried_five_times():
    played, steps = container_wire(), Kept()
    played.add("POST 17/media", refused(9004, 2207052))

    for _ in range(4):
        with pytest.raises(errors.Unreachable):
            instagram(played).publish(send(media=(PICTURE,), steps=steps))
    with pytest.raises(errors.Rejected, match="5 times"):
        instagram(played).publish(send(media=(PICTURE,), steps=steps))


def test_a_carousel_makes_its_children_first():
    played, steps = container_wire(), Kept()
    played.add("POST 17/media", {"id": "k1"}, {"id": "k2"}, {"id": "c1"})
    for child in ("k1", "k2"):
        played.add(f"GET {child}", {"status_code": "FINISHED"})

    instagram(played).publish(send(media=(PICTURE, REEL), steps=steps))

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
    played, steps = container_wire(), Kept({"child.0": "k1"})
    played.add("POST 17/media", {"id": "k2"}, {"id": "c1"})
    for child in ("k1", "k2"):
        played.add(f"GET {child}", {"status_code": "FINISHED"})

    instagram(played).publish(send(media=(PICTURE, PICTURE), steps=steps))

    assert "k1,k2" == played.writes()[1][2]["children"]


def test_with_facebook_login_the_bytes_of_a_video_are_uploaded():
    played = container_wire()
    upload = "https://rupload.facebook.com/ig-api-upload/v25.0/c1"
    played.add("POST 17/media", {"id": "c1", "uri": upload})
    played.add("POST /ig-api-upload/v25.0/c1", {"success": True})

    instagram(played).publish(send(media=(REEL,)))

    assert {"media_type": "REELS", "caption": "Frisch.", "upload_type": "resumable"} == (
        played.writes()[0][2]
    )


def test_with_instagram_login_a_video_is_given_by_its_address_and_no_post_is_deleted():
    played = container_wire()
    network = instagram(played, base_url="https://graph.instagram.com")

    network.publish(send(media=(REEL,)))

    assert "https://media.example/bbbb" == played.writes()[0][2]["video_url"]
    assert not network.capabilities.delete


def test_without_a_media_address_the_remedy_names_the_variable():
    with pytest.raises(errors.Rejected, match="AMSEL_MEDIA_URL"):
        instagram(container_wire(), media=False).publish(send(media=(PICTURE,)))


def test_a_post_without_a_file_is_refused_before_anything_is_asked_for():
    played = container_wire()

    with pytest.raises(errors.Rejected, match="add one"):
        instagram(played).publish(send())

    assert [] == played.writes()


def test_a_used_up_day_waits_until_its_oldest_post_leaves_the_window():
    full = {"data": [{"quota_usage": 100, "config": {"quota_total": 100}}]}
    media = [{"id": "m", "caption": "x", "timestamp": "2026-03-01T20:00:00+0000"}]
    played = container_wire().add("GET 17/content_publishing_limit", full)
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


@pytest.mark.parametrize(
    ("base_url", "answer"),
    [
        ("https://graph.instagram.com", {"user_id": "17"}),
        ("https://graph.facebook.com", {"instagram_business_account": {"id": "17"}}),
    ],
)
def test_the_accounts_own_id_is_asked_for_once(base_url, answer):
    played = container_wire().add("GET me", answer)
    network = instagram(played, base_url=base_url, user_id=None)

    network.publish(send(media=(PICTURE,)))

    assert 1 == [path for _, path, _ in played.asked].count("me")


def test_a_paid_partnership_is_told_to_instagram():
    played = container_wire()

    instagram(played).publish(send(media=(PICTURE,), paid_partnership=True))

    (_, _, form), _ = played.writes()
    assert "true" == form["is_paid_partnership"]
