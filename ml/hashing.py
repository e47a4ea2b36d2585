"""Texts as counts in hashed columns, computed on whole arrays of code points."""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

Texts = Sequence[str] | pl.Series
Hashes = NDArray[np.uint64]
Found = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Rows and columns of what occurs."""

BUCKETS = 2**17
_WORD = r"[#@]?\w+|[^\w\s]"
_CHUNK = 5_000
_RUN = 3
_SPACE = ord(" ")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)


def hash_texts(texts: Texts) -> sparse.csr_matrix:
    """One row per text: its words, word pairs and letters in threes.

    What occurs twice stands in the row twice: a product with the row adds both. Words fall into
    the first half of the columns, letters (within words, the edges marked) into the second.
    Hashing learns no vocabulary, so a script or word never seen before needs no special case; the
    columns of a text are the same on every machine and in every release.
    """
    blocks = [
        _counts([*_words(lowered), _letters(lowered)], len(lowered), 2 * BUCKETS)
        for lowered in _parts(texts)
    ]
    return sparse.vstack(blocks, format="csr")


def hash_words(texts: Texts) -> sparse.csr_matrix:
    """The same for words and word pairs alone."""
    blocks = [_counts(_words(lowered), len(lowered), BUCKETS) for lowered in _parts(texts)]
    return sparse.vstack(blocks, format="csr")


def _parts(texts: Texts) -> Iterator[pl.Series]:
    """The texts in lower case, so many at a time as keep their arrays small; at least one part."""
    lowered = pl.Series("text", texts, dtype=pl.String).str.to_lowercase()
    return (lowered[start : start + _CHUNK] for start in range(0, max(len(texts), 1), _CHUNK))


def _words(lowered: pl.Series) -> list[Found]:
    """Row and column of every word and of every pair of neighbouring words."""
    words = lowered.to_frame().with_row_index("row").select(
        pl.col("row").cast(pl.Int32), pl.col("text").str.extract_all(_WORD)
    ).explode("text").drop_nulls()  # fmt: skip
    spelled = words["text"].unique()
    crc = pl.Series("crc", [zlib.crc32(word.encode()) for word in spelled], dtype=pl.UInt64)
    known = pl.DataFrame([spelled, crc])
    hashes = words.join(known, on="text", how="left", maintain_order="left")["crc"].to_numpy()
    rows = words["row"].to_numpy()
    neighbours = rows[1:] == rows[:-1]
    pairs = (hashes[:-1] * _STEP + hashes[1:] + np.uint64(1))[neighbours]
    return [(rows, _column(hashes)), (rows[1:][neighbours], _column(pairs))]


def _letters(lowered: pl.Series) -> Found:
    """Row and column of every run of three letters that crosses no space."""
    spaced = " " + lowered.str.replace_all(r"\s+", " ") + " "
    points = np.frombuffer("".join(spaced).encode("utf-32-le"), dtype=np.uint32)
    rows = np.repeat(np.arange(len(spaced), dtype=np.int32), spaced.str.len_chars())
    last = max(0, len(points) - _RUN + 1)
    whole = (rows[:last] == rows[_RUN - 1 :][:last]) & (points[1:][:last] != _SPACE)
    mixed = np.full(last, _RUN, dtype=np.uint64)
    for place in range(_RUN):
        mixed *= _STEP
        mixed += points[place:][:last]
    return rows[:last][whole], _column(mixed)[whole] + BUCKETS


def _column(hashes: Hashes) -> NDArray[np.int32]:
    return ((hashes * _MIX) >> np.uint64(64 - 17)).astype(np.int32)


def _counts(found: list[Found], height: int, width: int) -> sparse.csr_matrix:
    rows, columns = (np.concatenate(each) for each in zip(*found, strict=True))
    # each part is in the order of rows already, which a stable sort takes little time to merge
    order = np.argsort(rows, kind="stable")
    ends = np.zeros(height + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=height), out=ends[1:])
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_matrix((ones, columns[order], ends), shape=(height, width))
