"""X with media over real HTTP: the door against the sandbox, whose ledger is the judge."""

import json
from functools import partial

import pytest

from domain.deliveries import DeliveryKind, DeliveryState
from domain.platforms import Platform
from publishing.platforms.base import Access, Secret
from publishing.platforms.x import X
from publishing.platforms.x_api import XOptions
from tests.publishing.loop import CLIP, Loop, picture, sandbox

PLACE = {"platform": Platform.X, "handle": "bergquell"}
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nFrisch vom Berg\n"
HIDDEN = ["accept_then_reset", "accept_then_500", "accept_then_garbage"]


def small_parts(account, *, secret, clock, sending_allowed, media):
    """The adapter with parts of 1,000 bytes, so that a small clip has several."""
    assert not sending_allowed
    access = Access(account, Secret(secret), clock, account.base_url, media)
    return X(access, XOptions(chunk_bytes=1000))


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("x"), **PLACE) as url:
        yield url


@pytest.fixture
def loop(url, sqlite_ledger_url, tmp_path):
    made = Loop(url, sqlite_ledger_url, folder=tmp_path, network=small_parts, **PLACE)
    yield made
    made.close()


def shown(loop, post_id):
    """A post with its media, as X gives it."""
    query = {
        "ids": post_id,
        "tweet.fields": "attachments,paid_partnership",
        "expansions": "attachments.media_keys",
        "media.fields": "alt_text",
    }
    headers = {"authorization": "Bearer sandbox-x-bergquell"}
    answer = loop.http.get("/x/2/tweets", params=query, headers=headers).json()
    return answer["data"][0], answer.get("includes", {}).get("media", [])


def sent_once(loop, delivery_id, text):
    """The delivery, sent under the only post of that text."""
    (accepted,) = loop.accepted(text)
    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, accepted["id"]) == (sent.state, sent.platform_id), sent.reason
    return sent


def test_four_pictures_go_out_in_order_with_their_descriptions(loop, request):
    text = f"Four {request.node.name}"
    files = [loop.attach(picture(c), f"a {c} bottle") for c in ("teal", "navy", "gold", "red")]

    delivery_id = loop.plan(text, media=tuple(files), paid_partnership=True, made_with_ai=True)
    loop.run()

    post, media = shown(loop, sent_once(loop, delivery_id, text).platform_id)
    assert [file.alt_text for file in files] == [medium["alt_text"] for medium in media]
    assert post["paid_partnership"]


def test_a_video_goes_out_in_parts_and_is_waited_for(loop, request):
    text = f"Clip {request.node.name}"
    delivery_id = loop.plan(text, media=(loop.attach(CLIP, "water runs", video=True),))

    loop.run()

    sent = sent_once(loop, delivery_id, text)
    _, (medium,) = shown(loop, sent.platform_id)
    assert ("video", "water runs") == (medium["type"], medium["alt_text"])
    assert sent.attempts > 1


def test_a_video_has_its_captions_before_it_is_posted(loop, request):
    text = f"Captioned {request.node.name}"
    clip = loop.attach(CLIP, video=True, captions=CAPTIONS)
    delivery_id = loop.plan(text, media=(clip,), language="de")

    loop.run()

    video = json.loads(sent_once(loop, delivery_id, text).steps["media.0"])["id"]
    hung = [(one["id"], one["text"]) for one in loop.actions() if one["kind"] == "subtitles"]
    assert [(video, "DE")] == hung


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("effect", HIDDEN)
def test_a_video_post_exists_once_wherever_answers_are_lost(loop, effect, count, request):
    text = f"Lost {request.node.name}"
    loop.fault(effect, count=count)
    delivery_id = loop.plan(text, media=(loop.attach(CLIP, video=True),))

    loop.run()

    sent_once(loop, delivery_id, text)


def test_the_answer_to_a_picture_post_is_lost_and_the_post_is_adopted(loop, request):
    text = f"Adopted {request.node.name}"
    delivery_id = loop.plan(text, media=(loop.attach(picture()),))
    answer, posts = loop.network._api.answer, []

    def lose_the_post(method, path, **request_):
        response = answer(method, path, **request_)
        if path == "/2/tweets" and method == "POST":
            posts.append(response)
            response._content = b"<html>"
        return response

    loop.network._api.answer = lose_the_post
    loop.run()

    sent = sent_once(loop, delivery_id, text)
    assert (1, "found on the platform") == (len(posts), sent.reason)


def test_media_that_died_is_uploaded_again(loop, request):
    text = f"Died {request.node.name}"
    loop.fault("expires")
    delivery_id = loop.plan(text, media=(loop.attach(picture(), "a bottle"),))

    loop.run()

    sent = sent_once(loop, delivery_id, text)
    assert 2 == sent.attempts
    assert "a bottle" == shown(loop, sent.platform_id)[1][0]["alt_text"]


def test_media_kept_over_a_day_is_not_used_any_more(loop, request):
    text = f"Slow {request.node.name}"
    loop.fault("slow", seconds=3600)
    delivery_id = loop.plan(text, media=(loop.attach(CLIP, video=True),))
    loop.run()
    first = loop.look(delivery_id).steps["media.0"]

    loop.pass_time(hours=25)
    loop.run()

    assert first != sent_once(loop, delivery_id, text).steps["media.0"]


def test_a_video_that_cannot_be_processed_fails_with_the_remedy(loop, request):
    loop.fault("processing_fails")
    delivery_id = loop.plan(f"Broken {request.node.name}", media=(loop.attach(CLIP, video=True),))

    loop.run()

    failed = loop.look(delivery_id)
    assert (DeliveryState.FAILED, []) == (failed.state, loop.accepted("Broken"))
    assert "H.264" in failed.reason


def test_a_thread_with_a_picture_in_its_second_part_keeps_its_order(loop, request):
    text = f"Thread {request.node.name}"
    first = loop.plan(f"{text} 1")
    second = loop.plan(f"{text} 2", after=loop.look(first).key, media=(loop.attach(picture()),))
    third = loop.plan(f"{text} 3", after=loop.look(second).key)

    loop.run()

    posts = {post["id"]: post["in_reply_to"] for post in loop.accepted(text)}
    one, two, three = (loop.look(each).platform_id for each in (first, second, third))
    assert {one: None, two: one, three: two} == posts


@pytest.mark.parametrize("kind", ["delete", "hide"])
def test_what_is_repeated_without_harm_is_done_once(loop, kind, request):
    post = loop.plan(f"Target {request.node.name}")
    loop.run()
    below = loop.look(post).platform_id
    target = below if kind == "delete" else loop.first_message(below).message_id
    plan = partial(loop.plan, kind=DeliveryKind(kind), target=target)
    loop.fault("accept_then_reset")
    ids = [plan() for _ in range(2)]

    loop.run()

    assert {DeliveryState.SENT} == {loop.look(one).state for one in ids}
    assert 1 == len([a for a in loop.actions() if (a["kind"], a["id"]) == (kind, target)])
