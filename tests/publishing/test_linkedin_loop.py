"""LinkedIn over real HTTP: the door against the sandbox, whose ledger is the judge."""

from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest

from domain.deliveries import DeliveryKind, DeliveryState
from domain.platforms import Platform
from publishing.platforms.registry import connect
from sandbox.linkedin_posts import urn_of
from tests.publishing.loop import CLIP as SHORT
from tests.publishing.loop import Loop, picture, sandbox

HIDDEN = ["accept_then_reset", "accept_then_500", "accept_then_garbage"]
CLIP = SHORT + bytes(80_000)
PAGE, MEMBER = "bergquell", "in-anna"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("page"), Platform.LINKEDIN, PAGE) as url:
        yield url


@pytest.fixture(scope="module")
def member_url(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("member"), Platform.LINKEDIN, MEMBER) as url:
        yield url


def as_urn(account, **options):
    return connect(account.model_copy(update={"user_id": urn_of(account.handle)}), **options)


def opened(url, ledger_url, folder, handle, network):
    where = {"platform": Platform.LINKEDIN, "handle": handle, "folder": folder}
    made = Loop(url, ledger_url, network=network, **where)
    yield made
    made.close()


@pytest.fixture
def loop(url, sqlite_ledger_url, tmp_path):
    """A loop whose ledger is on SQLite."""
    yield from opened(url, sqlite_ledger_url, tmp_path, PAGE, as_urn)


@pytest.fixture
def either(url, ledger_url, tmp_path):
    """The same on SQLite and on PostgreSQL."""
    yield from opened(url, ledger_url, tmp_path, PAGE, as_urn)


@pytest.fixture
def member(member_url, sqlite_ledger_url, tmp_path):
    """A member without a URN: the token says who it is."""
    yield from opened(member_url, sqlite_ledger_url, tmp_path, MEMBER, connect)


def shown(loop, urn):
    headers = {
        "authorization": f"Bearer sandbox-linkedin-{loop.id.split(':')[1]}",
        "linkedin-version": "202607",
        "x-restli-protocol-version": "2.0.0",
    }
    path = f"/linkedin/rest/posts/{quote(urn, safe='')}"
    return loop.http.get(path, headers=headers).json()


def test_a_post_with_every_reserved_character_goes_out_whole(loop, request):
    text = rf"Fresh (& cool) [new] <3 {{x}} a_b *c* ~d~ \o/ @home | #1 {request.node.name}"
    delivery_id = loop.plan(text, hashtags=("quelle",), link="https://bergquell.example/a_(b)")

    assert 1 == loop.run()

    sent = loop.look(delivery_id)
    (accepted,) = loop.accepted(text)
    assert f"{text} https://bergquell.example/a_(b) #quelle" == accepted["text"]
    assert (DeliveryState.SENT, accepted["id"]) == (sent.state, sent.platform_id)
    assert f"https://www.linkedin.com/feed/update/{sent.platform_id}" == sent.url
    article = {"source": "https://bergquell.example/a_(b)", "title": "bergquell.example"}
    assert article == shown(loop, sent.platform_id)["content"]["article"]
    own = {post.platform_id: post.text for post in loop.network.own_posts(loop.start)}
    assert accepted["text"] == own[sent.platform_id]


def test_one_picture_and_several_go_out_with_their_descriptions(loop, request):
    files = [loop.attach(picture(c), f"a {c} bottle") for c in ("teal", "navy", "gold")]
    one = loop.plan(f"One {request.node.name}", media=(files[0],), title="Bottle")
    three = loop.plan(f"Three {request.node.name}", media=tuple(files))

    loop.run()

    media = shown(loop, loop.look(one).platform_id)["content"]["media"]
    assert ("a teal bottle", "Bottle") == (media["altText"], media["title"])
    images = shown(loop, loop.look(three).platform_id)["content"]["multiImage"]["images"]
    assert [f.alt_text for f in files] == [one["altText"] for one in images]


def test_a_clip_goes_up_in_parts_and_is_waited_for(loop, request):
    clip = CLIP + bytes(5 * 1024 * 1024)
    text = f"Clip {request.node.name}"
    delivery_id = loop.plan(text, media=(loop.attach(clip, video=True),))

    loop.run()

    sent = loop.look(delivery_id)
    assert (DeliveryState.SENT, "2/2") == (sent.state, sent.steps["media.0.parts"])
    assert sent.attempts > 1
    assert sent.platform_id.startswith("urn:li:ugcPost:")
    assert sent.steps["media.0"] == shown(loop, sent.platform_id)["content"]["media"]["id"]
    assert 1 == len(loop.accepted(text))


