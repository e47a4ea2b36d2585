"""Instagram as the sandbox speaks it."""

import json
from datetime import datetime, timedelta

import httpx
import pytest

from sandbox import process
from sandbox.graph_requests import GraphError, parse
from tests.publishing.loop import CLIP, film, picture, planted
from tests.publishing.meta_loop import served

TOKEN = {"authorization": "Bearer sandbox-instagram-bergquell"}


class Graph:
    """The wire as one account, with the sandbox's controls."""

    def __init__(self, url, blobs):
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=20)
        self.blobs = blobs
        self.me = self.get("me", fields="user_id").json()["user_id"]

    def get(self, path, **query):
        return self.http.get(f"/instagram/v25.0/{path}", params=query, headers=TOKEN)

    def post(self, path, **form):
        return self.http.post(f"/instagram/v25.0/{path}", data=form, headers=TOKEN)

    def container(self, content=None, **form):
        url = self.blobs.url(self.blobs.put(content or picture(size=(640, 640))))
        answer = self.post(f"{self.me}/media", image_url=url, **form)
        return answer.json()["id"]

    def media(self, caption="Frisch"):
        container = self.container(caption=caption)
        return self.post(f"{self.me}/media_publish", creation_id=container).json()["id"]

    def later(self, **span):
        now = process_time(self.http)
        later = now + timedelta(**span)
        self.http.post("/_sandbox/clock", json={"advance_to": later.isoformat()})

    def fault(self, effect, **more):
        order = {"platform": "instagram", "effect": effect, **more}
        assert 201 == self.http.post("/_sandbox/faults", json=order).status_code


def process_time(http):
    return datetime.fromisoformat(http.get("/_sandbox/clock").json()["now"])


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instagram")
    audience = planted(folder, "instagram", "bergquell")
    with (
        served(folder / "media") as blobs,
        process.start(folder / "sandbox", audience=audience) as running,
    ):
        graph = Graph(running.url, blobs)
        yield graph
        graph.http.close()


@pytest.fixture(autouse=True)
def no_faults(graph):
    yield
    graph.http.delete("/_sandbox/faults")


def code(answer):
    error = answer.json()["error"]
    assert {"message", "type", "code", "fbtrace_id"} <= set(error)
    return (answer.status_code, error["code"], error.get("error_subcode"))


def test_a_token_stands_in_the_header_or_among_the_parameters(graph):
    query = {"access_token": "sandbox-instagram-bergquell", "fields": "username"}
    by_query = graph.http.get("/instagram/v25.0/me", params=query).json()
    assert "bergquell" == by_query["username"] == graph.get("me").json()["username"]
    stranger = graph.http.get("/instagram/v25.0/me", params={"access_token": "x"})
    assert (400, 190, None) == code(stranger)


def test_a_version_that_is_none_is_gone(graph):
    answer = graph.http.get("/instagram/v3/me", headers=TOKEN)
    assert (400, 2635, None) == code(answer)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"image_url": "http://10.0.0.1/a.jpg"}, (400, 9004, 2207052)),
        ({"image_url": "file:///etc/passwd"}, (400, 9004, 2207052)),
        ({"caption": "kein Bild"}, (400, 100, None)),
        ({"image_url": "x", "media_type": "REELS"}, (400, 100, 2207023)),
        ({"image_url": "x", "colour": "blue"}, (400, 100, None)),
        ({"media_type": "CAROUSEL", "children": "1"}, (400, 100, 2207028)),
        ({"media_type": "CAROUSEL", "children": "1,2"}, (400, 100, 33)),
        ({"media_type": "VIDEO", "upload_type": "resumable"}, (400, 100, 2207023)),
        (
            {"media_type": "REELS", "upload_type": "resumable", "caption": "x" * 2201},
            (400, 36004, 2207010),
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_code_and_subcode(graph, form, expected):
    assert expected == code(graph.post(f"{graph.me}/media", **form))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (picture(size=(900, 300)), (400, 36003, 2207009)),
        (b"\x89PNG broken", (400, 36001, 2207005)),
        (picture(size=(640, 640)) + b"\0" * (8 * 2**20), (400, 36000, 2207004)),
    ],
    ids=["ratio", "format", "size"],
)
def test_a_picture_is_judged_by_its_bytes(graph, content, expected):
    url = graph.blobs.url(graph.blobs.put(content))
    assert expected == code(graph.post(f"{graph.me}/media", image_url=url))


