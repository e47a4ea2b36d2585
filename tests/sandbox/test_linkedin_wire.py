"""LinkedIn as the sandbox speaks it."""

from urllib.parse import quote

import pytest

from domain.platforms import Platform
from sandbox.linkedin_posts import urn_of
from tests.publishing.loop import CLIP, film, picture, sandbox
from tests.sandbox.conftest import Wire

HANDLE = "bergquell"
ME = urn_of(HANDLE)
HEADERS = {
    "authorization": f"Bearer sandbox-linkedin-{HANDLE}",
    "linkedin-version": "202607",
    "x-restli-protocol-version": "2.0.0",
}


@pytest.fixture(scope="module")
def linkedin(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("linkedin"), Platform.LINKEDIN, HANDLE) as url:
        wire = Wire(url)
        wire.http.headers.update(HEADERS)
        yield wire
        wire.http.close()


def body(text="Frisches Wasser", **more):
    return {
        "author": ME,
        "commentary": text,
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    } | more


def create(linkedin, text, **more):
    answer = linkedin.http.post("/linkedin/rest/posts", json=body(text, **more))
    assert (201, b"") == (answer.status_code, answer.content), answer.text
    return answer.headers["x-restli-id"]


def path(urn, where="posts", tail=""):
    return f"/linkedin/rest/{where}/{quote(urn, safe='')}{tail}"


def test_a_post_is_accepted_with_an_empty_body_and_its_urn_in_a_header(linkedin):
    urn = create(linkedin, r"Klar \& \(frisch\) {hashtag|\#|quelle}")

    (line,) = [one for one in linkedin.ledger() if one["id"] == urn]
    assert (f"linkedin:{HANDLE}", r"Klar & (frisch) #quelle", "post") == (
        line["account"],
        line["text"],
        line["kind"],
    )
    shown = linkedin.http.get(path(urn)).json()
    assert (urn, ME, r"Klar \& \(frisch\) {hashtag|\#|quelle}") == (
        shown["id"],
        shown["author"],
        shown["commentary"],
    )


def test_a_bare_bracket_cuts_the_rest_off_and_nobody_is_told(linkedin):
    urn = create(linkedin, "Our water (still or sparkling) is here")

    assert "Our water " == linkedin.http.get(path(urn)).json()["commentary"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"nonsense": 1}, 422),
        ({"commentary": 7}, 422),
        ({"visibility": "EVERYBODY"}, 422),
        ({"lifecycleState": "DRAFT"}, 422),
        ({"commentary": " "}, 422),
        ({"commentary": "a" * 3001}, 422),
        ({"content": {}}, 422),
        ({"content": {"multiImage": {"images": [{"id": "urn:li:image:1"}]}}}, 422),
        ({"content": {"article": {"source": "https://a.example"}}}, 422),
        ({"content": {"media": {"id": "urn:li:image:none"}}}, 404),
        ({"author": "urn:li:organization:1"}, 403),
    ],
)
def test_a_body_that_does_not_fit_is_refused_and_leaves_nothing(linkedin, change, status):
    before = len(linkedin.ledger())

    answer = linkedin.http.post("/linkedin/rest/posts", json=body() | change)

    assert (status, status) == (answer.status_code, answer.json()["status"])
    assert before == len(linkedin.ledger())


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"authorization": "Bearer nobody"}, 401, "INVALID_ACCESS_TOKEN"),
        ({"linkedin-version": ""}, 400, "VERSION_MISSING"),
        ({"linkedin-version": "2026"}, 400, "VERSION_MISSING"),
        ({"linkedin-version": "202506"}, 426, "NONEXISTENT_VERSION"),
        ({"x-restli-protocol-version": "1.0.0"}, 400, None),
    ],
)
def test_a_call_without_the_right_headers_is_refused(linkedin, headers, status, code):
    answer = linkedin.http.post("/linkedin/rest/posts", json=body("No"), headers=headers)

    assert (status, code) == (answer.status_code, answer.json().get("code"))


def test_a_urn_that_is_not_percent_encoded_is_refused(linkedin):
    urn = create(linkedin, "Encoded")

    for raw in (f"posts/{urn}", f"posts?q=author&author={ME}"):
        assert 400 == linkedin.http.get(f"/linkedin/rest/{raw}").status_code


