"""Comments asked for along with what they stand below, as the sandbox's wires give them."""

from urllib.parse import quote

import httpx
import pytest

from domain.platforms import Platform
from sandbox.linkedin_posts import urn_of
from tests.publishing.loop import picture, sandbox
from tests.publishing.meta_loop import served
from tests.sandbox.conftest import Wire

HANDLE = "bergquell"
ME = urn_of(HANDLE)
NEWEST = "filter(stream).order(reverse_chronological)"


class Graph:
    """One of Meta's wires as one account."""

    def __init__(self, url, platform):
        self.http = httpx.Client(base_url=f"{url}/{platform}/v25.0", trust_env=False, timeout=20)
        self.http.headers["authorization"] = f"Bearer sandbox-{platform}-{HANDLE}"

    def get(self, path, **query):
        return self.http.get(f"/{path}", params=query)

    def post(self, path, **form):
        return self.http.post(f"/{path}", data=form).json()["id"]

    def refusal(self, path, **query):
        answer = self.get(path, **query)
        return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture(scope="module")
def instagram(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instagram")
    with (
        served(folder / "media") as blobs,
        sandbox(folder, Platform.INSTAGRAM, HANDLE) as url,
    ):
        graph = Graph(url, "instagram")
        file = blobs.url(blobs.put(picture(size=(640, 640))))

        def media(caption):
            container = graph.post("me/media", image_url=file, caption=caption)
            return graph.post("me/media_publish", creation_id=container)

        graph.media = media
        yield graph
        graph.http.close()


@pytest.fixture(scope="module")
def facebook(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("facebook"), Platform.FACEBOOK, HANDLE) as url:
        graph = Graph(url, "facebook")
        yield graph
        graph.http.close()


@pytest.fixture(scope="module")
def linkedin(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("linkedin"), Platform.LINKEDIN, HANDLE) as url:
        wire = Wire(url)
        wire.http.headers.update(
            {
                "authorization": f"Bearer sandbox-linkedin-{HANDLE}",
                "linkedin-version": "202607",
                "x-restli-protocol-version": "2.0.0",
            }
        )
        yield wire
        wire.http.close()


def test_comments_and_replies_come_along_page_by_page(instagram):
    media, quiet = instagram.media("Gespräch"), instagram.media("Still")
    for n in range(3):
        instagram.post(f"{media}/comments", message=f"Kommentar {n}")
    whole = instagram.get(f"{media}/comments", fields="text").json()["data"]
    for n in range(2):
        instagram.post(f"{whole[0]['id']}/replies", message=f"Antwort {n}")
    below = "comments.limit(2){text,replies.limit(1){text}}"

    shown = instagram.get("me/media", fields=below, limit=2).json()["data"]

    came = {one["id"]: one.get("comments") for one in shown}
    after = came[media]["paging"]["cursors"]["after"]
    rest = instagram.get(f"{media}/comments", fields="text", after=after).json()
    texts = [one["text"] for one in came[media]["data"] + rest["data"]]
    replies = [one["replies"] for one in came[media]["data"] if "replies" in one]
    assert (None, [one["text"] for one in whole]) == (came[quiet], texts)
    assert ("next" in came[media]["paging"], "next" in rest["paging"]) == (True, False)
    assert [(1, True)] == [(len(one["data"]), "next" in one["paging"]) for one in replies]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("comments.order(newest){id}", 100),
        ("comments.limit(all){id}", 100),
        ("comments{colour}", 100),
        ("comments{replies.limit(2){colour}}", 100),
        ("comments.limit(2{id}", 2500),
        ("comments{id", 2500),
    ],
)
def test_an_edge_that_is_asked_along_wrongly_is_refused(instagram, fields, code):
    media = instagram.media(f"Falsch {fields}")
    comment = instagram.post(f"{media}/comments", message="Hm")
    instagram.post(f"{comment}/replies", message="Ja")

    assert (400, code) == instagram.refusal("me/media", fields=fields)


