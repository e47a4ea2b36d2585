"""TikTok over real HTTP: the door against the sandbox, whose ledger is the judge."""

import json
from datetime import timedelta
from functools import partial

import httpx
import pytest

from domain.brand import Visibility
from domain.deliveries import DeliveryKind, DeliveryState
from domain.platforms import Platform
from publishing.platforms.registry import connect
from storage.ledger import deliveries
from tests.publishing.loop import CLIP, Loop, picture, sandbox
from tests.publishing.meta_loop import a_clip, a_picture, served

PLACE = {"platform": Platform.TIKTOK, "handle": "bergquell"}
HIDDEN = ["accept_then_reset", "accept_then_500", "accept_then_garbage"]
LONG = CLIP + bytes(21_000_000)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("tiktok"), **PLACE) as url:
        yield url


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    with served(tmp_path_factory.mktemp("media")) as blobs:
        yield blobs


def opened(url, ledger_url, folder, blobs, **account):
    def network(given, **options):
        return connect(given.model_copy(update=account), **options | {"media": blobs})

    made = Loop(url, ledger_url, network=network, folder=folder, **PLACE)
    made.pass_time(minutes=1)  # rates are per minute
    yield made
    made.close()


@pytest.fixture
def loop(url, sqlite_ledger_url, tmp_path, blobs):
    """A loop whose ledger is on SQLite."""
    yield from opened(url, sqlite_ledger_url, tmp_path, blobs)


@pytest.fixture
def either(url, ledger_url, tmp_path, blobs):
    """The same on SQLite and on PostgreSQL."""
    yield from opened(url, ledger_url, tmp_path, blobs)


@pytest.fixture
def private(url, sqlite_ledger_url, tmp_path, blobs):
    yield from opened(url, sqlite_ledger_url, tmp_path, blobs, visibility=Visibility.PRIVATE)


@pytest.fixture
def clip(blobs):
    return partial(a_clip, blobs)


@pytest.fixture
def photos(blobs):
    return tuple(a_picture(blobs, colour, size=(720, 720)) for colour in ("teal", "gold"))


def test_a_clip_goes_out_once_and_its_counts_come_back(loop, clip, request):
    text = f"Fresh & cool 💧 {request.node.name}"
    delivery_id = loop.plan(text, hashtags=("quelle",), media=(clip(),), made_with_ai=True)

    assert 1 == loop.run()

    sent = loop.look(delivery_id)
    (accepted,) = loop.accepted(text)
    assert (DeliveryState.SENT, accepted["id"], 1) == (sent.state, sent.platform_id, sent.attempts)
    assert f"https://www.tiktok.com/@bergquell/video/{sent.platform_id}" == sent.url
    assert "" == sent.steps["upload_url"]
    loop.pass_time(hours=20)
    (row,) = loop.network.metrics([sent.platform_id, "1"])
    assert sent.platform_id == row.post_id
    assert row.counts["views"][0] > row.counts["likes"][0] > 0
    own = {post.platform_id: post.text for post in loop.network.own_posts(loop.start)}
    assert accepted["text"] == own[sent.platform_id]


def test_photos_are_fetched_by_tiktok_and_go_out_once(loop, photos, request):
    text = f"Photos {request.node.name}"
    delivery_id = loop.plan(text, title="Bottles", media=photos)

    loop.run()

    sent = loop.look(delivery_id)
    (accepted,) = loop.accepted(text)
    assert (DeliveryState.SENT, accepted["id"]) == (sent.state, sent.platform_id)
    (noted,) = [one for one in loop.actions() if one["id"] == sent.steps["publish_id"]]
    assert 2 == noted["kind"].count("image/jpeg 720x720")


@pytest.mark.parametrize("effect", [*HIDDEN, "down"])
@pytest.mark.parametrize("on", ["write", "step", "read"])
def test_a_clip_exists_once_whatever_answer_is_lost(either, clip, effect, on, request):
    text = f"Once {request.node.name}"
    either.fault(effect, on=on, count=2)
    delivery_id = either.plan(text, media=(clip(),))

    either.run()

    sent = either.look(delivery_id)
    (accepted,) = either.accepted(text)
    assert (DeliveryState.SENT, accepted["id"]) == (sent.state, sent.platform_id), sent.reason


