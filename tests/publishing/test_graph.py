"""The Graph API as both platforms of Meta share it: refusals, throttle, pages, secrets."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain import errors
from domain.brand import Account
from publishing.platforms.base import Access, Secret
from publishing.platforms.graph import Graph, GraphOptions
from publishing.platforms.graph_errors import CODES, SUBCODES, Meaning, meaning_of
from publishing.platforms.graph_insights import Insights
from tests.clock import SteppingClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEAVES = {
    Meaning.TRANSIENT: errors.FateUnknown,
    Meaning.THROTTLED: errors.RateLimited,
    Meaning.QUOTA: errors.RateLimited,
    Meaning.TOKEN: errors.AuthExpired,
    Meaning.PERMISSION: errors.Forbidden,
    Meaning.BLOCKED: errors.Blocked,
    Meaning.DUPLICATE: errors.Duplicate,
    Meaning.PERMANENT: errors.Rejected,
    Meaning.VERSION: errors.VersionGone,
    Meaning.NOT_READY: errors.Processing,
    Meaning.RENEW: errors.Unreachable,
    Meaning.FETCH: errors.Unreachable,
}
TABLE = [((code, None), row) for code, row in CODES.items()]
TABLE += list(SUBCODES.items())
TABLE += [((code, None), (Meaning.PERMISSION, "")) for code in (200, 210, 299)]


def graph(handler, *, clock=None, base_url="https://graph.facebook.com", **options):
    account = Account(platform="facebook", handle="bergquell", time_zone="UTC")
    access = Access(
        account=account,
        secret=Secret("s3cret"),
        clock=clock or SteppingClock(NOON),
        base_url=base_url,
        transport=httpx.MockTransport(handler),
    )
    return Graph(access, GraphOptions(**options))


def refusal(code, subcode=None, *, status=400, message="no", headers=None, **more):
    error = {"message": message, "type": "OAuthException", "code": code, **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    body = {"error": error | {"fbtrace_id": "A1"}}
    return httpx.Response(status, json=body, headers=headers)


def caught(response, *, public=True, **options):
    with pytest.raises(errors.NetworkError) as found:
        graph(lambda _: response, **options).post("7/feed", {}, public=public)
    return found.value


@pytest.mark.parametrize(("codes", "row"), TABLE)
def test_each_code_is_one_error_of_ours_and_names_itself(codes, row):
    error = caught(refusal(*codes))

    assert (LEAVES[row[0]], row[0]) == (type(error), meaning_of(error))
    assert f"code {codes[0]}" in str(error)
    assert "trace A1" in str(error)


@pytest.mark.parametrize(("codes", "row"), TABLE)
def test_a_step_that_is_refused_has_certainly_sent_nothing(codes, row):
    error = caught(refusal(*codes), public=False)

    assert isinstance(error, errors.NotSent) or row[0] is Meaning.DUPLICATE


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (refusal(77_777), errors.Rejected),
        (refusal(77_777, is_transient=True), errors.FateUnknown),
        (refusal(77_777, status=500), errors.FateUnknown),
        (refusal(100, 1_404_078), errors.Blocked),
        (httpx.Response(401, json={}), errors.AuthExpired),
        (httpx.Response(403, text="no"), errors.Forbidden),
        (httpx.Response(429, json=[]), errors.RateLimited),
        (httpx.Response(404, text="<html>"), errors.Rejected),
        (httpx.Response(502, text="<html>"), errors.FateUnknown),
        (httpx.Response(200, text="<html>"), errors.FateUnknown),
        (httpx.Response(200, json=[1]), errors.FateUnknown),
        (httpx.Response(200, json={"error": {"code": 190}}), errors.AuthExpired),
        (httpx.Response(302, headers={"location": "https://example.org"}), errors.FateUnknown),
    ],
)
def test_a_refusal_without_a_known_code_is_judged_by_what_is_left(response, expected):
    assert expected is type(caught(response))


def test_a_timeout_of_a_step_sent_nothing_and_of_the_public_request_is_unknown():
    def handler(_request):
        raise httpx.ReadTimeout("slow")

    for public, expected in ((False, errors.Unreachable), (True, errors.FateUnknown)):
        with pytest.raises(expected):
            graph(handler).post("7/feed", {}, public=public)


def usage(minutes):
    entry = {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes}
    return {"X-Business-Use-Case-Usage": json.dumps({"7": [{"type": "pages"}, entry]})}


def test_the_usage_header_says_in_minutes_until_when_to_wait():
    error = caught(refusal(80001, headers=usage(19)))

    assert NOON + timedelta(minutes=19) == error.until


@pytest.mark.parametrize("header", ["", "no json", '{"7": 3}', '{"7": [{"type": "pages"}]}', "[]"])
def test_without_a_word_on_when_it_waits_five_minutes(header):
    error = caught(refusal(4, headers={"X-Business-Use-Case-Usage": header}))

    assert NOON + timedelta(minutes=5) == error.until


def test_while_it_is_throttled_nothing_is_asked():
    asked, clock = [], SteppingClock(NOON)

    def handler(request):
        asked.append(request)
        return refusal(32, headers=usage(2)) if len(asked) == 1 else httpx.Response(200, json={})

    one = graph(handler, clock=clock)
    for _ in range(3):
        with pytest.raises(errors.RateLimited):
            one.get("7")
    clock.wait_until(NOON + timedelta(minutes=2))

    assert ({}, 2) == (one.get("7"), len(asked))


def test_the_token_stands_in_the_header_and_in_no_address_or_error():
    asked = []

    def handler(request):
        asked.append(request)
        return refusal(190, message="Malformed access token s3cret")

    one = graph(handler)
    with pytest.raises(errors.AuthExpired) as found:
        one.get("me", fields="id")

    assert "Bearer s3cret" == asked[0].headers["authorization"]
    assert "s3cret" not in f"{asked[0].url} {found.value} {found.value.__cause__} {one!r}"


def test_an_app_that_demands_proof_gets_it():
    asked = []

    def handler(request):
        asked.append(request)
        return httpx.Response(200, json={"id": "1"})

    one = graph(handler, app_secret=Secret("app"))
    one.get("me")
    one.post("7/feed", {"message": "hi"}, public=True)

    proof = hmac.new(b"app", b"s3cret", hashlib.sha256).hexdigest()
    assert proof == asked[0].url.params["appsecret_proof"]
    assert f"message=hi&appsecret_proof={proof}" == asked[1].content.decode()


def test_pages_go_on_by_cursor_and_never_by_the_address_that_holds_the_token():
    asked = []

    def handler(request):
        asked.append(request.url)
        paging = {"cursors": {"after": "c1"}, "next": "https://evil.example/?access_token=x"}
        first = {"data": [{"id": "1"}], "paging": paging}
        return httpx.Response(200, json=first if len(asked) == 1 else {"data": [{"id": "2"}]})

    assert ["1", "2"] == [one["id"] for one in graph(handler).pages("7/media", fields="id")]
    assert [("graph.facebook.com", None), ("graph.facebook.com", "c1")] == [
        (url.host, url.params.get("after")) for url in asked
    ]


@pytest.mark.parametrize(
    "url", ["https://evil.example/up", "http://rupload.facebook.com/up", "https://xfacebook.com/"]
)
def test_the_token_goes_to_no_upload_address_that_is_not_metas(url):
    def handler(request):
        raise AssertionError(f"{request.url} was asked")

    with pytest.raises(errors.Rejected):
        graph(handler).upload(url, b"film")


def test_bytes_go_to_the_upload_host_with_their_size():
    asked = []

    def handler(request):
        asked.append(request)
        return httpx.Response(200, json={"success": True})

    graph(handler).upload("https://rupload.facebook.com/ig-api-upload/v25.0/1", b"film")

    headers = asked[0].headers
    assert ("OAuth s3cret", "0", "4", b"film") == (
        headers["authorization"],
        headers["offset"],
        headers["file_size"],
        asked[0].content,
    )


def test_what_is_gone_already_is_deleted():
    gone = refusal(100, 33)
    graph(lambda _: gone).remove("9")


def test_what_is_there_but_may_not_be_deleted_is_said():
    def handler(request):
        return refusal(100, 33) if request.method == "DELETE" else httpx.Response(200, json={})

    with pytest.raises(errors.Rejected):
        graph(handler).remove("9")


def test_metrics_that_are_refused_are_remembered():
    asked = []

    def handler(request):
        names = request.url.params["metric"].split(",")
        asked.append(names)
        if "plays" in names:
            return refusal(100, message="must be one of the following values")
        rows = [{"name": name, "values": [{"value": 3}]} for name in names]
        return httpx.Response(200, json={"data": rows})

    insights = Insights(graph(handler))
    first = insights.read("9/insights", ["views", "plays", "reach"], kind="FEED")
    second = insights.read("9/insights", ["views", "plays", "reach"], kind="FEED")

    assert {"views": 3, "reach": 3} == first == second
    assert [["views", "plays", "reach"], ["views"], ["plays"], ["reach"], ["views", "reach"]] == (
        asked
    )


def test_where_all_metrics_are_refused_it_is_not_remembered():
    answers = [refusal(100)] * 3 + [httpx.Response(200, json={"data": []})]
    insights = Insights(graph(lambda _: answers.pop(0)))

    assert {} == insights.read("9/insights", ["views", "reach"], kind="FEED")
    assert {} == insights.read("9/insights", ["views", "reach"], kind="FEED")
    assert [] == answers
