"""Motion: cards that are written line by line, as the frames of a clip."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Planes = NDArray[np.uint8]
"""One picture as YUV 4:2:0, the three planes below each other: 1.5 times its height."""
REVEAL, STAGGER, LEAVE = 0.42, 0.09, 0.2
"""Seconds: in which a line is written, after which the next begins, in which all leave."""
_FORMAT = "yuv420p"
_GAP = 3
"""Rows without a mark that part two lines."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One scene in pixels: the card as it is when all is written, and how long it is seen."""

    card: Image.Image
    seconds: float
    from_right: bool = False


@dataclass(frozen=True, slots=True)
class _Band:
    """A line of a card: the rows and columns in which it differs from the bare ground."""

    top: int
    foot: int
    left: int
    right: int


def frames(ground: Image.Image, shots: Sequence[Shot], *, fps: int) -> Iterator[av.VideoFrame]:
    """Every frame of the clip; one that is seen again is the same object, with nothing copied."""
    bare = planes_of(ground)
    picture = bare.copy()
    for number, shot in enumerate(shots):
        # the first card stands there at once: whoever scrolls by sees what it is about
        written = number == 0
        is_last = number == len(shots) - 1
        yield from _scene(picture, bare, shot, fps=fps, written=written, is_last=is_last)


def planes_of(image: Image.Image) -> Planes:
    """The picture as a coder wants it, by the colours of high definition (BT.709)."""
    frame = av.VideoFrame.from_image(image)
    turned = frame.reformat(
        format=_FORMAT, dst_colorspace="ITU709", src_color_range="JPEG", dst_color_range="MPEG"
    )
    return turned.to_ndarray()


def _scene(
    picture: Planes, bare: Planes, shot: Shot, *, fps: int, written: bool, is_last: bool
) -> Iterator[av.VideoFrame]:
    card = planes_of(shot.card)
    bands = _bands(card, bare)
    count = round(shot.seconds * fps)
    leaving = 0 if is_last else round(LEAVE * fps)
    shown = [1000 if written else 0] * len(bands)
    if written:
        picture[:] = card
    frame: av.VideoFrame | None = None
    for number in range(count):
        now = number / fps
        changed = False
        for at, band in enumerate(bands):
            share = 1.0 if written else _eased((now + 1 / fps - at * STAGGER) / REVEAL)
            if number >= count - leaving:
                # what was written is wiped away from where it began
                share = _eased((number - count + leaving + 1) / max(leaving, 1))
                changed |= _copy(picture, bare, band, 0, share, shot.from_right)
            elif (until := round(share * 1000)) != shown[at]:
                # up to the very share from which the next step goes on, or a column is left out
                _copy(picture, card, band, shown[at] / 1000, until / 1000, shot.from_right)
                shown[at], changed = until, True
        if changed or frame is None:
            frame = av.VideoFrame.from_ndarray(picture, format=_FORMAT)
        yield frame


def _bands(card: Planes, bare: Planes) -> list[_Band]:
    height = card.shape[0] * 2 // 3
    differs = card[:height] != bare[:height]
    rows = np.flatnonzero(differs.any(axis=1))
    if not rows.size:
        return []
    breaks = np.flatnonzero(np.diff(rows) > _GAP)
    starts = [int(rows[0]), *(int(rows[at + 1]) for at in breaks)]
    ends = [*(int(rows[at]) for at in breaks), int(rows[-1])]
    found = []
    for top, foot in zip(starts, ends, strict=True):
        columns = np.flatnonzero(differs[top : foot + 1].any(axis=0))
        # even edges: a sample of colour stands for two by two pixels
        left, right = int(columns[0]) // 2 * 2, (int(columns[-1]) // 2 + 1) * 2
        found.append(_Band(top // 2 * 2, (foot // 2 + 1) * 2, left, right))
    return [_Band(b.top, min(b.foot, n.top), b.left, b.right) for b, n in pairwise(found)] + [
        found[-1]
    ]


def _copy(
    target: Planes, source: Planes, band: _Band, start: float, stop: float, from_right: bool
) -> bool:
    """Copy a stretch of a band, from one share of its width to another; whether there was any."""
    wide = band.right - band.left
    first, last = (round(wide * share / 2) * 2 for share in (start, stop))
    if last <= first:
        return False
    left, right = band.left + first, band.left + last
    if from_right:
        left, right = band.right - last, band.right - first
    height = target.shape[0] * 2 // 3
    width = target.shape[1]
    target[band.top : band.foot, left:right] = source[band.top : band.foot, left:right]
    for plane in range(2):
        start_at, quarter = height + plane * height // 4, height // 4
        into, out = (
            one[start_at : start_at + quarter].reshape(height // 2, width // 2)
            for one in (target, source)
        )
        rows, columns = slice(band.top // 2, band.foot // 2), slice(left // 2, right // 2)
        into[rows, columns] = out[rows, columns]
    return True


def _eased(share: float) -> float:
    """Quick at first, slow at the end (cubic)."""
    left = 1 - min(max(share, 0.0), 1.0)
    return 1 - left * left * left
