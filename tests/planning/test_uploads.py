"""What a person brings goes out as the platform takes it, whole, and without what it tells."""

import io
import zlib

import av
import numpy as np
import pytest
from PIL import Image, ImageFile

from content.media.confinement import receive_confined
from content.media.probing import probe
from domain.errors import InputError
from domain.media import attachments
from domain.platforms import Platform
from domain.preflight import media_refusals
from domain.rules.likeness import are_copies
from planning.uploads import upload
from tests.content.test_probing import clip


def picture(folder, size=(900, 900), kind="PNG", mode="RGB"):
    dice = np.random.default_rng(1)
    small = dice.integers(0, 255, (9, 9, len(mode)), dtype=np.uint8)
    path = folder / f"mine.{kind.lower()}"
    Image.fromarray(small, mode).resize(size, Image.Resampling.BICUBIC).save(path, kind)
    return path


def brought(path, platform="instagram"):
    return upload(path, name=path.name, alt="a pattern", platform=Platform(platform))


def shown(done, platform):
    (file,) = attachments([done.asset], Platform(platform))
    assert [] == list(media_refusals(Platform(platform), [file]))
    return file


def test_what_is_taken_as_it_is_stays_as_it_is(tmp_path):
    done = brought(picture(tmp_path), "bluesky")

    assert (None, ()) == (done.made, done.asset.variants)
    assert "image/png" == shown(done, "bluesky").mime_type


def test_a_kind_that_is_not_taken_becomes_a_jpeg_of_the_same_picture(tmp_path):
    path = picture(tmp_path)
    done = brought(path)

    file = shown(done, "instagram")
    assert ("image/jpeg", 900, 900) == (file.mime_type, file.width, file.height)
    assert file.sha256 == probe(done.made, name="it").sha256
    meant, seen = Image.open(path), Image.open(io.BytesIO(done.made))
    assert np.abs(np.asarray(meant, int) - np.asarray(seen.convert("RGB"), int)).mean() < 4


@pytest.mark.parametrize("size", [(600, 1600), (2400, 600), (8400, 300)])
def test_proportions_that_are_not_taken_are_filled_up_and_nothing_is_cropped(tmp_path, size):
    path = picture(tmp_path, size)
    done = brought(path)

    file = shown(done, "instagram")
    seen = Image.open(io.BytesIO(done.made)).convert("RGB")
    share = min(file.width / size[0], file.height / size[1], 1.0)
    wide, tall = round(size[0] * share), round(size[1] * share)
    left, top = (file.width - wide) // 2, (file.height - tall) // 2
    middle = seen.crop((left, top, left + wide, top + tall)).resize(size)
    meant = np.asarray(Image.open(path), int)
    assert np.abs(meant - np.asarray(middle, int)).mean() < 12


def test_transparency_becomes_white(tmp_path):
    path = tmp_path / "clear.png"
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(path)
    done = brought(path)

    assert Image.open(io.BytesIO(done.made)).getpixel((9, 9)) == (255, 255, 255)


def test_a_picture_that_is_too_heavy_is_pressed(tmp_path):
    path = tmp_path / "noise.png"
    dice = np.random.default_rng(1)
    Image.fromarray(dice.integers(0, 255, (900, 900, 3), dtype=np.uint8)).save(path)
    assert path.stat().st_size > 1_000_000

    assert shown(brought(path, "bluesky"), "bluesky").bytes <= 1_000_000


def test_a_picture_that_is_too_small_is_enlarged(tmp_path):
    assert shown(brought(picture(tmp_path, (200, 200))), "instagram").width >= 320


def test_the_same_picture_in_two_forms_is_known(tmp_path):
    one = brought(picture(tmp_path))
    other = brought(picture(tmp_path, (450, 450), kind="JPEG"))

    assert are_copies(one.asset.likeness, other.asset.likeness)


def test_a_clip_is_taken_as_it_is_where_it_fits(tmp_path):
    path = tmp_path / "mine.mp4"
    path.write_bytes(clip(tmp_path, frames=30))
    done = brought(path, "bluesky")

    assert done.made is None
    assert shown(done, "bluesky").seconds == pytest.approx(2, abs=0.2)


