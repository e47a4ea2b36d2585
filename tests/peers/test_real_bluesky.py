"""The Bluesky adapter against Bluesky's own PDS and AppView, through the door."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import pytest

from domain.brand import Account
from domain.deliveries import DeliveryKind, DeliveryState
from domain.errors import Duplicate
from domain.platforms import Platform
from publishing import attempts
from runtime.clock import SystemClock
from tests.peers.servers import bluesky
from tests.publishing.loop import Door, picture

PASSWORD = "a password of this test"
_numbers = count(1)


@pytest.fixture(scope="session")
def peers(postgres_server, tmp_path_factory):
    with bluesky(tmp_path_factory.mktemp("bluesky"), postgres_server) as running:
        yield running


@pytest.fixture(scope="session")
def person(peers):
    """Somebody else on the network."""
    with httpx.Client(base_url=peers.pds, trust_env=False) as http:
        made = signed_up(http, "karla")
        http.headers["authorization"] = f"Bearer {made['accessJwt']}"
        yield Person(http, made)


@pytest.fixture
def door(peers, tmp_path):
    with httpx.Client(base_url=peers.pds, trust_env=False) as http:
        handle = signed_up(http, f"brand{next(_numbers)}")["handle"]
    account = Account(platform=Platform.BLUESKY, handle=handle, time_zone="UTC", base_url=peers.pds)
    made = Door(
        account,
        f"sqlite:///{tmp_path}/ledger.sqlite",
        secret=PASSWORD,
        clock=SystemClock(),
        folder=tmp_path,
    )
    yield made
    made.close()


class Person:
    """An account that writes by plain requests."""

    def __init__(self, http, made):
        self.http, self.did, self.handle = http, made["did"], made["handle"]

    def write(self, collection, **record):
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {"$type": collection, "createdAt": now} | record
        body = {"repo": self.did, "collection": collection, "record": record}
        return ok(self.http.post("/xrpc/com.atproto.repo.createRecord", json=body))


def ok(response):
    assert response.is_success, response.text
    return response.json()


def signed_up(http, name):
    body = {"handle": f"{name}.test", "email": f"{name}@mail.test", "password": PASSWORD}
    return ok(http.post("/xrpc/com.atproto.server.createAccount", json=body))


def record(person, uri):
    """The record that the PDS holds."""
    repo, collection, rkey = uri.removeprefix("at://").split("/")
    where = {"repo": repo, "collection": collection, "rkey": rkey}
    return ok(person.http.get("/xrpc/com.atproto.repo.getRecord", params=where))


def waited_for(look, seconds=20):
    """What the AppView shows once it has read the PDS's stream."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "the AppView does not show it"
        time.sleep(0.2)
    return found


def test_a_text_goes_out_under_its_key(door, person):
    delivery_id = door.plan("Frisch & kühl 💧", language="de")

    assert 1 == door.run()

    delivery = door.sent(delivery_id)
    stored = record(person, delivery.platform_id)
    assert ("Frisch & kühl 💧", ["de"]) == (stored["value"]["text"], stored["value"]["langs"])
    assert delivery.platform_id.endswith(delivery.platform_key)


def test_the_appview_shows_the_post_and_counts_what_people_do(door, person):
    delivery_id = door.plan("Count me")
    door.run()
    uri = door.sent(delivery_id).platform_id
    subject = {"uri": uri, "cid": record(person, uri)["cid"]}
    person.write("app.bsky.feed.like", subject=subject)
    person.write("app.bsky.feed.repost", subject=subject)
    person.write("app.bsky.feed.post", text="Yes", reply={"root": subject, "parent": subject})

    def counted():
        rows = door.network.metrics([uri])
        return rows and {name: value for name, (value, _) in rows[0].counts.items() if value}

    everything = {"likes": 1, "comments": 1, "shares": 1}
    assert waited_for(lambda: everything == counted())


def test_links_tags_and_mentions_are_facets_that_the_appview_reads(door, person):
    link = "https://bergquell.example/frisch?a=1&b=2"
    delivery_id = door.plan(f"💧 Für @{person.handle} und @niemand.test: #Wasser {link}.")

    door.run()

    uri = door.sent(delivery_id).platform_id
    value = record(person, uri)["value"]
    parts = {
        value["text"].encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(): next(
            v for name, v in f["features"][0].items() if name != "$type"
        )
        for f in value["facets"]
    }
    assert {f"@{person.handle}": person.did, "#Wasser": "Wasser", link: link} == parts
    waited_for(lambda: uri in notified(person, "mention"))


