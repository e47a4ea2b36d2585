"""TikTok's wire on the way out: what is asked for, in which order, and where it goes on."""

from datetime import timedelta

import httpx
import pytest

from domain import errors
from domain.brand import Visibility
from domain.deliveries import DeliveryKind
from tests.publishing.tiktok_stage import (
    BEGUN,
    CLIP,
    HANDED,
    ID,
    NOON,
    PHOTO,
    POST,
    URL,
    Bare,
    Empty,
    Wire,
    creator,
    no,
    ok,
    send,
    status,
    tiktok,
)


def test_a_clip_goes_up_in_order_after_the_creator_was_asked():
    wire = Wire(
        creator(),
        ok(publish_id=ID, upload_url=URL),
        httpx.Response(206),
        httpx.Response(201),
        status("PUBLISH_COMPLETE", int(POST)),
    )
    made = send("Hi", hashtags=("water",), made_with_ai=True, paid_partnership=True)

    result = tiktok(wire).publish(made)

    assert [
        "POST /v2/post/publish/creator_info/query/",
        "POST /v2/post/publish/video/init/",
        "PUT /video/",
        "PUT /video/",
        "POST /v2/post/publish/status/fetch/",
    ] == wire.lines
    assert {
        "post_info": {
            "title": "Hi #water",
            "privacy_level": "PUBLIC_TO_EVERYONE",
            "disable_comment": False,
            "disable_duet": False,
            "disable_stitch": True,
            "brand_content_toggle": True,
            "brand_organic_toggle": False,
            "is_aigc": True,
        },
        "source_info": {
            "source": "FILE_UPLOAD",
            "video_size": 25_000_000,
            "chunk_size": 10_000_000,
            "total_chunk_count": 2,
        },
    } == wire.body(1)
    assert ["bytes 0-9999999/25000000", "bytes 10000000-24999999/25000000"] == [
        request.headers["content-range"] for request in wire.asked[2:4]
    ]
    assert ("video/mp4", "15000000", True) == (
        wire.asked[3].headers["content-type"],
        wire.asked[3].headers["content-length"],
        "authorization" not in wire.asked[3].headers,
    )
    assert (POST, f"https://www.tiktok.com/@bergquell/video/{POST}") == (
        result.platform_id,
        result.url,
    )
    assert (ID, "") == (made.steps["publish_id"], made.steps["upload_url"])


def test_photos_are_given_by_their_urls():
    wire = Wire(creator(), ok(publish_id="p1"), status("PUBLISH_COMPLETE", int(POST)))

    tiktok(wire).publish(send("Hi", media=(PHOTO, PHOTO), title="Bottles"))

    sent = wire.body(1)
    assert "POST /v2/post/publish/content/init/" == wire.lines[1]
    assert ("PHOTO", "DIRECT_POST", "Bottles", "Hi") == (
        sent["media_type"],
        sent["post_mode"],
        sent["post_info"]["title"],
        sent["post_info"]["description"],
    )
    assert {
        "source": "PULL_FROM_URL",
        "photo_images": ["https://media.example/bbbb"] * 2,
        "photo_cover_index": 0,
    } == sent["source_info"]


def test_photos_that_nothing_serves_are_refused_with_the_remedy():
    with pytest.raises(errors.Rejected, match="set AMSEL_MEDIA_URL"):
        tiktok(Wire(creator()), media=Bare()).publish(send(media=(PHOTO,)))


def test_a_photo_that_is_not_in_the_store_is_refused_before_tiktok_fetches_it():
    """TikTok calls it a failed fetch, and it was begun anew without end."""
    wire = Wire(creator())

    with pytest.raises(errors.Rejected, match="no such file"):
        tiktok(wire, media=Empty()).publish(send(media=(PHOTO,)))

    assert 1 == len(wire.asked)


@pytest.mark.parametrize(
    ("visibility", "offered", "error", "said"),
    [
        (Visibility.PUBLIC, ["SELF_ONLY"], errors.Forbidden, "have the app audited"),
        (Visibility.PUBLIC, ["FOLLOWER_OF_CREATOR", "SELF_ONLY"], errors.Rejected, "followers"),
        (Visibility.UNLISTED, ["PUBLIC_TO_EVERYONE"], errors.Rejected, "one of public"),
        (Visibility.PUBLIC, [], errors.Rejected, "nothing"),
    ],
)
def test_a_privacy_that_tiktok_does_not_offer_is_never_asked_for(visibility, offered, error, said):
    wire = Wire(creator(privacy_level_options=offered))

    with pytest.raises(errors.NetworkError, match=said) as caught:
        tiktok(wire, visibility=visibility).publish(send())

    assert error is type(caught.value)
    assert 1 == len(wire.asked)


