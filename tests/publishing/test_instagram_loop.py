"""Instagram against the sandbox over real HTTP, with the sandbox's own ledger as the judge."""

import pytest

from domain.deliveries import DeliveryKind, DeliveryState
from storage.ledger import deliveries
from tests.publishing import loop as loops
from tests.publishing.meta_loop import MetaLoop, a_clip, a_picture, served

SENT, WAITING, FAILED = DeliveryState.SENT, DeliveryState.WAITING, DeliveryState.FAILED


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with loops.sandbox(tmp_path_factory.mktemp("instagram"), "instagram", "bergquell") as url:
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
    loop = MetaLoop(url, ledger_url, platform="instagram", folder=folder, blobs=blobs)
    yield loop
    loop.close()


@pytest.fixture
def text(request):
    return f"Frisch {request.node.name}"


def media_of(loop, platform_id, fields):
    return loop.http.get(
        f"/instagram/v25.0/{platform_id}",
        params={"fields": fields},
        headers={"authorization": "Bearer sandbox-instagram-bergquell"},
    ).json()


def test_one_picture_goes_out_with_its_alt_text(loop, blobs, text):
    file = a_picture(blobs, alt_text="Eine Flasche vor Bergen")
    sent = loop.settled(loop.plan(text, media=(file,), hashtags=("quelle",)))

    (accepted,) = loop.accepted(text)
    assert (SENT, accepted["id"], f"{text} #quelle") == (
        sent.state,
        sent.platform_id,
        accepted["text"],
    )
    assert sent.url == f"https://www.instagram.com/p/{sent.platform_id}/"
    assert [("media", f"image/jpeg 640x640, {file.bytes} bytes")] == loop.done_to(sent.platform_id)
    shown = media_of(loop, sent.platform_id, "alt_text,media_type")
    assert {"alt_text": file.alt_text, "media_type": "IMAGE", "id": sent.platform_id} == shown


def test_several_files_are_a_carousel_in_their_order(loop, blobs, text):
    files = (a_picture(blobs, alt_text="eins"), a_clip(blobs), a_picture(blobs, "teal"))
    sent = loop.settled(loop.plan(text, media=files))

    assert (SENT, 1) == (sent.state, len(loop.accepted(text)))
    ((_, noted),) = loop.done_to(sent.platform_id)
    assert ["image/jpeg", "video/mp4", "image/jpeg"] == [
        one.split()[0].rstrip(",") for one in noted.split("; ")
    ]
    children = media_of(loop, sent.platform_id, "children")["children"]["data"]
    assert ["eins", None, None] == [child["alt_text"] for child in children]


def test_a_video_is_uploaded_waited_for_and_published_as_a_reel(loop, blobs, text):
    delivery_id = loop.plan(text, media=(a_clip(blobs),))
    sent = loop.settled(delivery_id)

    assert (SENT, 1) == (sent.state, len(loop.accepted(text)))
    assert ["processing", "sent"] == loop.attempts(delivery_id)
    assert "REELS" == media_of(loop, sent.platform_id, "media_product_type")["media_product_type"]


def test_the_first_comment_follows_its_post(loop, blobs, text):
    post_id = loop.plan(text, media=(a_picture(blobs),))
    comment_id = loop.plan(
        f"Mehr dazu: {text}", kind=DeliveryKind.REPLY, after=loop.look(post_id).key
    )
    loop.run()

    post, comment = loop.look(post_id), loop.look(comment_id)
    accepted = {one["id"]: one["in_reply_to"] for one in loop.accepted(text)}
    assert {post.platform_id: None, comment.platform_id: post.platform_id} == accepted


def test_a_comment_is_answered_below_it_hidden_and_deleted(loop, blobs, text):
    loop.pass_time(hours=14)  # at night, and right after others, nobody writes
    post = loop.settled(loop.plan(f"{text}: wer kommt mit?", media=(a_picture(blobs),)))
    message = loop.message_below(post)
    answer = loop.settled(
        loop.plan(
            f"Danke! {text}",
            kind=DeliveryKind.REPLY,
            reply_to=message.platform_ref,
            reply_root=message.thread_root,
        )
    )
    for kind in (DeliveryKind.HIDE, DeliveryKind.DELETE, DeliveryKind.DELETE):
        done = loop.settled(loop.plan(kind=kind, target=message.message_id))
        assert (SENT, message.message_id) == (done.state, done.platform_id)

    (accepted,) = loop.accepted(f"Danke! {text}")
    assert (SENT, message.message_id) == (answer.state, accepted["in_reply_to"])
    assert ["hide", "delete"] == [kind for kind, _ in loop.done_to(message.message_id)]
    assert answer.platform_id not in [
        one.message_id for one in loop.network.inbound(since=loop.start)
    ]


