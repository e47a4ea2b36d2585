"""LinkedIn's wire: requests, look-up, counts, and every refusal as one error of ours."""

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
from publishing.platforms.linkedin_errors import TABLE, error_for
from publishing.platforms.registry import connect
from tests.publishing.samples import samples

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGE, ANNA = "urn:li:organization:7", "urn:li:person:anna"
SHARE = "urn:li:share:7200000000000000000"
CREATED = httpx.Response(201, headers={"x-restli-id": SHARE})
PNG = Attachment(
    sha256="a" * 64, mime_type="image/png", bytes=3, width=8, height=8, alt_text="a bottle"
)
CLIP = Attachment(sha256="b" * 64, mime_type="video/mp4", bytes=9, width=8, height=8, seconds=4)
UPLOADS = "https://www.linkedin.com/dms-uploads"


class Still:
    def now(self):
        return NOON

    def wait_until(self, instant):
        raise AssertionError(f"nobody waits until {instant}")


class Shelf:
    def read(self, sha256):
        return b"png" if sha256.startswith("a") else b"123456789"

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
        return [f"{r.method} {r.url.raw_path.decode()}" for r in self.asked]


def linkedin(wire, urn=PAGE, **account):
    made = Account(
        platform=Platform.LINKEDIN, handle="bergquell", time_zone="UTC", user_id=urn, **account
    )
    return connect(
        made,
        secret="s3cret",
        clock=Still(),
        sending_allowed=True,
        media=Shelf(),
        transport=httpx.MockTransport(wire),
    )


def send(text="Fresh.", steps=None, **payload):
    kind = payload.pop("kind", DeliveryKind.POST)
    made, kept = Payload(text=text, **payload), dict(steps or {})
    return Send(
        payload=made,
        platform_key=None,
        fingerprint=fingerprint(full_text(made)),
        created_at=NOON,
        kind=kind,
        steps=kept,
        keep=kept.__setitem__,
    )


def shown(urn=SHARE, text="Fresh.", at=NOON, **more):
    created = int(at.timestamp() * 1000)
    return {"id": urn, "commentary": text, "createdAt": created} | more


def listed(*elements):
    return httpx.Response(200, json={"elements": list(elements), "paging": {"total": 1}})


@pytest.fixture
def documented():
    return samples("linkedin")


def test_a_members_post_goes_out_as_it_is_documented():
    wire = Wire(CREATED)

    result = linkedin(wire, ANNA).publish(send("Hi (you)", hashtags=("water",)))

    (request,) = wire.asked
    assert ["POST /rest/posts"] == wire.lines
    assert ("Bearer s3cret", "202607", "2.0.0") == tuple(
        request.headers[name]
        for name in ("authorization", "linkedin-version", "x-restli-protocol-version")
    )
    assert {
        "author": ANNA,
        "commentary": r"Hi \(you\) {hashtag|\#|water}",
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    } == json.loads(request.content)
    assert (SHARE, f"https://www.linkedin.com/feed/update/{SHARE}") == (
        result.platform_id,
        result.url,
    )


def test_without_a_urn_the_owner_of_the_token_posts_and_is_asked_once():
    me = httpx.Response(200, json={"sub": "anna"})
    wire = Wire(me, CREATED, CREATED)
    network = linkedin(wire, None)

    network.publish(send())
    network.publish(send("Again."))

    assert ["GET /v2/userinfo", "POST /rest/posts", "POST /rest/posts"] == wire.lines
    assert ANNA == json.loads(wire.asked[1].content)["author"]


def test_the_brand_file_says_which_version_is_asked_for():
    wire = Wire(CREATED)

    linkedin(wire, ANNA, api_version="202701").publish(send())

    assert "202701" == wire.asked[0].headers["linkedin-version"]


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [(Visibility.UNLISTED, "LOGGED_IN"), (Visibility.FOLLOWERS, "CONNECTIONS")],
)
def test_visibility_becomes_linkedins_own(visibility, expected):
    wire = Wire(CREATED)

    linkedin(wire, ANNA, visibility=visibility).publish(send())

    assert expected == json.loads(wire.asked[0].content)["visibility"]


