"""X analytics exports: genuine ones, invented ones, and damaged ones."""

import csv
import random
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InputError
from sources.exports import Import, read, store
from storage.lake import Lake

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HEADER = [
    *("Tweet id", "Tweet permalink", "Tweet text", "time", "impressions", "engagements"),
    *("engagement rate", "retweets", "replies", "likes", "user profile clicks", "url clicks"),
    *("media views", "promoted impressions"),
]


def tweet(post_id: str = "1", text: str = "Hello", **fields: str) -> dict[str, str]:
    numbers = dict.fromkeys(HEADER[4:-1], "0") | {"impressions": "215.0", "likes": "5.0"}
    return (
        {"Tweet id": post_id, "Tweet permalink": f"https://twitter.com/Northloom/status/{post_id}"}
        | {"Tweet text": text, "time": "2021-01-01 00:05 +0000", "promoted impressions": "-"}
        | numbers
        | fields
    )


def write(path: Path, *tweets: dict[str, str], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, HEADER, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writeheader()
        writer.writerows(tweets)
    return path


def imported(*paths: Path, observed_at: datetime | None = None) -> Import:
    return read(
        "x-analytics", paths, account="x:northloom", brand="northloom", now=NOW,
        observed_at=observed_at,
    )  # fmt: skip


def plainly_read(folder: Path) -> dict[str, dict[str, str]]:
    """Every tweet of the genuine files, by a reader that shares no code with the importer."""
    tweets: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("tweet_activity_metrics_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            tweets |= {row["Tweet id"]: row for row in csv.DictReader(file)}
    return tweets


def test_nine_genuine_months_give_exactly_their_tweets_twice_in_a_row(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "twitter-analytics-export"
    expected, lake = plainly_read(folder), Lake(tmp_path)
    first = store(imported(folder), lake)
    posts = lake.read("posts")
    assert len(expected) == 2327
    assert set(expected) == set(posts["post_id"])
    assert (first.new_posts, posts.height, first.quarantined) == (2327, 2327, 0)
    texts = {post_id: row["Tweet text"] for post_id, row in expected.items()}
    assert texts == dict(posts.select("post_id", "text").iter_rows())
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.parquet")}
    again = store(imported(folder), lake)
    assert (again.new_posts, again.new_snapshots, again.changed) == (0, 0, 0)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.parquet")} == before


def test_genuine_counts_replies_and_times_are_those_of_the_file(shared_data: Path) -> None:
    folder = shared_data / "twitter-analytics-export"
    expected = plainly_read(folder)
    got = imported(folder)
    for metric, column in (("likes", "likes"), ("comments", "replies"), ("shares", "retweets")):
        total = sum(float(row[column]) for row in expected.values())
        assert total == got.posts[metric].sum()
        rows = got.snapshots.filter(metric=metric)
        assert (total, {column}) == (rows["value"].sum(), set(rows["source_metric"]))
    replies = sum(row["Tweet text"].startswith("@") for row in expected.values())
    assert replies == got.posts["is_reply"].sum()
    january = got.posts.filter(pl.col("published_at") < datetime(2021, 2, 1, tzinfo=UTC))
    assert january["observed_at"].unique().to_list() == [datetime(2021, 2, 1, tzinfo=UTC)]
    shown = {i: at.strftime("%Y-%m-%d %H:%M +0000") for i, at in
             got.posts.select("post_id", "published_at").iter_rows()}  # fmt: skip
    assert shown == {post_id: row["time"] for post_id, row in expected.items()}


def test_an_export_by_day_is_refused_alone_and_left_out_among_others(shared_data: Path) -> None:
    folder = shared_data / "twitter-analytics-export"
    with pytest.raises(InputError, match="by day: it has no posts"):
        imported(next(folder.glob("daily_*.csv")))
    assert any("left out: daily_tweet" in note for note in imported(folder).notes)


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=60), max_size=6
    )
)
def test_any_text_comes_through_unchanged(
    texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("x") / "export.csv"
    write(path, *(tweet(str(n), text) for n, text in enumerate(texts)))
    posts = imported(path).posts
    assert dict(posts.select("post_id", "text").iter_rows()) == {
        str(n): text for n, text in enumerate(texts)
    }


def test_quotes_newlines_emoji_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = 'She said "hi",\n\nthen 🐑🧶 left'
    path = write(tmp_path / "export.csv", tweet("7", text), encoding="utf-8-sig")
    assert imported(path).posts.row(0, named=True)["text"] == text


def test_replies_and_reposts_are_marked(tmp_path: Path) -> None:
    tweets = [tweet("1", "@ann thanks"), tweet("2", "RT @ann: wool"), tweet("3", "wool")]
    posts = imported(write(tmp_path / "export.csv", *tweets)).posts
    assert posts["is_reply"].to_list() == [True, False, False]
    assert posts["is_repost"].to_list() == [False, True, False]


def test_a_metric_that_is_not_given_is_null_and_has_no_snapshot(tmp_path: Path) -> None:
    path = write(tmp_path / "export.csv", tweet("1", **{"url clicks": "-"}))
    got = imported(path)
    assert got.posts["clicks"].to_list() == [None]
    assert "clicks" not in got.snapshots["metric"].to_list()


def test_bad_rows_are_set_aside_with_line_field_and_reason(tmp_path: Path) -> None:
    path = write(
        tmp_path / "export.csv",
        tweet("1", "two\nlines"),
        tweet("2", likes="-3"),
        tweet("3", likes="many"),
        tweet("1.35E+18"),
        tweet("5", time="2021-01-01 00:05"),
        tweet("6", time="2004-01-01 00:05 +0000"),
        tweet("7", time="2031-01-01 00:05 +0000"),
        tweet("8", time="yesterday +0000"),
        tweet("9", impressions="2.5"),
    )
    got = imported(path)
    assert got.posts["post_id"].to_list() == ["1"]
    assert got.quarantined.select("line", "field", "reason").rows() == [
        (4, "likes", "-3 is negative"),
        (5, "likes", "'many' is not a whole number"),
        (6, "Tweet id", "'1.35E+18' is not a tweet's id (a spreadsheet may have rounded it; "
         "export it again)"),
        (7, "time", "'2021-01-01 00:05' has no time zone"),
        (8, "time", "2004-01-01 00:05:00.000000+00:00 is before 2006"),
        (9, "time", "2031-01-01 00:05:00.000000+00:00 is in the future"),
        (10, "time", "'yesterday +0000' is no time"),
        (11, "impressions", "'2.5' is not a whole number"),
    ]  # fmt: skip


def test_the_same_bad_row_is_set_aside_once(tmp_path: Path) -> None:
    path, lake = write(tmp_path / "export.csv", tweet("2", likes="-3")), Lake(tmp_path / "lake")
    assert [store(imported(path), lake).new_quarantined for _ in range(2)] == [1, 0]
    assert lake.read("quarantine")["file"].to_list() == ["export.csv"]


def test_overlapping_months_keep_one_row_per_tweet_and_observation(tmp_path: Path) -> None:
    one = write(tmp_path / "tweet_x_20210101_20210201_en.csv", tweet("1", likes="5"))
    two = write(tmp_path / "tweet_x_20210101_20210301_en.csv", tweet("1", likes="9"), tweet("2"))
    got = imported(one, two)
    assert sorted(got.posts.select("post_id", "likes").rows()) == [("1", 5), ("1", 9), ("2", 5)]
    at = datetime(2021, 5, 1, tzinfo=UTC)
    same = imported(one, two, observed_at=at)
    assert sorted(same.posts.select("post_id", "likes").rows()) == [("1", 9), ("2", 5)]
    assert same.quarantined.select("file", "line", "field").rows() == [(one.name, 2, "post_id")]


def test_an_equal_row_twice_in_a_file_counts_once_without_a_word(tmp_path: Path) -> None:
    got = imported(write(tmp_path / "export.csv", tweet("1"), tweet("1")))
    assert (got.posts.height, got.quarantined.height) == (1, 0)


def test_other_counts_for_the_same_instant_are_told_and_change_nothing(tmp_path: Path) -> None:
    lake, path = Lake(tmp_path / "lake"), tmp_path / "x_20210101_20210201_en.csv"
    store(imported(write(path, tweet("1", likes="5"))), lake)
    summary = store(imported(write(path, tweet("1", likes="6"))), lake)
    assert (summary.new_posts, summary.changed) == (0, 1)
    assert lake.read("posts")["likes"].to_list() == [5]


def test_a_file_of_another_account_is_taken_with_a_note(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", tweet("1"))
    got = read("x-analytics", [path], account="x:other", brand="other", now=NOW)
    assert got.notes == ("e.csv holds tweets of @Northloom; they are filed under x:other",)


def damaged(path: Path, how: str) -> Path:
    """A good file, made bad in one way."""
    good = write(path, *(tweet(str(n), "Käse, \nWolle") for n in range(50))).read_text("utf-8")
    contents = {
        "empty": b"",
        "semicolons": good.replace('","', '";"').encode(),
        "utf-16": good.encode("utf-16"),
        "latin-1": good.encode("latin-1"),
        "cut in a quote": good.encode()[:3000].rsplit(b'","', 1)[0] + b'","ab',
        "cut between fields": good.encode()[:3000].rsplit(b'","', 1)[0] + b'"',
        "no export": b"a,b\n1,2\n",
        "parquet": b"PAR1xxxx",
        "excel": b"PK\x03\x04xxxx",
    }
    path.write_bytes(contents[how])
    return path


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("empty", "is empty"),
        ("semicolons", "separated by semicolons; save it with commas"),
        ("utf-16", "UTF-16"),
        ("latin-1", "line 2: byte 0xe4 is not UTF-8, the file looks like Latin-1"),
        ("cut in a quote", "cut off"),
        ("cut between fields", "breaks off in the middle of line"),
        ("no export", "column 'Tweet id' is missing"),
        ("parquet", "a Parquet file, not CSV"),
        ("excel", "an Excel workbook"),
    ],
)
def test_a_file_that_is_not_what_it_claims_fails_and_nothing_is_written(
    how: str, said: str, tmp_path: Path
) -> None:
    good = write(tmp_path / "a.csv", tweet("1"))
    bad = damaged(tmp_path / "b.csv", how)
    lake = Lake(tmp_path / "lake")
    with pytest.raises(InputError, match=said):
        store(imported(good, bad), lake)
    assert not lake.root.exists()