def notified(person, reason):
    """The URIs of what a person was told of, by reason."""
    answer = ok(person.http.get("/xrpc/app.bsky.notification.listNotifications"))
    return {one["uri"] for one in answer["notifications"] if one["reason"] == reason}


def test_a_mention_dated_half_a_day_back_is_read_all_the_same(door, person):
    """A clock set to another zone; the AppView orders what it tells by the writer's time."""
    dated = (datetime.now(UTC) - timedelta(hours=13)).isoformat(timespec="milliseconds")
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": door.network._pds.did}
    facet = {"index": {"byteStart": 0, "byteEnd": 3}, "features": [mention]}
    record = {"text": "You", "facets": [facet], "createdAt": dated.replace("+00:00", "Z")}
    written = person.write("app.bsky.feed.post", **record)

    (message,) = waited_for(lambda: door.network.inbound(since=datetime.now(UTC)))

    assert written["uri"] == message.message_id
    assert datetime.now(UTC) - message.created_at > timedelta(hours=12)


def test_a_link_is_shown_as_a_card(door):
    link = "https://bergquell.example/frisch"
    delivery_id = door.plan("Neu", link=link, title="Frisches Wasser")

    door.run()

    embed = shown(door, door.sent(delivery_id))["embed"]
    assert ("app.bsky.embed.external#view", link) == (embed["$type"], embed["external"]["uri"])


def shown(door, delivery):
    """A post as the AppView shows it."""
    asked = {"uris": [delivery.platform_id]}
    found = waited_for(lambda: door.network._pds.get("app.bsky.feed.getPosts", **asked)["posts"])
    return found[0]


def test_pictures_go_out_with_their_descriptions_and_bytes(door, person):
    colours = ("teal", "navy", "gold", "red")
    files = [door.attach(picture(c), f"eine Flasche in {c}") for c in colours]
    delivery_id = door.plan("Vier", media=tuple(files))

    door.run()

    delivery = door.sent(delivery_id)
    images = shown(door, delivery)["embed"]["images"]
    assert [file.alt_text for file in files] == [image["alt"] for image in images]
    assert [{"width": 64, "height": 48}] * 4 == [image["aspectRatio"] for image in images]
    stored = record(person, delivery.platform_id)["value"]["embed"]["images"]
    blob = {
        "did": delivery.platform_id.split("/")[2],
        "cid": stored[0]["image"]["ref"]["$link"],
    }
    kept = person.http.get("/xrpc/com.atproto.sync.getBlob", params=blob)
    assert picture("teal") == kept.content


def test_a_thread_hangs_together_and_a_person_is_answered(door, person):
    first = door.plan("Eins")
    second = door.plan("Zwei", after=door.look(first).key)
    third = door.plan("Drei", after=door.look(second).key)
    door.run()
    uris = [door.sent(one).platform_id for one in (first, second, third)]
    # nobody answers what they do not see yet; the AppView would tell nobody of such an answer
    waited_for(lambda: 3 == len(door.network.metrics(uris)))
    root = {"uri": uris[0], "cid": record(person, uris[0])["cid"]}
    comment = person.write(
        "app.bsky.feed.post", text="Woher?", reply={"root": root, "parent": root}
    )

    (message,) = waited_for(lambda: door.network.inbound(since=door.start))
    answer = door.plan(
        "Aus dem Berg",
        kind=DeliveryKind.REPLY,
        reply_to=message.platform_ref,
        reply_root=message.thread_root,
    )
    bare = door.plan("Und zwar tief", kind=DeliveryKind.REPLY, reply_to=comment["uri"])
    door.run()

    replies = [record(person, uri)["value"]["reply"] for uri in uris[1:]]
    assert [uris[0], uris[1]] == [reply["parent"]["uri"] for reply in replies]
    assert [root, root] == [reply["root"] for reply in replies]
    assert ("Woher?", person.handle) == (message.text, message.author)
    for one in (answer, bare):
        parent = record(person, door.sent(one).platform_id)["value"]["reply"]["parent"]
        assert (comment["uri"], comment["cid"]) == (parent["uri"], parent["cid"])
    answers = {door.sent(one).platform_id for one in (answer, bare)}
    waited_for(lambda: answers <= notified(person, "reply"))