def test_a_file_that_is_not_served_cannot_be_fetched(graph):
    url = graph.blobs.url("0" * 64)
    assert (400, 9004, 2207052) == code(graph.post(f"{graph.me}/media", image_url=url))


def test_a_container_is_published_once(graph):
    container = graph.container(caption="Einmal")
    assert "FINISHED" == graph.get(container, fields="status_code").json()["status_code"]

    first = graph.post(f"{graph.me}/media_publish", creation_id=container)
    second = graph.post(f"{graph.me}/media_publish", creation_id=container)

    assert (200, (400, 9007, 2207027)) == (first.status_code, code(second))
    assert "PUBLISHED" == graph.get(container, fields="status_code").json()["status_code"]
    posts = graph.http.get("/_sandbox/ledger").json()["posts"]
    assert 1 == [post["text"] for post in posts].count("Einmal")


def test_a_container_dies_after_a_day(graph):
    container = graph.container()
    graph.later(hours=24)
    assert "EXPIRED" == graph.get(container, fields="status_code").json()["status_code"]
    answer = graph.post(f"{graph.me}/media_publish", creation_id=container)
    assert (400, -2, 2207020) == code(answer)


def test_a_video_is_taken_as_bytes_and_then_worked_on(graph):
    form = {"media_type": "REELS", "upload_type": "resumable"}
    made = graph.post(f"{graph.me}/media", **form).json()
    sizes = {"offset": "0", "file_size": str(len(CLIP))}
    short = graph.http.post(made["uri"], content=CLIP[:9], headers=TOKEN | sizes)
    assert (400, 100, None) == code(short)
    whole = graph.http.post(made["uri"], content=CLIP, headers=TOKEN | sizes)
    assert {"success": True} == whole.json()

    states = [graph.get(made["id"], fields="status_code").json()["status_code"]]
    graph.later(seconds=21)
    states.append(graph.get(made["id"], fields="status_code").json()["status_code"])
    assert ["IN_PROGRESS", "FINISHED"] == states


@pytest.mark.parametrize("content", [b"text", film(seconds=2), film(fps=15)])
def test_bytes_that_are_no_reel_end_in_an_error_that_names_its_subcode(graph, content):
    form = {"media_type": "REELS", "upload_type": "resumable"}
    made = graph.post(f"{graph.me}/media", **form).json()
    sizes = {"offset": "0", "file_size": str(len(content))}
    graph.http.post(made["uri"], content=content, headers=TOKEN | sizes)
    graph.later(seconds=21)

    shown = graph.get(made["id"], fields="status_code,status").json()
    assert "ERROR" == shown["status_code"]
    assert "2207026" in shown["status"]


def test_a_child_is_not_published_alone_and_no_carousel_holds_a_whole_post(graph):
    child, whole = graph.container(is_carousel_item="true"), graph.container()
    answer = graph.post(f"{graph.me}/media_publish", creation_id=child)
    assert (400, 9007, 2207027) == code(answer)
    form = {"media_type": "CAROUSEL", "children": f"{child},{whole}"}
    assert (400, 100, None) == code(graph.post(f"{graph.me}/media", **form))


def test_the_quota_is_a_hundred_posts_in_a_day(graph):
    graph.later(hours=25)
    before = graph.get(f"{graph.me}/content_publishing_limit", fields="quota_usage,config").json()
    graph.media()
    after = graph.get(f"{graph.me}/content_publishing_limit").json()
    assert (0, 100, 1) == (
        before["data"][0]["quota_usage"],
        before["data"][0]["config"]["quota_total"],
        after["data"][0]["quota_usage"],
    )


def test_the_quota_grows_with_all_other_limits(tmp_path):
    audience = planted(tmp_path, "instagram", "bergquell")
    with (
        process.start(tmp_path / "sandbox", audience=audience, limit_factor=50) as running,
        httpx.Client(base_url=running.url, trust_env=False, timeout=20) as http,
    ):
        base = f"{running.url}/instagram/v25.0"
        me = http.get(f"{base}/me", params={"fields": "user_id"}, headers=TOKEN).json()["user_id"]
        given = http.get(
            f"{base}/{me}/content_publishing_limit", params={"fields": "config"}, headers=TOKEN
        )

    assert 5000 == given.json()["data"][0]["config"]["quota_total"]


def test_fields_that_are_not_there_are_refused_and_others_left_out(graph):
    media = graph.media("Felder")
    assert (400, 100, None) == code(graph.get(media, fields="id,colour"))
    assert {"id": media, "caption": "Felder"} == graph.get(media, fields="caption,ig_id").json()