def test_what_can_never_go_out_is_refused_before_anything_is_asked():
    wire = Wire()

    with pytest.raises(errors.Rejected, match="set its visibility"):
        linkedin(wire, visibility=Visibility.PRIVATE).publish(send())
    with pytest.raises(errors.Rejected, match="one clip alone"):
        linkedin(wire).publish(send(media=(CLIP, PNG)))

    assert [] == wire.asked


def image(number):
    value = {"uploadUrl": f"{UPLOADS}/{number}?token=x", "image": f"urn:li:image:{number}"}
    return httpx.Response(200, json={"value": value})


def test_pictures_are_uploaded_once_and_kept_before_the_post():
    wire = Wire(image(1), httpx.Response(201), image(2), httpx.ReadTimeout("slow"))
    first = send(media=(PNG, PNG))

    with pytest.raises(errors.Unreachable):
        linkedin(wire, ANNA).publish(first)
    again = Wire(image(2), httpx.Response(201), CREATED)
    linkedin(again, ANNA).publish(send(media=(PNG, PNG), steps=first.steps))

    assert {"media.0": "urn:li:image:1"} == dict(first.steps)
    assert "Bearer s3cret" == again.asked[1].headers["authorization"]
    images = [{"id": f"urn:li:image:{n}", "altText": "a bottle"} for n in (1, 2)]
    assert {"multiImage": {"images": images}} == json.loads(again.asked[2].content)["content"]


def test_the_token_goes_to_no_other_host_than_linkedins():
    value = {"uploadUrl": "https://evil.example/x", "image": "urn:li:image:1"}
    wire = Wire(httpx.Response(200, json={"value": value}), httpx.Response(201), CREATED)

    linkedin(wire, ANNA).publish(send(media=(PNG,)))

    assert "authorization" not in wire.asked[1].headers


def video_begun():
    parts = [
        {"uploadUrl": f"{UPLOADS}/{first}", "firstByte": first, "lastByte": last}
        for first, last in ((0, 3), (4, 7), (8, 8))
    ]
    value = {"video": "urn:li:video:1", "uploadToken": "t", "uploadInstructions": parts}
    return httpx.Response(200, json={"value": value})


def state(name, **more):
    return httpx.Response(200, json={"id": "urn:li:video:1", "status": name} | more)


def test_a_clip_is_sent_in_parts_joined_by_their_etags_and_waited_for():
    tags = [httpx.Response(200, headers={"etag": f"tag-{n}"}) for n in (1, 2, 3)]
    wire = Wire(video_begun(), *tags, httpx.Response(200), state("BREWING"))
    first = send(media=(CLIP,))

    with pytest.raises(errors.Processing) as caught:
        linkedin(wire, ANNA).publish(first)
    again = Wire(state("AVAILABLE"), CREATED)
    linkedin(again, ANNA).publish(send(media=(CLIP,), steps=first.steps))

    assert [b"1234", b"5678", b"9"] == [request.content for request in wire.asked[1:4]]
    assert {
        "video": "urn:li:video:1",
        "uploadToken": "t",
        "uploadedPartIds": ["tag-1", "tag-2", "tag-3"],
    } == json.loads(wire.asked[4].content)["finalizeUploadRequest"]
    assert NOON + timedelta(seconds=5) == caught.value.until
    assert {"media": {"id": "urn:li:video:1"}} == json.loads(again.asked[1].content)["content"]


def test_a_clip_that_failed_is_forgotten_so_that_another_can_be_tried():
    wire = Wire(state("PROCESSING_FAILED", processingFailureReason="too short"))
    made = send(media=(CLIP,), steps={"media.0": "urn:li:video:1"})

    with pytest.raises(errors.Rejected, match="too short"):
        linkedin(wire, ANNA).publish(made)

    assert "" == made.steps["media.0"]


