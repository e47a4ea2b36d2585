"""What an account's earlier posts with similar words brought."""

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.hashing import BUCKETS, Wording

Floats = NDArray[np.float32]

LIKENESS = ("alike_y", "alike_y_broad", "alike_near")

BLOCK = 256
REACH = 2 * BLOCK
"""How many of an account's posts before a block are compared with those in it."""

_WIDTH = 256
"""A power of two."""

_CHANCE = 0.1
_EARLIER = np.tri(BLOCK, k=-1, dtype=np.float32)
_SIGN = np.where(np.random.default_rng(0).random(BUCKETS) < 0.5, -1.0, 1.0).astype(np.float32)


def likeness(posts: pl.DataFrame, asked: pl.Series) -> tuple[list[pl.Series], Wording]:
    """The columns of LIKENESS for rows of `prepare_posts`, and the wording of those asked for.

    The columns are 0 where `asked` is false.

    Each post is compared with some 500 earlier ones of its account by the cosine of their TF-IDF
    words, folded to 256 dimensions; rare words are those that are rare among these. `alike_y` is
    the mean y of these, weighted by the cube of the likeness and shrunk to 0, `alike_y_broad` by
    its square, and `alike_near` how near the nearest is.
    """
    found = np.zeros((posts.height, len(LIKENESS)), dtype=np.float32)
    asks, wanted = asked.to_numpy(), (asked & (posts["text"] != "")).to_numpy()
    y = posts["y"].cast(pl.Float32).fill_null(0.0).to_numpy()
    known = posts["y"].is_not_null().to_numpy()
    needed = [
        slice(begin + first_compared(asks[begin : begin + size]), begin + size)
        for begin, size in accounts(posts)
    ]
    texts = pl.concat([posts["text"].head(0), *(posts["text"][rows] for rows in needed)])
    wording, begin = Wording.of(texts), 0
    counts = wording.words
    for rows in needed:
        end = begin + rows.stop - rows.start
        ends = counts.indptr[begin : end + 1]
        own = counts.indices[ends[0] : ends[-1]]
        found[rows] = _account(own, ends - ends[0], y[rows], known[rows], wanted[rows])
        begin = end
    found[~wanted] = 0.0
    columns = [pl.Series(name, found[:, place]) for place, name in enumerate(LIKENESS)]
    return columns, wording.at(np.concatenate([asks[:0], *(asks[rows] for rows in needed)]))


def accounts(posts: pl.DataFrame) -> Iterator[tuple[int, int]]:
    """Where each account's rows begin, and how many they are."""
    begin = 0
    for size in posts.group_by("account", maintain_order=True).len()["len"]:
        yield begin, size
        begin += size


def first_compared(asks: NDArray[np.bool_]) -> int:
    """The first row that is needed; blocks lie alike whatever is asked."""
    if not asks.any():
        return len(asks)
    block = int(asks.argmax()) // BLOCK * BLOCK
    return max(0, block - REACH)


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
    # each column adds itself, with its sign, to one of the places of its row
    places = np.repeat(np.arange(posts) * _WIDTH, np.diff(ends)) + (columns & _WIDTH - 1)
    signs = _SIGN[columns]
    room = memory()
    for start in range(0, posts, BLOCK):
        end, first = min(posts, start + BLOCK), max(0, start - REACH)
        if not wanted[start:end].any():
            continue
        own = slice(ends[first], ends[end])
        rarity = _rarity(columns[own], earlier=start - first, named=ends[start] - ends[first])
        rarity *= signs[own]
        vectors = _vectors(places[own] - first * _WIDTH, rarity, end - first)
        found[start:end] = compared(vectors, start - first, y[first:end], known[first:end], room)
    return found


def memory() -> tuple[Floats, Floats]:
    """What `compared` works in: to ask for it anew takes longer than to fill it."""
    size = BLOCK * (BLOCK + REACH)
    return np.empty(size, dtype=np.float32), np.empty(size, dtype=np.float32)


def compared(
    vectors: Floats, begin: int, y: Floats, known: NDArray[np.bool_], room: tuple[Floats, Floats]
) -> Floats:
    """The three columns of the posts from `begin` on, at most a BLOCK, against all before each.

    `vectors` are of unit length, one a post in time order; those that are not `known` tell nothing.
    """
    shape = (len(vectors) - begin, len(vectors))
    alike, broad = (each[: shape[0] * shape[1]].reshape(shape) for each in room)
    np.matmul(vectors[begin:], vectors.T, out=alike)
    alike -= _CHANCE
    np.maximum(alike, 0, out=alike)
    if not known.all():
        alike[:, ~known] = 0
    alike[:, begin:] *= _EARLIER[: shape[0], : shape[0]]
    np.multiply(alike, alike, out=broad)
    return _means(alike, broad, y)


def _rarity(columns: NDArray[np.int32], *, earlier: int, named: int) -> NDArray[np.float64]:
    """How much each column weighs: the more, the fewer of the `earlier` posts have it.

    Their columns are the first so many `named`.
    """
    seen = np.bincount(columns[:named], minlength=BUCKETS)
    weights = np.log((1 + earlier) / (1 + np.arange(seen.max() + 1))) + 1
    return np.asarray(weights[seen[columns]])


def _vectors(places: NDArray[np.int64], weights: NDArray[np.float64], posts: int) -> Floats:
    """Rows of unit length, from the weights to be added up at each place."""
    folded = np.bincount(places, weights, minlength=posts * _WIDTH)
    table = folded.reshape(posts, _WIDTH).astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", table, table))
    table /= np.maximum(lengths, 1e-9)[:, None]
    return table


def _means(alike: Floats, broad: Floats, y: Floats) -> Floats:
    """From how alike posts are and its square; the first is overwritten."""
    near = alike.max(axis=1, initial=0.0)
    both = np.column_stack([y, np.ones_like(y)])
    alike *= broad
    (narrow_sum, narrow), (broad_sum, wide) = (alike @ both).T, (broad @ both).T
    return np.column_stack([narrow_sum / (narrow + 0.02), broad_sum / (wide + 1e-4), near])
