"""Texts as counts in hashed columns."""

import numpy as np
import pytest

from ml.hashing import BUCKETS, Wording, hash_texts, hash_words


def columns(counts, row=0):
    return set(counts[row].indices.tolist())


def test_words_pairs_and_letters_each_get_a_column():
    counts = hash_texts(["ab cd"])
    words = {column for column in columns(counts) if column < BUCKETS}
    # ab, cd and their pair; then " ab" and "ab " and the same of cd
    assert (3, 4) == (len(words), counts.nnz - len(words))


def test_words_and_their_pairs_come_before_letters_in_the_order_of_the_text():
    both = hash_texts(["salz öl", "", "brot"])
    alone = [hash_words([word]).indices[0] for word in ("salz", "öl")]
    assert [*alone, *both.indices[2:3]] == hash_words(["salz öl"]).indices.tolist()
    assert (both.indices[: both.indptr[1]] < BUCKETS).tolist() == [True] * 3 + [False] * 6
    assert [9, 0, 5] == np.diff(both.indptr).tolist()


@pytest.mark.parametrize("size", [1, 4999, 5000, 5001])
def test_many_texts_are_read_as_each_of_them_alone(size):
    texts = [f"Brot Nr. {number % 13} für\u00a0{number % 7} €" for number in range(size)]
    many = hash_texts(texts)
    assert size == many.shape[0]
    for row in (0, size // 2, size - 1):
        assert many[row].indices.tolist() == hash_texts([texts[row]]).indices.tolist()


def test_texts_that_were_read_together_are_picked_as_if_read_alone():
    texts = ["Salz und Öl", "", "Brot", "Wasser  marsch"]
    picked = Wording.of(texts).at(np.array([False, True, False, True])).counts()
    alone = hash_texts(["", "Wasser  marsch"])
    assert picked.indices.tolist() == alone.indices.tolist()
    assert picked.indptr.tolist() == alone.indptr.tolist()


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