def test_a_post_is_deleted_and_its_counts_end(loop, blobs, text):
    post = loop.settled(loop.plan(text, media=(a_picture(blobs),)))
    assert [post.platform_id] == [
        row.post_id for row in loop.network.metrics([post.platform_id, "17900000000000009"])
    ]

    loop.settled(loop.plan(kind=DeliveryKind.DELETE, target=post.platform_id))

    assert [] == loop.network.metrics([post.platform_id])
    assert ["media", "delete"] == [kind for kind, _ in loop.done_to(post.platform_id)]


def test_counts_come_by_their_names_and_one_that_is_not_offered_harms_none(loop, blobs, text):
    post = loop.settled(loop.plan(text, media=(a_picture(blobs),)))
    loop.pass_time(hours=12)

    (row,) = loop.network.metrics([post.platform_id])

    assert {"views", "reach", "likes", "comments", "shares", "saves"} == {
        name for name, (value, _) in row.counts.items() if value is not None
    }
    assert row.counts["views"][0] > row.counts["likes"][0] > 0
    assert ((None, "link_clicks"), (None, "")) == (
        row.counts["clicks"],
        row.counts["impressions"],
    )


def test_counts_that_are_not_there_yet_are_none_and_not_nought(loop, blobs, text):
    post = loop.settled(loop.plan(text, media=(a_picture(blobs),)))
    loop.network.metrics([post.platform_id])  # from here on it is known what is not offered
    loop.fault("missing_counts", on="read")

    (row,) = loop.network.metrics([post.platform_id])

    assert (None, None) == (row.counts["views"][0], row.counts["shares"][0])
    assert "like_count" == row.counts["likes"][1]


def test_a_writer_who_is_not_told_is_nobody(loop, blobs, text):
    loop.pass_time(hours=14)
    post = loop.settled(loop.plan(f"{text}: was meint ihr?", media=(a_picture(blobs),)))
    message = loop.message_below(post)
    loop.fault("missing_counts", count=50, on="read")

    found = loop.network.inbound(since=loop.start)

    assert None in [one.author for one in found if one.message_id == message.message_id]


def test_a_look_at_comments_is_one_request_and_finds_what_each_media_tells(loop, blobs, text):
    loop.pass_time(hours=14)
    posts = [loop.settled(loop.plan(f"{text} {n}", media=(a_picture(blobs),))) for n in "ab"]
    loop.message_below(posts[0])

    found, asked = loop.look_at_comments()
    each, many = loop.look_at_comments(ask_each_post=True)

    assert ["me", "media"] == asked
    assert {one.message_id for one in each} == {one.message_id for one in found}
    assert {"me", "media", "comments"} == set(many)


ACCEPTED = ("accept_then_reset", "accept_then_500", "accept_then_garbage")


@pytest.mark.parametrize("effect", [*ACCEPTED, "reject_429", "down"])
def test_whatever_goes_wrong_a_post_exists_once(either, blobs, text, effect):
    either.fault(effect, count=2)
    ids = [either.plan(f"{text} {letter}", media=(a_picture(blobs),)) for letter in "ab"]
    either.run()

    assert {SENT} == {either.look(one).state for one in ids}
    assert sorted(either.look(one).platform_id for one in ids) == sorted(
        one["id"] for one in either.accepted(text)
    )


@pytest.mark.parametrize("effect", ACCEPTED)
def test_whatever_goes_wrong_a_comment_exists_once(loop, blobs, text, effect):
    post_id = loop.plan(text, media=(a_picture(blobs),))
    loop.run()
    loop.fault(effect, count=1)
    comment_id = loop.plan(
        f"Kommentar {text}", kind=DeliveryKind.REPLY, after=loop.look(post_id).key
    )
    loop.run()

    (accepted,) = loop.accepted(f"Kommentar {text}")
    comment = loop.look(comment_id)
    assert (SENT, accepted["id"]) == (comment.state, comment.platform_id)
    assert "found on the platform" == comment.reason


@pytest.mark.parametrize("effect", [*ACCEPTED, "reject_429", "down"])
def test_a_step_that_fails_is_taken_again_before_anything_is_public(loop, blobs, text, effect):
    loop.fault(effect, count=2, on="step")
    delivery_id = loop.plan(text, media=(a_picture(blobs), a_picture(blobs, "teal")))
    loop.run()

    assert (SENT, 1) == (loop.look(delivery_id).state, len(loop.accepted(text)))
    assert "unknown" not in loop.attempts(delivery_id)


