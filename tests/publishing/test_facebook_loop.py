"""Facebook Pages against the sandbox over real HTTP, with the sandbox's ledger as the judge."""

import pytest

from domain.deliveries import DeliveryKind, DeliveryState
from tests.publishing import loop as loops
from tests.publishing.loop import CLIP
from tests.publishing.meta_loop import MetaLoop, a_clip, a_picture, served

SENT, WAITING, FAILED = DeliveryState.SENT, DeliveryState.WAITING, DeliveryState.FAILED
UNKNOWN = DeliveryState.UNKNOWN
WIDE = (1280, 720)
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nFrisch vom Berg\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with loops.sandbox(tmp_path_factory.mktemp("facebook"), "facebook", "bergquell") as url:
        yield url


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    with served(tmp_path_factory.mktemp("media")) as blobs:
        yield blobs


@pytest.fixture
def loop(url, sqlite_ledger_url, blobs, tmp_path):
    """A loop whose ledger is on SQLite."""
    yield from opened(url, sqlite_ledger_url, blobs, tmp_path)


@pytest.fixture
def either(url, ledger_url, blobs, tmp_path):
    """The same on SQLite and on PostgreSQL."""
    yield from opened(url, ledger_url, blobs, tmp_path)


def opened(url, ledger_url, blobs, folder):
    loop = MetaLoop(url, ledger_url, platform="facebook", folder=folder, blobs=blobs)
    yield loop
    loop.close()


@pytest.fixture
def text(request):
    return f"Frisch {request.node.name}"


def test_a_text_with_a_link_goes_out_and_is_read_back(loop, text):
    link = "https://bergquell.example/frisch"
    sent = loop.settled(loop.plan(text, link=link, hashtags=("quelle",)))

    (accepted,) = loop.accepted(text)
    assert (SENT, accepted["id"], f"{text} {link} #quelle") == (
        sent.state,
        sent.platform_id,
        accepted["text"],
    )
    assert sent.platform_id in [one.platform_id for one in loop.network.own_posts(loop.start)]


def test_one_photo_is_a_post_with_its_description(loop, blobs, text):
    file = a_picture(blobs, alt_text="Eine Flasche")
    sent = loop.settled(loop.plan(text, media=(file,)))

    (accepted,) = loop.accepted(text)
    assert (SENT, accepted["id"]) == (sent.state, sent.platform_id)
    assert [("media", f"image/jpeg 640x640, {file.bytes} bytes [Eine Flasche]")] == (
        loop.done_to(sent.platform_id)
    )


def test_several_photos_are_one_post_in_their_order(loop, blobs, text):
    files = (
        a_picture(blobs, alt_text="eins"),
        a_picture(blobs, "teal"),
        a_picture(blobs, alt_text="drei"),
    )
    sent = loop.settled(loop.plan(text, media=files))

    ((_, noted),) = loop.done_to(sent.platform_id)
    assert (SENT, ["eins", "", "drei"]) == (
        sent.state,
        [one.partition("[")[2].rstrip("]") for one in noted.split("; ")],
    )


@pytest.mark.parametrize("size", [(1080, 1920), WIDE], ids=["reel", "video"])
def test_a_video_is_uploaded_by_phases_and_sent_when_it_is_live(loop, blobs, text, size):
    content = CLIP + b"\0" * (2 * 2**20)
    delivery_id = loop.plan(text, media=(a_clip(blobs, size=size, content=content),))
    sent = loop.settled(delivery_id)

    (accepted,) = loop.accepted(text)
    assert (SENT, accepted["id"], ["unknown"]) == (
        sent.state,
        sent.platform_id,
        loop.attempts(delivery_id),
    )
    assert [("media", f"video/mp4, {len(content)} bytes")] == loop.done_to(sent.platform_id)
    assert sent.platform_id in [one.platform_id for one in loop.network.own_posts(loop.start)]
    (row,) = loop.network.metrics([sent.platform_id])
    assert row.counts["views"][0] is not None


@pytest.mark.parametrize("size", [(1080, 1920), (1080, 1080)], ids=["reel", "video"])
def test_a_video_has_its_captions_before_anybody_sees_it(loop, blobs, text, size):
    clip = a_clip(blobs, size=size).model_copy(update={"captions": blobs.put(CAPTIONS)})
    delivery_id = loop.plan(text, media=(clip,), language="de")

    sent = loop.settled(delivery_id)

    assert (SENT, 1) == (sent.state, len(loop.accepted(text)))
    assert [("captions", "de_DE")] == loop.done_to(loop.look(delivery_id).steps["video"])


