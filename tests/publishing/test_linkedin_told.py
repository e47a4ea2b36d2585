"""LinkedIn tells a page which of its posts have new comments; each is asked where it does not."""

from datetime import timedelta

import httpx
import pytest

from domain import errors
from domain.brand import Visibility
from tests.publishing.linkedin_stage import NOON, PAGE, SHARE, Wire, linkedin, listed, shown
from tests.publishing.samples import samples

ACTIVITY = "urn:li:activity:41"
SINCE = NOON - timedelta(hours=1)
LIST = (
    "GET /rest/posts?author=urn%3Ali%3Aorganization%3A7&q=author&sortBy=CREATED&start=0&count=100"
)
NOTHING = httpx.Response(200, json={"elements": [], "paging": {"total": 0}})


def told_since(at):
    start, end = (int(one.timestamp() * 1000) for one in (at, NOON))
    return (
        "GET /rest/organizationalEntityNotifications?q=criteria&actions=List(COMMENT)"
        f"&organizationalEntity=urn%3Ali%3Aorganization%3A7&timeRange=(start:{start},end:{end})"
        "&start=0&count=100"
    )


def below(urn):
    return f"GET /rest/socialActions/{urn.replace(':', '%3A')}/comments?start=0&count=100"


def notification(post=SHARE, other=ACTIVITY):
    return {"action": "COMMENT", "sourcePost": post, "decoratedSourcePost": {"entity": other}}


def comment(number="8", *, actor="urn:li:person:b", at=NOON, **more):
    return {
        "id": number,
        "commentUrn": f"urn:li:comment:({ACTIVITY},{number})",
        "actor": actor,
        "message": {"text": "Hi"},
        "created": {"time": int(at.timestamp() * 1000)},
    } | more


def test_only_posts_that_linkedin_tells_of_are_asked_and_each_once():
    ugc = "urn:li:ugcPost:5"
    told = [notification(), notification(ACTIVITY, SHARE), notification(ugc)]
    answer = comment("9", at=NOON + timedelta(seconds=1), parentComment="urn:li:comment:(a,8)")
    wire = Wire(
        listed(*told),
        listed(comment("6", at=NOON - timedelta(hours=2)), comment("7", actor=PAGE), answer),
        listed(comment()),
    )

    found = linkedin(wire).inbound(since=SINCE)

    assert [told_since(SINCE), below(SHARE), below(ugc)] == wire.lines
    assert [(ugc, ugc), ("urn:li:comment:(a,8)", SHARE)] == [
        (one.in_reply_to, one.thread_root) for one in found
    ]
    assert "FINDER" == wire.asked[0].headers["x-restli-method"]


def test_the_documented_notification_names_its_post():
    told = samples("linkedin")["webhook_comment"]["notifications"]
    wire = Wire(listed(*told), listed(comment()))

    (found,) = linkedin(wire).inbound(since=SINCE)

    assert "urn:li:share:1" == found.thread_root


def test_a_look_without_news_is_one_request():
    wire = Wire(NOTHING)

    assert [] == linkedin(wire).inbound(since=SINCE)
    assert [told_since(SINCE)] == wire.lines


def test_no_more_than_linkedin_keeps_is_asked_for():
    wire = Wire(NOTHING)

    linkedin(wire).inbound(since=NOON - timedelta(days=200))

    assert [told_since(NOON - timedelta(days=60))] == wire.lines


@pytest.mark.parametrize(
    "answer",
    [*map(httpx.Response, (400, 403, 404)), listed(notification(ACTIVITY)), listed({})],
    ids=["unread", "forbidden", "absent", "an activity alone", "no post"],
)
def test_each_post_is_asked_where_linkedin_does_not_tell(answer):
    wire = Wire(answer, listed(shown()), listed(comment()))

    (found,) = linkedin(wire).inbound(since=SINCE)

    assert SHARE == found.thread_root
    assert [told_since(SINCE), LIST, below(SHARE)] == wire.lines


@pytest.mark.parametrize(
    "account",
    [{"ask_each_post": True}, {"visibility": Visibility.UNLISTED}],
    ids=["wanted so", "told of public posts alone"],
)
def test_each_post_is_asked_at_once_where_the_account_says_so(account):
    wire = Wire(listed(shown()), listed(comment()))

    (found,) = linkedin(wire, **account).inbound(since=SINCE)

    assert SHARE == found.thread_root
    assert [LIST, below(SHARE)] == wire.lines


def test_a_post_that_is_gone_hides_no_comments_below_others():
    told = listed(notification("urn:li:share:1"), notification())
    wire = Wire(told, httpx.Response(404), httpx.Response(404), listed(comment()))

    (found,) = linkedin(wire).inbound(since=SINCE)

    assert SHARE == found.thread_root


def test_a_post_that_is_there_but_refuses_is_not_passed_over():
    wire = Wire(listed(notification()), httpx.Response(400), httpx.Response(200, json=shown()))

    with pytest.raises(errors.Rejected):
        linkedin(wire).inbound(since=SINCE)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(429), errors.RateLimited),
        (httpx.Response(500), errors.Unreachable),
        (httpx.Response(200, json={}), errors.Unreachable),
    ],
)
def test_no_other_failure_makes_more_requests(answer, expected):
    wire = Wire(answer)

    with pytest.raises(expected):
        linkedin(wire).inbound(since=SINCE)

    assert 1 == len(wire.asked)
