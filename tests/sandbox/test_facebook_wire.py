"""Facebook Pages as the sandbox speaks them."""

import json
from datetime import datetime, timedelta

import httpx
import pytest

from sandbox import process
from sandbox.facebook_videos import CHUNK
from tests.publishing.loop import CLIP, film, picture, planted
from tests.publishing.meta_loop import served

TOKEN = {"authorization": "Bearer sandbox-facebook-bergquell"}


class Page:
    """The wire as one Page, with the sandbox's controls."""

    def __init__(self, url):
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=20)
        self.id = self.get("me").json()["id"]

    def get(self, path, **query):
        return self.http.get(f"/facebook/v25.0/{path}", params=query, headers=TOKEN)

    def post(self, path, *, files=None, **form):
        return self.http.post(f"/facebook/v25.0/{path}", data=form, files=files, headers=TOKEN)

    def delete(self, path):
        return self.http.delete(f"/facebook/v25.0/{path}", headers=TOKEN)

    def feed(self, **form):
        return self.post(f"{self.id}/feed", **form)

    def photo(self, content=None, **form):
        files = {"source": ("a.jpg", content or picture(), "image/jpeg")}
        return self.post(f"{self.id}/photos", files=files, **form)

    def part(self, session, content, at):
        form = {"upload_phase": "transfer", "upload_session_id": session, "start_offset": at}
        files = {"video_file_chunk": ("a.mp4", content, "video/mp4")}
        return self.post(f"{self.id}/videos", files=files, **form)

    def later(self, **span):
        now = datetime.fromisoformat(self.http.get("/_sandbox/clock").json()["now"])
        later = (now + timedelta(**span)).isoformat()
        self.http.post("/_sandbox/clock", json={"advance_to": later})

    def fault(self, effect, **more):
        order = {"platform": "facebook", "effect": effect, **more}
        assert 201 == self.http.post("/_sandbox/faults", json=order).status_code

    def texts(self):
        posts = self.get(f"{self.id}/published_posts", fields="message", limit=100).json()
        return [post.get("message") for post in posts["data"]]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("facebook")
    audience = planted(folder, "facebook", "bergquell")
    with process.start(folder / "sandbox", audience=audience) as running:
        page = Page(running.url)
        yield page
        page.http.close()


@pytest.fixture(autouse=True)
def no_faults(page):
    yield
    page.http.delete("/_sandbox/faults")


def code(answer):
    error = answer.json()["error"]
    return (answer.status_code, error["code"], error.get("error_subcode"))


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"message": "x" * 63_207},
        {"message": "x", "colour": "blue"},
        {"message": "x", "attached_media": "no list"},
        {"message": "x", "attached_media": '[{"media_fbid":"1"}]'},
    ],
)
def test_a_post_that_does_not_fit_is_refused(page, form):
    assert (400, 100, None) == code(page.feed(**form))


def test_the_same_text_right_after_is_a_duplicate_and_later_it_is_not(page):
    assert 200 == page.feed(message="Zweimal").status_code
    assert (400, 506, 1455006) == code(page.feed(message="Zweimal"))
    assert 200 == page.feed(message="Etwas anderes").status_code
    assert 200 == page.feed(message="Zweimal").status_code


def test_a_server_error_can_hide_a_post_that_is_live(page):
    page.fault("accept_then_500")
    answer = page.feed(message="Doch da")
    assert (500, 2, None) == code(answer)
    assert answer.json()["error"]["is_transient"]
    assert 1 == page.texts().count("Doch da")


def test_an_unpublished_photo_is_seen_by_nobody_until_a_post_shows_it_once(page):
    before = page.texts()
    photo = page.photo(published="false", alt_text_custom="Berge").json()["id"]
    assert before == page.texts()
    shown = json.dumps([{"media_fbid": photo}])

    first = page.feed(message="Mit Bild", attached_media=shown)
    again = page.feed(message="Mit demselben", attached_media=shown)

    assert (200, (400, 100, None)) == (first.status_code, code(again))
    attached = page.get(first.json()["id"], fields="attachments").json()["attachments"]["data"]
    assert [photo] == [one["target"]["id"] for one in attached]


def test_a_photo_is_taken_by_bytes_or_by_its_address(page, tmp_path):
    by_bytes = page.photo(caption="Bytes").json()
    assert f"{page.id}_" == by_bytes["post_id"][: len(page.id) + 1]
    with served(tmp_path) as blobs:
        url = blobs.url(blobs.put(picture("teal")))
        by_url = page.post(f"{page.id}/photos", url=url, caption="Adresse")
    assert 200 == by_url.status_code
    elsewhere = page.post(f"{page.id}/photos", url="http://10.0.0.1/a.jpg")
    assert (400, 100, None) == code(elsewhere)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"no picture", (400, 100, None)),
        (picture() + b"\0" * 10**7, (400, 100, 1366046)),
    ],
    ids=["kind", "size"],
)
def test_a_photo_is_judged_by_its_bytes(page, content, expected):
    assert expected == code(page.photo(content))