def test_an_answer_that_never_comes_is_looked_up(loop, blobs, text):
    loop.network._graph._client.timeout = 1.0
    loop.fault("accept_then_timeout", seconds=30)
    delivery_id = loop.plan(text, media=(a_picture(blobs),))
    loop.run()

    (accepted,) = loop.accepted(text)
    sent = loop.look(delivery_id)
    assert (SENT, accepted["id"], ["unknown"]) == (
        sent.state,
        sent.platform_id,
        loop.attempts(delivery_id),
    )


def test_a_container_that_is_slow_and_then_dies_is_made_anew(loop, blobs, text):
    loop.fault("slow", seconds=120)
    loop.fault("expires")
    delivery_id = loop.plan(text, media=(a_picture(blobs),))
    loop.run()

    assert (SENT, 1) == (loop.look(delivery_id).state, len(loop.accepted(text)))


def test_a_slow_container_is_waited_for(loop, blobs, text):
    loop.fault("slow", seconds=60)
    delivery_id = loop.plan(text, media=(a_picture(blobs),))
    loop.run()

    attempts = loop.attempts(delivery_id)
    assert (SENT, "sent", {"processing"}) == (
        loop.look(delivery_id).state,
        attempts[-1],
        set(attempts[:-1]),
    )


def test_a_file_that_cannot_be_processed_fails_with_the_remedy(loop, blobs, text):
    loop.fault("processing_fails")
    failed = loop.settled(loop.plan(text, media=(a_clip(blobs),)))

    assert (FAILED, []) == (failed.state, loop.accepted(text))
    assert "2207026" in failed.reason
    assert "give the video as MP4 or MOV" in failed.reason


def test_a_file_that_nobody_serves_is_asked_for_some_times_and_then_fails(loop, blobs, text):
    file = a_picture(blobs, "orange")
    blobs.path(file.sha256).unlink()
    failed = loop.settled(loop.plan(text, media=(file,)))

    assert (FAILED, []) == (failed.state, loop.accepted(text))
    assert "could not use a file 5 times" in failed.reason


def test_a_picture_of_the_wrong_shape_is_refused_by_the_platform_in_its_words(loop, blobs, text):
    file = a_picture(blobs, size=(900, 300)).model_copy(update={"width": 640, "height": 640})
    failed = loop.settled(loop.plan(text, media=(file,)))

    assert FAILED == failed.state
    assert "36003" in failed.reason


def test_an_expired_token_parks_the_post_until_it_is_renewed(loop, blobs, text):
    loop.fault("token_expired", on="any")
    delivery_id = loop.plan(text, media=(a_picture(blobs),))
    loop.run()
    parked = loop.look(delivery_id)
    assert (WAITING, "renew the account's token") == (parked.state, parked.remedy)

    loop.pass_time(minutes=31)
    loop.run()

    assert (SENT, 1) == (loop.look(delivery_id).state, len(loop.accepted(text)))


@pytest.mark.parametrize(
    ("effect", "words"),
    [("quota_used", "has used 5000 of 5000 posts"), ("blocked", "2207051")],
)
def test_an_account_that_may_not_post_now_waits_and_says_why(loop, blobs, text, effect, words):
    loop.fault(effect)
    delivery_id = loop.plan(text, media=(a_picture(blobs),))
    loop.run()
    parked = loop.look(delivery_id)
    assert (WAITING, []) == (parked.state, loop.accepted(text))
    assert words in parked.reason

    loop.clock.wait_until(parked.next_at)
    loop.run()

    assert (SENT, 1) == (loop.look(delivery_id).state, len(loop.accepted(text)))


def test_a_post_waits_for_a_newer_version_and_goes_out_by_itself(loop, blobs, text):
    loop.fault("version_gone", on="any")
    delivery_id = loop.plan(text, media=(a_picture(blobs),))
    loop.run()
    parked = loop.look(delivery_id)
    assert WAITING == parked.state
    assert parked.remedy.endswith("newer api_version, or update Amsel")

    loop.clock.wait_until(parked.next_at)
    assert SENT == loop.settled(delivery_id).state


def test_nothing_that_is_kept_of_an_attempt_holds_the_token(loop, blobs, text):
    loop.fault("quota_used")
    delivery_id = loop.plan(text, media=(a_clip(blobs),))
    loop.settled(delivery_id)

    with loop.ledger.reading() as connection:
        rows = deliveries.attempts(connection, delivery_id)
    assert "quota_usage" in str(rows)
    assert "sandbox-instagram-bergquell" not in str(rows)
