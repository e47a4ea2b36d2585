"""The suites on what came from outside."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from sources.expectations import (
    Expectation,
    Outcome,
    inbox_suite,
    posts_suite,
    snapshots_suite,
    trends_suite,
    validate,
)
from storage.lake_tables import TABLES

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def posts() -> pl.DataFrame:
    row = dict.fromkeys(TABLES["posts"]) | {
        "platform": "x",
        "account": "x:northloom",
        "published_at": AT,
        "text": "wool",
        "media_type": "text",
        "likes": 3,
        "observed_at": AT + timedelta(days=1),
        "source": "posts",
    }
    return pl.DataFrame([row | {"post_id": str(n)} for n in range(4)], schema=TABLES["posts"])


def broken(outcomes: list[Outcome]) -> list[tuple[str, int]]:
    return [(o.name, o.unexpected_count) for o in outcomes if not o.success]


def test_good_posts_pass_without_a_word_on_the_screen(
    posts: pl.DataFrame, capfd: pytest.CaptureFixture[str]
) -> None:
    outcomes = validate(posts, posts_suite())
    assert (len(outcomes), broken(outcomes)) == (len(posts_suite()), [])
    assert capfd.readouterr() == ("", "")


def test_each_broken_rule_is_counted_with_a_sample(posts: pl.DataFrame) -> None:
    first = pl.int_range(pl.len()) == 0
    wrong = posts.with_columns(
        platform=pl.when(first).then(pl.lit("myspace")).otherwise("platform"),
        likes=pl.when(first).then(-1).otherwise("likes"),
        observed_at=pl.when(first).then(AT - timedelta(days=9)).otherwise("observed_at"),
        media_type=pl.when(first).then(None).otherwise("media_type"),
    )
    outcomes = validate(wrong, posts_suite())
    assert broken(outcomes) == [
        ("expect_column_values_to_be_in_set: platform", 1),
        ("expect_column_values_to_not_be_null: media_type", 1),
        ("expect_column_values_to_be_between: likes", 1),
        ("expect_column_pair_values_a_to_be_greater_than_b: observed_at, published_at", 1),
    ]
    assert outcomes[1].sample == ("myspace",)


def test_repeated_keys_are_found(posts: pl.DataFrame) -> None:
    assert broken(validate(pl.concat([posts, posts[:1]]), posts_suite())) == [
        ("expect_compound_columns_to_be_unique: platform, account, post_id, observed_at", 2)
    ]


def test_a_missing_column_is_an_outcome_and_no_exception(posts: pl.DataFrame) -> None:
    rule = Expectation("expect_column_values_to_not_be_null", {"column": "text"})
    (outcome,) = validate(posts.drop("text"), [rule])
    assert not outcome.success
    assert "does not exist" in outcome.sample[0]


def test_the_other_suites_accept_empty_and_refuse_wrong_tables() -> None:
    snapshot = {
        "platform": "x", "account": "x:northloom", "post_id": "1", "metric": "applause",
        "value": 1, "observed_at": AT, "source_metric": "applause", "api_version": "2",
    }  # fmt: skip
    table = pl.DataFrame([snapshot], schema=TABLES["engagement_snapshots"])
    assert broken(validate(table, snapshots_suite())) == [
        ("expect_column_values_to_be_in_set: metric", 1)
    ]
    assert broken(validate(pl.DataFrame(schema=TABLES["trends"]), trends_suite())) == []


def test_messages_that_cannot_be_are_found() -> None:
    row = {
        "platform": "x",
        "account": "x:northloom",
        "message_id": "1",
        "created_at": AT,
        "created_latest": AT + timedelta(days=1),
        "text": "Do you sell wool?",
    }
    wrong = [
        row,
        row | {"message_id": "2", "account": "northloom"},
        row | {"message_id": "3", "created_at": AT + timedelta(days=2)},
        row | {"message_id": "4", "text": "wool " * 5000},
        row | {"message_id": "5 6"},
        row,
    ]
    assert [] == broken(validate(pl.DataFrame([row]), inbox_suite()))
    assert [
        ("expect_column_values_to_match_regex: account", 1),
        ("expect_column_values_to_match_regex: message_id", 1),
        ("expect_column_value_lengths_to_be_between: text", 1),
        ("expect_column_pair_values_a_to_be_greater_than_b: created_latest, created_at", 1),
        ("expect_compound_columns_to_be_unique: platform, message_id", 2),
    ] == broken(validate(pl.DataFrame(wrong), inbox_suite()))