@pytest.mark.parametrize("is_lost", [False, True], ids=["taken", "refused"])
def test_a_clip_goes_out_with_its_captions_or_without_where_they_fail(loop, is_lost, request):
    text = f"Captioned {request.node.name}"
    captions = b"WEBVTT\n\n00:00.000 --> 00:01.000\nFrisch vom Berg\n"
    clip = loop.attach(CLIP, video=True, captions=captions)
    if is_lost:
        loop.fault("expires", count=1)  # the first upload address is that of the captions
    delivery_id = loop.plan(text, media=(clip,), language="de")

    loop.run()

    sent = loop.look(delivery_id)
    told = [
        one["text"]
        for one in loop.actions()
        if (one["kind"], one["id"]) == ("captions", sent.steps["media.0"])
    ]
    assert (DeliveryState.SENT, 1) == (sent.state, len(loop.accepted(text)))
    assert ([] if is_lost else ["DE"]) == told
    assert is_lost == (sent.steps.get("media.0.captions") == "yes")


def test_a_clip_that_cannot_be_processed_fails_with_the_platforms_words(loop, request):
    loop.fault("processing_fails")
    delivery_id = loop.plan(f"Broken {request.node.name}", media=(loop.attach(CLIP, video=True),))

    loop.run()

    failed = loop.look(delivery_id)
    assert DeliveryState.FAILED == failed.state
    assert "not in a supported format" in failed.reason
    assert [] == loop.accepted("Broken")


def test_an_upload_that_ran_out_is_begun_anew(loop, request):
    loop.fault("expires")
    text = f"Expired {request.node.name}"
    delivery_id = loop.plan(text, media=(loop.attach(picture("red")),))

    loop.run()

    assert DeliveryState.SENT == loop.look(delivery_id).state
    assert 1 == len(loop.accepted(text))


@pytest.mark.parametrize("effect", [*HIDDEN, "reject_429", "down"])
def test_whatever_goes_wrong_each_post_exists_once(either, effect, request):
    text = f"Once {request.node.name}"
    either.fault(effect, count=2)
    ids = [either.plan(f"{text} {letter}") for letter in "abc"]

    either.run()
    for _ in range(2 if effect == "reject_429" else 0):  # one knocks a day, and is refused twice
        either.clock.wait_until(max(either.look(one).next_at or either.clock.now() for one in ids))
        either.run()

    assert {DeliveryState.SENT} == {either.look(one).state for one in ids}
    assert {post["id"] for post in either.accepted(text)} == {
        either.look(one).platform_id for one in ids
    }
    assert 3 == len(either.accepted(text))


def test_a_post_whose_answer_never_comes_is_found_and_not_repeated(either, request):
    either.network._api._client.timeout = httpx.Timeout(0.5)
    text = f"Silence {request.node.name}"
    either.fault("accept_then_timeout", seconds=5)
    delivery_id = either.plan(text)

    either.run()

    (accepted,) = either.accepted(text)
    sent = either.look(delivery_id)
    assert (DeliveryState.SENT, accepted["id"], "found on the platform") == (
        sent.state,
        sent.platform_id,
        sent.reason,
    )


