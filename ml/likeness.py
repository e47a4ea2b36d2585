"""What an account's earlier posts with similar words brought."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from ml.hashing import BUCKETS, hash_words

Floats = NDArray[np.float32]

LIKENESS = ("alike_y", "alike_y_broad", "alike_near")

_BLOCK = 256
_REACH = 2 * _BLOCK
"""How many of an account's posts before a block are compared with those in it."""

_WIDTH = 256
_CHANCE = 0.1
_SIGN = np.where(np.random.default_rng(0).random(BUCKETS) < 0.5, -1.0, 1.0).astype(np.float32)


def likeness(posts: pl.DataFrame, asked: pl.Series) -> list[pl.Series]:
    """The columns of LIKENESS for rows of `prepare_posts`; 0 where `asked` is false.

    Each post is compared with some 500 earlier ones of its account by the cosine of their TF-IDF
    words, folded to 256 dimensions; rare words are those that are rare among these. `alike_y` is
    the mean y of these, weighted by the cube of the likeness and shrunk to 0, `alike_y_broad` by
    its square, and `alike_near` how near the nearest is.
    """
    found = np.zeros((posts.height, len(LIKENESS)), dtype=np.float32)
    wanted = (asked & (posts["text"] != "")).to_numpy()
    y = posts["y"].cast(pl.Float32).fill_null(0.0).to_numpy()
    known = posts["y"].is_not_null().to_numpy()
    needed = [
        slice(begin + _first_compared(wanted[begin : begin + size]), begin + size)
        for begin, size in _accounts(posts)
    ]
    texts = pl.concat([posts["text"].head(0), *(posts["text"][rows] for rows in needed)])
    counts, begin = hash_words(texts.to_list()), 0
    for rows in needed:
        end = begin + rows.stop - rows.start
        found[rows] = _account(counts[begin:end], y[rows], known[rows], wanted[rows])
        begin = end
    found[~wanted] = 0.0
    return [pl.Series(name, found[:, place]) for place, name in enumerate(LIKENESS)]


def _accounts(posts: pl.DataFrame) -> Iterator[tuple[int, int]]:
    """Where each account's rows begin, and how many they are."""
    begin = 0
    for size in posts.group_by("account", maintain_order=True).len()["len"]:
        yield begin, size
        begin += size


def _first_compared(wanted: NDArray[np.bool_]) -> int:
    """The first row that is needed; blocks lie alike whatever is asked."""
    if not wanted.any():
        return len(wanted)
    block = int(wanted.argmax()) // _BLOCK * _BLOCK
    return max(0, block - _REACH)


def _account(
    counts: sparse.csr_matrix, y: Floats, known: NDArray[np.bool_], wanted: NDArray[np.bool_]
) -> Floats:
    found = np.zeros((counts.shape[0], len(LIKENESS)), dtype=np.float32)
    for start in range(0, counts.shape[0], _BLOCK):
        end, first = min(counts.shape[0], start + _BLOCK), max(0, start - _REACH)
        if not wanted[start:end].any():
            continue
        seen = np.bincount(counts[first:start].indices, minlength=BUCKETS)
        vectors = _vectors(counts[first:end], seen, start - first)
        alike = vectors[start - first :] @ vectors.T
        earlier = np.arange(first, end)[None, :] < np.arange(start, end)[:, None]
        alike = np.where(earlier & known[None, first:end], np.clip(alike - _CHANCE, 0, None), 0)
        found[start:end] = _means(alike, y[first:end])
    return found


def _vectors(counts: sparse.csr_matrix, seen: NDArray[np.int64], posts: int) -> Floats:
    """Unit rows: each column adds itself, with its sign, to one of 256 places.

    `seen` says how often each column stands in so many posts: what is rare there weighs more.
    """
    rarity = np.log((1 + posts) / (1 + seen[counts.indices])) + 1
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    weights = counts.data * rarity * _SIGN[counts.indices]
    places = rows * _WIDTH + counts.indices % _WIDTH
    folded = np.bincount(places, weights, minlength=counts.shape[0] * _WIDTH)
    table = folded.reshape(counts.shape[0], _WIDTH).astype(np.float32)
    lengths = np.sqrt((table**2).sum(axis=1, keepdims=True))
    return np.asarray(table / np.maximum(lengths, 1e-9))


def _means(alike: Floats, y: Floats) -> Floats:
    broad = alike * alike
    narrow = broad * alike
    return np.column_stack(
        [
            narrow @ y / (narrow.sum(axis=1) + 0.02),
            broad @ y / (broad.sum(axis=1) + 1e-4),
            alike.max(axis=1, initial=0.0),
        ]
    )