def test_media_come_newest_first_and_by_pages(graph):
    ids = [graph.media(f"Seite {n}") for n in range(3)]
    first = graph.get(f"{graph.me}/media", fields="caption", limit=2).json()
    assert ids[:0:-1] == [one["id"] for one in first["data"]]
    after = first["paging"]["cursors"]["after"]
    second = graph.get(f"{graph.me}/media", fields="caption", limit=1, after=after).json()
    assert [ids[0]] == [one["id"] for one in second["data"]]


def test_one_unknown_metric_fails_the_whole_request(graph):
    media = graph.media("Zahlen")
    assert 200 == graph.get(f"{media}/insights", metric="views,reach").status_code
    assert (400, 100, None) == code(graph.get(f"{media}/insights", metric="views,plays"))


def test_a_reply_below_a_reply_joins_its_thread(graph):
    media = graph.media("Gespräch")
    comment = graph.post(f"{media}/comments", message="Erster").json()["id"]
    reply = graph.post(f"{comment}/replies", message="Zweiter").json()["id"]
    third = graph.post(f"{reply}/replies", message="Dritter").json()["id"]
    below = graph.get(f"{comment}/replies", fields="parent_id").json()["data"]
    assert {(reply, comment), (third, comment)} == {(one["id"], one["parent_id"]) for one in below}
    shown = graph.get(f"{media}/comments", fields="text,replies{text}").json()["data"]
    assert {"Zweiter", "Dritter"} == {one["text"] for one in shown[0]["replies"]["data"]}


def test_a_deleted_media_is_gone_like_one_that_never_was(graph):
    media = graph.media("Weg")
    answer = graph.http.delete(f"/instagram/v25.0/{media}", headers=TOKEN)
    assert {"success": True, "deleted_id": media} == answer.json()
    assert (400, 100, 33) == code(graph.get(media, fields="id"))
    assert (400, 100, 33) == code(graph.get("123", fields="id"))


def test_a_throttle_is_a_400_that_says_when_access_comes_back(graph):
    graph.fault("reject_429", on="read")
    answer = graph.get("me")
    usage = json.loads(answer.headers["x-business-use-case-usage"])
    assert ((400, 80002, None), 5) == (
        code(answer),
        usage[graph.me][0]["estimated_time_to_regain_access"],
    )
    usage = json.loads(graph.get("me").headers["x-business-use-case-usage"])
    assert 0 == usage[graph.me][0]["estimated_time_to_regain_access"]


def test_a_step_and_what_makes_something_public_fail_apart(graph):
    graph.fault("accept_then_500", on="write")
    container = graph.container(caption="Nur das Veröffentlichen")
    answer = graph.post(f"{graph.me}/media_publish", creation_id=container)
    assert (500, 2, None) == code(answer)
    assert answer.json()["error"]["is_transient"]


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("token_expired", (400, 190, 463)),
        ("token_revoked", (400, 190, 460)),
        ("version_gone", (400, 2635, None)),
        ("blocked", (400, 4, 2207051)),
        ("quota_used", (400, 9, 2207042)),
    ],
)
def test_each_quirk_speaks_the_platforms_way_and_once(graph, effect, expected):
    container = graph.container()
    graph.fault(effect)
    refused = graph.post(f"{graph.me}/media_publish", creation_id=container)
    accepted = graph.post(f"{graph.me}/media_publish", creation_id=container)
    assert (expected, 200) == (code(refused), accepted.status_code)


def test_the_fields_that_media_and_comments_have_are_those_of_the_spec(graph, shared_specs):
    media = graph.media("Spec")
    comment = graph.post(f"{media}/comments", message="Kommentar").json()["id"]
    absent = {"copyright_check_information", "boost_eligibility_info"}
    for name, object_id in (("IGMedia", media), ("IGComment", comment)):
        spec = json.loads((shared_specs / "meta" / f"{name}.json").read_text("utf-8"))
        fields = {one["name"] for one in spec["fields"]} - absent
        assert 200 == graph.get(object_id, fields=",".join(sorted(fields))).status_code


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("id,text", ["id", "text"]),
        ("comments.limit(5).order(x){id,from{id}},likes", ["comments", "likes"]),
        ("reactions.summary(total_count).limit(0)", ["reactions"]),
    ],
)
def test_a_list_of_fields_is_read_as_meta_writes_it(text, names):
    assert names == list(parse(text))


def test_a_broken_list_of_fields_is_refused():
    with pytest.raises(GraphError):
        parse("id,{")
