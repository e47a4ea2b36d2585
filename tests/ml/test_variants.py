"""What wording teaches about variants, and how that is judged."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import polars as pl
import pytest

from domain.errors import ModelError
from ml.hashing import hash_words
from ml.headlines import form_of
from ml.sentences import WIDTH, embed
from ml.variant_backtest import backtest_variants
from ml.variant_tests import prepare_tests, split_tests
from ml.variants import VariantModel, dump_variants, load_variants

START = datetime(2025, 1, 6, tzinfo=UTC)
SUBJECTS = ("bread", "coffee", "soap", "lamps", "shoes", "tea", "bikes", "books", "chairs", "maps")


def invent_tests(number=120, *, gain=0.5, seed=0):
    """Tests of two texts each: the one that asks is clicked more by `gain` (log)."""
    random = np.random.default_rng(seed)
    rows = []
    for test in range(number):
        subject = SUBJECTS[test % len(SUBJECTS)]
        texts = (f"Have you tried our {subject} no. {test}?", f"We sell {subject} no. {test}.")
        for place, text in enumerate(texts):
            rate = 0.02 * np.exp(gain * (place == 0) + random.normal(0, 0.05))
            clicks = int(random.binomial(4000, rate))
            at = START + timedelta(hours=test)
            rows.append((f"t{test}", f"{test}-{place}", text, 4000, clicks, at))
    names = ("test_id", "variant_id", "text", "impressions", "clicks", "created_at")
    return pl.DataFrame(rows, schema=names, orient="row")


@pytest.fixture(scope="module")
def tests():
    return prepare_tests(invent_tests())


@pytest.fixture(scope="module")
def judged(tests):
    return backtest_variants(split_tests(tests))


def value(result, model, metric):
    found = result.scores.filter(pl.col("model") == model, pl.col("metric") == metric)
    return found["value"].item()


def test_a_planted_way_of_asking_is_found(judged):
    assert value(judged, "amsel", "pairs") > 0.9
    assert value(judged, "amsel", "uplift") > 0.15
    assert 0.5 == value(judged, "coin", "pairs")


def test_a_replay_that_begins_with_the_text_loses_less_than_one_that_does_not(judged):
    lost = {model: value(judged, model, "regret") for model in ("amsel", "uniform", "thompson")}
    assert lost["amsel"] < lost["thompson"] < lost["uniform"]


def test_shuffled_clicks_teach_nothing(tests):
    random = np.random.default_rng(3)
    dealt = tests.with_columns(clicks=pl.Series(random.permutation(tests["clicks"].to_numpy())))
    result = backtest_variants(split_tests(dealt))
    uplift = result.scores.filter(pl.col("model") == "amsel", pl.col("metric") == "uplift")
    assert uplift["lower"].item() < 0.02


def test_no_test_and_no_text_both_teaches_and_judges(tests):
    again = tests.with_columns(
        text=pl.when(pl.col("test_id") == "t119").then(pl.lit("We sell bread no. 0."))
        .otherwise("text")
    )  # fmt: skip
    other = pl.col("variant_id") == "119-1"
    split = split_tests(again.with_columns(text=pl.when(other).then(pl.lit("x")).otherwise("text")))
    assert not set(split.train["text"]) & set(split.test["text"])
    assert not set(split.train["test_id"]) & set(split.test["test_id"])
    assert "t0" not in split.train["test_id"].to_list()
    assert split.forward


def test_a_judged_outcome_changes_no_score(tests):
    split = split_tests(tests)
    tampered = split.test.with_columns(clicks=pl.col("impressions"))
    scores = [
        backtest_variants(type(split)(split.train, test)).predictions["score"].to_list()
        for test in (split.test, tampered)
    ]
    assert scores[0] == scores[1]


def test_a_model_is_read_back_without_unpickling(tests):
    model = VariantModel.fit(tests)
    again = load_variants(dump_variants(model))
    texts = ["Have you seen this?", "We sell lamps.", "", "今日は"]
    assert model.score(texts).tolist() == again.score(texts).tolist()
    with pytest.raises(ModelError, match="train it again"):
        load_variants(b"something else")


def test_a_model_kept_before_words_were_is_still_read(tests):
    model = VariantModel.fit(tests)
    older = BytesIO()
    np.savez(older, centre=model.centre, weights=model.weights, facts=[model.spread, model.base])
    again = load_variants(older.getvalue())
    texts = ["Have you seen this?", "We sell lamps."]
    without = model.score(texts) - model.words.predict(hash_words(texts))
    assert without.tolist() == pytest.approx(again.score(texts).tolist())


def test_words_count_beside_what_the_texts_mean():
    """Names that no language model has met, each of which draws or deters by so much."""
    random = np.random.default_rng(5)
    names = ("Zorbil", "Quandel", "Frimsa", "Oltark", "Weskin", "Yumbra", "Kelvot", "Pridoon")
    lifts = np.linspace(-0.4, 0.4, len(names))
    rows = []
    for test in range(150):
        for place, name in enumerate(random.choice(len(names), 2, replace=False)):
            clicks = int(random.binomial(4000, 0.02 * np.exp(lifts[name])))
            text = f"{names[name]} {SUBJECTS[test % len(SUBJECTS)]} {test}"
            rows.append((f"t{test}", f"{test}-{place}", text, 4000, clicks))
    columns = ("test_id", "variant_id", "text", "impressions", "clicks")
    model = VariantModel.fit(prepare_tests(pl.DataFrame(rows, schema=columns, orient="row")))
    texts = [f"{name} lamps" for name in names]
    assert np.corrcoef(model.words.predict(hash_words(texts)), lifts)[0, 1] > 0.8
    assert np.corrcoef(model.score(texts), lifts)[0, 1] > 0.95


def test_too_few_tests_are_refused_with_the_remedy(tests):
    with pytest.raises(ModelError, match="10 tests are too few"):
        VariantModel.fit(tests.head(20))


def test_missing_columns_are_named(tests):
    with pytest.raises(ModelError, match="it lacks clicks"):
        prepare_tests(tests.drop("clicks"))


def test_tests_without_a_choice_or_impressions_are_left_out():
    table = invent_tests(3).with_columns(
        text=pl.when(pl.col("test_id") == "t0").then(pl.lit("the same")).otherwise("text"),
        impressions=pl.when(pl.col("variant_id") == "1-0").then(0).otherwise("impressions"),
        clicks=pl.when(pl.col("variant_id") == "2-1").then(9999).otherwise("clicks"),
    )
    kept = prepare_tests(table)
    assert ["t2", "t2"] == kept["test_id"].to_list()
    assert 4000 == kept["clicks"].max()


def test_an_undated_table_is_split_in_its_own_order(tests):
    split = split_tests(prepare_tests(tests.drop("created_at")))
    assert (84, 36) == (split.train["test_id"].n_unique(), split.test["test_id"].n_unique())
    assert not split.forward


def test_meaning_has_unit_length_and_paraphrases_lie_close():
    one, near, far, empty = embed(["A cat sleeps.", "The kitten naps.", "Rates rise again.", ""])
    assert WIDTH == len(one)
    assert one @ near > 0.5 > one @ far
    assert 1.0 == pytest.approx(float(empty @ empty))


def test_form_is_numbers_for_any_script():
    assert (4, 20) == form_of(["LOOK: 7 'signs'!", "", "今日は", "🙂"]).shape
    assert np.isfinite(form_of(["LOOK: 7 'signs'!", "", "今日は", "🙂"])).all()