def test_a_video_is_taken_in_the_parts_that_were_asked_for(page):
    content = CLIP + b"\0" * CHUNK
    form = {"upload_phase": "start", "file_size": len(content)}
    started = page.post(f"{page.id}/videos", **form).json()
    assert ("0", str(CHUNK)) == (started["start_offset"], started["end_offset"])
    session, video = started["upload_session_id"], started["video_id"]

    first = page.part(session, content[:CHUNK], 0).json()
    assert (400, 100, 1363037) == code(page.part(session, content[:CHUNK], 0))
    early = page.post(f"{page.id}/videos", upload_phase="finish", upload_session_id=session)
    assert (400, 100, None) == code(early)
    last = page.part(session, content[CHUNK:], int(first["start_offset"])).json()
    assert last["start_offset"] == last["end_offset"] == str(len(content))

    states = [page.get(video, fields="status").json()["status"]["video_status"]]
    form = {"upload_phase": "finish", "upload_session_id": session, "description": "Ein Film"}
    assert {"success": True} == page.post(f"{page.id}/videos", **form).json()
    states.append(page.get(video, fields="status").json()["status"]["video_status"])
    assert "Ein Film" not in page.texts()
    page.later(seconds=20)
    shown = page.get(video, fields="status,published,post_id").json()
    states.append(shown["status"]["video_status"])
    assert ["upload_complete", "processing", "ready"] == states
    assert shown["published"]
    assert 1 == page.texts().count("Ein Film")


def test_a_reel_stands_among_the_reels_and_not_among_the_posts(page):
    started = page.post(f"{page.id}/video_reels", upload_phase="start").json()
    sizes = {"offset": "0", "file_size": str(len(CLIP))}
    page.http.post(started["upload_url"], content=CLIP, headers=TOKEN | sizes)
    form = {"upload_phase": "finish", "video_id": started["video_id"], "description": "Ein Reel"}
    assert (400, 100, None) == code(page.post(f"{page.id}/video_reels", **form))
    page.post(f"{page.id}/video_reels", video_state="PUBLISHED", **form)
    page.later(seconds=20)

    reels = page.get(f"{page.id}/video_reels", fields="id,description,post_id").json()["data"]
    assert [started["video_id"]] == [one["id"] for one in reels]
    assert "Ein Reel" not in page.texts()


@pytest.mark.parametrize("content", [b"text", film(seconds=2), film((960, 540))])
def test_bytes_that_are_no_reel_end_in_an_error(page, content):
    started = page.post(f"{page.id}/video_reels", upload_phase="start").json()
    sizes = {"offset": "0", "file_size": str(len(content))}
    page.http.post(started["upload_url"], content=content, headers=TOKEN | sizes)
    form = {"upload_phase": "finish", "video_id": started["video_id"]}
    page.post(f"{page.id}/video_reels", video_state="PUBLISHED", **form)
    page.later(seconds=20)

    shown = page.get(started["video_id"], fields="status,published").json()
    assert ("error", False) == (shown["status"]["video_status"], shown["published"])


def test_comments_come_as_a_stream_or_the_top_level_alone(page):
    post = page.feed(message="Gespräch").json()["id"]
    first = page.post(f"{post}/comments", message="Erster").json()["id"]
    second = page.post(f"{first}/comments", message="Zweiter").json()["id"]
    third = page.post(f"{second}/comments", message="Dritter").json()["id"]

    def read(**query):
        shown = page.get(f"{post}/comments", fields="parent{id},from", **query).json()["data"]
        return {one["id"]: one.get("parent", {}).get("id") for one in shown}

    assert {first: None, second: first, third: first} == read(filter="stream")
    assert {first: None} == read(filter="toplevel") == read()


def test_the_own_comment_is_deleted_but_not_hidden(page):
    post = page.feed(message="Eigenes").json()["id"]
    comment = page.post(f"{post}/comments", message="Von uns").json()["id"]
    assert not page.get(comment, fields="can_hide").json()["can_hide"]
    assert (400, 200, None) == code(page.post(comment, is_hidden="true"))
    assert {"success": True} == page.delete(comment).json()
    assert (400, 100, 33) == code(page.delete(comment))


def test_one_metric_that_was_removed_fails_the_whole_request(page):
    post = page.feed(message="Zahlen").json()["id"]
    assert 200 == page.get(f"{post}/insights", metric="post_media_view,post_clicks").status_code
    answer = page.get(f"{post}/insights", metric="post_media_view,post_impressions")
    assert (400, 100, None) == code(answer)


def test_shares_are_absent_and_not_nought(page):
    post = page.feed(message="Noch ungeteilt").json()["id"]
    shown = page.get(post, fields="shares,reactions.summary(total_count).limit(0)").json()
    assert {"id": post, "reactions": {"data": [], "summary": {"total_count": 0}}} == shown


def test_a_throttle_is_a_400_that_says_when_access_comes_back(page):
    page.fault("reject_429", on="read")
    answer = page.get("me")
    usage = json.loads(answer.headers["x-business-use-case-usage"])[page.id][0]
    assert ((400, 80001, None), "pages", 5) == (
        code(answer),
        usage["type"],
        usage["estimated_time_to_regain_access"],
    )


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("token_expired", (400, 190, 463)),
        ("token_revoked", (400, 190, 460)),
        ("version_gone", (400, 2635, None)),
        ("blocked", (400, 368, 1390008)),
    ],
)
def test_each_quirk_speaks_the_platforms_way_and_once(page, effect, expected):
    page.fault(effect)
    refused, accepted = (page.feed(message=f"Quirk {effect}") for _ in range(2))
    assert (expected, 200) == (code(refused), accepted.status_code)


def test_the_parameters_that_are_taken_are_those_of_the_spec(shared_specs):
    spec = json.loads((shared_specs / "meta" / "Page.json").read_text("utf-8"))
    known = {
        (api["method"], api.get("endpoint")): {one["name"] for one in api["params"]}
        for api in spec["apis"]
    }
    assert {"message", "link", "attached_media"} <= known["POST", "feed"]
    assert {"alt_text_custom", "caption", "published", "url"} <= known["POST", "photos"]
    assert {"upload_phase", "video_state", "video_id", "description"} <= (
        known["POST", "video_reels"]
    )
    assert {"upload_session_id", "start_offset", "video_file_chunk", "file_size"} <= (
        known["POST", "videos"]
    )
