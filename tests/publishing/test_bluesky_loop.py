"""Bluesky with files over real HTTP: the door against the sandbox, whose ledger is the judge."""

from dataclasses import replace
from functools import partial

import pytest

from domain.deliveries import DeliveryKind, DeliveryState
from domain.platforms import Platform
from publishing import attempts
from publishing.platforms.base import Access, Secret
from publishing.platforms.bluesky import Bluesky
from publishing.platforms.bluesky_media import BlueskyOptions
from tests.publishing.loop import CLIP, Loop, picture, sandbox

PLACE = {"platform": Platform.BLUESKY, "handle": "bergquell.test"}
HIDDEN = ["accept_then_reset", "accept_then_500", "accept_then_garbage"]
WAYS = ["pds", "service"]


def adapter(way, account, *, secret, clock, sending_allowed, media):
    """The adapter that brings videos by one of the two ways."""
    assert not sending_allowed
    access = Access(account, Secret(secret), clock, account.base_url, media)
    return Bluesky(access, BlueskyOptions(video=way))


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("bluesky"), **PLACE) as url:
        yield url


@pytest.fixture
def open_loop(url, sqlite_ledger_url, tmp_path):
    made = []

    def build(way="pds"):
        network = partial(adapter, way)
        made.append(Loop(url, sqlite_ledger_url, folder=tmp_path, network=network, **PLACE))
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def loop(open_loop):
    return open_loop()


def shown(loop, uri):
    (post,) = loop.http.get("/bluesky/xrpc/app.bsky.feed.getPosts", params={"uris": uri}).json()[
        "posts"
    ]
    return post


def sent_once(loop, delivery_id, text):
    """The delivery, sent under the only post of that text."""
    (accepted,) = loop.accepted(text)
    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, accepted["id"]) == (sent.state, sent.platform_id), sent.reason
    return sent


def test_pictures_go_out_with_descriptions_and_ratio(loop, request):
    text = f"Two {request.node.name}"
    files = [loop.attach(picture(c), f"a {c} bottle") for c in ("teal", "navy")]

    delivery_id = loop.plan(text, media=tuple(files))
    loop.run()

    images = shown(loop, sent_once(loop, delivery_id, text).platform_id)["embed"]["images"]
    assert ["a teal bottle", "a navy bottle"] == [image["alt"] for image in images]
    assert {"width": 64, "height": 48} == images[0]["aspectRatio"]


@pytest.mark.parametrize("way", WAYS)
def test_a_video_goes_out_by_either_way(open_loop, way, request):
    loop, text = open_loop(way), f"Clip {request.node.name}"
    clip = CLIP + way.encode()
    delivery_id = loop.plan(text, media=(loop.attach(clip, "water runs", video=True),))

    loop.run()

    embed = shown(loop, sent_once(loop, delivery_id, text).platform_id)["embed"]
    assert ("app.bsky.embed.video#view", "water runs") == (embed["$type"], embed["alt"])


def test_a_clip_goes_out_with_its_captions(open_loop, request):
    loop, text = open_loop(), f"Captions {request.node.name}"
    words = loop.attach(b"WEBVTT\n\n00:00.000 --> 00:03.000\nWater runs.\n").sha256
    clip = loop.attach(CLIP + b"words", "water runs", video=True)
    delivery_id = loop.plan(
        text, language="de", media=(clip.model_copy(update={"captions": words}),)
    )

    loop.run()

    record = shown(loop, sent_once(loop, delivery_id, text).platform_id)["record"]
    (captions,) = record["embed"]["captions"]
    assert ("de", "text/vtt") == (captions["lang"], captions["file"]["mimeType"])


def test_a_clip_that_the_service_has_already_is_no_error(open_loop, request):
    loop, text = open_loop("service"), f"Again {request.node.name}"
    clip = loop.attach(CLIP + b"again", video=True)
    ids = [loop.plan(f"{text} {n}", media=(clip,)) for n in "ab"]

    loop.run()

    for delivery_id, n in zip(ids, "ab", strict=True):
        sent_once(loop, delivery_id, f"{text} {n}")


