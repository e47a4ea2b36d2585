"""Texts as counts in hashed columns, computed on whole arrays of bytes and code points."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from ml.words import Hashes, read_words

Texts = Sequence[str] | pl.Series
Columns = NDArray[np.int32]
Found = tuple[NDArray[np.int64], Columns]
"""How many columns fire in each row, and which."""

BUCKETS = 2**17
_CHUNK = 2_500
_RUN = np.uint64(3)
_SPACE = ord(" ")
_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)


@dataclass(frozen=True, slots=True)
class Wording:
    """Texts that were read once: in lower case, and the counts of their words."""

    lowered: pl.Series
    words: sparse.csr_matrix

    @classmethod
    def of(cls, texts: Texts) -> "Wording":
        """Words and word pairs, each in one of the BUCKETS columns of its text's row."""
        lowered = pl.Series("text", texts, dtype=pl.String).fill_null("").str.to_lowercase()
        found = _joined(_word_columns(part) for part in _parts(lowered))
        return cls(lowered, _ones(*found, width=BUCKETS))

    def at(self, rows: NDArray[np.bool_]) -> "Wording":
        """That of the texts where `rows` is true."""
        return Wording(self.lowered.filter(pl.Series(rows)), self.words[np.flatnonzero(rows)])

    def counts(self) -> sparse.csr_matrix:
        """The rows of `hash_texts`."""
        letters, columns = _joined(_letter_columns(part) for part in _parts(self.lowered))
        each = np.column_stack([np.diff(self.words.indptr), letters])
        from_words = np.repeat(np.tile([True, False], len(each)), each.ravel())
        both = np.empty(len(from_words), dtype=np.int32)
        both[from_words], both[~from_words] = self.words.indices, columns + BUCKETS
        return _ones(each.sum(axis=1), both, width=2 * BUCKETS)


def hash_texts(texts: Texts) -> sparse.csr_matrix:
    """One row per text: its words, word pairs and letters in threes.

    What occurs twice stands in the row twice: a product with the row adds both. Words fall into
    the first half of the columns, letters (within words, the edges marked) into the second.
    Hashing learns no vocabulary, so a script or word never seen before needs no special case; the
    columns of a text are the same on every machine and in every release.
    """
    return Wording.of(texts).counts()


def hash_words(texts: Texts) -> sparse.csr_matrix:
    """The same for words and word pairs alone."""
    return Wording.of(texts).words


def _parts(lowered: pl.Series) -> Iterator[pl.Series]:
    """So many texts at a time as keep their arrays small; at least one part."""
    return (lowered[start : start + _CHUNK] for start in range(0, max(len(lowered), 1), _CHUNK))


def _word_columns(lowered: pl.Series) -> Found:
    """Of each text its words, then its pairs of neighbouring words."""
    words, hashes = read_words(lowered)
    ends, pairs = np.cumsum(words), np.maximum(words - 1, 0)
    neighbours = np.ones(max(len(hashes) - 1, 0), dtype=bool)
    neighbours[ends[(ends > 0) & (ends < len(hashes))] - 1] = False
    both = (hashes[:-1] * _STEP + hashes[1:] + np.uint64(1))[neighbours]
    columns = np.empty(len(hashes) + len(both), dtype=np.int32)
    columns[np.arange(len(hashes)) + np.repeat(np.cumsum(pairs) - pairs, words)] = _column(hashes)
    columns[np.arange(len(both)) + np.repeat(ends, pairs)] = _column(both)
    return words + pairs, columns


def _letter_columns(lowered: pl.Series) -> Found:
    """Of each text the runs of three letters that cross no space."""
    spaced = lowered.str.replace_all(r"[\s--\x20]", " ")
    whole = " " + (spaced.str.join(" ").item() or "") + " "
    points = np.frombuffer(whole.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    # a run over the edge of a text has a space in its middle, as one over the edge of a word has
    inside = points[1:] != _SPACE
    sizes = spaced.str.len_chars().to_numpy().astype(np.int64) + 1
    mixed = points[:-2] + _RUN * _STEP
    for place in (1, 2):
        mixed *= _STEP
        mixed += points[place : place - 2 or None]
    if not len(sizes):
        return sizes, np.zeros(0, dtype=np.int32)
    counts = np.add.reduceat(inside, np.cumsum(sizes) - sizes, dtype=np.int64)
    return counts, _column(mixed[inside[:-1]])


def _column(hashes: Hashes) -> Columns:
    return ((hashes * _MIX) >> np.uint64(64 - 17)).astype(np.int32)


def _joined(found: Iterator[Found]) -> Found:
    each, columns = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return each, columns


def _ones(each: NDArray[np.int64], columns: Columns, *, width: int) -> sparse.csr_matrix:
    """Rows in which so many `columns` fire `each`."""
    ends = np.zeros(len(each) + 1, dtype=np.int32)
    np.cumsum(each, out=ends[1:])
    ones = np.ones(len(columns), dtype=np.float32)
    return sparse.csr_matrix((ones, columns, ends), shape=(len(each), width))