def test_what_is_not_offered_is_told_before_anything_is_sent():
    wire = Wire(creator(privacy_level_options=["SELF_ONLY"]), creator())

    with pytest.raises(errors.Forbidden, match="have the app audited"):
        tiktok(wire).foretell()
    tiktok(wire).foretell()

    assert {"POST /v2/post/publish/creator_info/query/"} == set(wire.lines)


def test_a_clip_longer_than_the_creator_may_post_is_refused():
    with pytest.raises(errors.Rejected, match="clips of 5 s at most"):
        tiktok(Wire(creator(max_video_post_duration_sec=5))).publish(send())


@pytest.mark.parametrize(
    "what",
    [
        {"kind": DeliveryKind.REPLY, "reply_to": "1", "media": ()},
        {"kind": DeliveryKind.HIDE, "target": "1", "media": ()},
        {"kind": DeliveryKind.DELETE, "target": "1", "media": ()},
        {"reply_to": "1"},
        {"media": ()},
        {"media": (CLIP, PHOTO)},
    ],
)
def test_what_tiktok_lets_no_app_do_is_refused_before_anything_is_asked(what):
    wire = Wire()

    with pytest.raises(errors.Rejected):
        tiktok(wire).publish(send(**what))

    assert [] == wire.asked


LAST = (httpx.Response(206), httpx.Response(500))


@pytest.mark.parametrize(
    ("answers", "expected", "handed_over"),
    [
        ((httpx.Response(503),), errors.Unreachable, False),
        ((httpx.ReadTimeout("slow"),), errors.Unreachable, False),
        ((httpx.Response(416),), errors.Unreachable, False),
        (LAST, errors.FateUnknown, True),
        ((httpx.Response(206), httpx.ReadTimeout("slow")), errors.FateUnknown, True),
        ((httpx.Response(206), httpx.Response(416)), errors.FateUnknown, True),
        ((httpx.Response(206), httpx.ConnectError("no")), errors.Unreachable, True),
    ],
)
def test_only_the_last_part_leaves_a_fate_unknown(answers, expected, handed_over):
    made = send()

    with pytest.raises(errors.NetworkError) as caught:
        tiktok(Wire(creator(), ok(publish_id=ID, upload_url=URL), *answers)).publish(made)

    assert expected is type(caught.value)
    assert handed_over == ("handed_over" in made.steps)
    assert (ID, URL) == (made.steps["publish_id"], made.steps["upload_url"])


@pytest.mark.parametrize("uploaded", [{"uploaded_bytes": 10_000_000}, {}])
def test_an_upload_goes_on_after_the_last_part_that_arrived(uploaded):
    wire = Wire(
        status("PROCESSING_UPLOAD", **uploaded),
        httpx.Response(201),
        status("PUBLISH_COMPLETE", int(POST)),
    )

    result = tiktok(wire).publish(send(steps=BEGUN | {"uploaded": "10000000"}))

    assert "bytes 10000000-24999999/25000000" == wire.asked[1].headers["content-range"]
    assert POST == result.platform_id


def test_what_tiktok_has_got_counts_more_than_what_was_kept():
    wire = Wire(
        status("PROCESSING_UPLOAD", uploaded_bytes=0),
        httpx.Response(206),
        httpx.Response(201),
        status("PUBLISH_COMPLETE", int(POST)),
    )

    tiktok(wire).publish(send(steps=BEGUN | {"uploaded": "10000000"}))

    assert "bytes 0-9999999/25000000" == wire.asked[1].headers["content-range"]


@pytest.mark.parametrize("answer", [403, 404])
def test_an_upload_that_ran_out_is_begun_anew_in_the_same_attempt(answer):
    wire = Wire(
        status("PROCESSING_UPLOAD", uploaded_bytes=10_000_000),
        httpx.Response(answer),
        creator(),
        ok(publish_id="v2", upload_url=URL),
        httpx.Response(206),
        httpx.Response(201),
        status("PUBLISH_COMPLETE", int(POST)),
    )
    made = send(steps=BEGUN | {"uploaded": "10000000"})

    tiktok(wire).publish(made)

    assert "v2" == made.steps["publish_id"]