def test_an_edge_that_comes_along_is_what_it_is_alone(facebook):
    post = facebook.post("me/feed", message="Gespräch")
    first = facebook.post(f"{post}/comments", message="Erster")
    facebook.post(f"{first}/comments", message="Zweiter")
    alone = {"filter": "stream", "order": "reverse_chronological", "summary": "true", "limit": 1}

    nested = f"comments.{NEWEST}.summary(true).limit(1){{parent{{id}}}}"
    along = facebook.get("me/published_posts", fields=nested, limit=1).json()["data"][0]

    edge = facebook.get(f"{post}/comments", fields="parent{id}", **alone).json()
    assert {"id": post, "comments": edge} == along
    assert (1, "next" in edge["paging"]) == (edge["summary"]["total_count"], True)


def test_comments_since_then_are_none_and_left_out_unless_they_are_counted(facebook):
    post = facebook.post("me/feed", message="Alles gelesen")
    facebook.post(f"{post}/comments", message="Alt")
    late = f"comments.{NEWEST}.since(4102444800)"

    assert {"id": post} == facebook.get(post, fields=f"{late}{{id}}").json()
    counted = facebook.get(post, fields=f"{late}.summary(true){{id}}").json()["comments"]
    assert {"data": [], "summary": {"total_count": 1}} == counted


@pytest.mark.parametrize(
    "fields",
    ["comments.filter(all){id}", "comments.order(random){id}", "likes.order(x).limit(0)"],
)
def test_modifiers_that_facebook_does_not_know_are_refused(facebook, fields):
    facebook.post("me/feed", message=f"Falsch {fields}")

    assert (400, 100) == facebook.refusal("me/published_posts", fields=fields)


def notifications(linkedin, *, actions="COMMENT", owner=ME, span=None, q="criteria"):
    now = int(linkedin.now().timestamp() * 1000)
    span = span or f"(start:{now - 40 * 3_600_000},end:{now})"
    return linkedin.http.get(
        f"/linkedin/rest/organizationalEntityNotifications?q={q}&actions=List({actions})"
        f"&organizationalEntity={quote(owner, safe='')}&timeRange={span}&count=100"
    )


def create(linkedin, text, visibility="PUBLIC"):
    body = {
        "author": ME,
        "commentary": text,
        "visibility": visibility,
        "distribution": {"feedDistribution": "MAIN_FEED"},
        "lifecycleState": "PUBLISHED",
    }
    return linkedin.http.post("/linkedin/rest/posts", json=body).headers["x-restli-id"]


def comments(linkedin, urn):
    path = f"/linkedin/rest/socialActions/{quote(urn, safe='')}/comments"
    found = linkedin.http.get(f"{path}?count=100").json()["elements"]
    return {one["commentUrn"] for one in found if one["actor"] != ME}


def test_a_page_is_told_of_comments_below_its_public_posts(linkedin):
    shown = create(linkedin, "Was meint ihr zu unserem Wasser?")
    linkedin.pass_time(hours=30)
    hidden = create(linkedin, "Und was meint ihr hierzu?", visibility="LOGGED_IN")
    linkedin.pass_time(hours=9)
    words = {"actor": ME, "object": shown, "message": {"text": "Wir freuen uns"}}
    path = f"/linkedin/rest/socialActions/{quote(shown, safe='')}/comments"
    own = linkedin.http.post(path, json=words).json()["commentUrn"]

    told = notifications(linkedin).json()["elements"]
    by_us = notifications(linkedin, actions="ADMIN_COMMENT,LIKE").json()["elements"]

    assert comments(linkedin, shown)
    assert {(shown, one) for one in comments(linkedin, shown)} == {
        (one["sourcePost"], one["generatedActivity"])
        for one in told
        if one["sourcePost"] in (shown, hidden)
    }
    assert [(own, "ADMIN_COMMENT")] == [(one["generatedActivity"], one["action"]) for one in by_us]


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"q": "author"}, 400),
        ({"actions": ""}, 400),
        ({"actions": "COMMENT,POKE"}, 400),
        ({"span": "(start:1)"}, 400),
        ({"span": f"(start:{'9' * 15},end:1)"}, 400),
        ({"owner": "urn:li:organization:1"}, 403),
        ({"span": "(start:0,end:1)"}, 200),
    ],
)
def test_only_a_well_put_question_of_the_page_itself_is_answered(linkedin, order, status):
    assert status == notifications(linkedin, **order).status_code
