"""LinkedIn's wire: posts, files, replies and visibility as they are documented."""

import json
from datetime import timedelta

import httpx
import pytest
import structlog

from domain import errors
from domain.brand import Visibility
from domain.deliveries import DeliveryKind
from tests.publishing.linkedin_stage import (
    ANNA,
    CLIP,
    CREATED,
    NOON,
    PNG,
    SHARE,
    UPLOADS,
    Wire,
    image,
    linkedin,
    send,
    shown,
)
from tests.publishing.samples import samples


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