def test_a_video_that_cannot_be_processed_fails_and_says_so(loop, blobs, text):
    loop.fault("processing_fails")
    failed = loop.settled(loop.plan(text, media=(a_clip(blobs),)))

    assert (FAILED, []) == (failed.state, loop.accepted(text))
    assert "cannot process the video" in failed.reason


def test_the_first_comment_follows_its_post(loop, text):
    post_id = loop.plan(text)
    comment_id = loop.plan(
        f"Mehr dazu: {text}", kind=DeliveryKind.REPLY, after=loop.look(post_id).key
    )
    loop.run()

    post, comment = loop.look(post_id), loop.look(comment_id)
    accepted = {one["id"]: one["in_reply_to"] for one in loop.accepted(text)}
    assert {post.platform_id: None, comment.platform_id: post.platform_id} == accepted


def test_a_comment_is_answered_below_it_hidden_and_deleted(loop, text):
    loop.pass_time(hours=14)  # at night, and right after others, nobody writes
    post = loop.settled(loop.plan(f"{text}: wer kommt mit?"))
    message = loop.message_below(post)
    answer = loop.settled(
        loop.plan(
            f"Danke! {text}",
            kind=DeliveryKind.REPLY,
            reply_to=message.platform_ref,
            reply_root=message.thread_root,
        )
    )
    kinds = (DeliveryKind.HIDE, DeliveryKind.HIDE, DeliveryKind.DELETE, DeliveryKind.DELETE)
    for kind in (*kinds, DeliveryKind.HIDE):
        done = loop.settled(loop.plan(kind=kind, target=message.message_id))
        assert (SENT, message.message_id) == (done.state, done.platform_id)

    (accepted,) = loop.accepted(f"Danke! {text}")
    assert (SENT, message.message_id) == (answer.state, accepted["in_reply_to"])
    assert ["hide", "delete"] == [kind for kind, _ in loop.done_to(message.message_id)]
    assert answer.platform_id not in [
        one.message_id for one in loop.network.inbound(since=loop.start)
    ]


def test_a_post_is_deleted_and_its_counts_end(loop, text):
    post = loop.settled(loop.plan(text))
    assert [post.platform_id] == [
        row.post_id for row in loop.network.metrics([post.platform_id, "1_2"])
    ]

    loop.settled(loop.plan(kind=DeliveryKind.DELETE, target=post.platform_id))

    assert [] == loop.network.metrics([post.platform_id])
    assert ["delete"] == [kind for kind, _ in loop.done_to(post.platform_id)]


def test_counts_come_by_their_names_and_missing_ones_are_none(loop, text):
    post = loop.settled(loop.plan(text))
    loop.pass_time(hours=12)
    (row,) = loop.network.metrics([post.platform_id])
    assert row.counts["views"][0] > row.counts["likes"][0] > 0
    assert {"saves"} == {name for name, (value, _) in row.counts.items() if value is None}

    loop.fault("missing_counts", count=2, on="read")
    (row,) = loop.network.metrics([post.platform_id])

    assert (None, None) == (row.counts["shares"][0], row.counts["views"][0])
    assert row.counts["likes"][0] > 0


def test_a_writer_who_is_not_told_is_nobody(loop, text):
    loop.pass_time(hours=14)
    post = loop.settled(loop.plan(f"{text}: was meint ihr?"))
    message = loop.message_below(post)
    loop.fault("missing_counts", count=200, on="read")

    found = loop.network.inbound(since=loop.start)

    assert [None] == [one.author for one in found if one.message_id == message.message_id]


def test_a_look_at_comments_is_two_requests_and_finds_what_each_post_tells(loop, blobs, text):
    loop.pass_time(hours=14)
    reel = loop.settled(loop.plan(f"{text} gefilmt", media=(a_clip(blobs),)))
    post = loop.settled(loop.plan(text))
    for one in (post, reel):
        loop.message_below(one)

    found, asked = loop.look_at_comments()
    each, many = loop.look_at_comments(ask_each_post=True)

    assert ["me", "published_posts", "video_reels"] == asked
    assert {(one.message_id, one.thread_root) for one in each} == {
        (one.message_id, one.thread_root) for one in found
    }
    assert "comments" in many


