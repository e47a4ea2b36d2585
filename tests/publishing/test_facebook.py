"""Facebook's wire: posts, photos, comments, look-up, insights and the documented samples."""

import json

import httpx
import pytest

from domain import errors
from domain.deliveries import DeliveryKind
from tests.publishing.meta_wire import NOON, PICTURE, Kept, Played, facebook, listed, refused, send


def test_a_text_with_a_link_is_one_request():
    played = Played().add("POST 7/feed", {"id": "7_1"})

    result = facebook(played).publish(send(link="https://a.example/x"))

    form = {"message": "Frisch. https://a.example/x", "link": "https://a.example/x"}
    assert [("POST", "7/feed", form)] == played.asked
    assert ("7_1", "https://www.facebook.com/7_1") == (result.platform_id, result.url)


def test_one_photo_is_known_by_the_id_of_its_post():
    played = Played().add("POST 7/photos", {"id": "333", "post_id": "7_333"})

    assert "7_333" == facebook(played).publish(send(media=(PICTURE,))).platform_id

    body = played.bodies[0]
    for part in (b'name="caption"\r\n\r\nFrisch.', b'name="alt_text_custom"\r\n\r\nBerge'):
        assert part in body
    assert b'name="source"; filename="aaaaaaaaaaaa.jpg"' in body
    assert b"published" not in body


def test_several_photos_are_brought_unseen_and_shown_by_the_post():
    played, steps = Played(), Kept()
    played.add("POST 7/photos", {"id": "31"}, {"id": "32"}).add("POST 7/feed", {"id": "7_1"})

    facebook(played).publish(send(media=(PICTURE, PICTURE), steps=steps))

    assert {"photo.0": "31", "photo.1": "32"} == steps
    assert all(b'name="published"\r\n\r\nfalse' in body for body in played.bodies[:2])
    photos = [{"media_fbid": "31"}, {"media_fbid": "32"}]
    assert photos == json.loads(played.asked[-1][2]["attached_media"])


def test_photos_that_are_there_are_not_brought_again_and_lost_ones_are():
    played, steps = Played(), Kept({"photo.0": "31", "photo.1": "32"})
    played.add("GET 31", {"id": "31"}).add("GET 32", refused(100, 33))
    played.add("POST 7/photos", {"id": "33"}).add("POST 7/feed", {"id": "7_1"})

    facebook(played).publish(send(media=(PICTURE, PICTURE), steps=steps))

    assert {"photo.0": "31", "photo.1": "33"} == steps


def test_a_photo_that_cannot_be_brought_makes_nothing_public():
    played = Played().add("POST 7/photos", httpx.Response(500, text="oops"))

    with pytest.raises(errors.Unreachable):
        facebook(played).publish(send(media=(PICTURE, PICTURE)))

    assert ["7/photos"] == [path for _, path, _ in played.asked]


@pytest.mark.parametrize("path", ["7/feed", "7/photos"])
@pytest.mark.parametrize("answer", [httpx.Response(200, json={}), refused(2, None, 500)])
def test_a_post_without_an_id_is_looked_up(path, answer):
    played = Played().add(f"POST {path}", answer)

    with pytest.raises(errors.FateUnknown):
        facebook(played).publish(send(media=(PICTURE,) if "photos" in path else ()))


POSTS = listed(
    ("7_3", "Frisch.", "2026-03-02T12:00:09+0000"),
    ("7_2", "Anders.", "2026-03-02T12:00:05+0000"),
    ("7_1", "Frisch.", "2026-03-02T12:00:01+0000"),
    ("7_0", "Frisch.", "2026-03-02T11:59:59+0000"),
    text="message",
)


@pytest.mark.parametrize(
    ("taken", "expected"), [((), "7_1"), (("7_1",), "7_3"), (("7_1", "7_3"), None)]
)
def test_a_post_is_found_by_text_and_time(taken, expected):
    played = Played().add("GET 7/published_posts", POSTS)

    found = facebook(played).look_up(send(), since=NOON, taken=frozenset(taken))

    assert expected == (found.platform_id if found else None)


@pytest.mark.parametrize("root", ["7_1", "7_0"], ids=["first", "below"])
def test_a_comment_answers_the_post_or_a_comment(root):
    played = Played().add("POST 7_1/comments", {"id": "1_9"})

    result = facebook(played).publish(
        send("Danke", kind=DeliveryKind.REPLY, reply_to="7_1", reply_root=root)
    )

    assert ("1_9", {"message": "Danke"}) == (result.platform_id, played.asked[0][2])


def remark(id, text, *, by="7", at="12:00:05", parent=None):
    shown = {"id": id, "message": text, "created_time": f"2026-03-02T{at}+0000"}
    shown |= {"from": {"id": by, "name": "N"}} if by else {}
    return shown | ({"parent": {"id": parent}} if parent else {})


def test_an_own_comment_is_found_where_it_belongs():
    remarks = [
        remark("1_5", "Danke", parent="1_2"),
        remark("1_4", "Danke", by="5"),
        remark("1_3", "Danke"),
        remark("1_1", "Danke", at="11:00:00"),
    ]
    played = Played().add("GET 7_1/comments", {"data": remarks}).add("GET 1_6", {"id": "1_6"})
    played.add("GET 1_2", {"id": "1_2"}).add("GET 1_8", {"parent": {"id": "1_2"}})
    network = facebook(played)

    def look(reply_to):
        sent = send("Danke", kind=DeliveryKind.REPLY, reply_to=reply_to, reply_root="7_1")
        found = network.look_up(sent, since=NOON)
        return found.platform_id if found else None

    assert ["1_3", "1_5", "1_5", None] == [look(one) for one in ("7_1", "1_2", "1_8", "1_6")]