def test_a_clip_that_cannot_be_processed_fails_with_the_reason(open_loop, request):
    loop = open_loop("service")
    loop.fault("processing_fails")
    clip = loop.attach(CLIP + b"broken", video=True)
    delivery_id = loop.plan(f"Broken {request.node.name}", media=(clip,))

    loop.run()

    failed = loop.look(delivery_id)
    assert (DeliveryState.FAILED, []) == (failed.state, loop.accepted("Broken"))
    assert "encoding_failure" in failed.reason


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("effect", HIDDEN)
@pytest.mark.parametrize("way", WAYS)
def test_a_post_with_a_video_exists_once_wherever_answers_are_lost(
    open_loop, way, effect, count, request
):
    loop, text = open_loop(way), f"Lost {request.node.name}"
    loop.plan(f"Logged in {request.node.name}")
    loop.run()
    loop.fault(effect, count=count)
    clip = loop.attach(CLIP + request.node.name.encode(), video=True)
    delivery_id = loop.plan(text, media=(clip,))

    loop.run()

    sent_once(loop, delivery_id, text)


def test_a_blob_that_died_is_uploaded_again(loop, request):
    text = f"Died {request.node.name}"
    loop.fault("expires")
    delivery_id = loop.plan(text, media=(loop.attach(picture(), "a bottle"),))

    loop.run()

    assert 2 == sent_once(loop, delivery_id, text).attempts


def test_a_link_gets_a_card_and_a_post_with_pictures_keeps_the_pictures(loop, request):
    text, link = f"Link {request.node.name}", "https://bergquell.example/fresh"
    plain = loop.plan(f"{text} a", link=link, title="Fresh water")
    with_picture = loop.plan(f"{text} b", link=link, media=(loop.attach(picture()),))

    loop.run()

    card = shown(loop, loop.look(plain).platform_id)["embed"]
    assert {"uri": link, "title": "Fresh water", "description": ""} == card["external"]
    other = shown(loop, loop.look(with_picture).platform_id)["embed"]
    assert "app.bsky.embed.images#view" == other["$type"]


def test_a_thread_names_its_root_and_its_parent_with_their_cids(loop, request):
    text = f"Thread {request.node.name}"
    first = loop.plan(f"{text} 1")
    second = loop.plan(f"{text} 2", after=loop.look(first).key)
    third = loop.plan(f"{text} 3", after=loop.look(second).key)

    loop.run()

    posts = [shown(loop, loop.look(each).platform_id) for each in (first, second, third)]
    one, two, three = ({"uri": post["uri"], "cid": post["cid"]} for post in posts)
    assert {"root": one, "parent": one} == posts[1]["record"]["reply"]
    assert {"root": one, "parent": two} == posts[2]["record"]["reply"]
    assert three["uri"] == loop.look(third).platform_id


def test_the_same_delivery_again_is_the_same_record_and_a_no_op(loop, request):
    text = f"Same {request.node.name}"
    delivery_id = loop.plan(text, media=(loop.attach(picture(), "a bottle"),))
    loop.run()
    sent = loop.look(delivery_id)
    attempt = attempts.Attempt(sent, 2, loop.clock.now(), sent.payload)
    loop.pass_time(minutes=10)

    again = loop.network.publish(replace(attempt.send(), created_at=loop.clock.now()))

    assert sent.platform_id == again.platform_id
    assert 1 == len(loop.accepted(text))
    assert [] == [
        a for a in loop.actions() if (a["kind"], a["id"]) == ("update", again.platform_id)
    ]


def test_a_reply_to_a_comment_without_its_cid_finds_it(loop, request):
    post = loop.plan(f"What do you think? {request.node.name}")
    loop.run()
    message = loop.first_message(loop.look(post).platform_id)
    bare = message.message_id

    text = f"Thank you {request.node.name}"
    delivery_id = loop.plan(text, kind=DeliveryKind.REPLY, reply_to=bare, reply_root=None)
    loop.run()

    sent = sent_once(loop, delivery_id, text)
    assert (
        message.platform_ref.partition("#")[2]
        == (shown(loop, sent.platform_id)["record"]["reply"]["parent"]["cid"])
    )


def test_a_reply_to_what_is_gone_fails_with_the_remedy(loop, request):
    gone = "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3lz2abcde2k2x"
    delivery_id = loop.plan(f"To whom? {request.node.name}", reply_to=gone)

    loop.run()

    assert "is gone; leave the reply out" in loop.look(delivery_id).reason


@pytest.mark.parametrize("kind", ["delete", "hide"])
def test_what_is_repeated_without_harm_is_done(loop, kind, request):
    post = loop.plan(f"Target {request.node.name}")
    loop.run()
    below = loop.look(post).platform_id
    target = below if kind == "delete" else loop.first_message(below).message_id
    loop.fault("accept_then_reset")
    plan = partial(loop.plan, kind=DeliveryKind(kind), target=target, reply_root=below)
    ids = [plan() for _ in range(2)]

    loop.run()

    assert {DeliveryState.SENT} == {loop.look(one).state for one in ids}
