"""TikTok as the sandbox speaks it."""

import pytest

from domain.platforms import Platform
from tests.publishing.loop import CLIP, film, picture, sandbox
from tests.publishing.meta_loop import served
from tests.sandbox.conftest import Wire

HANDLE = "bergquell"
HEADERS = {"authorization": f"Bearer sandbox-tiktok-{HANDLE}"}
LONG = CLIP + bytes(11_000_000)
MP4 = {"content-type": "video/mp4"}


@pytest.fixture(scope="module")
def tiktok(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("tiktok"), Platform.TIKTOK, HANDLE) as url:
        wire = Wire(url)
        wire.http.headers.update(HEADERS)
        yield wire
        wire.http.close()


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    with served(tmp_path_factory.mktemp("media")) as blobs:
        yield blobs


def ask(tiktok, path, body=None, **more):
    return tiktok.http.post(f"/tiktok/v2/{path}", json=body or {}, **more)


def data(tiktok, path, body=None):
    answer = ask(tiktok, path, body)
    assert "ok" == answer.json()["error"]["code"], answer.text
    return answer.json()["data"]


def video_init(size, chunk=None, count=1, **info):
    return {
        "post_info": {"title": "Film", "privacy_level": "PUBLIC_TO_EVERYONE"} | info,
        "source_info": {
            "source": "FILE_UPLOAD",
            "video_size": size,
            "chunk_size": chunk or size,
            "total_chunk_count": count,
        },
    }


def put(tiktok, url, content, first, total, **headers):
    span = f"bytes {first}-{first + len(content) - 1}/{total}"
    made = MP4 | {"content-range": span} | headers
    return tiktok.http.put(url, content=content, headers=made).status_code


def state(tiktok, publish_id):
    return data(tiktok, "post/publish/status/fetch/", {"publish_id": publish_id})


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"seconds": 0.5}, "duration_check_failed"),
        ({"fps": 12}, "frame_rate_check_failed"),
        ({"size": (320, 640)}, "picture_size_check_failed"),
        ({"codec": "mpeg4"}, "file_format_check_failed"),
    ],
)
def test_a_clip_that_does_not_fit_fails_by_the_name_of_its_check(tiktok, how, reason):
    tiktok.pass_time(minutes=1)
    content = film(**how)
    begun = data(tiktok, "post/publish/video/init/", video_init(len(content)))
    assert 201 == put(tiktok, begun["upload_url"], content, 0, len(content))
    tiktok.pass_time(seconds=8)
    shown = state(tiktok, begun["publish_id"])
    assert ("FAILED", reason) == (shown["status"], shown["fail_reason"])


def test_a_clip_is_public_a_while_after_its_last_chunk(tiktok):
    tiktok.pass_time(minutes=1)
    half = 5_600_000
    begun = data(tiktok, "post/publish/video/init/", video_init(len(LONG), half, 1))
    refused = put(tiktok, begun["upload_url"], LONG[half:], half, len(LONG))
    waiting = state(tiktok, begun["publish_id"])
    done = put(tiktok, begun["upload_url"], LONG, 0, len(LONG))
    working = state(tiktok, begun["publish_id"])
    tiktok.pass_time(seconds=8)
    complete = state(tiktok, begun["publish_id"])

    assert [416, 201] == [refused, done]
    assert [0, len(LONG)] == [waiting["uploaded_bytes"], working["uploaded_bytes"]]
    assert ["PROCESSING_UPLOAD", "PROCESSING_UPLOAD", "PUBLISH_COMPLETE"] == [
        one["status"] for one in (waiting, working, complete)
    ]
    (line,) = [one for one in tiktok.ledger() if one["text"] == "Film"]
    assert [int(line["id"])] == complete["publicaly_available_post_id"]


