"""Files are measured from their bytes: what they are, how large, and whether they are whole."""

import io
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from content.media.probing import probe
from domain.errors import InputError


def picture(kind="JPEG", size=(640, 480), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **options)
    return out.getvalue()


def clip(folder, kind="mp4", size=(320, 240), frames=30):
    path = folder / f"clip.{kind}"
    with av.open(str(path), "w", format=kind, options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(15))
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        noise = np.random.default_rng(1)
        for _ in range(frames):
            pixels = noise.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        container.mux(stream.encode())
    return path.read_bytes()


@pytest.fixture(scope="module")
def mp4(tmp_path_factory):
    return clip(tmp_path_factory.mktemp("clip"))


@pytest.mark.parametrize(
    ("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_a_picture_is_measured(kind, mime):
    content = picture(kind)
    file = probe(content, name="a.bin")

    assert (mime, 640, 480, len(content)) == (file.mime_type, file.width, file.height, file.bytes)
    assert file.seconds is None


def test_a_picture_that_stands_on_its_side_is_measured_upright():
    turned = Image.Exif()
    turned[0x0112] = 6

    file = probe(picture(exif=turned), name="phone.jpg")

    assert (480, 640) == (file.width, file.height)


def test_a_clip_is_measured(mp4):
    file = probe(mp4, name="clip.mp4")

    assert ("video/mp4", 320, 240) == (file.mime_type, file.width, file.height)
    assert ("h264", 15) == (file.codec, file.fps)
    assert file.seconds == pytest.approx(2.0, abs=0.1)


def test_a_clip_filmed_lying_is_measured_upright(mp4):
    """A telephone writes lying frames, and in the track's head by how much to turn them."""
    matrix = mp4.index(b"tkhd") + 44
    turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 240 << 16, 0, 1 << 30)

    file = probe(mp4[:matrix] + turned + mp4[matrix + 36 :], name="phone.mp4")

    assert (240, 320) == (file.width, file.height)


def test_a_quicktime_film_is_no_mp4(tmp_path):
    assert "video/quicktime" == probe(clip(tmp_path, "mov"), name="film.mov").mime_type


def test_a_cut_off_clip_is_told(mp4):
    with pytest.raises(InputError, match=r"clip\.mp4 .*(cut off|broken|can be read)"):
        probe(mp4[: len(mp4) * 2 // 3], name="clip.mp4")


def test_a_cut_off_picture_is_told():
    content = picture(size=(1200, 900))

    with pytest.raises(InputError, match=r"a\.jpg is broken"):
        probe(content[: len(content) // 2], name="a.jpg")


@pytest.mark.parametrize("kept", [16, 20])
def test_a_picture_of_which_only_the_head_came_is_told(kept):
    with pytest.raises(InputError, match=r"a\.png is broken .*export it again"):
        probe(picture("PNG")[:kept], name="a.png")


@pytest.mark.parametrize("content", [b"MZ\x90\x00" + b"\0" * 500, b"<html>no</html>", b"\0" * 9])
def test_what_is_neither_picture_nor_clip_is_told(content):
    with pytest.raises(InputError, match="neither a picture nor a clip"):
        probe(content, name="holiday.jpg")


def test_an_empty_file_is_told():
    with pytest.raises(InputError, match=r"a\.jpg is empty"):
        probe(b"", name="a.jpg")


def test_a_picture_bomb_is_not_opened():
    out = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(out, "PNG")

    with pytest.raises(InputError, match="too many pixels"):
        probe(out.getvalue(), name="bomb.png")
