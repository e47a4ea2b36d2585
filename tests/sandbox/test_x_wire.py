"""X as the sandbox speaks it."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sandbox.x_requests import EXPANSIONS, TWEET_FIELDS, USER_FIELDS, TweetCreateRequest
from tests.publishing.loop import CLIP, film, picture

FIELDS = "author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets,entities"


def me(wire, handle="bergquell") -> str:
    return wire.x("GET", "/users/me", handle=handle).json()["data"]["id"]


def commented(wire, text: str) -> tuple[str, list[dict[str, Any]]]:
    """A post of a day ago with comments, and them."""
    for attempt in range(20):
        id = wire.tweet(f"{text} Nummer {attempt}?")
        wire.pass_time(hours=24)
        found = conversation(wire, id)
        if found:
            return id, found
    raise AssertionError("no comment below twenty posts")


def conversation(wire, id: str) -> list[dict[str, Any]]:
    query = {
        "query": f"conversation_id:{id}",
        "max_results": 100,
        "tweet.fields": FIELDS,
        "expansions": "author_id",
    }
    return wire.x("GET", "/tweets/search/recent", params=query).json().get("data", [])


def test_a_post_is_accepted_with_an_id_and_stands_in_the_ledger(wire):
    id = wire.tweet("Frisches Wasser für alle")
    assert [
        (p["platform"], p["account"], p["text"], p["kind"]) for p in wire.ledger() if p["id"] == id
    ] == [("x", "x:bergquell", "Frisches Wasser für alle", "post")]


def test_an_unknown_field_is_refused_with_problem_json(wire):
    answer = wire.x("POST", "/tweets", json={"text": "a", "hashtags": ["b"]})
    assert (
        answer.status_code,
        answer.headers["content-type"],
    ) == (400, "application/problem+json")
    problem = answer.json()
    assert problem["type"].endswith("/invalid-request")
    assert "hashtags" in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "  "},
        {"text": 7},
        {"text": "a", "reply": {}},
        {"text": "a", "media": {"media_ids": []}},
        {"text": "a", "media": {"media_ids": ["99"]}},
        {"text": "a", "media": {"media_ids": ["1"]}, "quote_tweet_id": "2"},
        {"text": "a" * 281},
        {"text": "水" * 141},
    ],
)
def test_a_body_that_does_not_fit_is_refused_and_leaves_nothing(wire, body):
    before = len(wire.ledger())
    assert wire.x("POST", "/tweets", json=body).status_code == 400
    assert before == len(wire.ledger())


def test_a_link_counts_23_whatever_its_length(wire):
    wire.tweet("a" * 256 + " https://bergquell.example/" + "b" * 200)


def test_the_same_text_again_is_a_duplicate_without_an_id(wire):
    wire.tweet("Zweimal dasselbe")
    answer = wire.x("POST", "/tweets", json={"text": "Zweimal dasselbe"})
    assert answer.status_code == 403
    assert answer.json() == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
    }


def test_nobody_posts_without_a_token(wire):
    answer = wire.http.post("/x/2/tweets", json={"text": "a"})
    assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")
    assert wire.x("GET", "/users/me", handle="nobody").status_code == 401


def test_every_answer_carries_the_rate_limit(wire):
    first = wire.x("GET", "/users/me")
    second = wire.x("GET", "/users/me", params={"nonsense": "1"})
    assert tuple(r.headers["x-rate-limit-limit"] for r in (first, second)) == ("75", "75")
    left = [int(r.headers["x-rate-limit-remaining"]) for r in (first, second)]
    assert left[0] - 1 == left[1]
    assert wire.now().timestamp() < int(first.headers["x-rate-limit-reset"])


def test_what_the_sandbox_does_not_play_is_404_problem_json(wire):
    answer = wire.x("GET", "/dm_events")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")
    assert "x-rate-limit-reset" in answer.headers


def test_a_spent_limit_is_429_until_the_sandbox_clock_reaches_the_reset(wire):
    id = wire.tweet("Gleich wird zu oft gelöscht")
    while (answer := wire.x("DELETE", "/tweets/1")).status_code != 429:
        assert answer.status_code == 404
    assert answer.json()["title"] == "Too Many Requests"
    assert answer.headers["x-rate-limit-remaining"] == "0"
    wire.pass_time(minutes=15)
    deleted = wire.x("DELETE", f"/tweets/{id}")
    assert (deleted.status_code, deleted.json()) == (200, {"data": {"deleted": True}})


def test_links_come_back_as_t_co_with_their_expansion(wire):
    id = wire.tweet("Mehr unter https://bergquell.example/mehrweg #pfand")
    query = {"ids": id, "tweet.fields": "entities"}
    post = wire.x("GET", "/tweets", params=query).json()["data"][0]
    url = post["entities"]["urls"][0]
    assert post["text"][url["start"] : url["end"]] == url["url"]
    assert url["expanded_url"] == "https://bergquell.example/mehrweg"
    assert [tag["tag"] for tag in post["entities"]["hashtags"]] == ["pfand"]


def test_a_missing_id_is_an_error_inside_a_200(wire):
    id = wire.tweet("Gibt es mich?")
    answer = wire.x("GET", "/tweets", params={"ids": f"{id},1"})
    assert (200, [id], ["1"]) == (
        answer.status_code,
        [p["id"] for p in answer.json()["data"]],
        [e["resource_id"] for e in answer.json()["errors"]],
    )


def test_the_own_timeline_is_newest_first_since_an_id_in_pages(wire):
    ids = []
    for number in range(8):
        ids.append(wire.tweet(f"Reihe {number}"))
        wire.pass_time(minutes=1)
    path, query = f"/users/{me(wire)}/tweets", {"since_id": ids[0], "max_results": 5}
    first = wire.x("GET", path, params=query).json()
    second = wire.x(
        "GET", path, params=query | {"pagination_token": first["meta"]["next_token"]}
    ).json()
    assert ids[:0:-1] == [p["id"] for p in first["data"] + second["data"]]
    assert "next_token" not in second["meta"]


def test_comments_mention_the_brand_and_hang_in_the_conversation(wire):
    id, comments = commented(wire, "Limonade Zitrone")
    for comment in comments:
        assert "@bergquell" in comment["text"]
        assert (id, me(wire)) == (comment["conversation_id"], comment["in_reply_to_user_id"])
        assert "bergquell" in [m["username"] for m in comment["entities"]["mentions"]]
    counted = wire.x("GET", "/tweets", params={"ids": id, "tweet.fields": "public_metrics"})
    assert len(comments) == counted.json()["data"][0]["public_metrics"]["reply_count"]


def test_mentions_are_the_comments_since_an_id(wire):
    _, comments = commented(wire, "Wandern und Wasser")
    ids = sorted(int(c["id"]) for c in comments)
    query = {"since_id": ids[0] - 1, "max_results": 100}
    found = wire.x("GET", f"/users/{me(wire)}/mentions", params=query).json()
    assert set(ids) <= {int(p["id"]) for p in found["data"]}


def test_a_summoned_reply_is_accepted_and_another_is_not(wire):
    _, comments = commented(wire, "Rezept mit Minze")
    answer = {"text": "Gern geschehen", "reply": {"in_reply_to_tweet_id": comments[0]["id"]}}
    assert wire.x("POST", "/tweets", json=answer).status_code == 201
    refused = wire.x("POST", "/tweets", handle="northloom", json=answer)
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("/not-authorized-for-resource")


def test_nobody_answers_a_brands_reply(wire):
    _, comments = commented(wire, "Quelle im Schnee")
    reply = wire.tweet("Danke dir", reply={"in_reply_to_tweet_id": comments[0]["id"]})
    wire.pass_time(days=3)
    query = {"ids": reply, "tweet.fields": "public_metrics"}
    counts = wire.x("GET", "/tweets", params=query).json()["data"][0]["public_metrics"]
    assert (counts["reply_count"], counts["like_count"] <= 3) == (0, True)


def test_a_reply_below_the_own_post_can_be_hidden_once_and_again(wire):
    _, comments = commented(wire, "Bergsommer")
    for _ in range(2):
        answer = wire.x("PUT", f"/tweets/{comments[0]['id']}/hidden", json={"hidden": True})
        assert answer.json() == {"data": {"hidden": True}}
    actions = wire.http.get("/_sandbox/ledger").json()["actions"]
    assert [a["kind"] for a in actions if a["id"] == comments[0]["id"]] == ["hide"]


def test_counts_grow_and_never_fall(wire):
    id = wire.tweet("Wer wandert mit auf den Grünten?")
    seen = []
    for minutes in (0, 10, 50, 60, 600, 4000):
        wire.pass_time(minutes=minutes)
        query = {"ids": id, "tweet.fields": "public_metrics"}
        counts = wire.x("GET", "/tweets", params=query).json()["data"][0]["public_metrics"]
        seen.append(counts)
    for name in seen[0]:
        values = [counts[name] for counts in seen]
        assert sorted(values) == values
    assert 0 < seen[-1]["like_count"] < seen[-1]["impression_count"]


def upload(wire, content, category="tweet_image"):
    files = {"media": ("a.jpg", content, "image/jpeg")}
    return wire.x("POST", "/media/upload", files=files, data={"media_category": category})


def test_a_picture_is_uploaded_described_and_attached(wire):
    media = upload(wire, picture()).json()["data"]
    body = {"id": media["id"], "metadata": {"alt_text": {"text": "a spring"}}}
    wire.x("POST", "/media/metadata", json=body)
    id = wire.tweet("Mit Bild", media={"media_ids": [media["id"]]})
    query = {
        "ids": id,
        "tweet.fields": "attachments,entities",
        "expansions": "attachments.media_keys",
        "media.fields": "alt_text",
    }
    answer = wire.x("GET", "/tweets", params=query).json()
    (post,), (medium,) = answer["data"], answer["includes"]["media"]
    assert [media["media_key"]] == post["attachments"]["media_keys"]
    assert post["text"].startswith("Mit Bild https://t.co/")
    assert ("photo", "a spring") == (medium["type"], medium["alt_text"])


@pytest.mark.parametrize("content", [b"no picture", picture()[:60], CLIP])
def test_what_is_no_picture_is_refused_by_its_bytes(wire, content):
    assert upload(wire, content).status_code == 400


def begin(wire, size, **more):
    body = {
        "media_type": "video/mp4",
        "total_bytes": size,
        "media_category": "tweet_video",
        **more,
    }
    return wire.x("POST", "/media/upload/initialize", json=body)


def append(wire, id, index, content):
    files = {"media": ("part", content, "video/mp4")}
    return wire.x("POST", f"/media/upload/{id}/append", files=files, data={"segment_index": index})


def test_a_video_comes_in_parts_and_is_processed_for_a_while(wire, x_spec):
    id = begin(wire, len(CLIP)).json()["data"]["id"]
    appended = [append(wire, id, n, part) for n, part in enumerate((CLIP[:1000], CLIP[1000:]))]
    append(wire, id, 0, CLIP[:1000])  # a part repeated changes nothing
    closed = wire.x("POST", f"/media/upload/{id}/finalize")

    def state():
        query = {"command": "STATUS", "media_id": id}
        return wire.x("GET", "/media/upload", params=query).json()["data"]["processing_info"]

    states = [state()["state"]]
    refused = wire.x("POST", "/tweets", json={"text": "zu früh", "media": {"media_ids": [id]}})
    for _ in range(2):
        wire.pass_time(seconds=5)
        states.append(state()["state"])
    assert ["pending", "in_progress", "succeeded"] == states
    assert refused.status_code == 400
    assert wire.tweet("Mit Film", media={"media_ids": [id]})
    paths = x_spec["paths"]
    for path, answer in (
        ("/2/media/upload/{id}/append", appended[0]),
        ("/2/media/upload/{id}/finalize", closed),
    ):
        schema = paths[path]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        check(x_spec, schema, answer.json())


def test_a_video_that_x_does_not_take_fails_while_it_is_processed(wire):
    content = film((1920, 1080), seconds=1)
    id = begin(wire, len(content)).json()["data"]["id"]
    append(wire, id, 0, content)
    closed = wire.x("POST", f"/media/upload/{id}/finalize")
    wire.pass_time(seconds=10)
    query = {"command": "STATUS", "media_id": id}
    data = wire.x("GET", "/media/upload", params=query).json()["data"]
    assert (200, "failed") == (closed.status_code, data["processing_info"]["state"])


def test_parts_that_do_not_add_up_are_refused(wire):
    id = begin(wire, len(CLIP)).json()["data"]["id"]
    append(wire, id, 1, CLIP[1000:])
    assert wire.x("POST", f"/media/upload/{id}/finalize").status_code == 400


@pytest.mark.parametrize(
    "more", [{"media_category": "film"}, {"total_bytes": 10**9}, {"colour": "red"}]
)
def test_an_upload_that_does_not_fit_is_not_begun(wire, more):
    assert begin(wire, 10, **more).status_code == 400


def test_media_dies_after_a_day(wire):
    id = upload(wire, picture()).json()["data"]["id"]
    wire.pass_time(hours=24)
    answer = wire.x("POST", "/tweets", json={"text": "zu spät", "media": {"media_ids": [id]}})
    assert ["media.media_ids"] == list(answer.json()["errors"][0]["parameters"])


def test_only_pictures_stand_together(wire):
    pictures = [upload(wire, picture()).json()["data"]["id"] for _ in range(2)]
    film = begin(wire, len(CLIP)).json()["data"]["id"]
    append(wire, film, 0, CLIP)
    wire.x("POST", f"/media/upload/{film}/finalize")
    wire.pass_time(seconds=10)
    mixed = {"text": "gemischt", "media": {"media_ids": [pictures[0], film]}}
    assert wire.x("POST", "/tweets", json=mixed).status_code == 400
    assert wire.tweet("zwei", media={"media_ids": pictures})


def test_answers_fit_the_published_openapi(wire, x_spec):
    id, comments = commented(wire, "Wasser nach Plan")
    reads = {
        "/2/users/me": wire.x("GET", "/users/me"),
        "/2/tweets": wire.x(
            "GET", "/tweets", params={"ids": f"{id},1", "tweet.fields": FIELDS + ",public_metrics"}
        ),
        "/2/users/{id}/tweets": wire.x("GET", f"/users/{me(wire)}/tweets"),
        "/2/users/{id}/mentions": wire.x("GET", f"/users/{me(wire)}/mentions"),
        "/2/tweets/search/recent": wire.x(
            "GET", "/tweets/search/recent", params={"query": f"conversation_id:{id}"}
        ),
    }
    for path, answer in reads.items():
        responses = x_spec["paths"][path]["get"]["responses"]
        check(x_spec, responses["200"]["content"]["application/json"]["schema"], answer.json())
    refused = wire.x("POST", "/tweets", json={"nonsense": 1}).json()
    check(x_spec, {"$ref": "#/components/schemas/InvalidRequestProblem"}, refused)
    assert comments


def test_the_accepted_fields_are_those_of_the_openapi(x_spec):
    def listed(name: str) -> set[str]:
        return set(x_spec["components"]["parameters"][name]["schema"]["items"]["enum"])

    create = x_spec["components"]["schemas"]["TweetCreateRequest"]["properties"]
    assert set(TweetCreateRequest.model_fields) == set(create)
    assert set(TWEET_FIELDS) == listed("TweetFieldsParameter")
    assert set(USER_FIELDS) == listed("UserFieldsParameter")
    assert set(EXPANSIONS) == listed("TweetExpansionsParameter")


def check(spec: dict[str, Any], schema: dict[str, Any], answer: Any) -> None:
    whole = {**schema, "components": spec["components"]}
    assert [e.message for e in Draft202012Validator(whole).iter_errors(answer)] == []