def test_a_clip_that_is_gone_is_uploaded_again_in_the_same_attempt():
    tags = [httpx.Response(200, headers={"etag": "t"})] * 3
    wire = Wire(
        httpx.Response(404), video_begun(), *tags, httpx.Response(200), state("AVAILABLE"), CREATED
    )

    result = linkedin(wire, ANNA).publish(send(media=(CLIP,), steps={"media.0": "urn:li:video:0"}))

    assert SHARE == result.platform_id


def test_a_member_who_may_not_look_at_a_clip_posts_it_all_the_same():
    wire = Wire(httpx.Response(403, json={"status": 403}), CREATED)

    linkedin(wire, ANNA).publish(send(media=(CLIP,), steps={"media.0": "urn:li:video:1"}))

    assert ["GET /rest/videos/urn%3Ali%3Avideo%3A1", "POST /rest/posts"] == wire.lines


def test_a_file_that_is_missing_is_named():
    class Empty:
        def read(self, sha256):
            raise errors.StoreError(f"the blob {sha256[:4]} cannot be read; add the file again")

    network = linkedin(Wire(), ANNA)
    network._uploads._media = Empty()

    with pytest.raises(errors.Rejected, match="add the file again"):
        network.publish(send(media=(PNG,)))


def test_a_first_comment_names_the_post_and_a_reply_names_the_comment():
    below = "urn:li:comment:(urn:li:activity:41,6)"
    comment = {"id": "9", "commentUrn": "urn:li:comment:(urn:li:activity:41,9)"}
    wire = Wire(
        httpx.Response(201, headers={"x-restli-id": "9"}, json=comment),
        httpx.Response(201, headers={"x-restli-id": "10"}),
    )
    network = linkedin(wire, ANNA)

    first = network.publish(send("First", reply_to=SHARE, reply_root=SHARE))
    reply = network.publish(send("Hi (you)", reply_to=below, reply_root=SHARE))

    assert [
        "POST /rest/socialActions/urn%3Ali%3Ashare%3A7200000000000000000/comments",
        "POST /rest/socialActions/urn%3Ali%3Acomment%3A%28urn%3Ali%3Aactivity%3A41%2C6%29/comments",
    ] == wire.lines
    assert {"actor": ANNA, "object": SHARE, "message": {"text": "First"}} == json.loads(
        wire.asked[0].content
    )
    assert {
        "actor": ANNA,
        "object": "urn:li:activity:41",
        "message": {"text": "Hi (you)"},
        "parentComment": below,
    } == json.loads(wire.asked[1].content)
    assert [comment["commentUrn"], "urn:li:comment:(urn:li:activity:41,10)"] == [
        first.platform_id,
        reply.platform_id,
    ]


@pytest.mark.parametrize("status", [204, 404])
def test_what_is_gone_already_counts_as_deleted(status):
    wire = Wire(*[httpx.Response(status)] * 2)
    network = linkedin(wire, ANNA)
    comment = "urn:li:comment:(urn:li:activity:41,6)"

    for target in (SHARE, comment):
        result = network.publish(send("", kind=DeliveryKind.DELETE, target=target))
        assert target == result.platform_id

    assert [
        "DELETE /rest/posts/urn%3Ali%3Ashare%3A7200000000000000000",
        "DELETE /rest/socialActions/urn%3Ali%3Aactivity%3A41/comments/6"
        "?actor=urn%3Ali%3Aperson%3Aanna",
    ] == wire.lines


@pytest.mark.parametrize("text", ["Fres", "Fresh."])
def test_a_page_that_shows_less_than_was_sent_is_warned_about(text):
    wire = Wire(CREATED, httpx.Response(200, json=shown(text=text)))

    with structlog.testing.capture_logs() as logs:
        linkedin(wire).publish(send())

    warned = [one for one in logs if one["log_level"] == "warning"]
    assert [(6, 4)] * (text == "Fres") == [(one["sent"], one["shown"]) for one in warned]


@pytest.mark.parametrize(
    "answer", [httpx.ReadTimeout("slow"), httpx.Response(500), httpx.Response(200, text="<html>")]
)
def test_looking_at_what_was_published_never_fails_the_publish(answer):
    assert SHARE == linkedin(Wire(CREATED, answer)).publish(send()).platform_id


