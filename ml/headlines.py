"""The form of a short text as numbers: how long, how shouted, asked, quoted or counted it is."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LONG = 8


def form_of(texts: Sequence[str]) -> Floats:
    """One row per text; no column depends on a list of words, so every language is served."""
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    return frame.select(*_marks(), *_words()).cast(pl.Float64).to_numpy()


def _marks() -> list[pl.Expr]:
    text = pl.col("text")
    stripped = text.str.strip_chars()
    return [
        text.str.len_chars().alias("chars"),
        (1 + text.str.len_chars()).log().alias("log_chars"),
        text.str.contains("?", literal=True).alias("asks"),
        stripped.str.ends_with("?").alias("ends_asking"),
        text.str.contains("!", literal=True).alias("exclaims"),
        (text.str.count_matches(r"[\"“”„'’«»]") > 1).alias("quotes"),
        text.str.contains(r"\.\.\.|…").alias("trails_off"),
        text.str.contains(r"\d").alias("counts"),
        stripped.str.contains(r"^\d").alias("begins_with_number"),
        text.str.count_matches(",", literal=True).alias("commas"),
        text.str.count_matches(r"[.?!] ").alias("sentences"),
        stripped.str.ends_with(".").alias("full_stop"),
        text.str.contains(":", literal=True).alias("colon"),
        text.str.contains(r"[-–—]").alias("dash"),
        text.str.contains("(", literal=True).alias("aside"),
    ]


def _words() -> list[pl.Expr]:
    words = pl.col("text").str.extract_all(r"\w[\w'’]*")
    each = pl.element()
    count = words.list.len().clip(1)
    loud = (
        (each.str.len_chars() > 2) & (each == each.str.to_uppercase()) & ~each.str.contains(r"\d")
    )
    return [
        words.list.len().alias("words"),
        (pl.col("text").str.len_chars() / count).alias("word_length"),
        words.list.eval(loud).list.sum().alias("shouted"),
        (words.list.eval(each.str.len_chars() > _LONG).list.sum() / count).alias("long_words"),
        (words.list.eval(each.str.contains(r"^\p{Lu}")).list.sum() / count).alias("capitals"),
    ]
