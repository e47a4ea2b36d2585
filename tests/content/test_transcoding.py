"""Clips from outside are made to fit, out of our process, and refused where they cannot be."""

import io
import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from content.media.confinement import probe_confined, transcode_confined
from content.media.footage import developed
from content.media.probing import probe
from content.media.transcoding import fitted_size, transcode
from domain.errors import InputError
from domain.media import Attachment
from domain.media_limits import MEDIA_LIMITS, FileLimit, Span
from domain.platforms import Platform
from domain.preflight import media_refusals
from tests.content.test_probing import clip

ANYTHING = FileLimit(frozenset({"video/mp4"}), Span())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return clip(tmp_path_factory.mktemp("whole"), size=(192, 108), frames=40)


@pytest.fixture
def mp4(tmp_path, whole):
    path = tmp_path / "mine.mp4"
    path.write_bytes(whole)
    return path


def made(source, limit=ANYTHING):
    target = source.with_name("made.mp4")
    transcode(source, target, limit, name="mine.mp4")
    return probe(target.read_bytes(), name="made.mp4"), target.read_bytes()


def strange(folder):
    """A clip as a camera makes it: MPEG-4 in Matroska, 12 frames a second, larger than a screen."""
    path = folder / "camera.mkv"
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(12))
        stream.width, stream.height, stream.pix_fmt = 2048, 1152, "yuv420p"
        pixels = np.zeros((1152, 2048, 3), dtype=np.uint8)
        for number in range(40):
            pixels[:, : number * 50] = 200
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("platform", ["x", "instagram", "tiktok", "bluesky", "facebook"])
def test_whatever_a_camera_makes_fits_the_platform_afterwards(tmp_path, platform):
    limit = MEDIA_LIMITS[Platform(platform)].clip
    file, _ = made(strange(tmp_path), limit)

    assert "h264" == file.codec
    assert [] == list(media_refusals(Platform(platform), [Attachment(**file.model_dump())]))


def test_a_clip_keeps_its_proportions_and_its_length(tmp_path):
    file, _ = made(strange(tmp_path))

    assert (1920, 1080) == (file.width, file.height)
    assert file.seconds == pytest.approx(40 / 12, abs=0.15)


def test_a_clip_that_stands_on_its_side_is_turned_upright(mp4):
    content = mp4.read_bytes()
    matrix = content.index(b"tkhd") + 44
    turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 108 << 16, 0, 1 << 30)
    mp4.write_bytes(content[:matrix] + turned + content[matrix + 36 :])

    file, upright = made(mp4)

    assert (108, 192) == (file.width, file.height)
    before, after = first_picture(mp4.read_bytes()), first_picture(upright)
    clockwise = np.rot90(before, -1)
    assert np.abs(clockwise.astype(int) - after).mean() < 30
    assert np.abs(np.rot90(before, 1).astype(int) - after).mean() > 30


def first_picture(content):
    with av.open(io.BytesIO(content)) as container:
        return next(container.decode(video=0)).to_ndarray(format="gray")


def test_a_clip_without_sound_gets_a_silent_track(mp4):
    _, content = made(mp4)

    with av.open(io.BytesIO(content)) as container:
        assert "aac" == container.streams.audio[0].codec.name


def test_a_clip_that_is_too_heavy_is_pressed_until_it_fits(mp4):
    file, content = made(mp4)
    lighter, _ = made(mp4, FileLimit(frozenset({"video/mp4"}), Span(most=file.bytes * 0.5)))

    assert lighter.bytes <= file.bytes * 0.55
    assert len(content) == file.bytes


def test_a_clip_that_is_too_long_is_told_and_not_cut(mp4):
    with pytest.raises(InputError, match=r"mine\.mp4 lasts 2\.\d s, allowed are at most 2; cut it"):
        made(mp4, FileLimit(frozenset({"video/mp4"}), Span(), seconds=Span(most=2)))


@pytest.mark.parametrize(
    ("size", "limit", "fitted"),
    [
        ((4000, 2000), FileLimit(frozenset(), Span()), (1920, 960)),
        ((1000, 501), FileLimit(frozenset(), Span(), width=Span(most=500)), (500, 250)),
        ((300, 200), FileLimit(frozenset(), Span(), height=Span(least=400)), (600, 400)),
        ((1000, 1000), FileLimit(frozenset(), Span(), pixels=Span(most=250_000)), (500, 500)),
    ],
)
def test_a_size_is_even_and_within_every_bound(size, limit, fitted):
    assert fitted == fitted_size(*size, limit)


def test_a_clip_is_measured_out_of_our_process(mp4):
    assert probe(mp4.read_bytes(), name="m") == probe_confined(mp4.read_bytes(), name="mine.mp4")


def test_a_clip_is_coded_anew_out_of_our_process(mp4, tmp_path):
    limit = MEDIA_LIMITS[Platform.TIKTOK].clip
    file = transcode_confined(mp4, tmp_path / "out.mp4", limit, name="mine.mp4")

    assert probe((tmp_path / "out.mp4").read_bytes(), name="m") == file


def test_a_clip_of_a_model_is_opened_out_of_our_process_alone(tmp_path, monkeypatch):
    upright = clip(tmp_path, size=(108, 192), frames=80)

    def opened(*_, **__):
        raise AssertionError("a decoder was asked in our own process")

    with monkeypatch.context() as here:
        here.setattr(av, "open", opened)
        content, file, frame = developed(upright, name="the clip")

    assert probe(content, name="m") == file
    with av.open(io.BytesIO(content)) as container:
        pictures = [each.to_ndarray(format="rgb24") for each in container.decode(video=0)]
    apart = [abs(each.astype(int) - np.asarray(frame)).mean() for each in pictures]
    assert (len(pictures) / 3) < int(np.argmin(apart)) < (len(pictures) * 2 / 3)


def test_a_clip_of_a_model_that_lies_on_its_side_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"the clip is 192x108; order an upright one"):
        developed(clip(tmp_path, size=(192, 108), frames=80), name="the clip")


def test_a_truncated_clip_is_told_as_ours(mp4):
    mp4.write_bytes(mp4.read_bytes()[:3000])

    with pytest.raises(InputError, match=r"mine\.mp4 .*(cut off|broken|can be read)"):
        probe_confined(mp4.read_bytes(), name="mine.mp4")


def test_what_takes_more_memory_than_it_may_ends_alone(mp4):
    with pytest.raises(InputError, match=r"mine\.mp4 takes more memory or time than a whole file"):
        probe_confined(mp4.read_bytes(), name="mine.mp4", memory=60_000_000)


def test_no_key_of_ours_is_told_to_the_process(mp4, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    monkeypatch.setenv("PYTHONPATH", str(mp4.parent))
    (mp4.parent / "sitecustomize.py").write_text("raise SystemExit('reached')")

    assert probe_confined(mp4.read_bytes(), name="mine.mp4").codec == "h264"