def test_a_publish_id_that_nobody_knows_is_begun_anew_where_nothing_was_handed_over():
    wire = Wire(
        no(400, "invalid_publish_id"),
        creator(),
        ok(publish_id="v2", upload_url=URL),
        httpx.Response(206),
        httpx.Response(201),
        status("PUBLISH_COMPLETE", int(POST)),
    )

    assert POST == tiktok(wire).publish(send(steps=BEGUN)).platform_id


@pytest.mark.parametrize(
    ("at", "is_new"), [(NOON + timedelta(minutes=30), False), (NOON + timedelta(hours=2), True)]
)
def test_what_may_be_whole_is_begun_anew_only_when_its_upload_is_long_over(at, is_new):
    """The last part unanswered and its URL gone: TikTok may have closed it, for it had all."""
    wire = Wire(
        status("PROCESSING_UPLOAD", uploaded_bytes=10_000_000),
        httpx.Response(404),
        creator(),
        ok(publish_id="v2", upload_url=URL),
        httpx.Response(206),
        httpx.Response(201),
        status("PUBLISH_COMPLETE", int(POST)),
    )
    made = send(steps=HANDED)

    if is_new:
        assert POST == tiktok(wire, at=at).publish(made).platform_id
    else:
        with pytest.raises(errors.FateUnknown):
            tiktok(wire, at=at).publish(made)
        assert (ID, 2) == (made.steps["publish_id"], len(wire.asked))


@pytest.mark.parametrize(
    "answer",
    [
        status("PROCESSING_UPLOAD", uploaded_bytes=25_000_000),
        status("SOMETHING_NEW"),
        status("SEND_TO_USER_INBOX"),
        status("PUBLISH_COMPLETE"),
        httpx.Response(500),
        no(429, "rate_limit_exceeded"),
        no(401, "access_token_invalid"),
        httpx.ReadTimeout("slow"),
    ],
)
def test_what_was_handed_over_never_counts_as_unsent(answer):
    whole = [httpx.Response(206), httpx.Response(201)]

    with pytest.raises(errors.FateUnknown):
        tiktok(Wire(creator(), ok(publish_id=ID, upload_url=URL), *whole, answer)).publish(send())
    with pytest.raises(errors.FateUnknown):
        tiktok(Wire(answer)).publish(send(steps=HANDED | {"upload_url": ""}))


@pytest.mark.parametrize(
    ("answer", "expected", "handed_over"),
    [
        (no(500, "internal_error"), errors.FateUnknown, True),
        (httpx.Response(503, text="<html>"), errors.FateUnknown, True),
        (httpx.Response(200, text="<html>"), errors.FateUnknown, True),
        (httpx.Response(200, json={"data": {"publish_id": "p"}}), errors.FateUnknown, True),
        (no(200, "something_new"), errors.FateUnknown, True),
        (httpx.ReadTimeout("slow"), errors.FateUnknown, True),
        (ok(), errors.FateUnknown, True),
        (httpx.ConnectError("no"), errors.Unreachable, False),
        (no(429, "rate_limit_exceeded"), errors.RateLimited, False),
        (no(200, "spam_risk_too_many_posts"), errors.RateLimited, False),
        (no(403, "url_ownership_unverified"), errors.Forbidden, False),
        (no(400, "something_new"), errors.Rejected, False),
    ],
)
def test_a_lost_beginning_of_photos_may_be_public(answer, expected, handed_over):
    made = send(media=(PHOTO,))

    with pytest.raises(errors.NetworkError) as caught:
        tiktok(Wire(creator(), answer)).publish(made)

    assert expected is type(caught.value)
    assert handed_over == bool(made.steps["handed_over"])


@pytest.mark.parametrize("answer", [no(500, "internal_error"), httpx.ReadTimeout("slow"), ok()])
def test_a_lost_beginning_of_a_clip_is_harmless(answer):
    made = send()

    with pytest.raises(errors.Unreachable):
        tiktok(Wire(creator(), answer)).publish(made)

    assert {} == made.steps