def test_a_daily_limit_is_waited_for_until_midnight_utc(loop, request):
    loop.fault("quota_used")
    delivery_id = loop.plan(f"Quota {request.node.name}")

    loop.run()

    waiting = loop.look(delivery_id)
    midnight = (loop.clock.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    assert (DeliveryState.WAITING, midnight.replace(microsecond=0)) == (
        waiting.state,
        waiting.next_at,
    )
    loop.clock.wait_until(waiting.next_at)
    loop.run()
    assert DeliveryState.SENT == loop.look(delivery_id).state


@pytest.mark.parametrize(
    ("effect", "state", "reason"),
    [
        ("token_expired", DeliveryState.WAITING, "connect the account again"),
        ("token_revoked", DeliveryState.WAITING, "connect the account again"),
        ("blocked", DeliveryState.WAITING, "still administrator"),
        ("version_gone", DeliveryState.WAITING, "newer api_version"),
    ],
)
def test_an_account_that_is_shut_out_says_why(loop, effect, state, reason, request):
    text = f"Out {request.node.name}"
    loop.fault(effect)
    delivery_id = loop.plan(text)

    loop.run()

    held = loop.look(delivery_id)
    assert (state, []) == (held.state, loop.accepted(text))
    assert reason in held.reason


def test_a_duplicate_of_somebody_elses_post_fails_and_says_so(loop, request):
    text = f"Twice {request.node.name}"
    first = loop.plan(text)
    loop.run()
    second = loop.plan(text)

    loop.run()

    failed = loop.look(second)
    assert DeliveryState.SENT == loop.look(first).state
    assert (DeliveryState.FAILED, 1) == (failed.state, len(loop.accepted(text)))
    assert "duplicate" in failed.reason


def test_a_first_comment_hangs_below_its_post(loop, request):
    text = f"Below {request.node.name}"
    post = loop.plan(text)
    comment = loop.plan(f"{text}: link", kind=DeliveryKind.REPLY, after=loop.look(post).key)

    loop.run()

    (accepted,) = loop.accepted(f"{text}: link")
    sent = loop.look(comment)
    assert (loop.look(post).platform_id, accepted["id"]) == (
        accepted["in_reply_to"],
        sent.platform_id,
    )


@pytest.mark.parametrize("effect", [None, *HIDDEN])
def test_a_comment_comes_in_and_is_answered_once_below_it(loop, effect, request):
    loop.plan(f"What do you think? {request.node.name}")
    loop.run()
    message = loop.first_message()
    if effect:
        loop.fault(effect)

    text = f"Thank you (all), {request.node.name}"
    delivery_id = loop.plan(
        text, kind=DeliveryKind.REPLY, reply_to=message.platform_ref, reply_root=message.thread_root
    )
    loop.run()

    (accepted,) = loop.accepted(text)
    assert (text, message.message_id) == (accepted["text"], accepted["in_reply_to"])
    assert accepted["id"] == loop.look(delivery_id).platform_id


def test_a_look_at_comments_asks_the_posts_that_have_new_ones(loop, request):
    loop.plan(f"What do you think? {request.node.name}")
    loop.run()
    loop.first_message()

    found, asked = loop.look_at_comments()
    each, _ = loop.look_at_comments(ask_each_post=True)
    loop.fault("blocked", on="read")
    untold, _ = loop.look_at_comments()

    roots = {one.thread_root for one in found}
    assert ["organizationalEntityNotifications", *["comments"] * len(roots)] == asked
    ids = {one.message_id for one in found}
    assert ids == {one.message_id for one in each} == {one.message_id for one in untold}


def test_posts_and_comments_are_taken_down_once_however_often_it_is_asked(loop, request):
    post = loop.plan(f"Gone {request.node.name}")
    reply = loop.plan("Gone too", kind=DeliveryKind.REPLY, after=loop.look(post).key)
    loop.run()
    comment, post = loop.look(reply).platform_id, loop.look(post).platform_id
    ids = []
    for target in (comment, post):
        loop.fault("accept_then_reset")
        ids += [loop.plan(kind=DeliveryKind.DELETE, target=target) for _ in range(2)]
        loop.run()

    assert {DeliveryState.SENT} == {loop.look(one).state for one in ids}
    deleted = [a["id"] for a in loop.actions() if a["kind"] == "delete"]
    assert [1, 1] == [deleted.count(comment), deleted.count(post)]


def test_hiding_is_refused_with_what_can_be_done_instead(loop):
    delivery_id = loop.plan(kind=DeliveryKind.HIDE, target="urn:li:comment:(urn:li:activity:1,2)")

    loop.run()

    failed = loop.look(delivery_id)
    assert DeliveryState.FAILED == failed.state
    assert "delete it" in failed.reason


def test_counts_of_shares_and_clips_come_back_and_missing_ones_are_null(loop, request):
    share = loop.plan(f"Counted {request.node.name}")
    clip = loop.plan(f"Seen {request.node.name}", media=(loop.attach(CLIP, video=True),))
    loop.run()
    ids = [loop.look(one).platform_id for one in (share, clip)]
    loop.pass_time(hours=20)

    rows = {row.post_id: row.counts for row in loop.network.metrics([*ids, "urn:li:share:1"])}
    loop.fault("missing_counts", count=2)
    (nothing, _) = loop.network.metrics(ids)

    assert set(ids) == set(rows)
    assert all(rows[one]["impressions"][0] > rows[one]["reach"][0] > 0 for one in ids)
    assert {None} == {value for value, _ in nothing.counts.values()}


def test_a_members_post_goes_out_and_its_counts_come_back_one_by_one(member, request):
    delivery_id = member.plan(f"By myself {request.node.name}")

    member.run()

    sent = member.look(delivery_id)
    member.pass_time(hours=20)
    (row,) = member.network.metrics([sent.platform_id])
    assert (DeliveryState.SENT, sent.platform_id) == (sent.state, row.post_id)
    assert row.counts["impressions"][0] > 0
    assert (False, []) == (
        member.network.capabilities.own_posts,
        member.network.inbound(since=member.start),
    )


@pytest.mark.parametrize("effect", HIDDEN)
def test_a_members_lost_answer_stays_unknown_and_is_never_sent_again(member, effect, request):
    text = f"Lost {request.node.name}"
    member.plan(f"First {request.node.name}")
    member.run()
    member.fault(effect)
    delivery_id = member.plan(text)

    member.run()
    for _ in range(5):
        member.pass_time(hours=1)
        member.run()

    held = member.look(delivery_id)
    assert (DeliveryState.UNKNOWN, 1, 1) == (held.state, held.attempts, len(member.accepted(text)))
    assert "look at the profile" in held.reason


def test_a_ghost_is_for_a_person_to_look_at(member, request):
    text = f"Ghost {request.node.name}"
    member.fault("ghost")
    delivery_id = member.plan(text)

    member.run()
    member.pass_time(hours=2)
    member.run()

    held = member.look(delivery_id)
    assert (DeliveryState.UNKNOWN, []) == (held.state, member.accepted(text))
    assert "linkedin.com/feed/update/urn:li:share:" in held.reason


def test_a_pages_ghost_fails_and_says_so(loop, request):
    text = f"Ghost {request.node.name}"
    loop.fault("ghost")
    delivery_id = loop.plan(text)

    loop.run()

    failed = loop.look(delivery_id)
    assert (DeliveryState.FAILED, []) == (failed.state, loop.accepted(text))
    assert "change the text" in failed.remedy
