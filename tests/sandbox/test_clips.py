"""A clip is judged by what its bytes say, with the figures of each platform's documents."""

from dataclasses import replace
from functools import cache

import pytest

from sandbox import clips
from sandbox.clips import Objection, objection
from sandbox.media_bytes import kind_of
from tests.publishing.loop import CLIP, film

FORMAT, DURATION, SIZE = Objection.FORMAT, Objection.DURATION, Objection.SIZE
RATE, BYTES = Objection.FRAME_RATE, Objection.BYTES
GOOD = kind_of(CLIP)
TAKEN = {
    "x": clips.X,
    "instagram": clips.REEL_ON_INSTAGRAM,
    "facebook reel": clips.REEL_ON_FACEBOOK,
    "facebook": clips.VIDEO_ON_FACEBOOK,
    "linkedin": clips.LINKEDIN,
    "tiktok": clips.TIKTOK,
    "mastodon": clips.MASTODON,
}


@cache
def filmed(**how):
    return film((360, 640), seconds=1, **how)


def test_a_clip_is_measured_by_its_bytes():
    found = kind_of(filmed(fps=10))
    assert ("video/mp4", 360, 640, "h264", 10) == (
        found.mime,
        found.width,
        found.height,
        found.codec,
        found.fps,
    )
    assert found.seconds == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("how", "mime", "codec"),
    [
        ({"kind": "mov"}, "video/quicktime", "h264"),
        ({"codec": "mpeg4"}, "video/mp4", "mpeg4"),
        ({"codec": "libvpx-vp9", "kind": "webm", "least_bytes": 0}, "video/webm", "vp9"),
    ],
)
def test_its_container_and_its_coding_are_told_apart(how, mime, codec):
    found = kind_of(filmed(**how))
    assert (mime, codec) == (found.mime, found.codec)


@pytest.mark.parametrize("content", [CLIP[:200], CLIP[:28] + b"clip" * 800])
def test_a_clip_without_a_frame_is_none(content):
    assert kind_of(content) is None


@pytest.mark.parametrize("platform", TAKEN)
def test_an_ordinary_clip_is_taken(platform):
    assert objection(GOOD, len(CLIP), TAKEN[platform]) is None


@pytest.mark.parametrize(
    ("platform", "change", "wrong"),
    [
        ("x", {"codec": "hevc"}, FORMAT),
        ("x", {"seconds": 0.4}, DURATION),
        ("x", {"seconds": 140.1}, DURATION),
        ("x", {"fps": 61}, RATE),
        ("x", {"width": 1920, "height": 1080}, SIZE),
        ("x", {"width": 300, "height": 960}, SIZE),
        ("x", {"bytes": 512_000_001}, BYTES),
        ("instagram", {"codec": "vp9"}, FORMAT),
        ("instagram", {"mime": "video/webm"}, FORMAT),
        ("instagram", {"seconds": 2.9}, DURATION),
        ("instagram", {"seconds": 901}, DURATION),
        ("instagram", {"fps": 22}, RATE),
        ("instagram", {"width": 2160, "height": 3840}, SIZE),
        ("facebook reel", {"seconds": 91}, DURATION),
        ("facebook reel", {"fps": 23}, RATE),
        ("facebook reel", {"width": 960, "height": 540}, SIZE),
        ("facebook reel", {"width": 360, "height": 640}, SIZE),
        ("facebook", {"seconds": 14_401}, DURATION),
        ("linkedin", {"mime": "video/quicktime"}, FORMAT),
        ("linkedin", {"seconds": 2.9}, DURATION),
        ("linkedin", {"bytes": 74_999}, BYTES),
        ("tiktok", {"codec": "mpeg4"}, FORMAT),
        ("tiktok", {"seconds": 0.9}, DURATION),
        ("tiktok", {"fps": 22}, RATE),
        ("tiktok", {"width": 359}, SIZE),
        ("mastodon", {"fps": 121}, RATE),
        ("mastodon", {"width": 3840, "height": 2161}, SIZE),
        ("mastodon", {"bytes": 103_809_025}, BYTES),
    ],
)
def test_a_clip_that_does_not_fit_is_refused_by_its_measure(platform, change, wrong):
    size = change.get("bytes", len(CLIP))
    kind = replace(GOOD, **{name: value for name, value in change.items() if name != "bytes"})
    assert wrong is objection(kind, size, TAKEN[platform])