def test_a_missing_file_and_an_empty_folder_say_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; check the path"):
        imported(tmp_path / "none.csv")
    with pytest.raises(InputError, match=r"holds no \.csv file"):
        imported(tmp_path)


def test_a_row_with_too_many_or_too_few_fields_is_set_aside(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv", tweet("1"))
    text = path.read_text("utf-8")
    path.write_text(text + '"2","x"\n' + text.splitlines()[1] + ',"more"\n', encoding="utf-8")
    got = imported(path)
    width = len(HEADER)
    assert got.quarantined.select("line", "reason").rows() == [
        (3, f"has 2 fields, the header has {width}"),
        (4, f"has {width + 1} fields, the header has {width}"),
    ]


def test_the_order_of_files_does_not_matter(shared_data: Path) -> None:
    files = sorted((shared_data / "twitter-analytics-export").glob("tweet_*.csv"))[:3]
    shuffled = random.Random(1).sample(files, 3)  # noqa: S311 - an order, no secret
    assert imported(*files).posts.sort("post_id").equals(imported(*shuffled).posts.sort("post_id"))


def test_a_tweet_younger_than_its_counts_is_set_aside(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", tweet("1"), tweet("2", time="2021-03-01 00:05 +0000"))
    got = imported(path, observed_at=datetime(2021, 2, 1, tzinfo=UTC))
    assert got.posts["post_id"].to_list() == ["1"]
    assert got.quarantined.select("line", "field", "reason").rows() == [
        (3, "time", "lies after the time at which the counts were taken (observed-at)")
    ]
