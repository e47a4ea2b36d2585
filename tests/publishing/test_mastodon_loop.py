"""Mastodon over real HTTP: the door against the sandbox, whose ledger is the judge."""

import httpx
import pytest

from domain.deliveries import DeliveryKind, DeliveryState
from domain.platforms import Platform
from tests.publishing.loop import CLIP, Loop, picture, sandbox

PLACE = {"platform": Platform.MASTODON, "handle": "bergquell"}
HIDDEN = ["accept_then_reset", "accept_then_500", "accept_then_garbage"]


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("mastodon"), **PLACE) as url:
        yield url


@pytest.fixture
def loop(url, sqlite_ledger_url, tmp_path):
    made = Loop(url, sqlite_ledger_url, folder=tmp_path, **PLACE)
    yield made
    made.close()


@pytest.fixture
def loop_on_both(url, ledger_url, tmp_path):
    """The same on SQLite and on PostgreSQL."""
    made = Loop(url, ledger_url, folder=tmp_path, **PLACE)
    yield made
    made.close()


def shown(loop, platform_id):
    headers = {"authorization": "Bearer sandbox-mastodon-bergquell"}
    return loop.http.get(f"/mastodon/api/v1/statuses/{platform_id}", headers=headers).json()


def test_a_post_goes_out_once_and_its_counts_come_back(loop, request):
    text = f"Fresh & <cool> 💧 {request.node.name}"
    delivery_id = loop.plan(text, link="https://bergquell.example/fresh?a=1&b=2", language="de")

    assert 1 == loop.run()

    sent = loop.look(delivery_id)
    (accepted,) = loop.accepted(text)
    assert (DeliveryState.SENT, accepted["id"]) == (sent.state, sent.platform_id)
    (row,) = loop.network.metrics([sent.platform_id, "1"])
    assert sent.platform_id == row.post_id
    assert {"likes", "comments", "shares"} == {
        n for n, (v, _) in row.counts.items() if v is not None
    }
    own = {post.platform_id: post.text for post in loop.network.own_posts(loop.start)}
    assert accepted["text"] == own[sent.platform_id]
    assert sent.url == shown(loop, sent.platform_id)["url"]


def test_pictures_go_out_with_their_descriptions(loop, request):
    files = [loop.attach(picture(c), f"a {c} bottle") for c in ("teal", "navy", "gold")]
    delivery_id = loop.plan(f"Three {request.node.name}", media=tuple(files))

    loop.run()

    media = shown(loop, loop.look(delivery_id).platform_id)["media_attachments"]
    assert ["a teal bottle", "a navy bottle", "a gold bottle"] == [m["description"] for m in media]


def test_a_video_is_waited_for(loop_on_both, request):
    loop = loop_on_both
    delivery_id = loop.plan(f"Clip {request.node.name}", media=(loop.attach(CLIP, video=True),))

    loop.run()

    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, 3) == (sent.state, sent.attempts)
    (media,) = shown(loop, sent.platform_id)["media_attachments"]
    assert ("video", sent.steps["media.0"]) == (media["type"], media["id"])


@pytest.mark.parametrize("effect", [*HIDDEN, "reject_429", "down"])
def test_whatever_goes_wrong_each_post_exists_once(loop, effect, request):
    text = f"Once {request.node.name}"
    loop.fault(effect, count=2)
    ids = [loop.plan(f"{text} {letter}") for letter in "abc"]

    loop.run()
    for _ in range(2 if effect == "reject_429" else 0):  # one knocks a window, and is refused twice
        loop.clock.wait_until(max(loop.look(one).next_at or loop.clock.now() for one in ids))
        loop.run()

    assert {DeliveryState.SENT} == {loop.look(one).state for one in ids}
    assert {post["id"] for post in loop.accepted(text)} == {
        loop.look(one).platform_id for one in ids
    }
    assert 3 == len(loop.accepted(text))


@pytest.mark.parametrize("effect", HIDDEN)
def test_a_post_with_a_file_exists_once_wherever_the_answer_is_lost(loop, effect, request):
    text = f"Files {request.node.name}"
    loop.fault(effect, count=2)
    delivery_id = loop.plan(text, media=(loop.attach(picture(), "a bottle"),))

    loop.run()

    (accepted,) = loop.accepted(text)
    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, accepted["id"]) == (sent.state, sent.platform_id)
    assert 1 == len(shown(loop, sent.platform_id)["media_attachments"])


def test_a_post_whose_answer_never_comes_is_found_and_not_repeated(loop, request):
    loop.network._api._client.timeout = httpx.Timeout(0.5)
    text = f"Silence {request.node.name}"
    loop.fault("accept_then_timeout", seconds=5)
    delivery_id = loop.plan(text)

    loop.run()

    (accepted,) = loop.accepted(text)
    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, accepted["id"], "found on the platform") == (
        sent.state,
        sent.platform_id,
        sent.reason,
    )