def test_chunks_come_in_order_and_the_last_takes_the_rest(tiktok):
    tiktok.pass_time(minutes=1)
    chunk = 5_000_000
    begun = data(tiktok, "post/publish/video/init/", video_init(len(LONG), chunk, 2))
    url = begun["upload_url"]

    statuses = [
        put(tiktok, url, LONG[:chunk], 0, len(LONG)),
        put(tiktok, url, LONG[:chunk], 0, len(LONG)),
        put(tiktok, url, LONG[chunk : 2 * chunk], chunk, len(LONG)),
        put(tiktok, url, LONG[chunk:], chunk, len(LONG), **{"content-type": "text/plain"}),
        put(tiktok, f"{url}x", LONG[chunk:], chunk, len(LONG)),
        put(tiktok, url.replace("upload_id=", "upload_id=9"), LONG[chunk:], chunk, len(LONG)),
        put(tiktok, url, LONG[chunk:], chunk, len(LONG)),
    ]

    assert [206, 416, 400, 400, 403, 404, 201] == statuses


@pytest.mark.parametrize(
    ("source", "info"),
    [
        ({"total_chunk_count": 2}, {}),
        ({"chunk_size": 1_000_000, "total_chunk_count": 11}, {}),
        ({"chunk_size": 5_000_000, "total_chunk_count": 3}, {}),
        ({"video_url": "https://a.example"}, {}),
        ({}, {"title": "a" * 2201}),
        ({}, {"privacy_level": "EVERYBODY"}),
        ({}, {"hashtags": []}),
    ],
)
def test_a_body_that_does_not_fit_is_refused(tiktok, source, info):
    body = video_init(len(LONG), **info)
    body["source_info"] |= source

    answer = ask(tiktok, "post/publish/video/init/", body)

    assert (400, "invalid_param") == (answer.status_code, answer.json()["error"]["code"])
    tiktok.pass_time(minutes=1)


def photo_init(*urls, **more):
    info = {"title": "Bild", "description": "Fotos", "privacy_level": "PUBLIC_TO_EVERYONE"}
    return {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": info,
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": list(urls),
            "photo_cover_index": 0,
        },
    } | more


def test_photos_are_really_fetched_and_judged_by_their_bytes(tiktok, blobs):
    tiktok.pass_time(minutes=1)
    urls = {
        "good": blobs.url(blobs.put(picture(size=(1080, 1920)))),
        "large": blobs.url(blobs.put(picture(size=(1200, 1300)))),
        "none": blobs.url(blobs.put(b"no picture")),
        "gone": blobs.url("0" * 64),
    }
    begun = {
        name: data(tiktok, "post/publish/content/init/", photo_init(url))["publish_id"]
        for name, url in urls.items()
    }
    tiktok.pass_time(seconds=8)

    found = {name: state(tiktok, publish_id) for name, publish_id in begun.items()}

    assert {
        "good": ("PUBLISH_COMPLETE", None),
        "large": ("FAILED", "picture_size_check_failed"),
        "none": ("FAILED", "file_format_check_failed"),
        "gone": ("FAILED", "photo_pull_failed"),
    } == {name: (one["status"], one.get("fail_reason")) for name, one in found.items()}
    assert 1 == len([one for one in tiktok.ledger() if one["text"] == "Fotos"])


def test_photos_from_elsewhere_are_not_fetched(tiktok):
    tiktok.pass_time(minutes=1)

    answer = ask(tiktok, "post/publish/content/init/", photo_init("https://a.example/b.jpg"))

    assert (403, "url_ownership_unverified") == (
        answer.status_code,
        answer.json()["error"]["code"],
    )


def test_the_creator_is_described_and_privacy_levels_are_offered(tiktok):
    info = data(tiktok, "post/publish/creator_info/query/")

    assert (HANDLE, ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"], 600) == (
        info["creator_username"],
        info["privacy_level_options"],
        info["max_video_post_duration_sec"],
    )
    tiktok.pass_time(minutes=1)
    followers = video_init(100, privacy_level="FOLLOWER_OF_CREATOR")
    refused = ask(tiktok, "post/publish/video/init/", followers)
    assert "privacy_level_option_mismatch" == refused.json()["error"]["code"]


