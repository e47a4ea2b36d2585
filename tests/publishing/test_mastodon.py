"""Mastodon's wire: requests, look-up, paging, and every refusal as one error of ours."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from domain import errors
from domain.brand import Visibility
from domain.deliveries import DeliveryKind
from publishing.platforms import mastodon_entities
from publishing.platforms.base import Repeat
from publishing.platforms.html_text import plain_text
from publishing.platforms.mastodon_errors import TABLE
from tests.publishing.mastodon_server import ME, NOON, Server, mastodon, send, status


def test_a_post_carries_its_key_its_visibility_and_its_language():
    server = Server()
    network = mastodon(server, visibility=Visibility.FOLLOWERS)

    result = network.publish(send(language="de"))

    (request,) = server.asked
    assert ("key-1", "Bearer s3cret") == (
        request.headers["idempotency-key"],
        request.headers["authorization"],
    )
    assert {"status": "Fresh.", "visibility": "private", "language": "de"} == json.loads(
        request.content
    )
    assert ("9", "https://m/9", False) == (result.platform_id, result.url, result.adopted)


def test_one_delivery_has_one_key_and_another_has_another():
    network = mastodon(Server())

    assert network.make_key(NOON, "d1") == network.make_key(NOON + timedelta(days=1), "d1")
    assert network.make_key(NOON, "d1") != network.make_key(NOON, "d2")


@pytest.mark.parametrize(
    ("theirs", "text", "sent", "visibility"),
    [
        ("public", "Thanks", "@guest@far.example Thanks", "unlisted"),
        ("private", "Thanks", "@guest@far.example Thanks", "private"),
        ("public", "Hi @guest@far.example you", "Hi @guest@far.example you", "unlisted"),
        ("local", "Thanks", "@guest@far.example Thanks", "unlisted"),
    ],
)
def test_a_reply_names_whom_it_answers_and_is_seen_by_no_more(theirs, text, sent, visibility):
    guest = {"id": "70", "acct": "guest@far.example"}
    parent = status("41", account=guest, visibility=theirs)
    server = Server(**{"GET /api/v1/statuses/41": parent})

    mastodon(server, visibility=Visibility.UNLISTED).publish(send(text, reply_to="41"))

    (body,) = server.bodies("/api/v1/statuses")
    assert {"status": sent, "visibility": visibility, "in_reply_to_id": "41"} == body


def test_an_answer_to_an_own_post_names_nobody():
    server = Server(**{"GET /api/v1/statuses/41": status("41")})

    mastodon(server).publish(send("Part two", reply_to="41"))

    assert "Part two" == server.bodies("/api/v1/statuses")[0]["status"]


SAMPLES = Path(os.environ.get("AMSEL_SHARED", Path(__file__).parents[3] / "shared")) / "specs"
REFUSALS = [
    (401, "The access token is invalid", errors.AuthExpired),
    (403, "This action is outside the authorized scopes", errors.Forbidden),
    (403, "Your login is currently disabled", errors.Blocked),
    (403, "Your login is missing a confirmed e-mail address", errors.Blocked),
    (404, "Record not found", errors.Rejected),
    (410, "Gone", errors.Blocked),
    (422, "Validation failed: Text can't be blank", errors.Rejected),
    (422, "This method requires an authenticated user", errors.AuthExpired),
    (429, "Too many requests", errors.RateLimited),
    (400, "odd", errors.Rejected),
    (302, "", errors.FateUnknown),
    (408, "", errors.FateUnknown),
    (500, "We're sorry", errors.FateUnknown),
    (503, "There was a temporary problem", errors.FateUnknown),
]


@pytest.mark.parametrize(("code", "said", "expected"), REFUSALS)
def test_each_refusal_of_a_post_is_one_error_of_ours(code, said, expected):
    answer = httpx.Response(code, json={"error": said})

    with pytest.raises(errors.NetworkError) as caught:
        mastodon(Server(**{"POST /api/v1/statuses": answer})).publish(send())

    assert expected is type(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.status} {row.leaf.__name__}")
def test_every_row_of_the_table_is_met_by_an_answer(row):
    met = [one for one in REFUSALS if one[0] == row.status and one[2] is row.leaf]

    assert [] != met


def samples():
    folder = SAMPLES / "samples" / "mastodon.json"
    return json.loads(folder.read_text("utf-8")) if folder.is_file() else {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("not_ready_422", errors.Rejected),
        ("too_long_422", errors.Rejected),
        ("token_401", errors.AuthExpired),
        ("scope_403", errors.Forbidden),
        ("rate_429", errors.RateLimited),
        ("race_503", errors.FateUnknown),
    ],
)
def test_each_documented_refusal_is_understood(name, expected):
    if not samples():
        pytest.skip("the platforms' samples are not here: set AMSEL_SHARED to the shared folder")
    sample = samples()[name]
    answer = httpx.Response(
        sample["status"], json=sample["body"], headers=sample.get("headers", {})
    )

    with pytest.raises(expected) as caught:
        mastodon(Server(**{"POST /api/v1/statuses": answer})).publish(send())

    if expected is errors.RateLimited:
        assert datetime(2026, 1, 1, 0, 5, tzinfo=UTC) == caught.value.until


@pytest.mark.parametrize("text", ["", "soon", "1772453700"])
def test_a_reset_that_is_no_instant_leaves_the_wait_to_us_or_is_unix_time(text):
    answer = httpx.Response(429, json={}, headers={"x-ratelimit-reset": text})

    with pytest.raises(errors.RateLimited) as caught:
        mastodon(Server(**{"POST /api/v1/statuses": answer})).publish(send())

    assert caught.value.until in (None, datetime.fromtimestamp(1772453700, UTC))


@pytest.mark.parametrize(
    "entity", ["Status", "MediaAttachment", "Notification", "Instance", "StatusSource", "Context"]
)
def test_every_documented_example_is_read(entity):
    path = SAMPLES / "mastodon" / "entities.json"
    if not path.is_file():
        pytest.skip("the platforms' specs are not here: set AMSEL_SHARED to the shared folder")
    examples = json.loads(path.read_text("utf-8"))["entities"][entity]["examples"]
    if entity == "Context":
        examples = [one for each in examples for part in each.values() for one in part]
    names = {"StatusSource": "Source", "Context": "Status"}
    model = getattr(mastodon_entities, names.get(entity, entity))

    read = [model.model_validate(one) for one in examples]

    assert [one.get("id") for one in examples] == [getattr(one, "id", None) for one in read]


def looked_up(pages, sources, what, **options):
    """The look-up over pages of own posts; `sources` gives each its text."""
    links = [{"link": f'<https://elsewhere.example/x?max_id={n}>; rel="next"'} for n in "12"]
    answers = [
        httpx.Response(200, json=page, headers=links[at] if at + 1 < len(pages) else {})
        for at, page in enumerate(pages)
    ]
    server = Server(
        **{
            "GET /api/v1/accounts/7/statuses": answers,
            **{
                f"GET /api/v1/statuses/{one}/source": {"id": one, "text": text}
                for one, text in sources.items()
            },
        }
    )
    found = mastodon(server).look_up(what, since=NOON - timedelta(minutes=2), **options)
    return found, server


def test_a_lost_post_is_found_by_its_source_text_behind_pages_of_this_server_only():
    pages = [[status("9")], [status("5")]]

    found, server = looked_up(pages, {"9": "Another", "5": "Fresh."}, send())

    assert ("5", True) == (found.platform_id, found.adopted)
    assert {"mastodon.social"} == {one.url.host for one in server.asked}
    assert [None, "1"] == [
        one.url.params.get("max_id") for one in server.asked if one.url.path.endswith("7/statuses")
    ]


def test_a_lost_reply_is_found_behind_the_handle_that_was_put_before_it():
    pages = [[status("9", in_reply_to_id="41")]]

    found, _ = looked_up(pages, {"9": "@guest@far.example Thanks"}, send("Thanks", reply_to="41"))

    assert "9" == found.platform_id


@pytest.mark.parametrize(
    ("what", "taken"),
    [(send(reply_to="42"), set()), (send(), {"9"}), (send("Other"), set())],
)
def test_what_is_under_another_post_of_another_delivery_or_says_something_else_is_not_ours(
    what, taken
):
    found, _ = looked_up([[status("9")]], {"9": "Fresh."}, what, taken=frozenset(taken))

    assert Repeat.HARMLESS == found


def test_when_the_server_may_have_forgotten_the_key_what_is_not_there_may_still_appear():
    long_ago = NOON - timedelta(minutes=51)

    server = Server(**{"GET /api/v1/accounts/7/statuses": [httpx.Response(200, json=[])]})

    assert mastodon(server).look_up(send(), since=long_ago) is None


def test_posts_from_before_the_attempt_end_the_search():
    old = status("5", created_at="2026-03-02T11:00:00Z")

    found, server = looked_up(
        [[status("9"), old], [status("4")]], {"9": "No", "4": "Fresh."}, send()
    )

    assert Repeat.HARMLESS == found
    assert 1 == len([one for one in server.asked if one.url.path.endswith("7/statuses")])


def test_mentions_come_in_as_plain_text_oldest_first_without_our_own_and_with_null_authors():
    def mention(number, author, at="2026-03-02T12:00:01Z", **more):
        shown = status(number, content=f"<p>@<b>b</b> {number} &lt;3<br>ok</p>", account=author)
        note = {"id": number, "type": "mention", "created_at": at, "account": author}
        return {**note, "status": {**shown, "created_at": at, **more}}

    guest = {"id": "70", "acct": "guest@far.example"}
    page = [
        mention("8", guest, in_reply_to_id="5"),
        mention("7", ME),
        mention("6", None, "2026-03-02T11:59:00Z"),
        {"id": "3", "type": "mention", "created_at": "2026-03-02T11:58:00Z"},
        mention("2", guest, "2026-03-01T11:00:00Z"),
    ]
    server = Server(**{"GET /api/v1/notifications": [page]})

    messages = mastodon(server).inbound(since=NOON - timedelta(hours=1))

    assert [("6", None, None), ("8", "guest@far.example", "5")] == [
        (one.message_id, one.author, one.in_reply_to) for one in messages
    ]
    assert "@b 8 <3\nok" == messages[1].text


def test_counts_are_read_with_quotes_where_the_server_knows_them_and_null_where_it_does_not():
    newer = status("9", favourites_count=3, replies_count=0, reblogs_count=2, quotes_count=1)
    older = status("8", favourites_count=3, replies_count=1, reblogs_count=2)
    server = Server(**{"GET /api/v1/statuses": [[newer, older, status("7")]]})

    rows = mastodon(server).metrics(["9", "8", "7", "6"])

    assert [3, 2, None] == [row.counts["shares"][0] for row in rows]
    assert (0, "replies_count") == rows[0].counts["comments"]
    assert (None, "favourites_count") == rows[2].counts["likes"]


def test_a_server_that_lists_no_posts_by_id_is_asked_for_each():
    server = Server(
        **{
            "GET /api/v1/statuses": httpx.Response(404),
            "GET /api/v1/statuses/9": status("9", favourites_count=3),
            "GET /api/v1/statuses/8": httpx.Response(404),
        }
    )

    assert ["9"] == [row.post_id for row in mastodon(server).metrics(["9", "8"])]


def test_a_post_that_is_gone_already_counts_as_taken_down():
    gone = httpx.Response(404, json={"error": "Record not found"})
    server = Server(**{"DELETE /api/v1/statuses/9": gone})

    result = mastodon(server).publish(send("", kind=DeliveryKind.DELETE, target="9"))

    assert "9" == result.platform_id


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a</p><p>b<br/>c</p>", "a\n\nb\nc"),
        (
            '<a href="x"><span class="invisible">https://</span><span>e.example/a</span></a>',
            "https://e.example/a",
        ),
        ("<p>1 &lt; 2 &amp; &quot;x&quot;</p>", '1 < 2 & "x"'),
        ("<script>alert(1)</script>hi<style>p{}</style>", "hi"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        ("", ""),
    ],
)
def test_html_becomes_the_words_that_it_shows(markup, text):
    assert text == plain_text(markup)


def test_the_secret_shows_nowhere():
    network = mastodon(Server())

    assert "s3cret" not in repr(network) + repr(vars(network)) + repr(vars(network._api))
