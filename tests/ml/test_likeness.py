"""What an account's earlier posts with similar words brought."""

import polars as pl
from polars.testing import assert_frame_equal

from ml.frame import prepare_posts
from ml.likeness import LIKENESS, likeness


def add_likeness(posts, asked=None):
    asked = pl.repeat(True, posts.height, eager=True) if asked is None else asked
    return posts.with_columns(likeness(posts, asked)[0])


def test_a_post_like_earlier_ones_that_paid_is_told_so(invent):
    told = add_likeness(prepare_posts(invent(accounts=1, posts=400)))
    late = told.tail(200).group_by(pl.col("text").str.contains("rabatt")).agg("alike_y")
    means = {paid: sum(values) / len(values) for paid, values in late.iter_rows()}
    assert means[True] - means[False] > 0.5


def test_no_post_sees_its_outcome_or_later_posts_beyond_a_block_of_comparisons(invent):
    posts = prepare_posts(invent(accounts=2, posts=700))
    number = pl.col("post_id").str.split("-").list.last().cast(pl.Int64)
    for row in (255, 256, 699):
        shortened = posts.filter(number <= row)
        tampered = posts.with_columns(y=pl.when(number < row).then("y").otherwise(9.9))
        asked = pl.col("post_id") == f"1-{row}"
        seen = add_likeness(posts).filter(asked).select(LIKENESS)
        for other in (shortened, tampered):
            assert_frame_equal(seen, add_likeness(other).filter(asked).select(LIKENESS))


def test_a_new_topic_is_like_nothing(invent):
    posts = invent(accounts=1, posts=50).with_columns(
        text=pl.when(pl.int_range(pl.len()) < 49).then("text").otherwise(pl.lit("Zebra"))
    )
    last = add_likeness(prepare_posts(posts)).tail(1)
    assert abs(last["alike_y"][0]) < 0.05


def test_posts_without_words_are_like_nothing(invent):
    posts = prepare_posts(invent(accounts=1, posts=50).with_columns(text=pl.lit("")))
    assert 0 == add_likeness(posts).select(pl.sum_horizontal(LIKENESS)).to_series().sum()


def test_a_post_is_told_the_same_whoever_else_asks(invent):
    posts = prepare_posts(invent(accounts=2, posts=1000))
    number = pl.col("post_id").str.split("-").list.last().cast(pl.Int64)
    asked = posts.select(number == 900).to_series()
    alone, among = add_likeness(posts, asked), add_likeness(posts)
    assert_frame_equal(alone.filter(asked), among.filter(asked))
    assert 0 == alone.filter(~asked)["alike_near"].max()