SAMPLES = {
    "duplicate_422": errors.Duplicate,
    "throttle_429": errors.RateLimited,
    "expired_401": errors.AuthExpired,
    "revoked_401": errors.AuthExpired,
    "forbidden_403": errors.Forbidden,
    "version_426": errors.VersionGone,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_documented_refusal_is_one_error_of_ours(documented, name):
    answer = httpx.Response(documented[name]["status"], json=documented[name]["body"])

    with pytest.raises(errors.NetworkError) as caught:
        linkedin(Wire(answer)).publish(send())

    assert SAMPLES[name] is type(caught.value)
    assert "s3cret" not in str(caught.value)


def test_no_documented_sample_is_left_out(documented):
    refusals = {name for name, one in documented.items() if one.get("status", 200) >= 400}

    assert refusals == set(SAMPLES)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.status} {row.code}")
def test_every_row_of_the_table_is_reached(row):
    code = {"code": row.code} if row.code else {}
    answer = httpx.Response(row.status, json={"status": row.status, "message": "no"} | code)

    found = error_for(answer, "linkedin:b", changes_something=True, now=NOON)

    assert row.leaf is type(found)
    assert str(found).endswith(row.remedy)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(500, text="oops"), errors.FateUnknown),
        (httpx.Response(503, json={"message": "Service Unavailable"}), errors.FateUnknown),
        (httpx.Response(400, json={"message": "Unable to obtain activity"}), errors.FateUnknown),
        (httpx.Response(408), errors.FateUnknown),
        (httpx.Response(302, headers={"location": "https://a.example"}), errors.FateUnknown),
        (httpx.Response(201), errors.FateUnknown),
        (httpx.Response(201, text="<html>"), errors.FateUnknown),
        (httpx.Response(418), errors.Rejected),
        (httpx.ConnectError("refused"), errors.Unreachable),
        (httpx.ReadTimeout("slow"), errors.FateUnknown),
        (httpx.RemoteProtocolError("half an answer"), errors.FateUnknown),
    ],
)
def test_only_a_clear_refusal_is_certainly_not_sent(answer, expected):
    made = send()

    with pytest.raises(errors.NetworkError) as caught:
        linkedin(Wire(answer), ANNA).publish(made)

    assert expected is type(caught.value)
    assert ("yes" if expected is errors.FateUnknown else "") == made.steps["asked"]


@pytest.mark.parametrize(
    ("headers", "body", "until"),
    [
        ({}, {"message": "throttle MEMBER DAY limit"}, datetime(2026, 3, 3, tzinfo=UTC)),
        ({"retry-after": "30"}, {}, NOON + timedelta(seconds=30)),
        ({}, {"message": "throttle MEMBER MINUTE limit"}, None),
    ],
)
def test_a_throttle_says_until_when_to_wait(headers, body, until):
    with pytest.raises(errors.RateLimited) as caught:
        linkedin(Wire(httpx.Response(429, headers=headers, json=body)), ANNA).publish(send())

    assert until == caught.value.until


def test_a_pages_post_is_found_among_its_posts_by_its_words():
    old = NOON - timedelta(hours=3)
    page = httpx.Response(
        200,
        json={
            "elements": [
                shown("urn:li:share:4", r"Hi \(you\)"),
                shown("urn:li:share:3", "Else"),
                shown("urn:li:share:2", r"Hi \(you\)"),
                shown("urn:li:share:1", r"Hi \(you\)", old),
            ],
            "paging": {"total": 4},
        },
    )
    wire = Wire(page)

    found = linkedin(wire).look_up(
        send("Hi (you)"), since=NOON - timedelta(minutes=2), taken=frozenset({"urn:li:share:2"})
    )

    assert ("urn:li:share:4", True) == (found.platform_id, found.adopted)
    assert [
        "GET /rest/posts?author=urn%3Ali%3Aorganization%3A7&q=author&sortBy=CREATED"
        "&start=0&count=100"
    ] == wire.lines
    assert "FINDER" == wire.asked[0].headers["x-restli-method"]


