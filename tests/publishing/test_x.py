"""X's wire: requests, look-up, metrics, and every refusal as one error of ours."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from domain import errors
from domain.brand import Account
from domain.deliveries import DeliveryKind, Payload, fingerprint
from domain.platforms import Platform
from publishing.platforms.base import Access, Secret, Send
from publishing.platforms.registry import connect
from publishing.platforms.x import X
from publishing.platforms.x_api import XOptions
from publishing.platforms.x_errors import TABLE
from tests.clock import SteppingClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROBLEMS = "https://api.x.com/2/problems"
ME = {"data": {"id": "7", "name": "Bergquell", "username": "bergquell"}}


class Still:
    def now(self):
        return NOON

    def wait_until(self, instant):
        raise AssertionError(f"nobody waits until {instant}")


def x(handler, **options):
    account = Account(platform=Platform.X, handle="bergquell", time_zone="Europe/Berlin")
    transport = httpx.MockTransport(handler)
    options = {"secret": "s3cret", "sending_allowed": True, "clock": Still()} | options
    return connect(account, transport=transport, **options)


def send(text="Fresh.", **payload):
    kind = payload.pop("kind", DeliveryKind.POST)
    return Send(
        payload=Payload(text=text, **payload),
        platform_key=None,
        fingerprint=fingerprint(text),
        created_at=NOON,
        kind=kind,
    )


def answering(*answers):
    queue = list(answers)
    return lambda _request: queue.pop(0)


def test_a_reply_goes_out_as_the_spec_has_it():
    asked = []

    def handler(request):
        asked.append(request)
        return httpx.Response(201, json={"data": {"id": "99", "text": "Hi #water"}})

    result = x(handler).publish(send("Hi", hashtags=("water",), reply_to="41"))

    (request,) = asked
    assert ("POST", "https://api.x.com/2/tweets", "Bearer s3cret") == (
        request.method,
        str(request.url),
        request.headers["authorization"],
    )
    assert {"text": "Hi #water", "reply": {"in_reply_to_tweet_id": "41"}} == json.loads(
        request.content
    )
    assert ("99", "https://x.com/bergquell/status/99", False) == (
        result.platform_id,
        result.url,
        result.adopted,
    )


def test_a_comment_is_hidden_by_a_put():
    asked = []

    def handler(request):
        asked.append((request.method, request.url.path, json.loads(request.content)))
        return httpx.Response(200, json={"data": {"hidden": True}})

    x(handler).publish(send("", kind=DeliveryKind.HIDE, target="41"))

    assert [("PUT", "/2/tweets/41/hidden", {"hidden": True})] == asked


RESET = {"x-rate-limit-reset": "1772453700"}
POST_ERRORS = [
    (httpx.Response(400, json={"type": f"{PROBLEMS}/invalid-request"}), errors.Rejected),
    (httpx.Response(401, json={"title": "Unauthorized"}), errors.AuthExpired),
    (
        httpx.Response(403, json={"detail": "... with duplicate content.", "type": "about:blank"}),
        errors.Duplicate,
    ),
    (httpx.Response(403, json={"type": f"{PROBLEMS}/client-forbidden"}), errors.Forbidden),
    (
        httpx.Response(403, json={"type": f"{PROBLEMS}/unsupported-authentication"}),
        errors.AuthExpired,
    ),
    (
        httpx.Response(403, json={"type": f"{PROBLEMS}/not-authorized-for-resource"}),
        errors.Rejected,
    ),
    (
        httpx.Response(403, json={"type": "about:blank", "reason": "client-not-enrolled"}),
        errors.Forbidden,
    ),
    (
        httpx.Response(403, json={"type": "https://api.twitter.com/2/problems/oauth2-permissions"}),
        errors.Forbidden,
    ),
    (
        httpx.Response(403, json={"errors": [{"type": f"{PROBLEMS}/client-forbidden"}]}),
        errors.Forbidden,
    ),
    (httpx.Response(402, json={"title": "CreditsDepleted"}), errors.Forbidden),
    (httpx.Response(404, json={"type": f"{PROBLEMS}/resource-not-found"}), errors.Rejected),
    (httpx.Response(429, headers=RESET, json={"title": "Too Many"}), errors.RateLimited),
    (httpx.Response(429, json={"errors": [{"code": 88}]}), errors.RateLimited),
    (httpx.Response(500, text="oops"), errors.FateUnknown),
    (httpx.Response(503, json={}), errors.FateUnknown),
    (httpx.Response(201, json={"data": {}}), errors.FateUnknown),
    (httpx.Response(201, text="<html>"), errors.FateUnknown),
    (httpx.Response(201, json=[1]), errors.FateUnknown),
]


@pytest.mark.parametrize(("answer", "expected"), POST_ERRORS)
def test_each_refusal_of_a_post_is_one_error_of_ours(answer, expected):
    with pytest.raises(errors.NetworkError) as caught:
        x(answering(answer)).publish(send())

    assert expected is type(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.status} {row.problem}")
def test_every_row_of_the_table_is_met_by_a_refusal(row):
    def meets(answer, expected):
        words = answer.text if answer.status_code == row.status else ""
        return expected is row.leaf and row.problem in words

    assert any(meets(*one) for one in POST_ERRORS if one[0].status_code == row.status)


SAMPLES = Path(os.environ.get("AMSEL_SHARED", Path(__file__).parents[3] / "shared")) / "specs"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("duplicate_403", errors.Duplicate),
        ("rate_429", errors.RateLimited),
        ("rate_429_doc_form", errors.RateLimited),
        ("unauthorized_401", errors.AuthExpired),
        ("unsupported_auth_403", errors.AuthExpired),
        ("usage_capped_429", errors.RateLimited),
    ],
)
def test_each_documented_refusal_is_understood(name, expected):
    path = SAMPLES / "samples" / "x.json"
    if not path.is_file():
        pytest.skip("the platforms' samples are not here: set AMSEL_SHARED to the shared folder")
    sample = json.loads(path.read_text("utf-8"))[name]
    headers = sample.get("headers", {})

    with pytest.raises(errors.NetworkError) as caught:
        x(
            answering(httpx.Response(sample["status"], json=sample["body"], headers=headers))
        ).publish(send())

    assert expected is type(caught.value)


@pytest.mark.parametrize(
    ("period", "now", "until"),
    [
        ("Daily", datetime(2025, 12, 31, 10, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        ("Monthly", datetime(2025, 12, 31, 10, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        ("Monthly", datetime(2026, 2, 10, 10, 30, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_used_up_quota_is_the_apps_and_ends_with_its_period(period, now, until):
    body = {"type": f"{PROBLEMS}/usage-capped", "period": period, "scope": "Product"}

    with pytest.raises(errors.RateLimited) as caught:
        x(answering(httpx.Response(429, json=body)), clock=SteppingClock(now)).publish(send())

    assert (until, True) == (caught.value.until, caught.value.of_app)


def test_labels_stand_in_the_post_only_where_they_are_true():
    asked = []

    def handler(request):
        asked.append(json.loads(request.content))
        return httpx.Response(201, json={"data": {"id": "99"}})

    x(handler).publish(send("Hi", made_with_ai=True))
    x(handler).publish(send("Hi", paid_partnership=True))

    assert [
        {"text": "Hi", "made_with_ai": True},
        {"text": "Hi", "paid_partnership": True},
    ] == asked


@pytest.mark.parametrize("references", ["referenced_tweets", "referenced_posts"])
def test_reads_ask_in_the_spelling_that_is_set_and_read_both(references):
    asked = []
    replied = {references: [{"type": "replied_to", "id": "41"}]}

    def handler(request):
        asked.append(request.url.params)
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json=ME)
        return httpx.Response(200, json={"data": [own("5", "Hi", **replied)], "meta": {}})

    account = Account(platform=Platform.X, handle="bergquell", time_zone="UTC")
    access = Access(
        account, Secret("s"), Still(), "https://x.test", transport=httpx.MockTransport(handler)
    )
    (post,) = X(access, XOptions(fields="post.fields")).own_posts(NOON)

    assert "referenced_posts" in asked[1]["post.fields"]
    assert "tweet.fields" not in asked[1]
    assert "41" == post.in_reply_to


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (httpx.ConnectError("refused"), errors.Unreachable),
        (httpx.ConnectTimeout("slow"), errors.Unreachable),
        (httpx.PoolTimeout("busy"), errors.Unreachable),
        (httpx.ReadTimeout("slow"), errors.FateUnknown),
        (httpx.WriteTimeout("slow"), errors.FateUnknown),
        (httpx.WriteError("broken pipe"), errors.FateUnknown),
        (httpx.ReadError("reset"), errors.FateUnknown),
        (httpx.RemoteProtocolError("half an answer"), errors.FateUnknown),
        (httpx.ProxyError("proxy"), errors.FateUnknown),
    ],
)
def test_only_what_fails_before_the_request_is_certainly_not_sent(raised, expected):
    def handler(_request):
        raise raised

    with pytest.raises(errors.NetworkError) as caught:
        x(handler).publish(send())

    assert expected is type(caught.value)


def test_the_reset_header_says_until_when_to_wait():
    answer = httpx.Response(429, headers=RESET, json={})

    with pytest.raises(errors.RateLimited) as caught:
        x(answering(answer)).publish(send())

    assert datetime.fromtimestamp(1772453700, UTC) == caught.value.until


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(200, text="no json")])
def test_a_read_that_fails_is_never_of_unknown_fate(answer):
    with pytest.raises(errors.Unreachable):
        x(answering(answer)).metrics(["1"])


def own(post_id, text, **more):
    return {"id": post_id, "text": text, "created_at": "2026-03-02T12:00:01.000Z"} | more


def test_a_post_is_found_behind_short_links_escapes_and_pages():
    ours = "Bread & water: https://bergquell.example/a <3"
    links = {"urls": [{"url": "https://t.co/x", "expanded_url": "https://bergquell.example/a"}]}
    found = own("5", "Bread &amp; water: https://t.co/x &lt;3", entities=links)
    asked = []

    def handler(request):
        asked.append(request.url)
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json=ME)
        if "pagination_token" in request.url.params:
            return httpx.Response(200, json={"data": [found], "meta": {}})
        page = {"data": [own("9", "Another")], "meta": {"next_token": "more"}}
        return httpx.Response(200, json=page)

    result = x(handler).look_up(send(ours), since=NOON - timedelta(minutes=2))

    assert ("5", True) == (result.platform_id, result.adopted)
    assert "2026-03-02T11:58:00Z" == asked[1].params["start_time"]
    assert "/2/users/7/tweets" == asked[1].path


def test_the_same_words_under_another_post_or_of_another_delivery_are_not_ours():
    replied = [{"type": "replied_to", "id": "41"}]
    page = {"data": [own("5", "Hi"), own("6", "Hi", referenced_tweets=replied)], "meta": {}}

    def look_up(what, **options):
        handler = answering(httpx.Response(200, json=ME), httpx.Response(200, json=page))
        return x(handler).look_up(what, since=NOON, **options)

    assert "6" == look_up(send("Hi", reply_to="41")).platform_id
    assert "5" == look_up(send("Hi")).platform_id
    assert look_up(send("Hi", reply_to="42")) is None
    assert look_up(send("Hi"), taken=frozenset({"5"})) is None


@pytest.mark.parametrize("reposts", ["retweet_count", "repost_count"])
def test_metrics_are_read_in_both_spellings(reposts):
    given = {
        reposts: 3,
        "quote_count": 2,
        "reply_count": 4,
        "like_count": 5,
        "bookmark_count": 0,
        "impression_count": 600,
    }
    answer = httpx.Response(200, json={"data": [{"id": "5", "public_metrics": given}]})

    (row,) = x(answering(answer)).metrics(["5", "deleted"])

    assert {
        "impressions": (600, "impression_count"),
        "likes": (5, "like_count"),
        "comments": (4, "reply_count"),
        "saves": (0, "bookmark_count"),
        "shares": (5, f"{reposts}+quote_count"),
    } == row.counts
    assert ("5", NOON) == (row.post_id, row.observed_at)


def test_a_metric_that_is_not_given_is_null_and_not_zero():
    answer = httpx.Response(200, json={"data": [{"id": "5", "public_metrics": {"like_count": 1}}]})

    (row,) = x(answering(answer)).metrics(["5"])

    assert (1, None, None) == tuple(row.counts[m][0] for m in ("likes", "shares", "impressions"))


def test_mentions_come_in_oldest_first_and_without_our_own():
    page = {
        "data": [
            own("8", "@bergquell When?", author_id="70", conversation_id="5"),
            own("7", "@bergquell thanks", author_id="7"),
            own("6", "@bergquell Hi") | {"author_id": "71", "created_at": "2026-03-02T11:00:00Z"},
        ],
        "includes": {"users": [{"id": "70", "username": "guest"}]},
        "meta": {},
    }
    handler = answering(httpx.Response(200, json=ME), httpx.Response(200, json=page))

    messages = x(handler).inbound(since=NOON - timedelta(days=1))

    assert [("6", "71", None), ("8", "guest", "5")] == [
        (one.message_id, one.author, one.thread_root) for one in messages
    ]


def test_nothing_is_sent_to_the_real_platform_unless_it_is_allowed():
    with pytest.raises(errors.PolicyError, match=r"AMSEL_SENDING=on"):
        x(answering(), sending_allowed=False)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_a_sandbox_on_this_machine_may_always_be_spoken_to(host):
    account = Account(platform=Platform.X, handle="b", time_zone="UTC", base_url=f"http://{host}/x")

    assert "x:b" == connect(account, secret="s", clock=Still(), sending_allowed=False).account


@pytest.mark.parametrize("url", ["http://127.0.0.1.evil.example", "http://localhost.evil.example"])
def test_a_host_that_only_looks_like_this_machine_is_not_it(url):
    account = Account(platform=Platform.X, handle="b", time_zone="UTC", base_url=url)

    with pytest.raises(errors.PolicyError):
        connect(account, secret="s", clock=Still(), sending_allowed=False)


def test_the_secret_shows_nowhere():
    network = x(answering())

    assert "s3cret" not in repr(network) + repr(vars(network))


def test_a_platform_without_an_adapter_is_a_clear_error():
    known = Account(platform=Platform.TIKTOK, handle="b", time_zone="UTC")
    account = known.model_copy(update={"platform": "elsewhere"})

    with pytest.raises(errors.ConfigError, match=r"elsewhere cannot be spoken to yet"):
        connect(account, secret="s", clock=Still(), sending_allowed=True)