def test_a_throttled_beginning_waits_a_minute(loop, clip, request):
    text = f"Throttled {request.node.name}"
    loop.fault("reject_429", on="step")
    delivery_id = loop.plan(text, media=(clip(),))
    start = loop.clock.now()

    loop.run()

    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, 2, 1) == (sent.state, sent.attempts, len(loop.accepted(text)))
    assert sent.sent_at - start >= timedelta(minutes=1)


def test_the_last_part_whose_answer_never_comes_is_looked_up(either, clip, request):
    either.network._api._client.timeout = httpx.Timeout(0.5)
    text = f"Silence {request.node.name}"
    either.fault("accept_then_timeout", seconds=5)
    delivery_id = either.plan(text, media=(clip(),))

    either.run()

    (accepted,) = either.accepted(text)
    sent = either.look(delivery_id)
    assert (DeliveryState.SENT, accepted["id"], 1) == (sent.state, sent.platform_id, sent.attempts)


def test_an_upload_goes_on_after_the_last_part_that_arrived(loop, clip, request):
    text = f"Resumed {request.node.name}"
    ranges = []

    def hear(response):
        if response.request.method == "PUT":
            ranges.append(response.request.headers["content-range"])
        elif response.request.url.path.endswith("/video/init/"):
            loop.fault("accept_then_500", on="step")

    loop.network._api._client.event_hooks["response"].append(hear)
    delivery_id = loop.plan(text, media=(clip(content=LONG),))

    loop.run()

    sent, size = loop.look(delivery_id), len(LONG)
    assert (DeliveryState.SENT, 1) == (sent.state, len(loop.accepted(text)))
    assert [f"bytes 0-9999999/{size}", f"bytes 10000000-{size - 1}/{size}"] == ranges


def test_an_upload_that_ran_out_is_begun_anew(loop, clip, request):
    text = f"Expired {request.node.name}"
    loop.fault("expires")
    delivery_id = loop.plan(text, media=(clip(),))

    loop.run()

    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, 1) == (sent.state, len(loop.accepted(text)))


@pytest.mark.parametrize("effect", HIDDEN)
def test_photos_whose_beginning_was_lost_are_found_among_the_public_posts(
    either, photos, effect, request
):
    text = f"Found {request.node.name}"
    either.fault(effect)
    delivery_id = either.plan(text, media=photos)

    either.run()
    either.pass_time(hours=1)
    either.run()

    (accepted,) = either.accepted(text)
    sent = either.look(delivery_id)
    assert (DeliveryState.SENT, accepted["id"], 1) == (sent.state, sent.platform_id, sent.attempts)


def test_photos_that_nobody_else_sees_stay_unknown_and_are_never_sent_again(
    private, photos, request
):
    text = f"Hidden {request.node.name}"
    private.fault("accept_then_reset")
    delivery_id = private.plan(text, media=photos)

    for _ in range(3):
        private.run()
        private.pass_time(hours=1)

    held = private.look(delivery_id)
    assert (DeliveryState.UNKNOWN, 1, 1) == (held.state, held.attempts, len(private.accepted(text)))
    assert "look at https://www.tiktok.com/@bergquell" in held.reason


def test_a_post_that_tiktok_never_names_is_found_by_its_caption(loop, clip, request):
    text = f"Nameless {request.node.name}"
    loop.fault("no_public_id")
    delivery_id = loop.plan(text, media=(clip(),))

    loop.run()

    (accepted,) = loop.accepted(text)
    assert accepted["id"] == loop.look(delivery_id).platform_id


def test_a_post_that_is_named_and_listed_nowhere_is_known_by_its_publish_id(private, clip, request):
    text = f"Mine alone {request.node.name}"
    delivery_id = private.plan(text, media=(clip(),))

    private.run()

    sent = private.look(delivery_id)
    assert (DeliveryState.SENT, sent.steps["publish_id"]) == (sent.state, sent.platform_id)
    assert 1 == len(private.accepted(text))
    assert [] == private.network.metrics([sent.platform_id])


def test_what_tiktok_works_on_for_long_is_not_taken_for_unsent(loop, clip, request):
    text = f"Slow {request.node.name}"
    loop.fault("slow", seconds=240)
    delivery_id = loop.plan(text, media=(clip(),))

    loop.run()

    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, 1, 1) == (sent.state, sent.attempts, len(loop.accepted(text)))


