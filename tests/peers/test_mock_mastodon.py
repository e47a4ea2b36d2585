"""The Mastodon adapter against somebody else's reading of the API, through the door."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.brand import Account, Visibility
from domain.deliveries import DeliveryKind, DeliveryState
from domain.platforms import Platform
from publishing import attempts
from publishing.platforms.base import Repeat
from runtime.clock import SystemClock
from tests.peers.servers import mastodon
from tests.publishing.loop import Door, picture

STATUSES = "/api/v1/statuses"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with mastodon(tmp_path_factory.mktemp("mastodon")) as url:
        yield url


@pytest.fixture
def open_door(url, tmp_path):
    made = []

    def build(person="ada", **account):
        account = Account(
            platform=Platform.MASTODON, handle="ada", time_zone="UTC", base_url=url, **account
        )
        ledger_url = f"sqlite:///{tmp_path}/ledger{len(made)}.sqlite"
        made.append(
            Door(
                account, ledger_url, secret=f"{person}_token", clock=SystemClock(), folder=tmp_path
            )
        )
        return made[-1]

    yield build
    for one in made:
        one.close()


@pytest.fixture
def door(open_door):
    return open_door()


@pytest.fixture
def grace(url):
    """Somebody else on the server."""
    headers = {"authorization": "Bearer grace_token"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as http:
        yield http


def shown(http, delivery):
    return http.get(f"{STATUSES}/{delivery.platform_id}").json()


def test_a_text_with_a_link_goes_out_and_its_counts_come_back(door, grace):
    text, link = "Fresh & <cool> 💧\n\nCome by", "https://bergquell.example/fresh?a=1&b=2"
    delivery_id = door.plan(text, link=link, language="de")

    assert 1 == door.run()

    delivery = door.sent(delivery_id)
    for act in ("favourite", "reblog"):
        assert grace.post(f"{STATUSES}/{delivery.platform_id}/{act}").is_success
    (row,) = door.network.metrics([delivery.platform_id])
    (own,) = [p for p in door.network.own_posts(door.start) if p.platform_id == row.post_id]
    assert {"likes": 1, "shares": 1, "comments": 0} == {
        name: value for name, (value, _) in row.counts.items() if value is not None
    }
    assert (f"{text} {link}", delivery.url) == (own.text, own.url)
    assert "de" == shown(grace, delivery)["language"]


def test_pictures_go_out_with_their_descriptions(door, grace):
    files = [door.attach(picture(c), f"a {c} bottle") for c in ("teal", "navy", "gold", "red")]
    delivery_id = door.plan("Four", media=tuple(files))

    door.run()

    media = shown(grace, door.sent(delivery_id))["media_attachments"]
    assert [file.alt_text for file in files] == [one["description"] for one in media]


def test_a_thread_hangs_together_and_a_person_is_answered(door, grace):
    first = door.plan("One")
    second = door.plan("Two", after=door.look(first).key)
    door.run()
    one, two = (door.sent(each) for each in (first, second))
    asked = {"status": "@ada From where?", "in_reply_to_id": one.platform_id}
    comment = grace.post(STATUSES, json=asked).json()

    (message,) = door.network.inbound(since=door.start)
    answer = door.plan(
        "From the hill",
        kind=DeliveryKind.REPLY,
        reply_to=message.platform_ref,
        reply_root=message.thread_root,
    )
    door.run()

    assert one.platform_id == shown(grace, two)["in_reply_to_id"]
    assert ("@ada From where?", "grace") == (message.text, message.author)
    reply = shown(grace, door.sent(answer))
    assert comment["id"] == reply["in_reply_to_id"]
    told = grace.get("/api/v1/notifications", params={"types[]": "mention"}).json()
    assert reply["id"] in [note["status"]["id"] for note in told]


def test_what_was_sent_is_found_again_and_never_made_twice(door):
    delivery_id = door.plan("Once & only", media=(door.attach(picture(), "a bottle"),))
    door.run()
    delivery = door.sent(delivery_id)
    send = attempts.Attempt(delivery, 2, door.clock.now(), delivery.payload).send()

    again = door.network.publish(send)
    found = door.network.look_up(send, since=door.start)
    other = door.network.look_up(replace(send, fingerprint="another"), since=door.start)

    assert (delivery.platform_id, delivery.platform_id, Repeat.HARMLESS) == (
        again.platform_id,
        found.platform_id,
        other,
    )
    texts = [post.text for post in door.network.own_posts(door.start)]
    assert 1 == texts.count("Once & only")


def test_who_may_see_a_post_is_what_the_account_says(open_door):
    quiet = open_door(visibility=Visibility.UNLISTED)
    delivery_id = quiet.plan("For those who look")

    quiet.run()

    found = quiet.network._api.ask("GET", f"{STATUSES}/{quiet.sent(delivery_id).platform_id}")
    assert "unlisted" == found.json()["visibility"]


def test_a_deleted_post_is_gone_and_deleting_again_does_no_harm(door):
    target = door.delete_twice("Away with it")

    assert [] == door.network.metrics([target])


def test_own_posts_are_read_over_several_pages(door, url):
    wanted = [f"Number {n}" for n in range(45)]
    headers = {"authorization": "Bearer ada_token"}
    for text in wanted:
        made = httpx.post(
            f"{url}{STATUSES}", json={"status": text}, headers=headers, trust_env=False
        )
        assert made.is_success

    found = [post.text for post in door.network.own_posts(door.start)]

    assert wanted[::-1] == found[:45]


def test_a_text_over_the_limit_fails_with_the_servers_words(door):
    delivery_id = door.plan("ü" * 501)

    door.run()

    failed = door.look(delivery_id)
    assert DeliveryState.FAILED == failed.state
    assert "500" in failed.reason


def test_a_throttled_post_waits_and_goes_out_once(door, grace):
    again_at = datetime.now(UTC) + timedelta(seconds=2)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": again_at.isoformat()}
    rule = {
        "match": {"methods": ["POST"], "path": STATUSES},
        "effect": {"type": "ratelimit", "headers": headers},
        "count": 1,
    }
    assert grace.post("/api/v1/_mock/faults", json=rule).is_success
    delivery_id = door.plan("Patience")

    door.run()

    delivery = door.sent(delivery_id)
    assert (2, True) == (delivery.attempts, datetime.now(UTC) >= again_at)
    assert ["Patience"] == [post.text for post in door.network.own_posts(door.start)]


def test_a_revoked_token_waits_for_a_person(open_door):
    shut_out = open_door("nobody")
    delivery_id = shut_out.plan("Outside")

    shut_out.run()

    waiting = shut_out.look(delivery_id)
    assert DeliveryState.WAITING == waiting.state
    assert "connect the account again" in waiting.reason
