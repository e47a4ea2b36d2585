"""The sandbox's Mastodon: keys, files, replies, paging, limits and entities as documented."""

import json
from datetime import datetime

import httpx
import pytest

from domain.platforms import Platform
from sandbox import process
from sandbox.mastodon_text import length, rendered
from tests.publishing.loop import CLIP, film, picture, planted

TOKEN = {"authorization": "Bearer sandbox-mastodon-bergquell"}
PROFILE = {"link": lambda handle: f"https://m/@{handle}", "base_url": "https://m"}


class Server:
    """HTTP to one sandbox's Mastodon as its one account."""

    def __init__(self, url):
        self.http = httpx.Client(base_url=url, headers=TOKEN, timeout=20)

    def __call__(self, method, path, **more):
        return self.http.request(method, f"/mastodon/api{path}", **more)

    def post(self, text, *, key=None, **more):
        headers = {"idempotency-key": key} if key else {}
        body = {"status": text, **more}
        answer = self("POST", "/v1/statuses", json=body, headers=headers)
        assert 200 == answer.status_code, answer.text
        return answer.json()

    def upload(self, content, **fields):
        return self("POST", "/v2/media", files={"file": ("f.jpg", content)}, data=fields)

    def pass_time(self, seconds):
        now = datetime.fromisoformat(self.http.get("/_sandbox/clock").json()["now"])
        later = datetime.fromtimestamp(now.timestamp() + seconds, now.tzinfo)
        self.http.post("/_sandbox/clock", json={"advance_to": later.isoformat()})

    def fault(self, effect, **more):
        order = {"platform": "mastodon", "effect": effect, **more}
        assert 201 == self.http.post("/_sandbox/faults", json=order).status_code

    def ledger(self):
        return self.http.get("/_sandbox/ledger").json()["posts"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mastodon")
    audience = planted(folder, Platform.MASTODON, "bergquell")
    with process.start(folder / "home", audience=audience) as running:
        made = Server(running.url)
        yield made
        made.http.close()


@pytest.fixture(autouse=True)
def fresh_limits(server):
    """Each test has its own rate windows."""
    server.pass_time(3 * 3600)


def error(answer):
    return answer.status_code, answer.json()["error"]


def test_a_key_met_within_the_hour_answers_with_the_post_it_made_whatever_the_text(server):
    first = server.post("one", key="k1")

    assert first["id"] == server.post("two", key="k1")["id"]
    server.pass_time(3601)
    assert first["id"] != server.post("three", key="k1")["id"]
    assert ["one", "three"] == [post["text"] for post in server.ledger()]


def test_a_key_whose_post_was_deleted_answers_404(server):
    made = server.post("short-lived", key="k2")
    deleted = server("DELETE", f"/v1/statuses/{made['id']}").json()

    again = server("POST", "/v1/statuses", json={"status": "x"}, headers={"idempotency-key": "k2"})

    assert "short-lived" == deleted["text"]
    assert (404, "Record not found") == error(again)
    assert 404 == server("DELETE", f"/v1/statuses/{made['id']}").status_code


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"status": " "}, "Validation failed: Text can't be blank"),
        ({"status": "x" * 501}, "Validation failed: Text character limit of 500 exceeded"),
        ({"status": "x", "visibility": "all"}, "Validation failed: visibility"),
        ({"status": "x", "language": "German!"}, "Validation failed: language"),
        ({"status": "x", "colour": "red"}, "Validation failed: colour"),
        ({"status": "x", "media_ids": ["1"]}, "Media 1 not found"),
        ({"status": "x", "media_ids": ["1"] * 5}, "Cannot attach more than 4 files"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_servers_words(server, body, said):
    status, words = error(server("POST", "/v1/statuses", json=body))

    assert (422, said) == (status, words[: len(said)])


def test_a_form_is_taken_as_well_as_json(server):
    form = {"status": "from a form", "visibility": "unlisted", "sensitive": "true"}

    made = server("POST", "/v1/statuses", data=form).json()

    assert ("unlisted", True, "<p>from a form</p>") == (
        made["visibility"],
        made["sensitive"],
        made["content"],
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 500, 500),
        ("https://bergquell.example/" + "x" * 400, 23),
        ("@somebody@a.far.away.example hi", 12),
        ("👩‍👩‍👧 e\u0301", 3),
    ],
)
def test_length_is_counted_in_graphemes_with_short_links_and_handles(text, expected):
    assert expected == length(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a & <b>\nc\n\nd", "<p>a &amp; &lt;b&gt;<br />c</p><p>d</p>"),
        (
            "#quelle",
            '<p><a href="https://m/tags/quelle" class="mention hashtag" rel="tag">'
            "#<span>quelle</span></a></p>",
        ),
    ],
)
def test_text_is_shown_as_html(text, shown):
    assert shown == rendered(text, **PROFILE)


def test_a_picture_is_ready_at_once_and_can_be_attached_once(server):
    answer = server.upload(picture(), description="a spring")
    media = answer.json()
    made = server.post("with a picture", media_ids=[media["id"]])

    assert (200, "image", "a spring") == (answer.status_code, media["type"], media["description"])
    assert {"width": 64, "height": 48} == media["meta"]["original"]
    assert [media["id"]] == [one["id"] for one in made["media_attachments"]]
    assert 404 == server("GET", f"/v1/media/{media['id']}").status_code
    again = server("POST", "/v1/statuses", json={"status": "x", "media_ids": [media["id"]]})
    assert (422, f"Media {media['id']} not found or already attached to another post") == error(
        again
    )