def test_a_short_page_is_not_taken_for_the_last():
    first = httpx.Response(200, json={"elements": [shown("urn:li:share:9", "Else")]})
    second = httpx.Response(200, json={"elements": [shown("urn:li:share:8")]})
    wire = Wire(first, second, httpx.Response(200, json={"elements": []}))

    found = linkedin(wire).look_up(send(), since=NOON)

    assert "urn:li:share:8" == found.platform_id
    assert "start=100&count=100" in wire.lines[1]


def test_a_pages_post_that_is_not_listed_is_not_there():
    assert (
        linkedin(Wire(httpx.Response(200, json={"elements": []}))).look_up(send(), since=NOON)
        is None
    )


def test_a_reply_is_found_below_the_comment_that_it_answers():
    parent = "urn:li:comment:(urn:li:activity:41,6)"

    def given(number, actor=PAGE, parent=parent):
        return {
            "id": number,
            "object": "urn:li:activity:41",
            "actor": actor,
            "message": {"text": "Thanks"},
            "created": {"time": int(NOON.timestamp() * 1000)},
            "parentComment": parent,
        }

    wire = Wire(listed(given("7", actor=ANNA), given("8", parent=None), given("9")))

    found = linkedin(wire).look_up(send("Thanks", reply_to=parent), since=NOON)

    assert "urn:li:comment:(urn:li:activity:41,9)" == found.platform_id


def test_a_members_post_cannot_be_looked_up_once_it_may_have_been_asked_for():
    network = linkedin(Wire(), ANNA)

    with pytest.raises(errors.Forbidden, match="look at the profile"):
        network.look_up(send(steps={"asked": "yes"}), since=NOON)
    assert network.look_up(send(steps={"media.0": "urn:li:image:1"}), since=NOON) is None
    assert network.look_up(send(steps={"asked": ""}), since=NOON) is None


def refused_as_duplicate(documented):
    made = send()
    answer = httpx.Response(422, json=documented["duplicate_422"]["body"])
    with pytest.raises(errors.Duplicate) as caught:
        linkedin(Wire(answer), ANNA).publish(made)
    assert SHARE == caught.value.platform_id
    return made


def test_the_post_that_a_duplicate_names_is_adopted_once_it_was_seen(documented):
    made = refused_as_duplicate(documented)
    wire = Wire(httpx.Response(200, json=shown()))

    found = linkedin(wire, ANNA).look_up(made, since=NOON)

    assert (SHARE, True) == (found.platform_id, found.adopted)
    assert ["GET /rest/posts/urn%3Ali%3Ashare%3A7200000000000000000"] == wire.lines


@pytest.mark.parametrize(
    ("at", "taken"),
    [(NOON - timedelta(days=9), frozenset()), (NOON, frozenset({SHARE}))],
    ids=["older", "of another delivery"],
)
def test_a_named_post_that_is_not_this_deliverys_is_not_adopted(documented, at, taken):
    made = refused_as_duplicate(documented)
    wire = Wire(httpx.Response(200, json=shown(at=at)))

    assert linkedin(wire, ANNA).look_up(made, since=NOON, taken=taken) is None


@pytest.mark.parametrize("status", [403, 404])
def test_a_named_post_that_is_not_shown_is_for_a_person(documented, status):
    made = refused_as_duplicate(documented)

    with pytest.raises(errors.Forbidden, match=f"look at https://.*{SHARE}"):
        linkedin(Wire(httpx.Response(status)), ANNA).look_up(made, since=NOON)


def test_an_earlier_duplicate_is_forgotten_by_the_next_attempt():
    made = send(steps={"duplicate_of": SHARE})

    linkedin(Wire(CREATED), ANNA).publish(made)

    assert "" == made.steps["duplicate_of"]


