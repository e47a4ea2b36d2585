"""How far a JPEG may be pressed: until what is left is less like the picture than we allow."""

import io
from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from domain.errors import InputError

LIKE_ENOUGH = 0.985
"""Structural similarity (SSIM) with the picture, 1 being the same; below, edges begin to fray."""
LADDER = (62, 72, 80, 86, 91, 95)
WORST = 35
"""The lowest quality that is tried where a platform takes only so many bytes."""
_BLOCK = 8
_ROW = 64
"""Blocks in a row where they lie side by side."""
_FLAT = 8
_SMALL = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def pressed(image: Image.Image, *, most_bytes: float | None = None, name: str = "it") -> bytes:
    """The picture as the lightest JPEG that is like enough, or the best that fits `most_bytes`.

    Raises:
        InputError: it is too heavy at any quality; scale it down.
    """
    content = _lightest(image.convert("RGB"))
    if most_bytes is None or len(content) <= most_bytes:
        return content
    for quality in range(LADDER[0], WORST - 1, -9):
        content = _jpeg(image, quality)
        if len(content) <= most_bytes:
            return content
    raise InputError(
        f"{name} is {len(content):,} bytes at the lowest quality, at most {most_bytes:,.0f} are "
        "taken; scale it down"
    )


def likeness(one: Image.Image, other: Image.Image) -> float:
    """The mean structural similarity of two pictures of one size, by blocks of 8 pixels (SSIM).

    Blocks of one flat colour are left out: every quality keeps them, and a card has little else.
    Wang, Bovik, Sheikh, Simoncelli: Image quality assessment, IEEE TIP 13 (2004), on the luma,
    with uniform blocks that do not overlap.
    """
    meant, seen = _blocks(one), _blocks(other)
    busy = _busy(meant)
    return _similarity(meant[busy], seen[busy])


def _lightest(image: Image.Image) -> bytes:
    """The picture at the lowest quality of the ladder that is like enough, or at the ladder's best.

    A JPEG loses in each block what it would lose there alone. So the qualities are tried on the
    luma of the busy blocks, side by side, and the picture itself is pressed but once.
    """
    blocks = _blocks(image)
    meant = blocks[_busy(blocks)]
    if not len(meant):  # smaller than a block
        return _jpeg(image, LADDER[-1])
    luma = _side_by_side(meant)

    def is_like(quality: int) -> bool:
        with Image.open(io.BytesIO(_jpeg(luma, quality))) as seen:
            left = _blocks(seen).reshape(-1, _BLOCK, _BLOCK)[: len(meant)]
        return _similarity(meant, left) >= LIKE_ENOUGH

    return _jpeg(image, LADDER[bisect_left(LADDER[:-1], True, key=is_like)])


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    # words in colour fray where the colours are halved in width
    image.save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


Pixels = NDArray[np.uint8]


def _blocks(image: Image.Image) -> Pixels:
    """The luma by rows and columns of blocks; a rim narrower than a block is cut."""
    luma = np.asarray(image.convert("L"))
    rows, columns = (length // _BLOCK for length in luma.shape)
    cut = luma[: rows * _BLOCK, : columns * _BLOCK]
    return cut.reshape(rows, _BLOCK, columns, _BLOCK).transpose(0, 2, 1, 3)


def _busy(blocks: Pixels) -> NDArray[np.bool_]:
    """Which blocks are not of one flat colour; all where all are."""
    lightest, darkest = blocks.max(axis=2).max(axis=2), blocks.min(axis=2).min(axis=2)
    busy: NDArray[np.bool_] = lightest - darkest > _FLAT
    return busy if busy.any() else ~busy


def _side_by_side(blocks: Pixels) -> Image.Image:
    """A picture of a list of blocks; its last row is filled up with the first of them."""
    rows = -(-len(blocks) // _ROW)
    filled = np.resize(blocks, (rows, _ROW, _BLOCK, _BLOCK)).transpose(0, 2, 1, 3)
    return Image.fromarray(filled.reshape(rows * _BLOCK, _ROW * _BLOCK))


def _similarity(one: Pixels, other: Pixels) -> float:
    """The mean similarity of two lists of blocks."""
    a, b = (each.reshape(len(each), -1).astype(np.float32) for each in (one, other))
    mean_a, mean_b = a.mean(axis=1), b.mean(axis=1)
    a -= mean_a[:, None]
    b -= mean_b[:, None]
    both, var_a, var_b = ((x * y).mean(axis=1) for x, y in ((a, b), (a, a), (b, b)))
    light, form = _SMALL
    upper = (2 * mean_a * mean_b + light) * (2 * both + form)
    lower = (mean_a * mean_a + mean_b * mean_b + light) * (var_a + var_b + form)
    return float((upper / lower).mean())