def test_public_posts_are_listed_in_pages_and_private_ones_are_not(tiktok):
    tiktok.pass_time(minutes=1)
    for title, privacy in (("Eins", "PUBLIC_TO_EVERYONE"), ("Zwei", "SELF_ONLY")):
        info = {"title": title, "privacy_level": privacy}
        begun = data(tiktok, "post/publish/video/init/", video_init(len(CLIP), **info))
        assert 201 == put(tiktok, begun["upload_url"], CLIP, 0, len(CLIP))
    tiktok.pass_time(seconds=8)
    nameless = state(tiktok, begun["publish_id"])

    fields = "id,title,video_description,create_time"
    first = data(tiktok, f"video/list/?fields={fields}", {"max_count": 1})
    second = data(
        tiktok, f"video/list/?fields={fields}", {"max_count": 20, "cursor": first["cursor"]}
    )

    titles = [one["title"] for one in first["videos"] + second["videos"]]
    assert ("Eins", True, False) == (titles[0], first["has_more"], "Zwei" in titles)
    assert ("PUBLISH_COMPLETE", []) == (
        nameless["status"],
        nameless["publicaly_available_post_id"],
    )


@pytest.mark.parametrize("fields", ["", "?fields=id,secret"])
def test_fields_must_be_named_and_known(tiktok, fields):
    assert 400 == ask(tiktok, f"video/list/{fields}", {"max_count": 1}).status_code


def test_a_rate_is_per_minute(tiktok):
    tiktok.pass_time(minutes=1)
    body = video_init(100)
    answers = [ask(tiktok, "post/publish/video/init/", body) for _ in range(6 * 50 + 1)]

    assert [200, 429] == [answers[-2].status_code, answers[-1].status_code]
    assert "rate_limit_exceeded" == answers[-1].json()["error"]["code"]
    tiktok.pass_time(minutes=1)
    assert 200 == ask(tiktok, "post/publish/video/init/", body).status_code


@pytest.mark.parametrize(
    ("effect", "path", "status", "code"),
    [
        ("quota_used", "post/publish/creator_info/query/", 200, "spam_risk_too_many_posts"),
        ("blocked", "post/publish/creator_info/query/", 200, "spam_risk_user_banned_from_posting"),
        ("token_expired", "video/list/?fields=id", 401, "access_token_invalid"),
        ("down", "video/list/?fields=id", 503, "internal_error"),
    ],
)
def test_faults_are_played_in_tiktoks_own_way(tiktok, effect, path, status, code):
    order = {"platform": "tiktok", "account": HANDLE, "effect": effect, "on": "read"}
    tiktok.http.post("/_sandbox/faults", json=order)

    answer = ask(tiktok, path)

    assert (status, code) == (answer.status_code, answer.json()["error"]["code"])
    assert 200 == ask(tiktok, path).status_code


def test_an_unaudited_app_may_only_post_for_the_account_alone(tiktok):
    tiktok.pass_time(minutes=1)
    order = {"platform": "tiktok", "effect": "unaudited"}
    tiktok.http.post("/_sandbox/faults", json=order)

    alone = ask(tiktok, "post/publish/video/init/", video_init(100, privacy_level="SELF_ONLY"))
    public = ask(tiktok, "post/publish/video/init/", video_init(100))

    assert [200, 403] == [alone.status_code, public.status_code]
    assert "unaudited_client_can_only_post_to_private_accounts" == (public.json()["error"]["code"])


def test_nobody_without_a_token_is_let_in(tiktok):
    answer = ask(tiktok, "video/list/?fields=id", headers={"authorization": "Bearer nobody"})

    assert (401, "access_token_invalid") == (answer.status_code, answer.json()["error"]["code"])
