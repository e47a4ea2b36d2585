"""What an account's earlier posts that mean the like brought, in whatever words."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.likeness import BLOCK, REACH, accounts, compared, first_compared, memory
from ml.sentences import LANGUAGE, WIDTH, embed

Floats = NDArray[np.float32]

MEANING = ("meant_y", "meant_y_broad", "meant_near")

_KEPT = 20_000
"""Texts whose vectors a process remembers: training, judging and forecasts read the same ones."""

_remembered: dict[str, Floats] = {}


def meaning(posts: pl.DataFrame, asked: pl.Series) -> list[pl.Series]:
    """The columns of MEANING for rows of `prepare_posts`, 0 where `asked` is false.

    They are those of `ml.likeness` by the cosine of sentences instead of words. The language
    model knows English: posts that are said to be in another language are like nothing. About
    10 ms for each text that this process reads for the first time.
    """
    english = pl.col("language").fill_null(LANGUAGE) == LANGUAGE
    readable = posts.select(english & (pl.col("text") != "")).to_series().to_numpy()
    asks = asked.to_numpy()
    y = posts["y"].cast(pl.Float32).fill_null(0.0).to_numpy()
    known = posts["y"].is_not_null().to_numpy() & readable
    found, room = np.zeros((posts.height, len(MEANING)), dtype=np.float32), memory()
    for begin, size in accounts(posts):
        offset = begin + first_compared(asks[begin : begin + size])
        vectors = _vectors(posts["text"][offset : begin + size], readable[offset : begin + size])
        # blocks lie alike whatever is asked, as those of likeness do
        for start in range(offset, begin + size, BLOCK):
            end, first = min(begin + size, start + BLOCK), max(offset, start - REACH)
            if asks[start:end].any():
                own = vectors[first - offset : end - offset]
                past = slice(first, end)
                found[start:end] = compared(own, start - first, y[past], known[past], room)
    found[~(asks & readable)] = 0.0
    return [pl.Series(name, found[:, place]) for place, name in enumerate(MEANING)]


def _vectors(texts: pl.Series, readable: NDArray[np.bool_]) -> Floats:
    vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
    said = texts.filter(pl.Series(readable)).to_list()
    found = {text: _remembered.get(text) for text in said}
    fresh = [text for text, vector in found.items() if vector is None]
    if fresh:
        read = dict(zip(fresh, embed(fresh).astype(np.float32), strict=True))
        if len(_remembered) + len(read) > _KEPT:
            _remembered.clear()
        _remembered.update(list(read.items())[-_KEPT:])
        found |= read
    if said:
        vectors[readable] = [found[text] for text in said]
    return vectors
