"""How far a JPEG may be pressed: until what is left is less like the picture than we allow."""

import io
from functools import cache

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
    return _similarity(_blocks(one), _blocks(other))


def _lightest(image: Image.Image) -> bytes:
    meant = _blocks(image)

    @cache
    def tried(quality: int) -> tuple[bytes, float]:
        content = _jpeg(image, quality)
        with Image.open(io.BytesIO(content)) as seen:
            seen.draft("L", None)
            return content, _similarity(meant, _blocks(seen))

    low, high = 0, len(LADDER) - 1
    while low < high:
        middle = (low + high) // 2
        if tried(LADDER[middle])[1] >= LIKE_ENOUGH:
            high = middle
        else:
            low = middle + 1
    return tried(LADDER[low])[0]


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    # words in colour fray where the colours are halved in width
    image.save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


Pixels = NDArray[np.float32]


def _blocks(image: Image.Image) -> Pixels:
    """The luma by blocks, a row each; a rim narrower than a block is cut."""
    luma = np.asarray(image.convert("L"))
    rows, columns = (length // _BLOCK for length in luma.shape)
    cut = luma[: rows * _BLOCK, : columns * _BLOCK]
    turned = cut.reshape(rows, _BLOCK, columns, _BLOCK).transpose(0, 2, 1, 3)
    return turned.reshape(rows * columns, _BLOCK * _BLOCK)


def _similarity(one: Pixels, other: Pixels) -> float:
    busy = one.max(axis=1) - one.min(axis=1) > _FLAT
    if not busy.any():
        busy[:] = True
    a, b = one[busy].astype(np.float32), other[busy].astype(np.float32)
    mean_a, mean_b = a.mean(axis=1), b.mean(axis=1)
    a -= mean_a[:, None]
    b -= mean_b[:, None]
    both, var_a, var_b = ((x * y).mean(axis=1) for x, y in ((a, b), (a, a), (b, b)))
    light, form = _SMALL
    upper = (2 * mean_a * mean_b + light) * (2 * both + form)
    lower = (mean_a * mean_a + mean_b * mean_b + light) * (var_a + var_b + form)
    return float((upper / lower).mean())