def test_a_clip_that_tiktok_cannot_use_fails_with_its_reason(loop, clip, request):
    loop.fault("processing_fails")
    delivery_id = loop.plan(f"Broken {request.node.name}", media=(clip(),))

    loop.run()

    failed = loop.look(delivery_id)
    assert (DeliveryState.FAILED, []) == (failed.state, loop.accepted("Broken"))
    assert "frame_rate_check_failed" in failed.reason


def test_a_used_up_quota_waits_until_tomorrow(loop, clip, request):
    loop.fault("quota_used")
    delivery_id = loop.plan(f"Quota {request.node.name}", media=(clip(),))
    today = loop.clock.now().date()

    loop.run()

    waiting = loop.look(delivery_id)
    assert (DeliveryState.WAITING, today + timedelta(days=1)) == (
        waiting.state,
        waiting.next_at.date(),
    )
    loop.clock.wait_until(waiting.next_at)
    loop.run()
    assert DeliveryState.SENT == loop.look(delivery_id).state


@pytest.mark.parametrize(
    ("effect", "reason"),
    [
        ("token_expired", "renew the account's token"),
        ("blocked", "log in at TikTok"),
        ("unaudited", "have the app audited, or set visibility: private"),
    ],
)
def test_an_account_that_is_shut_out_waits_for_a_person(loop, clip, effect, reason, request):
    text = f"Out {request.node.name}"
    loop.fault(effect)
    delivery_id = loop.plan(text, media=(clip(),))

    loop.run()

    waiting = loop.look(delivery_id)
    assert (DeliveryState.WAITING, []) == (waiting.state, loop.accepted(text))
    assert reason in waiting.reason


def test_an_unaudited_app_posts_for_the_account_alone(private, clip, request):
    text = f"Review {request.node.name}"
    private.fault("unaudited")
    delivery_id = private.plan(text, media=(clip(),))

    private.run()

    assert DeliveryState.SENT == private.look(delivery_id).state


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (
            {"kind": DeliveryKind.REPLY, "text": "Hi", "reply_to": "1"},
            "no app can answer a comment",
        ),
        ({"kind": DeliveryKind.HIDE, "target": "1"}, "no app can hide a comment"),
        ({"kind": DeliveryKind.DELETE, "target": "1"}, "no app can delete"),
        ({"text": "Words alone"}, "text-only"),
    ],
)
def test_what_tiktok_lets_no_app_do_is_refused_at_once(loop, what, reason):
    delivery_id = loop.plan(**what)

    loop.run()

    failed = loop.look(delivery_id)
    assert (DeliveryState.FAILED, 1) == (failed.state, failed.attempts)
    assert reason in failed.reason


def test_counts_that_tiktok_leaves_out_are_null(loop, clip, request):
    delivery_id = loop.plan(f"Counts {request.node.name}", media=(clip(),))
    loop.run()
    loop.fault("missing_counts")

    (row,) = loop.network.metrics([loop.look(delivery_id).platform_id])

    assert {None} == {value for value, _ in row.counts.values()}


def test_photos_of_the_wrong_kind_fail_by_their_bytes(loop, blobs, request):
    png = a_picture(blobs).model_copy(update={"sha256": blobs.put(b"\x89PNG" + picture())})
    delivery_id = loop.plan(f"Wrong {request.node.name}", media=(png,))

    loop.run()

    failed = loop.look(delivery_id)
    assert DeliveryState.FAILED == failed.state
    assert "file_format_check_failed" in failed.reason


def test_an_attempt_keeps_what_was_said_and_no_upload_url(loop, clip, request):
    delivery_id = loop.plan(f"Said {request.node.name}", media=(clip(),))
    loop.run()

    with loop.ledger.reading() as connection:
        (attempt,) = deliveries.attempts(connection, delivery_id)

    said = [one["url"] for one in attempt["exchanges"] if one["method"] == "PUT"]
    kept = json.dumps(attempt["exchanges"])
    assert ["http://127.0.0.1/[hidden]"] == said
    assert not [one for one in ("upload_token=", "sandbox-tiktok-") if one in kept]
