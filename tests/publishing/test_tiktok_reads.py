"""What TikTok says of posts that were begun, and what they gathered."""

from datetime import timedelta

import httpx
import pytest

from domain import errors
from publishing.platforms.base import Repeat
from tests.publishing.tiktok_stage import (
    BEGUN,
    HANDED,
    ID,
    NOON,
    PHOTO,
    POST,
    Wire,
    listed,
    no,
    ok,
    send,
    status,
    tiktok,
    video,
)


def look_up(made, *answers, **options):
    return tiktok(Wire(*answers)).look_up(made, since=NOON - timedelta(minutes=2), **options)


def test_a_post_is_looked_up_by_its_publish_id():
    found = look_up(send(steps=HANDED), status("PUBLISH_COMPLETE", int(POST)))

    assert (POST, True) == (found.platform_id, found.adopted)


@pytest.mark.parametrize(
    ("steps", "answers"),
    [
        ({}, ()),
        (BEGUN, (status("PROCESSING_UPLOAD"),)),
        (HANDED, (status("FAILED", fail_reason="internal"),)),
        (HANDED, (status("PROCESSING_UPLOAD", uploaded_bytes=10_000_000),)),
        (BEGUN, (no(400, "invalid_publish_id"),)),
    ],
    ids=["never begun", "not handed over", "failed", "last part missing", "unknown id"],
)
def test_only_what_cannot_become_public_is_not_there(steps, answers):
    assert Repeat.HARMLESS == look_up(send(steps=steps), *answers)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (status("PROCESSING_UPLOAD", uploaded_bytes=25_000_000), errors.Processing),
        (status("PROCESSING_UPLOAD"), errors.Processing),
        (status("SOMETHING_NEW"), errors.Processing),
        (httpx.Response(503), errors.Unreachable),
    ],
)
def test_what_tiktok_works_on_is_asked_for_again(answer, told):
    with pytest.raises(told):
        look_up(send(steps=HANDED), answer)


def test_a_post_without_a_name_is_matched_by_caption_then_known_by_its_publish_id():
    page = listed(video(3), video(2, "Else"), video(1), video(0, at=NOON - timedelta(hours=9)))
    nameless = status("PUBLISH_COMPLETE")

    found = look_up(send(steps=HANDED), nameless, page, taken=frozenset({"1"}))
    unlisted = look_up(send(steps=HANDED), nameless, listed(video(2, "Else")))

    assert ("3", f"https://www.tiktok.com/@bergquell/video/{3}") == (found.platform_id, found.url)
    assert (ID, "https://www.tiktok.com/@bergquell") == (unlisted.platform_id, unlisted.url)


@pytest.mark.parametrize(
    ("steps", "answers"),
    [
        ({"handed_over": "yes"}, (listed(),)),
        (HANDED, (no(400, "invalid_publish_id"), listed(video(2, "Else")))),
    ],
)
def test_what_was_handed_over_without_a_trace_is_for_a_person(steps, answers):
    with pytest.raises(errors.Forbidden, match=r"look at https://www\.tiktok\.com/@bergquell"):
        look_up(send(steps=steps), *answers)


def test_a_lost_beginning_of_photos_is_found_on_a_later_page():
    first = listed(video(9, "Else"), has_more=True, cursor=1772452800000)
    wire = Wire(first, listed(video(8)))

    found = tiktok(wire).look_up(
        send(steps={"handed_over": "yes"}, media=(PHOTO,)), since=NOON - timedelta(minutes=2)
    )

    assert "8" == found.platform_id
    assert {"max_count": 20, "cursor": 1772452800000} == wire.body(1)


def test_counts_are_asked_for_twenty_at_once_and_missing_ones_are_null():
    ids = [str(number) for number in range(1, 23)]
    counts = {"view_count": 600, "like_count": 5, "comment_count": 0}
    wire = Wire(ok(videos=[{"id": "1"} | counts]), ok(videos=[]))

    (row,) = tiktok(wire).metrics(ids)

    assert [20, 2] == [len(wire.body(n)["filters"]["video_ids"]) for n in (0, 1)]
    assert (
        "id,view_count,like_count,comment_count,share_count" == (wire.asked[0].url.params["fields"])
    )
    assert {
        "views": (600, "view_count"),
        "likes": (5, "like_count"),
        "comments": (0, "comment_count"),
        "shares": (None, "share_count"),
    } == row.counts


def test_a_publish_id_is_counted_once_tiktok_names_its_post():
    named, silent = status("PUBLISH_COMPLETE", int(POST)), status("PUBLISH_COMPLETE")
    wire = Wire(named, silent, ok(videos=[{"id": POST, "view_count": 7}]))

    (row,) = tiktok(wire).metrics([ID, "v_pub_file~v2-1.2"])

    assert (ID, 7) == (row.post_id, row.counts["views"][0])
    assert [POST] == wire.body(2)["filters"]["video_ids"]


def test_nothing_comes_in_and_nothing_is_asked():
    assert [] == tiktok(Wire()).inbound(since=NOON)
