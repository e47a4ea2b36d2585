"""Captions beside a clip: SubRip out of WebVTT, sent where platforms take it, never in the way."""

import json
from dataclasses import replace

import httpx
import pytest

from content.media.captions import webvtt
from domain.errors import LeaseLost, Rejected
from domain.visuals import Scene, Slide, Storyboard
from publishing.platforms.subtitles import besides, locale_of, subrip
from tests.publishing.meta_wire import CLIP, Kept, facebook, send
from tests.publishing.test_facebook_videos import video_wire
from tests.publishing.test_x_media import attachment, uploads, with_parts
from tests.publishing.test_x_media import send as x_send

BOARD = Storyboard(
    scenes=(
        Scene(slide=Slide(headline="Salz & Wasser"), seconds=1.2),
        Scene(slide=Slide(headline="3 < 5"), seconds=2.8),
    )
)
WRITTEN = webvtt(BOARD).encode()


class Captioned:
    """A media folder in which everything is a caption file."""

    def read(self, _sha256):
        return WRITTEN

    def url(self, sha256):
        return f"https://media.example/{sha256[:4]}"


def test_our_own_captions_become_subrip():
    assert (
        "1\n00:00:00,000 --> 00:00:01,200\nSalz & Wasser\n\n"
        "2\n00:00:01,200 --> 00:00:04,000\n3 < 5\n"
    ) == subrip(WRITTEN).decode()


def test_captions_that_people_bring_lose_what_subrip_does_not_know():
    brought = (
        "\ufeffWEBVTT - Quelle\r\n\r\nNOTE by Anna\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n"
        "intro\r\n00:01.000 --> 00:02.500 align:start line:0\r\n<v Vroni>Frisch <b>vom</b>\r\nBerg"
        "\r\n\r\n10:00:02.500 --> 10:00:03.000\r\n<00:02.600>\r\n"
    )

    assert (
        "1\n00:00:01,000 --> 00:00:02,500\nFrisch vom\nBerg\n" == subrip(brought.encode()).decode()
    )


@pytest.mark.parametrize("text", ["", "WEBVTT\n", "WEBVTT\n\nno times\nat all\n", "\x00\xff"])
def test_a_file_without_a_cue_is_no_captions(text):
    with pytest.raises(Rejected, match="hold no cue"):
        subrip(text.encode("latin-1"))


@pytest.mark.parametrize(
    ("language", "locale"),
    [("de", "de_DE"), ("en", "en_US"), ("pt-BR", "pt_BR"), (None, "en_US"), ("fi", "fi_FI")],
)
def test_a_language_has_its_usual_country_or_the_one_that_it_names(language, locale):
    assert locale == "_".join(locale_of(language))


def test_captions_may_fail_of_anything_but_a_lost_lease():
    given_up = []
    with besides("x:bergquell", give_up=lambda: given_up.append("once")):
        raise Rejected("no")
    with pytest.raises(LeaseLost), besides("x:bergquell", give_up=given_up.clear):
        raise LeaseLost("too late")
    assert ["once"] == given_up


def on_x(faults=None, steps=None):
    """A clip with captions posted on X: what was asked, and what was kept."""
    handler, asked = uploads(["succeeded"], **(faults or {}))
    kept, network = {}, with_parts(handler)
    network._uploads._media = Captioned()
    what = x_send("Clip", media=(attachment(captions="cd" * 32),))
    network.publish(replace(what, steps=steps or {}, keep=kept.__setitem__))
    return [path.rsplit("/", 1)[-1] for _, path in asked], kept


def test_on_x_captions_are_hung_on_the_video_before_the_post():
    asked, kept = on_x()

    assert ["upload", "upload", "subtitles", "tweets"] == asked[-4:]
    assert "77" == kept["media.0.subtitles"]


def test_on_x_captions_are_hung_on_a_video_once():
    upload = {"id": "77", "dies_at": "2026-03-03T12:00:00Z", "stage": "ready", "parts": 1}
    asked, _ = on_x(steps={"media.0": json.dumps(upload), "media.0.subtitles": "77"})

    assert ["tweets"] == asked


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(500), httpx.Response(400), httpx.Response(429), httpx.Response(200, text="?")],
    ids=["down", "refused", "throttled", "garbled"],
)
def test_on_x_a_post_goes_out_though_its_captions_do_not(answer):
    asked, kept = on_x({"subtitles": answer})
    assert ["subtitles", "tweets"] == asked[-2:]

    again, _ = on_x(steps=kept)  # as after a post that was refused for too many calls
    assert ["tweets"] == again


def on_facebook(played, steps):
    file = CLIP.model_copy(update={"captions": "cd" * 32})
    network = facebook(played)
    network._videos._media = Captioned()
    return network.publish(send(media=(file,), language="de", steps=steps))


def test_on_facebook_captions_are_given_while_nobody_sees_the_video():
    played, steps = video_wire().add("POST v1/captions", {"success": True}), Kept()

    on_facebook(played, steps)

    *_, captions, finish = [path for _, path, _ in played.writes()]
    assert ("v1/captions", "7/videos") == (captions, finish)
    body = played.bodies[played.paths.index("v1/captions")]
    assert b'filename="captions.de_DE.srt"' in body
    assert "yes" == steps["subtitled"]


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(400, json={"error": {"code": 100}})]
)
def test_on_facebook_a_video_goes_out_though_its_captions_do_not(answer):
    played, steps = video_wire().add("POST v1/captions", answer), Kept()

    assert "7_90" == on_facebook(played, steps).platform_id

    again = video_wire()
    on_facebook(again, Kept({**steps, "finishing": ""}))
    assert "v1/captions" not in again.paths


def test_on_facebook_captions_are_given_once():
    played = video_wire()
    steps = Kept(video="v1", session="s1", uploaded="yes", subtitled="yes")
    on_facebook(played, steps)

    assert "v1/captions" not in played.paths