def test_a_reply_of_somebody_is_hidden_once(door, person):
    post = door.plan("Ziel")
    door.run()
    uri = door.sent(post).platform_id
    root = {"uri": uri, "cid": record(person, uri)["cid"]}
    bad = person.write("app.bsky.feed.post", text="Pfui", reply={"root": root, "parent": root})

    twice = [door.plan(kind=DeliveryKind.HIDE, target=bad["uri"], reply_root=uri) for _ in range(2)]
    door.run()

    assert [DeliveryState.SENT] * 2 == [door.look(one).state for one in twice]
    gate = record(person, uri.replace("feed.post", "feed.threadgate"))["value"]
    assert [bad["uri"]] == gate["hiddenReplies"]


def test_what_was_sent_is_found_again_and_never_made_twice(door, person):
    delivery_id = door.plan("Einmal", media=(door.attach(picture(), "eine Flasche"),))
    door.run()
    delivery = door.sent(delivery_id)
    send = attempts.Attempt(delivery, 2, door.clock.now(), delivery.payload).send()
    before = commit(person, delivery)

    again = door.network.publish(send)
    found = door.network.look_up(send, since=door.start)
    other = door.network.look_up(
        replace(send, platform_key=door.network.make_key(door.start, "other")), since=door.start
    )

    assert (delivery.platform_id, delivery.platform_id, None) == (
        again.platform_id,
        found.platform_id,
        other,
    )
    assert before == commit(person, delivery)
    assert ["Einmal"] == [post.text for post in door.network.own_posts(door.start)]


def commit(person, delivery):
    """The revision of the account's repository."""
    did = {"did": delivery.platform_id.split("/")[2]}
    return ok(person.http.get("/xrpc/com.atproto.sync.getLatestCommit", params=did))["rev"]


def test_another_record_under_the_key_is_refused_and_not_overwritten(door, person):
    delivery_id = door.plan("Der erste")
    door.run()
    delivery = door.sent(delivery_id)
    send = attempts.Attempt(delivery, 2, door.clock.now(), delivery.payload).send()
    changed = replace(send, payload=send.payload.model_copy(update={"text": "Der zweite"}))

    with pytest.raises(Duplicate, match="InvalidSwap"):
        door.network.publish(changed)

    assert "Der erste" == record(person, delivery.platform_id)["value"]["text"]


def test_a_deleted_post_is_gone_and_deleting_again_does_no_harm(door):
    uri = door.delete_twice("Weg damit")

    assert [] == door.network.own_posts(door.start)
    waited_for(lambda: [] == door.network.metrics([uri]))


def test_a_text_over_the_limit_fails_with_the_servers_words(door):
    delivery_id = door.plan("ü" * 301)

    door.run()

    failed = door.look(delivery_id)
    assert DeliveryState.FAILED == failed.state
    assert "300" in failed.reason


@pytest.mark.parametrize("fault", ["expired", "garbled", "ended"])
def test_a_session_that_is_over_is_renewed_and_nothing_is_lost(door, peers, fault):
    sessions = door.network._pds._keeper
    sessions.current()
    session = sessions._session
    if fault == "expired":
        sessions._session = replace(session, access=expired(session.access, peers.jwt_secret))
    elif fault == "garbled":
        sessions._session = replace(session, access=session.access[:-5] + "AAAAA")
    else:
        end = {"authorization": f"Bearer {session.refresh}"}
        url = f"{peers.pds}/xrpc/com.atproto.server.deleteSession"
        assert httpx.post(url, headers=end, trust_env=False).is_success
        sessions._session = replace(session, access=expired(session.access, peers.jwt_secret))
    delivery_id = door.plan(f"Nach {fault}")

    door.run()

    assert 1 == door.sent(delivery_id).attempts
    assert [f"Nach {fault}"] == [post.text for post in door.network.own_posts(door.start)]


def expired(token, secret):
    """The same access token as the PDS would have signed it three hours ago."""
    head, body, _ = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims |= {"iat": claims["iat"] - 10_800, "exp": claims["exp"] - 10_800}
    signed = f"{head}.{coded(json.dumps(claims).encode())}"
    return f"{signed}.{coded(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


def coded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_a_wrong_password_waits_for_a_person(peers, door, tmp_path):
    (tmp_path / "wrong").mkdir()
    account = Account(
        platform=Platform.BLUESKY,
        handle=door.network.handle,
        time_zone="UTC",
        base_url=peers.pds,
    )
    wrong = Door(
        account,
        f"sqlite:///{tmp_path}/wrong/ledger.sqlite",
        secret="not the password",
        clock=SystemClock(),
        folder=tmp_path / "wrong",
    )
    delivery_id = wrong.plan("Draussen")

    wrong.run()
    waiting = wrong.look(delivery_id)
    wrong.close()

    assert DeliveryState.WAITING == waiting.state
    assert "app password" in waiting.reason