def test_the_same_post_again_names_the_first(linkedin):
    urn = create(linkedin, "Only once")

    answer = linkedin.http.post("/linkedin/rest/posts", json=body("Only once"))

    (given,) = answer.json()["errorDetails"]["inputErrors"]
    assert (422, "DUPLICATE_POST") == (answer.status_code, given["code"])
    assert answer.json()["message"].endswith(f"Content is a duplicate of {urn}")


def test_own_posts_are_listed_newest_first_in_pages(linkedin):
    urns = []
    for number in range(3):
        urns.append(create(linkedin, f"Reihe {number}"))
        linkedin.pass_time(minutes=1)
    query = f"author={quote(ME, safe='')}&q=author&sortBy=CREATED"

    first = linkedin.http.get(f"/linkedin/rest/posts?{query}&start=0&count=2").json()
    second = linkedin.http.get(f"/linkedin/rest/posts?{query}&start=2&count=1").json()

    assert urns[::-1] == [one["id"] for one in first["elements"] + second["elements"]]


def test_deleting_is_answered_alike_however_often(linkedin):
    urn = create(linkedin, "Weg damit")

    assert [204, 204] == [linkedin.http.delete(path(urn)).status_code for _ in range(2)]
    assert 404 == linkedin.http.get(path(urn)).status_code


def image(linkedin, content):
    begun = linkedin.http.post(
        "/linkedin/rest/images?action=initializeUpload",
        json={"initializeUploadRequest": {"owner": ME}},
    ).json()["value"]
    assert 201 == linkedin.http.put(begun["uploadUrl"], content=content).status_code
    return begun["image"]


def test_a_picture_is_judged_by_its_bytes(linkedin):
    good, bad = image(linkedin, picture()), image(linkedin, b"no picture at all")

    content = {"media": {"id": good, "altText": "a bottle"}}
    urn = create(linkedin, "Mit Bild", content=content)
    refused = linkedin.http.post(
        "/linkedin/rest/posts", json=body("Kaputt", content={"media": {"id": bad}})
    )

    assert content == linkedin.http.get(path(urn)).json()["content"]
    assert "PROCESSING_FAILED" in refused.json()["message"]
    actions = linkedin.http.get("/_sandbox/ledger").json()["actions"]
    assert [f"media image/jpeg 64x48, {len(picture())} bytes"] == [
        one["kind"] for one in actions if one["id"] == good
    ]


