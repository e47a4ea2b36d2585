r"""The words of texts, found and hashed on whole arrays of bytes: `[#@]?\w+|[^\w\s]`."""

import zlib
from functools import cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]

_SPACE, _LETTER, _SIGN, _TAG = range(4)
_COMMON = 0x800
_LONGEST = 48
"""Words of more bytes are hashed one by one."""

_SIZES = ((2, 0xC0, 0x1F), (3, 0xE0, 0x0F), (4, 0xF0, 0x07))
"""Bytes of a character in UTF-8, what the first of them begins at, and its bits that count."""


def read_words(texts: pl.Series) -> tuple[NDArray[np.int64], Hashes]:
    """How many words each text has, and the CRC-32 of each word in turn.

    A word is a run of letters, digits and the like in any script, with the # or @ before it, or
    any other character that is no white space.
    """
    if not len(texts):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    whole = texts.str.join("\n").cast(pl.Binary).item() + b"\n"
    content, kinds = np.frombuffer(whole, dtype=np.uint8), _kinds(whole)
    starts = _starts(content, kinds)
    sizes = texts.str.len_bytes().to_numpy().astype(np.int64) + 1
    counts = np.add.reduceat(starts, np.cumsum(sizes) - sizes, dtype=np.int64)
    # what is no white space is part of a word, which ends before white space or another word
    held = kinds != _SPACE
    ends = held.copy()
    ends[:-1] &= starts[1:] | ~held[1:]
    return counts, _hashed(content * held, np.flatnonzero(starts), np.flatnonzero(ends) + 1)


def _starts(content: Bytes, kinds: Bytes) -> NDArray[np.bool_]:
    """Where words begin."""
    letter = kinds == _LETTER
    starts = np.asarray((kinds >= _SIGN) & (content & 0xC0 != 0x80))
    starts[0] |= letter[0]
    starts[1:] |= letter[1:] & ~letter[:-1] & (kinds[:-1] != _TAG)
    return starts


def _hashed(content: Bytes, begins: Places, ends: Places) -> Hashes:
    """The CRC-32 of each word; between words there are zeros.

    A CRC is linear: that of a word is that of as many zeros, and what each byte adds to it by
    its distance from the end. A zero adds nothing.
    """
    if not len(begins):
        return np.zeros(0, dtype=np.uint64)
    first, sizes = begins[0], ends - begins
    added, zeros = _tables()
    # four bytes a place: there are as many of them as bytes of text
    place = np.repeat((ends - 1).astype(np.int32), np.diff(begins, append=len(content)))
    place -= np.arange(first, len(content), dtype=np.int32)
    np.clip(place, 0, _LONGEST - 1, out=place)
    place *= 256
    place += content[first:]
    found = np.bitwise_xor.reduceat(added.take(place), begins - first)
    found ^= zeros[np.minimum(sizes, _LONGEST)]
    for word in np.flatnonzero(sizes > _LONGEST):
        found[word] = zlib.crc32(content[begins[word] : ends[word]].tobytes())
    return found.astype(np.uint64)


@cache
def _tables() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """By distance and byte what is added, and the CRC-32 of so many zeros."""
    zeros = [zlib.crc32(bytes(size)) for size in range(_LONGEST + 1)]
    added = [
        zlib.crc32(bytes([byte]) + bytes(after)) ^ zeros[after + 1]
        for after in range(_LONGEST)
        for byte in range(256)
    ]
    return np.array(added, dtype=np.uint32), np.array(zeros, dtype=np.uint32)


def _kinds(whole: bytes) -> Bytes:
    """What kind of character each byte is part of."""
    content = np.frombuffer(whole, dtype=np.uint8)
    # bytes of longer characters are set below
    kinds = np.frombuffer(bytearray(whole.translate(_common()[:256].tobytes())), dtype=np.uint8)
    for size, first, bits in _SIZES:
        at = np.flatnonzero((content >= first) & (content <= first + bits))
        if not len(at):
            continue
        points = (content[at] & bits).astype(np.int64)
        for place in range(1, size):
            points = points << 6 | content[at + place] & 0x3F
        kind = _common()[points] if size == 2 else _told_each(points)
        for place in range(size):
            kinds[at + place] = kind
    return kinds


@cache
def _common() -> Bytes:
    """The kinds of the code points that take one byte or two."""
    return _told(np.arange(_COMMON))


def _told_each(points: NDArray[np.int64]) -> Bytes:
    distinct, which = np.unique(points, return_inverse=True)
    return _told(distinct)[which]


def _told(points: NDArray[np.int64]) -> Bytes:
    """The kind of each code point, as regular expressions see it."""
    signs = pl.Series([chr(point) for point in points], dtype=pl.String)
    kinds = np.full(len(points), _SIGN, dtype=np.uint8)
    for pattern, kind in ((r"\w", _LETTER), (r"\s", _SPACE), ("[#@]", _TAG)):
        kinds[signs.str.contains(pattern).to_numpy()] = kind
    return kinds