def test_a_clip_that_a_platform_refuses_is_coded_anew(tmp_path):
    path = tmp_path / "mine.mov"
    path.write_bytes(clip(tmp_path, "mov", frames=60))
    done = brought(path, "tiktok")

    file = shown(done, "tiktok")
    assert ("video/mp4", "h264", 30.0) == (file.mime_type, file.codec, file.fps)
    assert (480, 360) == (file.width, file.height)


def test_a_clip_that_is_too_short_is_told(tmp_path):
    path = tmp_path / "mine.mp4"
    path.write_bytes(clip(tmp_path, frames=10))

    with pytest.raises(InputError, match=r"mine\.mp4 lasts 0\.\d s, allowed are 3 to 900; cut it"):
        brought(path, "instagram")


def test_a_truncated_clip_is_told(tmp_path):
    path = tmp_path / "mine.mp4"
    path.write_bytes(clip(tmp_path)[:4000])

    with pytest.raises(InputError, match=r"mine\.mp4 .*(cut off|broken|can be read)"):
        brought(path, "tiktok")


def bomb(path):
    Image.new("1", (20_000, 10_000)).save(path, "PNG")


def truncated(path):
    whole = io.BytesIO()
    Image.effect_noise((300, 300), 90).save(whole, "PNG")
    path.write_bytes(whole.getvalue()[:30_000])


def unpacking(path):
    """A small picture with a comment that unpacks to 300 megabytes."""
    whole = io.BytesIO()
    Image.new("RGB", (8, 8)).save(whole, "PNG")
    told = b"iTXtComment\0\1\0\0\0" + zlib.compress(bytes(300_000_000))
    chunk = len(told[4:]).to_bytes(4) + told + zlib.crc32(told).to_bytes(4)
    path.write_bytes(whole.getvalue()[:33] + chunk + whole.getvalue()[33:])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (bomb, "has too many pixels to be opened; scale it down"),
        (truncated, "is broken .*; export it again"),
        (unpacking, "is broken .*; export it again"),
    ],
)
def test_a_hostile_picture_is_told_and_no_decoder_of_ours_sees_it(blind, tmp_path, make, said):
    path = tmp_path / "bomb.png"
    make(path)
    blind()

    with pytest.raises(InputError, match=rf"bomb\.png {said}"):
        brought(path)


def test_a_whole_picture_is_measured_and_fitted_without_a_decoder_of_ours(blind, tmp_path):
    path = picture(tmp_path, (2400, 600))
    blind()

    done = brought(path)
    assert (2400, 600) == (done.asset.width, done.asset.height)
    assert done.made.startswith(b"\xff\xd8")


def test_a_picture_that_takes_more_memory_than_it_may_ends_alone(tmp_path):
    path = tmp_path / "large.png"
    Image.new("1", (9_000, 9_000)).save(path, "PNG")

    with pytest.raises(InputError, match=r"large\.png takes more memory or time than a whole file"):
        receive_confined(path, name="large.png", memory=400_000_000)


def test_a_picture_as_large_as_may_be_has_room(tmp_path):
    path = tmp_path / "large.png"
    Image.new("LA", (9_400, 9_400)).save(path, "PNG", compress_level=1)

    assert shown(brought(path), "instagram").width <= 2048


@pytest.fixture
def blind(monkeypatch):
    """From the call on, whatever would open or decode a picture in this process fails loudly."""

    def refuse(*_, **__):
        raise AssertionError("a stranger's file was opened in our own process")

    def begin():
        monkeypatch.setattr(Image, "open", refuse)
        monkeypatch.setattr(ImageFile.ImageFile, "load", refuse)
        monkeypatch.setattr(av, "open", refuse)

    return begin


def test_an_empty_file_is_told(tmp_path):
    (tmp_path / "a.jpg").touch()

    with pytest.raises(InputError, match=r"a\.jpg is empty"):
        brought(tmp_path / "a.jpg")
