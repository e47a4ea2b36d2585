"""Texts as counts in hashed columns."""

import numpy as np
import pytest

from ml.hashing import BUCKETS, hash_texts, hash_words


def columns(counts, row=0):
    return set(counts[row].indices.tolist())


def test_words_pairs_and_letters_each_get_a_column():
    counts = hash_texts(["ab cd"])
    words = {column for column in columns(counts) if column < BUCKETS}
    # ab, cd and their pair; then " ab" and "ab " and the same of cd
    assert (3, 4) == (len(words), counts.nnz - len(words))


def test_case_and_white_space_make_no_difference():
    one, other = hash_texts(["Neues  BROT\nheute"]), hash_texts(["neues brot heute"])
    assert (one != other).nnz == 0


def test_a_text_has_the_same_columns_alone_and_among_others():
    alone, among = hash_texts(["Brot"]), hash_texts(["Salz und Öl", "", "Brot"])
    assert columns(alone) == columns(among, 2)


def test_the_columns_of_a_word_are_the_same_in_every_release():
    assert {59_763} == columns(hash_words(["brot"]))


@pytest.mark.parametrize("text", ["สวัสดีชาวโลก", "今日は新しいケーキ", "مرحبا بالعالم", "🙂"])
def test_every_script_is_counted(text):
    counts = hash_texts([text])
    assert counts.nnz > 0
    assert np.isfinite(counts.data).all()


def test_empty_texts_and_no_texts_have_no_counts():
    assert 0 == hash_texts(["", "  "]).nnz == hash_texts([]).nnz
