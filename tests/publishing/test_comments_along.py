"""What people write on Instagram and Facebook comes along with the posts, in few requests."""

import pytest

from domain import errors
from tests.publishing.meta_wire import NOON, Played, facebook, instagram, refused

OLD = "11:59:59"


def paged(items, after):
    """A page that is not the last."""
    link = "https://graph.facebook.com/next"
    return {"data": items, "paging": {"cursors": {"after": after}, "next": link}}


def on_instagram(id, *, by="4", at="12:00:05", replies=None):
    shown = {"id": id, "text": "Hm", "timestamp": f"2026-03-02T{at}+0000"}
    shown["from"] = {"id": by, "username": "anna"}
    return shown | ({"replies": replies} if replies else {})


def media(comments=None, *, id="m1", count=9):
    shown = {"id": id, "timestamp": "2026-03-02T11:00:00+0000", "comments_count": count}
    return shown | ({"comments": comments} if comments else {})


def on_facebook(id, *, by="5", at="12:00:05", parent=None):
    shown = {"id": id, "message": "Hm", "created_time": f"2026-03-02T{at}+0000"}
    shown["from"] = {"id": by, "name": "Anna"}
    return shown | ({"parent": {"id": parent}} if parent else {})


def post(comments, *, count=9, **more):
    summary = {"summary": {"total_count": count}}
    shown = {"id": "7_1", "created_time": "2026-03-02T11:00:00+0000"}
    return shown | {"comments": comments | summary} | more


def page(posts=(), reels=()):
    played = Played().add("GET 7/published_posts", {"data": list(posts)})
    return played.add("GET 7/video_reels", {"data": list(reels)})


def placed(messages):
    return [(one.message_id, one.in_reply_to, one.thread_root) for one in messages]


def test_instagrams_comments_and_replies_come_along_in_one_request():
    below = {"data": [on_instagram("r2", at="12:00:09"), on_instagram("r1", by="17")]}
    comments = [on_instagram("k2"), on_instagram("k1", at=OLD, replies=below)]
    played = Played().add("GET 17/media", {"data": [media({"data": comments})]})

    found = instagram(played).inbound(since=NOON)

    assert [("k2", "m1", "m1"), ("r2", "k1", "m1")] == placed(found)
    assert ["17/media"] == played.paths
    assert "comments.limit(50){id,text," in played.queries[0]["fields"]


def test_instagrams_further_comments_and_replies_are_read_from_where_the_first_ended():
    replies = paged([on_instagram("r1", at="12:00:06")], "r-after")
    comments = paged([on_instagram("k1", replies=replies)], "k-after")
    played = Played().add("GET 17/media", {"data": [media(comments)]})
    played.add("GET k1/replies", {"data": [on_instagram("r2", at="12:00:07")]})
    played.add("GET m1/comments", {"data": [on_instagram("k2", at="12:00:08")]})

    found = instagram(played).inbound(since=NOON)

    assert ["k1", "r1", "r2", "k2"] == [one.message_id for one in found]
    assert ["17/media", "k1/replies", "m1/comments"] == played.paths
    assert ["r-after", "k-after"] == [query["after"] for query in played.queries[1:]]


def test_a_look_at_instagram_without_news_is_one_request():
    known = media({"data": [on_instagram("k1", at=OLD)]})
    quiet, hidden = media(id="m2", count=0), media(id="m3")
    played = Played().add("GET 17/media", {"data": [known, quiet, hidden]})

    assert [] == instagram(played).inbound(since=NOON)
    assert ["17/media"] == played.paths


def test_facebooks_comments_come_along_with_posts_and_reels():
    answer = on_facebook("1_3", parent="1_2", at="12:00:06")
    below = {"data": [answer, on_facebook("1_2", by="7"), on_facebook("1_1", at=OLD)]}
    reel = post({"data": [on_facebook("90_1")]}, id="v1", post_id="90")
    played = page([post(below)], [reel])

    found = facebook(played).inbound(since=NOON)

    assert [("90_1", "7_90", "7_90"), ("1_3", "1_2", "7_1")] == placed(found)
    assert ["7/published_posts", "7/video_reels"] == played.paths
    wanted = f"comments.filter(stream).order(reverse_chronological).since({NOON.timestamp():.0f})"
    assert all(wanted in query["fields"] for query in played.queries)


def test_facebooks_further_comments_are_read_until_one_is_older():
    played = page([post(paged([on_facebook("1_9")], "after"))])
    more = [on_facebook("1_8"), on_facebook("1_7", at=OLD)]
    played.add("GET 7_1/comments", paged(more, "never asked"))

    found = facebook(played).inbound(since=NOON)

    assert ["1_9", "1_8"] == [one.message_id for one in found]
    assert ["7/published_posts", "7_1/comments", "7/video_reels"] == played.paths
    assert ("after", "stream", "reverse_chronological") == tuple(
        played.queries[1][name] for name in ("after", "filter", "order")
    )


def test_a_look_at_facebook_without_news_is_one_request_for_posts_and_one_for_reels():
    known = post(paged([on_facebook("1_1", at=OLD)], "never asked"))
    played = page([known, post({"data": []}), post({"data": []}, count=0)])

    assert [] == facebook(played).inbound(since=NOON)
    assert ["7/published_posts", "7/video_reels"] == played.paths


TOO_MUCH = refused(1, 99, status=500)


def of_each(first, **account):
    """Both networks, where the media's comments are asked for after `first`, and their wires."""
    counted = {"data": [media(), media(id="m2", count=0)]}
    gram = Played().add("GET 17/media", *first, counted)
    gram.add("GET m1/comments", {"data": [on_instagram("k1")]})
    book = Played().add("GET 7/published_posts", *first, {"data": [post({"data": []})]})
    book.add("GET 7/video_reels", {"data": []})
    book.add("GET 7_1/comments", {"data": [on_facebook("k1")]})
    return [(instagram(gram, **account), gram), (facebook(book, **account), book)]


@pytest.mark.parametrize(
    ("first", "account"),
    [([TOO_MUCH], {}), ([], {"ask_each_post": True})],
    ids=["too much at once", "wanted so"],
)
def test_each_post_is_asked_where_meta_or_the_account_wants_it(first, account):
    for network, played in of_each(first, **account):
        assert ["k1"] == [one.message_id for one in network.inbound(since=NOON)]
        assert 1 == sum(path.endswith("1/comments") for path in played.paths)


def test_no_other_failure_makes_more_requests():
    for network, played in of_each([refused(2, status=500)]):
        with pytest.raises(errors.Unreachable):
            network.inbound(since=NOON)
        assert 1 == len(played.asked)


@pytest.mark.parametrize("comments", [[1], {"data": 1}, {"data": [{"id": "k1"}]}, {"data": [7]}])
def test_garbled_comments_are_never_taken_for_none(comments):
    gram = Played().add("GET 17/media", {"data": [media(comments)]})
    book = page([post({}) | {"comments": comments}])

    for network in (instagram(gram), facebook(book)):
        with pytest.raises(errors.Unreachable):
            network.inbound(since=NOON)
