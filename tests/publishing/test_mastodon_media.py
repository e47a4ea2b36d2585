"""Mastodon's files on the wire: uploaded first, waited for, begun anew, refused in time."""

import re

import httpx
import pytest

from domain import errors
from domain.brand import Account
from domain.platforms import Platform
from publishing.platforms.registry import connect
from tests.publishing.mastodon_server import NOON, PICTURE, Files, Server, Still, mastodon, send


def test_a_file_goes_first_and_what_it_gave_is_kept_before_the_post():
    kept = {}
    uploaded = httpx.Response(200, json={"id": "55", "type": "image", "url": "https://m/55"})

    def post_knows_the_step(request):
        if request.method == "POST" and request.url.path == "/api/v1/statuses":
            assert {"media.0": "55"} == kept
        return server(request)

    server = Server(**{"POST /api/v2/media": uploaded})
    mastodon(post_knows_the_step).publish(send(media=(PICTURE,), keep=kept.__setitem__))

    upload = next(one for one in server.asked if one.url.path == "/api/v2/media")
    assert b"a spring" in upload.content
    assert b"bytes of ab" in upload.content
    assert ["55"] == server.bodies("/api/v1/statuses")[0]["media_ids"]


@pytest.mark.parametrize("again", [httpx.Response(206), httpx.Response(299, json={})])
def test_a_file_that_is_worked_on_makes_the_delivery_wait(again):
    server = Server(**{"GET /api/v1/media/55": again})

    with pytest.raises(errors.Processing) as caught:
        mastodon(server).publish(send(media=(PICTURE,), steps={"media.0": "55"}))

    assert NOON < caught.value.until
    assert [] == server.bodies("/api/v1/statuses")


def test_a_file_that_died_is_uploaded_again_in_the_same_attempt():
    server = Server(
        **{
            "GET /api/v1/media/55": httpx.Response(404, json={"error": "Record not found"}),
            "POST /api/v2/media": {"id": "56", "type": "image", "url": "https://m/56"},
        }
    )

    mastodon(server).publish(send(media=(PICTURE,), steps={"media.0": "55"}))

    assert ["56"] == server.bodies("/api/v1/statuses")[0]["media_ids"]


def test_a_post_refused_because_its_file_died_begins_the_file_anew_only_so_often():
    refused = httpx.Response(422, json={"error": "Media 55 not found"})
    gone = httpx.Response(404, json={"error": "Record not found"})
    ready = httpx.Response(200, json={"id": "55", "url": "https://m/55"})

    def attempt(renewals):
        states = {"GET /api/v1/media/55": [ready, gone], "POST /api/v1/statuses": refused}
        steps = {"media.0": "55", "media.renewals": renewals}
        mastodon(Server(**states)).publish(send(media=(PICTURE,), steps=steps))

    with pytest.raises(errors.Processing):
        attempt("2")
    with pytest.raises(errors.Rejected):
        attempt("3")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((PICTURE,) * 3, "takes 2 files"),
        ((PICTURE, PICTURE.model_copy(update={"mime_type": "video/mp4"})), "one video and nothing"),
        ((PICTURE.model_copy(update={"bytes": 2000}),), "make it smaller"),
        ((PICTURE.model_copy(update={"mime_type": "image/tiff"}),), "convert it"),
        ((PICTURE.model_copy(update={"alt_text": "long" * 100}),), "shorten it"),
    ],
)
def test_what_the_server_says_it_does_not_take_is_refused_before_anything_is_uploaded(files, said):
    media = {
        "supported_mime_types": ["image/png", "video/mp4"],
        "description_limit": 50,
        "image_size_limit": 1000,
    }
    limits = {"statuses": {"max_media_attachments": 2}, "media_attachments": media}
    server = Server(**{"GET /api/v2/instance": {"version": "4.5.0", "configuration": limits}})

    with pytest.raises(errors.Rejected, match=said):
        mastodon(server).publish(send(media=files))

    assert ["/api/v2/instance"] == [one.url.path for one in server.asked]


def test_the_limits_are_asked_for_once_and_an_old_server_is_taken_for_a_stock_one():
    server = Server(**{"GET /api/v2/instance": httpx.Response(404)})
    network = mastodon(server)

    assert (500, 500) == tuple(network.rules().statuses.max_characters for _ in range(2))
    assert 1 == len(server.asked)


def test_upload_and_read_failures_are_never_of_unknown_fate():
    for answers in (
        {"POST /api/v2/media": httpx.Response(500)},
        {"POST /api/v2/media": httpx.ReadTimeout("slow")},
        {"POST /api/v2/media": httpx.Response(200, text="<html>")},
        {"GET /api/v2/instance": httpx.Response(503)},
    ):
        with pytest.raises(errors.Unreachable):
            mastodon(Server(**answers)).publish(send(media=(PICTURE,)))


def test_a_missing_file_is_refused_and_not_a_crash():
    class Empty(Files):
        def read(self, sha256):
            raise errors.StoreError(f"the blob {sha256[:6]} cannot be read; add the file again")

    account = Account(platform=Platform.MASTODON, handle="b", time_zone="UTC")
    network = connect(
        account,
        secret="s",
        clock=Still(),
        sending_allowed=True,
        media=Empty(),
        transport=httpx.MockTransport(Server()),
    )

    with pytest.raises(errors.Rejected, match="add the file again"):
        network.publish(send(media=(PICTURE,)))


@pytest.mark.parametrize(
    ("there", "options", "said"),
    [
        (500, {}, None),
        (5000, {"max_characters": 5000}, None),
        (5000, {}, "held to 500 characters, the server takes 5000; .*max_characters: 5000"),
    ],
)
def test_a_server_that_takes_longer_texts_than_posts_are_held_to_is_told(there, options, said):
    limits = {"statuses": {"max_characters": there}}
    server = Server(**{"GET /api/v2/instance": {"version": "4.5.0", "configuration": limits}})

    told = mastodon(server, options=options).foretell()

    assert (said is None) == (told is None)
    assert said is None or re.search(said, told)


def test_a_server_that_takes_shorter_texts_is_told_with_what_to_set():
    limits = {"statuses": {"max_characters": 280}}
    server = Server(**{"GET /api/v2/instance": {"version": "4.5.0", "configuration": limits}})

    with pytest.raises(errors.Rejected, match=r"takes 280 .* not 500; .*max_characters: 280"):
        mastodon(server).foretell()
