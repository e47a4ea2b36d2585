"""LinkedIn is read back: look-up, duplicates, counts and comments."""

from datetime import timedelta

import httpx
import pytest
import structlog

from domain import errors
from domain.deliveries import DeliveryKind
from publishing.platforms.base import Repeat
from tests.publishing.linkedin_stage import (
    ANNA,
    CREATED,
    NOON,
    PAGE,
    PNG,
    SHARE,
    Wire,
    image,
    linkedin,
    listed,
    send,
    shown,
)
from tests.publishing.samples import samples

MAYBE_OUT = {"asked": "yes"}


@pytest.fixture
def documented():
    return samples("linkedin")


def test_a_pages_post_is_found_among_its_posts_by_its_words():
    old = NOON - timedelta(hours=3)
    page = httpx.Response(
        200,
        json={
            "elements": [
                shown("urn:li:share:4", r"Hi \(you\)"),
                shown("urn:li:share:3", "Else"),
                shown("urn:li:share:2", r"Hi \(you\)"),
                shown("urn:li:share:1", r"Hi \(you\)", old),
            ],
            "paging": {"total": 4},
        },
    )
    wire = Wire(page)

    found = linkedin(wire).look_up(
        send("Hi (you)", steps=MAYBE_OUT),
        since=NOON - timedelta(minutes=2),
        taken=frozenset({"urn:li:share:2"}),
    )

    assert ("urn:li:share:4", True) == (found.platform_id, found.adopted)
    assert [
        "GET /rest/posts?author=urn%3Ali%3Aorganization%3A7&q=author&sortBy=CREATED"
        "&start=0&count=100"
    ] == wire.lines
    assert "FINDER" == wire.asked[0].headers["x-restli-method"]


def test_a_short_page_is_not_taken_for_the_last():
    first = httpx.Response(200, json={"elements": [shown("urn:li:share:9", "Else")]})
    second = httpx.Response(200, json={"elements": [shown("urn:li:share:8")]})
    wire = Wire(first, second, httpx.Response(200, json={"elements": []}))

    found = linkedin(wire).look_up(send(steps=MAYBE_OUT), since=NOON)

    assert "urn:li:share:8" == found.platform_id
    assert "start=100&count=100" in wire.lines[1]


def test_a_pages_post_that_is_not_listed_is_not_there():
    network = linkedin(Wire(httpx.Response(200, json={"elements": []})))

    assert network.look_up(send(steps=MAYBE_OUT), since=NOON) is None


@pytest.mark.parametrize("author", [None, ANNA])
@pytest.mark.parametrize("steps", [{"media.0": "urn:li:image:1"}, {"asked": ""}])
def test_what_was_never_asked_for_cannot_be_there(author, steps):
    network = linkedin(Wire(), *([author] if author else []))

    assert Repeat.HARMLESS == network.look_up(send(steps=steps), since=NOON)


@pytest.mark.parametrize("kind", [DeliveryKind.HIDE, DeliveryKind.DELETE])
def test_a_deletion_may_be_repeated(kind):
    assert Repeat.HARMLESS == linkedin(Wire()).look_up(send(kind=kind), since=NOON)


def test_a_reply_is_found_below_the_comment_that_it_answers():
    parent = "urn:li:comment:(urn:li:activity:41,6)"

    def given(number, actor=PAGE, parent=parent):
        return {
            "id": number,
            "object": "urn:li:activity:41",
            "actor": actor,
            "message": {"text": "Thanks"},
            "created": {"time": int(NOON.timestamp() * 1000)},
            "parentComment": parent,
        }

    wire = Wire(listed(given("7", actor=ANNA), given("8", parent=None), given("9")))

    found = linkedin(wire).look_up(send("Thanks", reply_to=parent, steps=MAYBE_OUT), since=NOON)

    assert "urn:li:comment:(urn:li:activity:41,9)" == found.platform_id


@pytest.mark.parametrize("steps", [{"asked": "yes"}, {"forgotten": "yes"}])
def test_a_members_post_cannot_be_looked_up_once_it_may_have_been_asked_for(steps):
    with pytest.raises(errors.Forbidden, match="look at the profile"):
        linkedin(Wire(), ANNA).look_up(send(steps=steps), since=NOON)


def refused_as_duplicate(documented):
    made = send()
    answer = httpx.Response(422, json=documented["duplicate_422"]["body"])
    with pytest.raises(errors.Duplicate) as caught:
        linkedin(Wire(answer), ANNA).publish(made)
    assert SHARE == caught.value.platform_id
    return made


def test_the_post_that_a_duplicate_names_is_adopted_once_it_was_seen(documented):
    made = refused_as_duplicate(documented)
    wire = Wire(httpx.Response(200, json=shown()))

    found = linkedin(wire, ANNA).look_up(made, since=NOON)

    assert (SHARE, True) == (found.platform_id, found.adopted)
    assert ["GET /rest/posts/urn%3Ali%3Ashare%3A7200000000000000000"] == wire.lines


@pytest.mark.parametrize(
    ("at", "taken"),
    [(NOON - timedelta(days=9), frozenset()), (NOON, frozenset({SHARE}))],
    ids=["older", "of another delivery"],
)
def test_a_named_post_that_is_not_this_deliverys_is_not_adopted(documented, at, taken):
    made = refused_as_duplicate(documented)
    wire = Wire(httpx.Response(200, json=shown(at=at)))

    assert linkedin(wire, ANNA).look_up(made, since=NOON, taken=taken) is None