ACCEPTED = ("accept_then_reset", "accept_then_500", "accept_then_garbage")


@pytest.mark.parametrize("effect", [*ACCEPTED, "reject_429", "down"])
def test_whatever_goes_wrong_a_post_exists_once(either, text, effect):
    either.fault(effect, count=2)
    ids = [either.plan(f"{text} {letter}") for letter in "abc"]
    either.run()

    assert {SENT} == {either.look(one).state for one in ids}
    assert sorted(either.look(one).platform_id for one in ids) == sorted(
        one["id"] for one in either.accepted(text)
    )


@pytest.mark.parametrize("effect", [*ACCEPTED, "down"])
@pytest.mark.parametrize("what", ["photo", "photos", "video", "reel"])
def test_whatever_goes_wrong_a_file_is_shown_once(loop, blobs, text, effect, what):
    media = {
        "photo": (a_picture(blobs),),
        "photos": (a_picture(blobs), a_picture(blobs, "teal")),
        "video": (a_clip(blobs, size=WIDE),),
        "reel": (a_clip(blobs),),
    }[what]
    loop.fault(effect)
    sent = loop.settled(loop.plan(text, media=media))

    (accepted,) = loop.accepted(text)
    assert (SENT, accepted["id"]) == (sent.state, sent.platform_id)


@pytest.mark.parametrize("effect", [*ACCEPTED, "reject_429", "down"])
@pytest.mark.parametrize("what", ["photos", "video"])
def test_a_step_that_fails_is_taken_again_before_anything_is_public(
    loop, blobs, text, effect, what
):
    media = (a_picture(blobs), a_picture(blobs, "teal"))
    media = media if what == "photos" else (a_clip(blobs, size=WIDE),)
    loop.fault(effect, count=2, on="step")
    sent = loop.settled(loop.plan(text, media=media))

    assert (SENT, 1) == (sent.state, len(loop.accepted(text)))


@pytest.mark.parametrize("effect", ACCEPTED)
def test_whatever_goes_wrong_a_comment_exists_once(loop, text, effect):
    post = loop.settled(loop.plan(text))
    loop.fault(effect)
    comment = loop.settled(loop.plan(f"Kommentar {text}", kind=DeliveryKind.REPLY, after=post.key))

    (accepted,) = loop.accepted(f"Kommentar {text}")
    assert (SENT, accepted["id"], "found on the platform") == (
        comment.state,
        comment.platform_id,
        comment.reason,
    )


def test_an_answer_that_never_comes_is_looked_up(loop, text):
    loop.network._graph._client.timeout = 1.0
    loop.fault("accept_then_timeout", seconds=30)
    delivery_id = loop.plan(text)
    sent = loop.settled(delivery_id)

    (accepted,) = loop.accepted(text)
    assert (SENT, accepted["id"], ["unknown"]) == (
        sent.state,
        sent.platform_id,
        loop.attempts(delivery_id),
    )


def test_a_throttled_page_waits_as_long_as_it_is_told(loop, text):
    loop.fault("reject_429")
    before = loop.clock.now()
    sent = loop.settled(loop.plan(text))

    assert (SENT, 1) == (sent.state, len(loop.accepted(text)))
    assert 5 <= (sent.sent_at - before).total_seconds() / 60 < 6


def test_the_same_text_again_is_a_duplicate_and_nothing_is_adopted_that_is_anothers(loop, text):
    first = loop.settled(loop.plan(text))
    second = loop.settled(loop.plan(text))

    assert (SENT, FAILED) == (first.state, second.state)
    assert "duplicate" in second.reason
    assert 1 == len(loop.accepted(text))


@pytest.mark.parametrize(
    ("effect", "words"),
    [("blocked", "1390008"), ("token_revoked", "password was changed")],
)
def test_an_account_that_may_not_post_now_waits_and_says_why(loop, text, effect, words):
    loop.fault(effect)
    delivery_id = loop.plan(text)
    parked = loop.settled(delivery_id)
    assert (WAITING, []) == (parked.state, loop.accepted(text))
    assert words in parked.reason

    loop.clock.wait_until(parked.next_at)

    assert (SENT, 1) == (loop.settled(delivery_id).state, len(loop.accepted(text)))