def begin_video(linkedin, size):
    asked = {
        "owner": ME,
        "fileSizeBytes": size,
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    return linkedin.http.post(
        "/linkedin/rest/videos?action=initializeUpload", json={"initializeUploadRequest": asked}
    ).json()["value"]


def test_a_clip_is_joined_from_its_parts_and_takes_its_time(linkedin):
    clip = CLIP + bytes(5 * 1024 * 1024)
    begun = begin_video(linkedin, len(clip))
    tags = []
    for one in begun["uploadInstructions"]:
        part = clip[one["firstByte"] : one["lastByte"] + 1]
        tags.append(linkedin.http.put(one["uploadUrl"], content=part).headers["etag"])
    finish = {"video": begun["video"], "uploadToken": begun["uploadToken"]}
    finalize = "/linkedin/rest/videos?action=finalizeUpload"

    wrong = {"finalizeUploadRequest": finish | {"uploadedPartIds": tags[::-1]}}
    right = {"finalizeUploadRequest": finish | {"uploadedPartIds": tags}}
    states = [linkedin.http.get(path(begun["video"], "videos")).json()["status"]]
    assert [400, 200] == [
        linkedin.http.post(finalize, json=one).status_code for one in (wrong, right)
    ]
    states.append(linkedin.http.get(path(begun["video"], "videos")).json()["status"])
    linkedin.pass_time(seconds=10)
    states.append(linkedin.http.get(path(begun["video"], "videos")).json()["status"])

    assert ["WAITING_UPLOAD", "PROCESSING", "AVAILABLE"] == states
    assert create(linkedin, "Film", content={"media": {"id": begun["video"]}}).startswith(
        "urn:li:ugcPost:"
    )


@pytest.mark.parametrize("how", [{"seconds": 2}, {"kind": "mov"}, {"least_bytes": 0}])
def test_a_clip_that_linkedin_does_not_take_fails_while_it_is_processed(linkedin, how):
    clip = film(**how)
    begun = begin_video(linkedin, len(clip))
    (one,) = begun["uploadInstructions"]
    tag = linkedin.http.put(one["uploadUrl"], content=clip).headers["etag"]
    finish = {"video": begun["video"], "uploadToken": begun["uploadToken"]}
    whole = {"finalizeUploadRequest": finish | {"uploadedPartIds": [tag]}}
    linkedin.http.post("/linkedin/rest/videos?action=finalizeUpload", json=whole)
    linkedin.pass_time(seconds=10)
    shown = linkedin.http.get(path(begun["video"], "videos")).json()
    assert "PROCESSING_FAILED" == shown["status"]


def test_a_part_of_the_wrong_length_and_a_foreign_upload_are_refused(linkedin):
    begun = begin_video(linkedin, 100)
    url = begun["uploadInstructions"][0]["uploadUrl"]

    assert 400 == linkedin.http.put(url, content=b"short").status_code
    assert 403 == linkedin.http.put(f"{url}x", content=bytes(100)).status_code


def test_a_comment_and_an_answer_below_it_name_their_threads(linkedin):
    urn = create(linkedin, "Fragt uns")
    words = {"actor": ME, "message": {"text": "Zuerst wir"}}
    first = linkedin.http.post(
        path(urn, "socialActions", "/comments"), json=words | {"object": urn}
    )
    comment, activity = first.json()["commentUrn"], first.json()["object"]
    below = path(comment, "socialActions", "/comments")

    lost = linkedin.http.post(below, json=words | {"object": activity})
    answered = linkedin.http.post(
        below, json=words | {"object": activity, "parentComment": comment}
    )

    assert (201, first.headers["x-restli-id"]) == (first.status_code, first.json()["id"])
    assert [400, 201] == [lost.status_code, answered.status_code]
    (shown,) = linkedin.http.get(below).json()["elements"]
    assert (comment, ME) == (shown["parentComment"], shown["actor"])


def test_people_comment_and_counts_grow(linkedin):
    linkedin.pass_time(days=2)  # the audience rests from the other tests' posts
    urn = create(linkedin, "Was meint ihr zu unserem Wasser?")
    statistics = (
        "/linkedin/rest/organizationalEntityShareStatistics?q=organizationalEntity"
        f"&organizationalEntity={quote(ME, safe='')}&shares=List({quote(urn, safe='')})"
    )
    before = linkedin.http.get(statistics).json()["elements"]
    linkedin.pass_time(hours=30)

    (after,) = linkedin.http.get(statistics).json()["elements"]
    comments = linkedin.http.get(path(urn, "socialActions", "/comments?count=100")).json()

    counts = after["totalShareStatistics"]
    assert ([], urn) == (before, after["share"])
    assert counts["impressionCount"] > counts["uniqueImpressionsCount"] > counts["likeCount"] > 0
    assert counts["commentCount"] == len(comments["elements"])


def test_a_list_in_another_syntax_is_refused(linkedin):
    urn = quote(create(linkedin, "Liste"), safe="")
    start = (
        "/linkedin/rest/organizationalEntityShareStatistics?q=organizationalEntity"
        f"&organizationalEntity={quote(ME, safe='')}"
    )

    assert [400, 400, 200] == [
        linkedin.http.get(f"{start}&{tail}").status_code
        for tail in (f"shares={urn}", f"ugcPosts=List({urn})", f"shares=List({urn})")
    ]


@pytest.mark.parametrize(
    ("effect", "status", "code"),
    [
        ("token_expired", 401, "EXPIRED_ACCESS_TOKEN"),
        ("token_revoked", 401, "REVOKED_ACCESS_TOKEN"),
        ("version_gone", 426, "NONEXISTENT_VERSION"),
        ("quota_used", 429, None),
        ("reject_429", 429, None),
        ("ghost", 422, None),
    ],
)
def test_faults_are_played_in_linkedins_own_way(linkedin, effect, status, code):
    order = {"platform": "linkedin", "account": HANDLE, "effect": effect}
    linkedin.http.post("/_sandbox/faults", json=order)
    before = len(linkedin.ledger())

    answer = linkedin.http.post("/linkedin/rest/posts", json=body(f"Fault {effect}"))

    assert (status, code) == (answer.status_code, answer.json().get("code"))
    assert before == len(linkedin.ledger())
    create(linkedin, f"Fault {effect}")
