"""Clips: cards in motion that platforms take, the same for the same storyboard, with captions."""

import io
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from content.media.captions import webvtt
from content.media.cards import HD, SQUARE, TALL, backdrop
from content.media.clips import FPS, render_clip, shots_of
from content.media.direction import storyboard_of
from content.media.grounds import look_of
from content.media.motion import frames, planes_of
from content.media.probing import probe
from content.media.sound import MOST_BYTES, check_music
from domain.errors import InputError
from domain.media import Attachment
from domain.platforms import Platform
from domain.preflight import media_refusals
from domain.visuals import Scene, Slide, Storyboard
from storage.brand_files import load_brands
from tests.sounds import loudness, tone

BRAND = load_brands(Path(__file__).resolve().parents[2] / "brands")["bergquell"]
FACT = BRAND.fact("quelle-tiefe").text
BOARD = Storyboard(
    language="de",
    scenes=(
        Scene(slide=Slide(headline="Wusstet ihr das?"), seconds=1.0),
        Scene(slide=Slide(kind="figure", figure="184 m", headline=FACT), seconds=2.0),
        Scene(slide=Slide(headline="Bergquell"), seconds=0.5),
    ),
)
SMALL = (540, 960)
QUOTE = Slide(kind="quote", headline="Ich trinke jeden Morgen ein Glas. " * 6, by="Vroni")


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


@pytest.mark.parametrize("size", [TALL, SQUARE, HD])
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


def test_a_caption_cannot_break_its_file():
    scene = Scene(slide=Slide(headline="so --> so\n\n2\n00:00"), seconds=1)
    lines = webvtt(Storyboard(scenes=(scene,))).strip().splitlines()

    assert ["WEBVTT", "", "00:00:00.000 --> 00:00:01.000", "so → so 2 00:00"] == lines


def test_a_card_is_whole_once_it_is_written():
    """Steps of a line that did not join left a column of the ground in its letters."""
    look, facts = look_of(BRAND), BRAND.facts[:1]
    board = storyboard_of(facts, brand=BRAND, language="de", topic="wasser")
    shots = shots_of(board, look=look, title=BRAND.title, size=HD)
    bare = backdrop(look, title=BRAND.title, size=HD)
    written = [*frames(bare, shots, fps=FPS)][round(3 * FPS)].to_ndarray()

    assert (written[: HD[1]] == planes_of(shots[1].card)[: HD[1]]).all()


def test_what_a_quote_says_is_a_caption_with_who_says_it():
    board = Storyboard(scenes=(Scene(slide=QUOTE, seconds=1),))

    assert f"Vroni: {QUOTE.headline.strip()}" in webvtt(board)


def test_signs_that_mean_something_in_a_caption_file_are_written_as_they_are_meant():
    scene = Scene(slide=Slide(headline="Salz & Wasser: 3 < 5"), seconds=1)

    assert "Salz &amp; Wasser: 3 &lt; 5\n" in webvtt(Storyboard(scenes=(scene,)))


@pytest.mark.parametrize("seconds", [9, 1.1], ids=["cut", "repeated"])
def test_music_of_the_brand_s_own_is_heard_to_the_end_and_fades(seconds):
    heard = loudness(film(music=tone(seconds)).content)

    assert min(heard[1:-1]) > 0.05
    assert heard[0] < heard[3] * 0.7
    assert heard[-1] < heard[3] * 0.7


def test_soft_music_and_loud_music_are_equally_loud_in_a_clip():
    soft, loud = (loudness(film(music=tone(9, height)).content)[3] for height in (300, 30_000))

    assert soft == pytest.approx(loud, rel=0.1)


def test_without_music_a_clip_is_silent(clip):
    assert max(loudness(clip.content)) < 1e-4


LIST = b"ffconcat version 1.0\nfile '/etc/passwd'\n"


@pytest.mark.parametrize("music", [b"no sound at all", b"", LIST], ids=["text", "empty", "list"])
def test_music_that_cannot_be_read_is_told(music):
    with pytest.raises(InputError, match="export it as MP3 or WAV"):
        film(music=music)
    with pytest.raises(InputError, match="export it as MP3 or WAV"):
        check_music(music)


def test_music_is_looked_at_before_a_clip_is_made_of_it(clip):
    assert 3 == pytest.approx(check_music(tone(3)), abs=0.01)
    for wrong, told in (
        (tone(0.5), "lasts 0.50 s"),
        (tone(3, height=0), "no sound"),
        (clip.content, "no sound in its first minute"),
        (tone(1) + bytes(MOST_BYTES), "at most 20"),
    ):
        with pytest.raises(InputError, match=told):
            check_music(wrong)


def test_music_of_more_than_ten_minutes_is_told():
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(range(100, 156)) * (601 * 8000 // 56))

    with pytest.raises(InputError, match="longer than 600 s"):
        check_music(out.getvalue())
