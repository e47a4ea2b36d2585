"""Files from outside lose what they tell of place, device and people, and look as before."""

import io

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from content.media.anonymous import anonymous
from content.media.probing import probe
from tests.content.test_probing import clip

CAMERA, NORTH, EAST, WORDS = "Vroni's Hassel 9", (52, 31, 4), (13, 22, 39), b"Vroni at the spring"
PLANTED = (CAMERA.encode(), WORDS, b"+52.5177")
MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def tiles(seed=1):
    colours = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(np.kron(colours, np.ones((20, 20, 1), dtype=np.uint8)))


def exif(orientation=1):
    told = Image.Exif()
    told[0x0110], told[0x0112] = CAMERA, orientation
    told.get_ifd(0x8825).update({1: "N", 2: NORTH, 3: "E", 4: EAST})
    return told


def saved(kind, orientation=None, **options):
    told = {"exif": exif(orientation), "xmp": WORDS, "comment": WORDS} if orientation else {}
    out = io.BytesIO()
    tiles().save(out, kind, **(told | options))
    return out.getvalue()


def opened(content):
    return Image.open(io.BytesIO(content))


def planted(content):
    return [one for one in PLANTED if one in content]


KINDS = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("PNG", {}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
]


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_what_a_picture_tells_is_left_out_and_every_pixel_stays(kind, options):
    content = saved(kind, 1, icc_profile=PROFILE, **options)

    bare = anonymous(content, MIMES[kind])

    assert CAMERA.encode() in planted(content)
    assert ([], {}) == (planted(bare), dict(opened(bare).getexif()))
    assert np.array_equal(np.array(opened(content)), np.array(opened(bare)))
    assert PROFILE == opened(bare).info["icc_profile"]


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_a_picture_that_tells_nothing_stays_byte_by_byte(kind, options):
    content = anonymous(saved(kind, **options), MIMES[kind])
    assert content == anonymous(content, MIMES[kind])
    if kind != "WEBP":
        assert content == saved(kind, **options)


@pytest.mark.parametrize("kind", MIMES)
@pytest.mark.parametrize(("orientation", "move"), [(3, "ROTATE_180"), (6, "ROTATE_270")])
def test_a_picture_on_its_side_is_turned_upright(kind, orientation, move):
    bare = opened(anonymous(saved(kind, orientation), MIMES[kind]))

    meant = np.array(tiles().transpose(Image.Transpose[move]), dtype=int)
    assert meant.shape == np.array(bare.convert("RGB")).shape
    assert np.abs(meant - np.array(bare.convert("RGB"))).mean() < 10
    assert {} == dict(bare.getexif())


def test_a_second_picture_behind_the_first_is_cut_off():
    """Telephones keep a smaller picture, or a film, behind the end of the one that is seen."""
    content = saved("JPEG") + saved("JPEG", 1)
    assert saved("JPEG") == anonymous(content, "image/jpeg")


def test_a_picture_in_two_formats_at_once_is_one_picture():
    out = io.BytesIO()
    tiles().save(out, "MPO", exif=exif(6), save_all=True, append_images=[tiles(2)])
    bare = anonymous(out.getvalue(), probe(out.getvalue(), name="phone.jpg").mime_type)
    assert ("JPEG", (120, 160), []) == (opened(bare).format, opened(bare).size, planted(bare))


def test_a_gif_keeps_its_frames_and_its_turns():
    out = io.BytesIO()
    frames = [tiles(number).quantize() for number in range(3)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], loop=2, comment=WORDS)
    bare = opened(anonymous(out.getvalue(), "image/gif"))

    assert [WORDS] == planted(out.getvalue())
    assert ([], 3, 2) == (planted(bare.fp.getvalue()), bare.n_frames, bare.info["loop"])
    for number, frame in enumerate(frames):
        bare.seek(number)
        assert np.array_equal(np.array(frame.convert("RGB")), np.array(bare.convert("RGB")))


def test_a_tiff_is_written_anew():
    content = saved("TIFF", exif=exif(6), description=WORDS.decode())
    bare = anonymous(content, "image/tiff")
    assert ([], (120, 160)) == (planted(bare), opened(bare).size)
    assert len(planted(content)) == 2


@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_a_clip_loses_its_place_and_plays_as_before(tmp_path, kind):
    content = told_clip(clip(tmp_path, kind), tmp_path, kind)
    mime = probe(content, name="clip").mime_type

    bare = anonymous(content, mime)

    assert {b"+52.5177", WORDS} == set(planted(content))
    assert ([], len(content)) == (planted(bare), len(bare))
    assert frames_of(content) == frames_of(bare)
    assert (320, 240) == (probe(bare, name="clip").width, probe(bare, name="clip").height)


def told_clip(content, folder, kind):
    path = folder / f"told.{kind}"
    with (
        av.open(io.BytesIO(content)) as source,
        av.open(str(path), "w", format=kind, options={"movflags": "use_metadata_tags"}) as told,
    ):
        told.metadata.update({"location": "+52.5177+013.3777/", "comment": WORDS.decode()})
        stream = told.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                told.mux(packet)
    return path.read_bytes()


def frames_of(content):
    with av.open(io.BytesIO(content)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


def test_a_bmp_has_nothing_to_tell():
    content = saved("BMP")
    assert content == anonymous(content, "image/bmp")