def test_files_that_died_before_the_post_are_uploaded_again(loop, request):
    text = f"Died {request.node.name}"
    loop.fault("expires")
    delivery_id = loop.plan(text, media=(loop.attach(picture(), "a bottle"),))

    loop.run()

    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, 2, 1) == (sent.state, sent.attempts, len(loop.accepted(text)))
    assert 1 == len(shown(loop, sent.platform_id)["media_attachments"])


def test_a_file_that_cannot_be_processed_fails_with_the_reason(loop, request):
    loop.fault("processing_fails")
    delivery_id = loop.plan(f"Broken {request.node.name}", media=(loop.attach(picture()),))
    loop.fault("slow", seconds=3)

    loop.run()

    failed = loop.look(delivery_id)
    assert (DeliveryState.FAILED, 0) == (failed.state, len(loop.accepted("Broken")))
    assert "cannot process file 1" in failed.reason


def test_a_used_up_quota_waits_until_the_instant_that_the_server_names(loop, request):
    text = f"Quota {request.node.name}"
    loop.pass_time(hours=2 - loop.clock.now().hour % 3, minutes=61 - loop.clock.now().minute)
    loop.fault("quota_used")
    delivery_id = loop.plan(text)

    loop.run()

    waiting = loop.look(delivery_id)
    assert DeliveryState.WAITING == waiting.state
    assert (0, 0) == (waiting.next_at.minute, waiting.next_at.second)
    assert 0 == waiting.next_at.hour % 3
    loop.clock.wait_until(waiting.next_at)
    loop.run()
    assert DeliveryState.SENT == loop.look(delivery_id).state


@pytest.mark.parametrize(
    ("effect", "reason"), [("token_revoked", "connect the account again"), ("blocked", "log in")]
)
def test_an_account_that_is_shut_out_waits_for_a_person(loop, effect, reason, request):
    loop.fault(effect)
    delivery_id = loop.plan(f"Out {request.node.name}")

    loop.run()

    waiting = loop.look(delivery_id)
    assert DeliveryState.WAITING == waiting.state
    assert reason in waiting.reason


def test_a_first_comment_and_a_thread_hang_below_their_post(loop, request):
    text = f"Thread {request.node.name}"
    first = loop.plan(f"{text} 1")
    second = loop.plan(f"{text} 2", after=loop.look(first).key)
    third = loop.plan(f"{text} 3", after=loop.look(second).key)

    loop.run()

    one, two, three = (loop.look(each) for each in (first, second, third))
    assert {f"{text} {n}" for n in (1, 2, 3)} == {post["text"] for post in loop.accepted(text)}
    assert [one.platform_id, two.platform_id] == [
        shown(loop, each.platform_id)["in_reply_to_id"] for each in (two, three)
    ]


@pytest.mark.parametrize("effect", [None, "accept_then_reset"])
def test_a_comment_comes_in_and_is_answered_by_name_once(loop, effect, request):
    post = loop.plan(f"What do you think? {request.node.name}")
    loop.run()
    message = loop.first_message(loop.look(post).platform_id)
    assert "<" not in message.text
    if effect:
        loop.fault(effect)

    text = f"Thank you, {request.node.name}"
    delivery_id = loop.plan(
        text, kind=DeliveryKind.REPLY, reply_to=message.platform_ref, reply_root=message.thread_root
    )
    loop.run()

    (accepted,) = loop.accepted(text)
    assert (f"@{message.author} {text}", message.message_id) == (
        accepted["text"],
        accepted["in_reply_to"],
    )
    assert accepted["id"] == loop.look(delivery_id).platform_id


def test_a_post_is_taken_down_once_however_often_it_is_asked(loop, request):
    sent = loop.plan(f"Gone {request.node.name}")
    loop.run()
    target = loop.look(sent).platform_id
    loop.fault("accept_then_reset")
    ids = [loop.plan(kind=DeliveryKind.DELETE, target=target) for _ in range(2)]

    loop.run()

    assert {DeliveryState.SENT} == {loop.look(one).state for one in ids}
    assert 1 == len([a for a in loop.actions() if (a["kind"], a["id"]) == ("delete", target)])
    assert [] == loop.network.metrics([target])


def test_hiding_is_refused_with_what_can_be_done_instead(loop):
    delivery_id = loop.plan(kind=DeliveryKind.HIDE, target="1")

    loop.run()

    assert "mute or report" in loop.look(delivery_id).reason


def test_counts_that_the_server_leaves_out_are_null(loop, request):
    sent = loop.plan(f"Counts {request.node.name}")
    loop.run()
    loop.fault("missing_counts")

    (row,) = loop.network.metrics([loop.look(sent).platform_id])

    assert {"likes": None, "comments": None, "shares": None} == {
        name: value for name, (value, _) in row.counts.items()
    }
