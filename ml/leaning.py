"""What of a forecast leans on likes alone: likes of such posts beyond what their words go with."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.features import FORM, read_form
from ml.hashing import hash_words
from ml.matrix import Encoder
from ml.poisoning import MIN_POSTS, off_words
from ml.text import TextRidge

Floats = NDArray[np.float64]

MOST = 0.2
"""What is doubted of a post at most, each way (log): two forms are then as far apart as fakes of
5 % of all engagement bring where they go to a tenth of the posts."""

_RIDGE = 5.0
_WORDING = 8.0


def leaning(posts: pl.DataFrame, asked: pl.Series) -> Floats:
    """Of each row of `prepare_posts` that is asked for, in order, log engagement in likes alone.

    Learnt of the account's other posts: how their likes, held against comments and shares, differ
    by form, kind of media and wording. It is told against the account's mean, within MOST; 0 where
    there are too few posts, or too few words to hold likes against. Counts of what is asked for
    are not read.
    """
    wanted = asked.to_numpy()
    past = posts.filter(~asked)
    off = np.full(posts.height, np.nan)
    off[~wanted] = np.where(past["y"].is_null(), np.nan, off_words(past))
    liked = np.full(posts.height, np.nan)
    liked[~wanted] = (past["likes"].fill_null(0) / past["engagement"].clip(1)).to_numpy()
    found = np.zeros(posts.height)
    begin = 0
    for rows in posts.partition_by("account", maintain_order=True):
        own = slice(begin, begin + rows.height)
        begin = own.stop
        known = ~np.isnan(off[own])
        if wanted[own].any() and known.sum() >= MIN_POSTS:
            share = float(np.mean(liked[own][known]))
            found[own] = share * _expected(rows, off[own], known)
    return np.asarray(np.clip(found[wanted], -MOST, MOST))


def _expected(rows: pl.DataFrame, off: Floats, known: NDArray[np.bool_]) -> Floats:
    """Of each row what its form and wording let expect of `off`, as the known ones tell."""
    form, teach = read_form(rows), pl.Series(known)
    encoder = Encoder.fit(form.filter(teach), columns=FORM)
    table = encoder.standardised(encoder.matrix(form))
    table -= table[known].mean(axis=0)
    y = off[known] - off[known].mean()
    taught = table[known]
    inner = taught.T @ taught + _RIDGE * np.eye(table.shape[1])
    said = np.asarray(table @ np.linalg.solve(inner, taught.T @ y))
    words = TextRidge.fit(hash_words(rows.filter(teach)["text"]), y - said[known], alpha=_WORDING)
    return np.asarray(said + words.read(rows["text"]))
