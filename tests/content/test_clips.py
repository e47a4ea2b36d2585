"""Clips: cards in motion that platforms take, the same for the same storyboard, with captions."""

import io
import math
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from content.media.captions import subrip, webvtt
from content.media.cards import SQUARE, TALL, WIDE
from content.media.clips import FPS, render_clip
from content.media.grounds import look_of
from content.media.probing import probe
from domain.errors import InputError
from domain.media import Attachment
from domain.platforms import Platform
from domain.preflight import media_refusals
from domain.visuals import Scene, Slide, Storyboard
from storage.brand_files import load_brands

BRAND = load_brands(Path(__file__).resolve().parents[2] / "brands")["bergquell"]
FACT = BRAND.fact("quelle-tiefe").text
BOARD = Storyboard(
    language="de",
    scenes=(
        Scene(slide=Slide(headline="Wusstet ihr das?"), seconds=1.0),
        Scene(slide=Slide(kind="figure", figure="184 m", headline=FACT), seconds=2.0, caption=FACT),
        Scene(slide=Slide(headline="Bergquell"), seconds=0.5, caption="Bis bald!"),
    ),
)
SMALL = (540, 960)


def film(board=BOARD, size=SMALL, **more):
    return render_clip(board, look=look_of(BRAND), title=BRAND.title, size=size, **more)


@pytest.fixture(scope="module")
def clip():
    return film()


def pictures(content):
    with av.open(io.BytesIO(content)) as container:
        return [frame.to_ndarray(format="gray").astype(int) for frame in container.decode(video=0)]


def test_a_clip_is_what_platforms_ask_for(clip):
    file = probe(clip.content, name="it")

    assert ("video/mp4", "h264", FPS, 540, 960) == (
        file.mime_type, file.codec, file.fps, file.width, file.height
    )  # fmt: skip
    assert file.seconds == pytest.approx(BOARD.seconds, abs=0.1)
    with av.open(io.BytesIO(clip.content)) as container:
        (sound,) = container.streams.audio
        assert ("aac", 48_000, "stereo") == (sound.codec.name, sound.rate, sound.layout.name)


@pytest.mark.parametrize("platform", ["tiktok", "instagram", "facebook", "mastodon", "bluesky"])
def test_a_clip_passes_the_platform_s_own_limits(clip, platform):
    file = Attachment(**probe(clip.content, name="it").model_dump())

    assert [] == list(media_refusals(Platform(platform), [file]))


def test_a_clip_can_be_played_before_it_has_come_whole(clip):
    assert clip.content.index(b"moov") < clip.content.index(b"mdat")


def test_the_same_storyboard_is_the_same_file(clip):
    assert clip.content == film().content


@pytest.mark.parametrize("size", [TALL, SQUARE, WIDE])
def test_a_clip_comes_in_every_shape(size):
    board = Storyboard(scenes=(Scene(slide=Slide(headline="Frisch."), seconds=0.3),))
    file = probe(film(board, size).content, name="it")

    assert size == (file.width, file.height)


def test_the_first_card_is_there_at_once_and_the_others_are_written(clip):
    frames = pictures(clip.content)
    ink = [(np.abs(frame - frame[5, 5]) > 60).sum() for frame in frames]
    second = round(1.0 * FPS)

    assert ink[0] == pytest.approx(ink[8], rel=0.05)
    assert ink[second + 1] < ink[second + 4] < ink[second + 24]


def test_captions_name_their_times(clip):
    assert clip.captions == webvtt(BOARD)
    assert f"00:00:01.000 --> 00:00:03.000\n{FACT}" in clip.captions
    assert f"2\n00:00:01,000 --> 00:00:03,000\n{FACT}" in subrip(BOARD)


def test_a_caption_cannot_break_its_file():
    scene = Scene(slide=Slide(headline="a"), seconds=1, caption="so --> so\n\n2\n00:00")
    lines = webvtt(Storyboard(scenes=(scene,))).strip().splitlines()

    assert ["WEBVTT", "", "00:00:00.000 --> 00:00:01.000", "so → so 2 00:00"] == lines


def test_a_caption_of_its_own_is_burnt_in():
    scene = Scene(slide=Slide(headline="Frisch."), seconds=0.3)
    bare, told = (
        pictures(film(Storyboard(scenes=(one,))).content)[0]
        for one in (scene, scene.model_copy(update={"caption": "Kalt und klar."}))
    )

    changed = np.flatnonzero((np.abs(bare - told) > 60).any(axis=1))
    assert changed.size > 40
    assert changed.min() > 960 * 0.4


def tone(seconds):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        steps = range(round(seconds * 22_050))
        file.writeframes(
            b"".join(int(9000 * math.sin(n / 8)).to_bytes(2, "little", signed=True) for n in steps)
        )
    return out.getvalue()


def loudness(content):
    with av.open(io.BytesIO(content)) as container:
        sound = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
    return [float(np.abs(part).mean()) for part in np.array_split(sound[0], 7)]


def test_music_of_the_brand_s_own_is_heard_and_fades():
    heard = loudness(film(music=tone(9)).content)

    assert heard[3] > 0.05
    assert heard[0] < heard[3] * 0.7
    assert heard[-1] < heard[3] * 0.7


def test_without_music_a_clip_is_silent(clip):
    assert max(loudness(clip.content)) < 1e-4


@pytest.mark.parametrize("music", [b"no sound at all", b""])
def test_music_that_cannot_be_read_is_told(music):
    with pytest.raises(InputError, match="export it as MP3 or WAV"):
        film(music=music)