def test_a_comment_below_what_is_gone_is_not_there():
    played = Played().add("GET 7_1/comments", refused(100, 33))
    sent = send("Danke", kind=DeliveryKind.REPLY, reply_to="7_1", reply_root="7_1")

    assert facebook(played).look_up(sent, since=NOON) is None


@pytest.mark.parametrize(
    ("shown", "writes"),
    [
        ({"can_hide": True, "is_hidden": False}, [("POST", "1_9", {"is_hidden": "true"})]),
        ({"can_hide": True, "is_hidden": True}, []),
        (refused(100, 33), []),
    ],
)
def test_a_comment_is_hidden_unless_it_is_or_is_gone(shown, writes):
    played = Played().add("GET 1_9", shown).add("POST 1_9", {"success": True})

    facebook(played).publish(send("", kind=DeliveryKind.HIDE, target="1_9"))

    assert writes == played.writes()


def test_a_comment_that_cannot_be_hidden_is_said():
    played = Played().add("GET 1_9", {"can_hide": False})

    with pytest.raises(errors.Rejected, match="delete it instead"):
        facebook(played).publish(send("", kind=DeliveryKind.HIDE, target="1_9"))


def test_comments_below_posts_and_reels_come_in_without_the_pages_own():
    quiet = {"id": "7_2", "comments": {"summary": {"total_count": 0}}}
    posts = [{"id": "7_1"}, quiet]
    posts = [one | {"created_time": "2026-03-02T11:00:00+0000"} for one in posts]
    reel = {"id": "v1", "post_id": "90", "created_time": "2026-03-02T11:00:00+0000"}
    played = Played().add("GET 7/published_posts", {"data": posts})
    played.add("GET 7/video_reels", {"data": [reel]})
    remarks = [remark("1_3", "Ja", by=None, parent="1_2"), remark("1_2", "Nein")]
    played.add("GET 7_1/comments", {"data": remarks})
    played.add("GET 7_90/comments", {"data": [remark("90_1", "Schön", by="5", at="12:00:01")]})

    found = facebook(played).inbound(since=NOON)

    assert [("90_1", "N", "7_90", "7_90"), ("1_3", None, "1_2", "7_1")] == [
        (one.message_id, one.author, one.in_reply_to, one.thread_root) for one in found
    ]


def test_counts_that_are_absent_are_none_and_not_nought():
    shown = {"reactions": {"summary": {"total_count": 0}}, "comments": {"data": []}}
    given = {"data": [{"name": "post_media_view", "values": [{"value": 5}]}]}
    played = Played().add("GET 7_1", shown).add("GET 7_1/insights", given)

    (row,) = facebook(played).metrics(["7_1"])

    assert {
        "views": (5, "post_media_view"),
        "impressions": (5, "post_media_view"),
        "reach": (None, "post_total_media_view_unique"),
        "clicks": (None, "post_clicks"),
        "likes": (0, "reactions.summary.total_count"),
        "comments": (None, "comments.summary.total_count"),
        "shares": (None, "shares.count"),
        "saves": (None, ""),
    } == row.counts


def test_a_video_whose_post_is_not_known_has_its_own_counts():
    given = {"data": [{"name": "fb_reels_total_plays", "values": [{"value": 5}]}]}
    played = Played().add("GET v1", {"likes": {"summary": {"total_count": 2}}})
    played.add("GET v1/video_insights", given).add("GET v2", refused(100, 33))

    (row,) = facebook(played).metrics(["v1", "v2"])

    assert ((5, "fb_reels_total_plays"), 2) == (row.counts["views"], row.counts["likes"][0])


def test_the_page_asks_for_its_own_id_once():
    played = Played().add("GET me", {"id": "7"}).add("POST 7/feed", {"id": "7_1"})
    network = facebook(played, user_id=None)

    network.publish(send())
    network.publish(send())

    assert 1 == [path for _, path, _ in played.asked].count("me")


SAMPLES = {
    "duplicate_400": errors.Duplicate,
    "transient_500": errors.FateUnknown,
    "page_throttle_400": errors.RateLimited,
    "blocked_368": errors.Blocked,
    "bad_metric_400": errors.Rejected,
}


@pytest.mark.parametrize(("name", "expected"), SAMPLES.items())
def test_each_sample_of_a_refusal_is_one_error_of_ours(shared_specs, name, expected):
    samples = json.loads((shared_specs / "samples" / "facebook.json").read_text())
    sample = samples[name]
    played = Played().add("POST 7/feed", httpx.Response(sample["status"], json=sample["body"]))

    with pytest.raises(errors.NetworkError) as found:
        facebook(played).publish(send())

    assert expected is type(found.value)
    assert {key for key in samples if "error" in samples[key].get("body", {})} == set(SAMPLES)


def test_the_samples_of_success_are_understood(shared_specs):
    samples = json.loads((shared_specs / "samples" / "facebook.json").read_text())
    played = Played().add("POST 7/feed", samples["feed_200"]["body"])
    played.add("POST 7/photos", samples["photo_200"]["body"])
    network = facebook(played)

    assert ("111_222", "111_333") == (
        network.publish(send()).platform_id,
        network.publish(send(media=(PICTURE,))).platform_id,
    )
