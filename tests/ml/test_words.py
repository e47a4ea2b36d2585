"""Words are those of the regular expression, and their hashes those of zlib."""

import zlib

import numpy as np
import polars as pl
import pytest

from ml.words import read_words

ODD = [
    "Neues #Brot für 3,50 € @laden!", "", "  ", "##doppelt a@b.de #", "@ # @x #y", "naïve_wörter",
    "สวัสดีชาวโลก วันนี้", "今日は新しいケーキ。", "مرحبا، بالعالم", "🙂👍🏽 x🙂y",
    "a\u00a0b\u3000c\td\n", "e\u0301\u200d!", "x" * 47, "x" * 48, "x" * 49,
    "#" + "ü" * 60, "ключ " * 3, "\x00\x7f",
]  # fmt: skip
PATTERN = r"[#@]?\w+|[^\w\s]"


def plainly(texts):
    words = pl.Series(texts, dtype=pl.String).str.extract_all(PATTERN).to_list()
    return [[zlib.crc32(word.encode()) for word in each] for each in words]


def read(texts):
    counts, hashes = read_words(pl.Series(texts, dtype=pl.String))
    return [part.tolist() for part in np.split(hashes, np.cumsum(counts)[:-1])]


@pytest.mark.parametrize("text", ODD)
def test_words_of_every_script_are_those_of_the_pattern(text):
    assert plainly([text]) == read([text])


def test_texts_in_a_row_keep_their_words_apart():
    assert plainly(ODD) == read(ODD)


def test_random_characters_make_the_words_of_the_pattern():
    random = np.random.default_rng(0)
    points = [*range(1, 0x250), *range(0x300, 0x370), *range(0x1F600, 0x1F620), 0x2028, 0x3042]
    texts = ["".join(chr(p) for p in random.choice(points, 80)) for _ in range(200)]
    assert plainly(texts) == read(texts)


def test_no_texts_have_no_words():
    counts, hashes = read_words(pl.Series([], dtype=pl.String))
    assert (0, 0) == (len(counts), len(hashes))