@pytest.mark.parametrize("status", [403, 404])
def test_a_named_post_that_is_not_shown_is_for_a_person(documented, status):
    made = refused_as_duplicate(documented)

    with pytest.raises(errors.Forbidden, match=f"look at https://.*{SHARE}"):
        linkedin(Wire(httpx.Response(status)), ANNA).look_up(made, since=NOON)


def test_an_earlier_duplicate_is_forgotten_by_the_next_attempt():
    made = send(steps={"duplicate_of": SHARE})

    linkedin(Wire(CREATED), ANNA).publish(made)

    assert "" == made.steps["duplicate_of"]


def test_a_pages_counts_are_asked_by_two_parameters():
    statistics = {"impressionCount": 600, "likeCount": 5, "commentCount": 0, "shareCount": -1}
    wire = Wire(
        listed({"share": "urn:li:share:1", "totalShareStatistics": statistics}),
        listed({"ugcPost": "urn:li:ugcPost:2", "totalShareStatistics": {"clickCount": 3}}),
    )

    rows = linkedin(wire).metrics(
        ["urn:li:share:1", "urn:li:ugcPost:2", "urn:li:share:3", "urn:li:comment:(a,1)"]
    )

    start = "GET /rest/organizationalEntityShareStatistics?q=organizationalEntity"
    owner = "organizationalEntity=urn%3Ali%3Aorganization%3A7"
    assert [
        f"{start}&{owner}&shares=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A3)",
        f"{start}&{owner}&ugcPosts=List(urn%3Ali%3AugcPost%3A2)",
    ] == wire.lines
    assert {
        "impressions": (600, "impressionCount"),
        "reach": (None, "uniqueImpressionsCount"),
        "likes": (5, "likeCount"),
        "comments": (0, "commentCount"),
        "shares": (None, "shareCount"),
        "clicks": (None, "clickCount"),
    } == rows[0].counts
    assert ["urn:li:share:1", "urn:li:ugcPost:2"] == [row.post_id for row in rows]


def test_a_members_counts_are_asked_one_by_one_and_a_newer_one_may_be_refused():
    counted = [listed({"count": n}) for n in (600, 400, 5)]
    answers = [*counted, listed(), listed({"count": 0}), httpx.Response(400), listed({"count": 2})]
    wire = Wire(*answers)

    (row,) = linkedin(wire, ANNA).metrics(["urn:li:ugcPost:2"])

    assert (
        "GET /rest/memberCreatorPostAnalytics?q=entity&entity=(ugc:urn%3Ali%3AugcPost%3A2)"
        "&queryType=IMPRESSION&aggregation=TOTAL"
    ) == wire.lines[0]
    assert {
        "impressions": 600,
        "reach": 400,
        "likes": 5,
        "comments": None,
        "shares": 0,
        "saves": None,
        "clicks": 2,
    } == {name: value for name, (value, _) in row.counts.items()}


def test_comments_of_each_post_come_in_oldest_first_and_without_our_own():
    def comment(number, actor, minutes, **more):
        at = int((NOON + timedelta(minutes=minutes)).timestamp() * 1000)
        return {
            "id": number,
            "commentUrn": f"urn:li:comment:(urn:li:activity:41,{number})",
            "actor": actor,
            "message": {"text": "Hi"},
            "created": {"time": at},
        } | more

    wire = Wire(
        listed(shown()),
        listed(
            comment("8", "urn:li:person:b", 2),
            comment("7", PAGE, 1),
            comment("6", "urn:li:person:c", 0),
            comment("5", "urn:li:person:c", -9),
        ),
    )

    messages = linkedin(wire, ask_each_post=True).inbound(since=NOON)

    assert [
        ("urn:li:comment:(urn:li:activity:41,6)", "urn:li:person:c", SHARE),
        ("urn:li:comment:(urn:li:activity:41,8)", "urn:li:person:b", SHARE),
    ] == [(one.platform_ref, one.author, one.thread_root) for one in messages]


def test_a_members_posts_cannot_be_listed():
    with pytest.raises(errors.Forbidden, match="use an organisation"):
        linkedin(Wire(), ANNA).own_posts(NOON)


@pytest.mark.parametrize("body", [{}, {"elements": [1]}, {"elements": [{"id": SHARE}]}, [1]])
def test_a_garbled_list_is_never_taken_for_an_empty_one(body):
    with pytest.raises(errors.Unreachable):
        linkedin(Wire(httpx.Response(200, json=body))).look_up(send(steps=MAYBE_OUT), since=NOON)


def test_neither_token_nor_upload_url_shows_in_errors_and_logs():
    wire = Wire(
        image(1), httpx.Response(500, text="https://www.linkedin.com/dms-uploads/1?token=x")
    )

    with structlog.testing.capture_logs() as logs, pytest.raises(errors.Unreachable) as caught:
        linkedin(wire, ANNA).publish(send(media=(PNG,)))

    said = f"{caught.value} {logs} {linkedin(wire)!r}"
    assert not [one for one in ("s3cret", "token=x") if one in said]