def test_a_pages_counts_are_asked_by_two_parameters():
    statistics = {"impressionCount": 600, "likeCount": 5, "commentCount": 0, "shareCount": -1}
    wire = Wire(
        listed({"share": "urn:li:share:1", "totalShareStatistics": statistics}),
        listed({"ugcPost": "urn:li:ugcPost:2", "totalShareStatistics": {"clickCount": 3}}),
    )

    rows = linkedin(wire).metrics(
        ["urn:li:share:1", "urn:li:ugcPost:2", "urn:li:share:3", "urn:li:comment:(a,1)"]
    )

    start = "GET /rest/organizationalEntityShareStatistics?q=organizationalEntity"
    owner = "organizationalEntity=urn%3Ali%3Aorganization%3A7"
    assert [
        f"{start}&{owner}&shares=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A3)",
        f"{start}&{owner}&ugcPosts=List(urn%3Ali%3AugcPost%3A2)",
    ] == wire.lines
    assert {
        "impressions": (600, "impressionCount"),
        "reach": (None, "uniqueImpressionsCount"),
        "likes": (5, "likeCount"),
        "comments": (0, "commentCount"),
        "shares": (None, "shareCount"),
        "clicks": (None, "clickCount"),
    } == rows[0].counts
    assert ["urn:li:share:1", "urn:li:ugcPost:2"] == [row.post_id for row in rows]


def test_a_members_counts_are_asked_one_by_one_and_a_newer_one_may_be_refused():
    counted = [listed({"count": n}) for n in (600, 400, 5)]
    answers = [*counted, listed(), listed({"count": 0}), httpx.Response(400), listed({"count": 2})]
    wire = Wire(*answers)

    (row,) = linkedin(wire, ANNA).metrics(["urn:li:ugcPost:2"])

    assert (
        "GET /rest/memberCreatorPostAnalytics?q=entity&entity=(ugc:urn%3Ali%3AugcPost%3A2)"
        "&queryType=IMPRESSION&aggregation=TOTAL"
    ) == wire.lines[0]
    assert {
        "impressions": 600,
        "reach": 400,
        "likes": 5,
        "comments": None,
        "shares": 0,
        "saves": None,
        "clicks": 2,
    } == {name: value for name, (value, _) in row.counts.items()}


def test_comments_come_in_oldest_first_and_without_our_own():
    def comment(number, actor, minutes, **more):
        at = int((NOON + timedelta(minutes=minutes)).timestamp() * 1000)
        return {
            "id": number,
            "commentUrn": f"urn:li:comment:(urn:li:activity:41,{number})",
            "actor": actor,
            "message": {"text": "Hi"},
            "created": {"time": at},
        } | more

    wire = Wire(
        listed(shown()),
        listed(
            comment("8", "urn:li:person:b", 2),
            comment("7", PAGE, 1),
            comment("6", "urn:li:person:c", 0),
            comment("5", "urn:li:person:c", -9),
        ),
    )

    messages = linkedin(wire).inbound(since=NOON)

    assert [
        ("urn:li:comment:(urn:li:activity:41,6)", "urn:li:person:c", SHARE),
        ("urn:li:comment:(urn:li:activity:41,8)", "urn:li:person:b", SHARE),
    ] == [(one.platform_ref, one.author, one.thread_root) for one in messages]


def test_a_members_posts_cannot_be_listed():
    with pytest.raises(errors.Forbidden, match="use an organisation"):
        linkedin(Wire(), ANNA).own_posts(NOON)


@pytest.mark.parametrize("body", [{}, {"elements": [1]}, {"elements": [{"id": SHARE}]}, [1]])
def test_a_garbled_list_is_never_taken_for_an_empty_one(body):
    with pytest.raises(errors.Unreachable):
        linkedin(Wire(httpx.Response(200, json=body))).look_up(send(), since=NOON)


def test_neither_token_nor_upload_url_shows_in_errors_and_logs():
    wire = Wire(
        image(1), httpx.Response(500, text="https://www.linkedin.com/dms-uploads/1?token=x")
    )

    with structlog.testing.capture_logs() as logs, pytest.raises(errors.Unreachable) as caught:
        linkedin(wire, ANNA).publish(send(media=(PNG,)))

    said = f"{caught.value} {logs} {linkedin(wire)!r}"
    assert not [one for one in ("s3cret", "token=x") if one in said]