def test_a_video_is_worked_on_for_a_while_and_cannot_be_attached_before(server):
    answer = server.upload(CLIP)
    media_id = answer.json()["id"]

    def attach():
        return server("POST", "/v1/statuses", json={"status": "x", "media_ids": [media_id]})

    assert (202, None) == (answer.status_code, answer.json()["url"])
    assert 206 == server("GET", f"/v1/media/{media_id}").status_code
    assert "finished processing" in error(attach())[1]
    server.pass_time(8)
    assert 200 == server("GET", f"/v1/media/{media_id}").status_code
    assert 200 == attach().status_code


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"fps": 125, "seconds": 0.2}, "125fps videos are not supported"),
        ({"size": (3840, 2162), "seconds": 0.1}, "3840x2162 videos are not supported"),
    ],
)
def test_a_video_too_fast_or_too_large_is_refused_in_the_servers_words(server, how, said):
    assert (422, f"Validation failed: {said}") == error(server.upload(film(**how)))


def test_a_video_stands_alone(server):
    ids = [server.upload(content).json()["id"] for content in (CLIP, picture())]
    server.pass_time(8)

    answer = server("POST", "/v1/statuses", json={"status": "x", "media_ids": ids})

    assert (422, "Cannot attach a video to a post that already contains images") == error(answer)


def test_a_description_can_come_later(server):
    media_id = server.upload(picture()).json()["id"]

    changed = server("PUT", f"/v1/media/{media_id}", data={"description": "later"})

    assert "later" == changed.json()["description"]


@pytest.mark.parametrize("content", [b"no picture", picture()[:40], b""])
def test_what_is_no_picture_is_refused_by_its_bytes(server, content):
    assert 422 == server.upload(content).status_code


def test_a_reply_hangs_below_its_post_and_the_thread_shows_both(server):
    root = server.post("root")
    reply = server.post("reply", in_reply_to_id=root["id"])
    below = server.post("below", in_reply_to_id=reply["id"])

    thread = server("GET", f"/v1/statuses/{reply['id']}/context").json()

    assert [[root["id"]], [below["id"]]] == [
        [one["id"] for one in thread[side]] for side in ("ancestors", "descendants")
    ]
    gone = server("POST", "/v1/statuses", json={"status": "x", "in_reply_to_id": "1"})
    assert 404 == gone.status_code


def test_comments_arrive_as_mentions_and_pages_follow_the_link_header(server):
    server.post("Was meint ihr? Was trinkt ihr?")
    server.pass_time(48 * 3600)

    path, query, pages = "/v1/notifications", {"types[]": "mention", "limit": "1"}, []
    while len(pages) < 50:
        answer = server("GET", path, params=query)
        if not answer.json():
            break
        pages += answer.json()
        query = dict(httpx.URL(answer.links["next"]["url"]).params)

    ids = [int(one["id"]) for one in pages]
    assert len(ids) > 1
    assert sorted(set(ids), reverse=True) == ids
    assert {"mention"} == {one["type"] for one in pages}
    assert all("@social.example" not in one["status"]["content"] for one in pages)
    assert all(one["account"]["acct"].endswith("@social.example") for one in pages)


def test_min_id_gives_the_page_right_above_it(server):
    ids = [server.post(f"catch up {n}")["id"] for n in range(4)]
    me = server("GET", "/v1/accounts/verify_credentials").json()["id"]

    page = server("GET", f"/v1/accounts/{me}/statuses", params={"min_id": ids[0], "limit": "2"})

    assert [ids[2], ids[1]] == [one["id"] for one in page.json()]


def test_a_wrong_token_and_an_unknown_path_are_refused_as_documented(server):
    wrong = server("GET", "/v1/notifications", headers={"authorization": "Bearer no"})

    assert (401, "The access token is invalid") == error(wrong)
    assert 404 == server("GET", "/v1/timelines/home").status_code


def test_the_thirty_first_upload_in_half_an_hour_is_throttled_with_an_iso_reset(server):
    answers = [server.upload(picture()) for _ in range(31)]

    assert [200] * 30 + [429] == [one.status_code for one in answers]
    told = answers[-1].headers
    assert ("30", "0") == (told["x-ratelimit-limit"], told["x-ratelimit-remaining"])
    assert 0 == datetime.fromisoformat(told["x-ratelimit-reset"]).minute % 30
    assert "Too many requests" == answers[-1].json()["error"]


@pytest.mark.parametrize(
    ("effect", "expected"),
    [("token_revoked", 401), ("blocked", 403), ("quota_used", 429), ("down", 503)],
)
def test_each_fault_is_played_in_the_servers_own_way(server, effect, expected):
    server.fault(effect)

    refused = server("POST", "/v1/statuses", json={"status": effect})

    assert expected == refused.status_code
    assert {"error"} == set(refused.json())
    assert [] == [post for post in server.ledger() if post["text"] == effect]


@pytest.mark.parametrize(
    ("entity", "path"),
    [
        ("Status", "/v1/statuses/{id}"),
        ("Account", "/v1/accounts/verify_credentials"),
        ("StatusSource", "/v1/statuses/{id}/source"),
        ("Instance", "/v2/instance"),
    ],
)
def test_entities_have_every_attribute_of_their_version(server, shared_specs, entity, path):
    entities = json.loads((shared_specs / "mastodon" / "entities.json").read_text("utf-8"))
    named = [
        one["name"]
        for one in entities["entities"][entity]["attributes"]
        if one["section"] == "Attributes"
        and not one["optional"]
        and "[" not in one["name"]
        and not (one["versions"] and _later_than_4_5(one["versions"]))
    ]
    made = server.post(f"whole {entity}")

    shown = server("GET", path.format(id=made["id"])).json()

    assert [] == [name for name in named if name not in shown and name != "text"]


def _later_than_4_5(versions):
    added = [version for version, what in versions if what.startswith("added")]
    return any(tuple(int(n) for n in version.split(".")[:2]) > (4, 5) for version in added)
