"""TikTok's wire: requests, resumption, look-up, counts, and every refusal as one error of ours."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import structlog

from domain import errors
from domain.brand import Account, Visibility
from domain.deliveries import DeliveryKind, Payload, fingerprint, full_text
from domain.media import Attachment
from domain.platforms import Platform
from publishing.platforms.base import Send
from publishing.platforms.registry import connect
from publishing.platforms.tiktok_errors import CODES, REASONS
from tests.publishing.samples import samples

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = "https://open-upload.tiktokapis.com/video/?upload_id=1&upload_token=t0psecret"
ID, POST = "v_pub_file~v2-1.1", "7300000000000000000"
CLIP = Attachment(
    sha256="a" * 64, mime_type="video/mp4", bytes=25_000_000, width=720, height=1280, seconds=9
)
PHOTO = Attachment(sha256="b" * 64, mime_type="image/jpeg", bytes=9, width=720, height=720)


class Still:
    def __init__(self, at=NOON):
        self.at = at

    def now(self):
        return self.at

    def wait_until(self, instant):
        raise AssertionError(f"nobody waits until {instant}")


class Shelf:
    def read(self, _sha256):
        return bytes(25_000_000)

    def url(self, sha256):
        return f"https://media.example/{sha256[:4]}"


class Bare(Shelf):
    def url(self, _sha256):
        return None


class Wire:
    """Answers in the order given, and keeps what was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def lines(self):
        return [f"{r.method} {r.url.path}" for r in self.asked]

    def body(self, number):
        return json.loads(self.asked[number].content)


def tiktok(wire, *, media=None, at=NOON, **account):
    made = Account(platform=Platform.TIKTOK, handle="bergquell", time_zone="UTC", **account)
    return connect(
        made,
        secret="s3cret",
        clock=Still(at),
        sending_allowed=True,
        media=media or Shelf(),
        transport=httpx.MockTransport(wire),
    )


def send(text="Fresh.", steps=None, media=(CLIP,), **payload):
    kind = payload.pop("kind", DeliveryKind.POST)
    made, kept = Payload(text=text, media=media, **payload), dict(steps or {})
    return Send(
        payload=made,
        platform_key=None,
        fingerprint=fingerprint(full_text(made)),
        created_at=NOON,
        kind=kind,
        steps=kept,
        keep=kept.__setitem__,
    )


def ok(**data):
    error = {"code": "ok", "message": "", "log_id": "1"}
    return httpx.Response(200, json={"data": data, "error": error})


def no(status, code):
    return httpx.Response(status, json={"data": {}, "error": {"code": code, "message": "no"}})


def creator(**more):
    options = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    return ok(**{"privacy_level_options": options, "stitch_disabled": True} | more)


def status(name, *ids, **more):
    return ok(status=name, publicaly_available_post_id=list(ids), **more)


def listed(*videos, **more):
    return ok(videos=list(videos), **more)


def video(number, text="Fresh.", at=NOON):
    return {
        "id": str(number),
        "video_description": text,
        "create_time": int(at.timestamp()),
        "share_url": f"https://www.tiktok.com/@bergquell/video/{number}",
    }


BEGUN = {"publish_id": ID, "upload_url": URL, "begun_at": NOON.isoformat()}
HANDED = BEGUN | {"uploaded": "10000000", "handed_over": "yes"}


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
    """A lost answer to the last part, and the URL gone: TikTok may have closed it because it was."""
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


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("http", [200, 400])
def test_every_code_is_one_error_of_ours_also_inside_a_200(code, http):
    with pytest.raises(errors.NetworkError) as caught:
        tiktok(Wire(no(http, code))).publish(send())

    assert CODES[code].leaf is type(caught.value)
    assert str(caught.value).endswith(CODES[code].remedy)


@pytest.mark.parametrize("reason", [*REASONS, "something_new", ""])
def test_every_reason_of_a_failed_post_is_one_error_of_ours(reason):
    made = send(steps=HANDED)

    with pytest.raises(errors.NetworkError) as caught:
        tiktok(Wire(status("FAILED", fail_reason=reason))).publish(made)

    expected = REASONS[reason].leaf if reason in REASONS else errors.Rejected
    assert expected is type(caught.value)
    assert {""} == {made.steps[name] for name in ("publish_id", "upload_url", "handed_over")}


@pytest.mark.parametrize(
    ("code", "until"),
    [
        ("spam_risk_too_many_posts", datetime(2026, 3, 3, tzinfo=UTC)),
        ("rate_limit_exceeded", NOON + timedelta(minutes=1)),
    ],
)
def test_a_limit_says_until_when_to_wait(code, until):
    with pytest.raises(errors.RateLimited) as caught:
        tiktok(Wire(no(429, code))).publish(send())

    assert until == caught.value.until


REFUSALS = {
    "creator_info_blocked_200": errors.RateLimited,
    "rate_429": errors.RateLimited,
    "token_401": errors.AuthExpired,
    "unaudited_403": errors.Forbidden,
}


@pytest.mark.parametrize("name", REFUSALS)
def test_every_documented_refusal_is_one_error_of_ours(name):
    given = samples("tiktok")[name]

    with pytest.raises(errors.NetworkError) as caught:
        tiktok(Wire(httpx.Response(given["status"], json=given["body"]))).publish(send())

    assert REFUSALS[name] is type(caught.value)
    assert "s3cret" not in str(caught.value)


def test_the_documented_states_are_understood():
    given = samples("tiktok")
    complete, failed = (
        httpx.Response(200, json=given[name]["body"])
        for name in ("status_complete", "status_failed")
    )

    assert POST == tiktok(Wire(complete)).publish(send(steps=HANDED)).platform_id
    with pytest.raises(errors.Rejected, match="picture_size_check_failed"):
        tiktok(Wire(failed)).publish(send(steps=HANDED))


def test_no_documented_refusal_is_left_out():
    given = samples("tiktok").items()
    refusals = {
        name
        for name, one in given
        if isinstance(one.get("body", {}).get("error"), dict)
        and one["body"]["error"]["code"] != "ok"
    }

    assert refusals == set(REFUSALS)


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
    assert look_up(send(steps=steps), *answers) is None


@pytest.mark.parametrize(
    "answer",
    [
        status("PROCESSING_UPLOAD", uploaded_bytes=25_000_000),
        status("PROCESSING_UPLOAD"),
        status("SOMETHING_NEW"),
        httpx.Response(503),
    ],
)
def test_what_tiktok_works_on_is_asked_for_again(answer):
    with pytest.raises(errors.Unreachable):
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
    with pytest.raises(errors.Forbidden, match="look at https://www.tiktok.com/@bergquell"):
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
    assert "id,view_count,like_count,comment_count,share_count" == (
        wire.asked[0].url.params["fields"]
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


def test_neither_token_nor_upload_url_shows_in_errors_and_logs():
    wire = Wire(creator(), ok(publish_id=ID, upload_url=URL), httpx.Response(500))

    with structlog.testing.capture_logs() as logs, pytest.raises(errors.Unreachable) as caught:
        tiktok(wire).publish(send())

    said = f"{caught.value} {logs} {tiktok(wire)!r}"
    assert not [one for one in ("s3cret", "t0psecret") if one in said]
