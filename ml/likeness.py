"""What an account's earlier posts with similar words brought."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.hashing import BUCKETS, hash_words

Floats = NDArray[np.float32]

LIKENESS = ("alike_y", "alike_y_broad", "alike_near")

_BLOCK = 256
_REACH = 2 * _BLOCK
"""How many of an account's posts before a block are compared with those in it."""

_WIDTH = 256
_CHANCE = 0.1
_EARLIER = np.tri(_BLOCK, k=-1, dtype=np.float32)
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
    counts, begin = hash_words(texts), 0
    for rows in needed:
        end = begin + rows.stop - rows.start
        ends = counts.indptr[begin : end + 1]
        found[rows] = _account(counts.indices, ends, y[rows], known[rows], wanted[rows])
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
    columns: NDArray[np.int32],
    ends: NDArray[np.int32],
    y: Floats,
    known: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
) -> Floats:
    """From the columns of all posts in a row, and where each post's begin and end."""
    posts = len(y)
    found = np.zeros((posts, len(LIKENESS)), dtype=np.float32)
    for start in range(0, posts, _BLOCK):
        end, first = min(posts, start + _BLOCK), max(0, start - _REACH)
        if not wanted[start:end].any():
            continue
        vectors = _vectors(columns, ends[first : end + 1], start - first)
        alike = vectors[start - first :] @ vectors.T
        alike -= _CHANCE
        np.maximum(alike, 0, out=alike)
        alike[:, ~known[first:end]] = 0
        alike[:, start - first :] *= _EARLIER[: end - start, : end - start]
        found[start:end] = _means(alike, y[first:end])
    return found


def _vectors(columns: NDArray[np.int32], ends: NDArray[np.int32], earlier: int) -> Floats:
    """Unit rows: each column adds itself, with its sign, to one of 256 places.

    What is rare in the `earlier` first posts weighs more.
    """
    posts, own = len(ends) - 1, columns[ends[0] : ends[-1]]
    seen = np.bincount(columns[ends[0] : ends[earlier]], minlength=BUCKETS)
    rarity = np.log((1 + earlier) / (1 + seen[own])) + 1
    places = np.repeat(np.arange(posts) * _WIDTH, np.diff(ends)) + own % _WIDTH
    folded = np.bincount(places, rarity * _SIGN[own], minlength=posts * _WIDTH)
    table = folded.reshape(posts, _WIDTH).astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", table, table))
    table /= np.maximum(lengths, 1e-9)[:, None]
    return table


def _means(alike: Floats, y: Floats) -> Floats:
    near = alike.max(axis=1, initial=0.0)
    both = np.column_stack([y, np.ones_like(y)])
    broad = alike * alike
    alike *= broad
    (narrow_sum, narrow), (broad_sum, wide) = (alike @ both).T, (broad @ both).T
    return np.column_stack([narrow_sum / (narrow + 0.02), broad_sum / (wide + 1e-4), near])
