"""Public tables of posts are read as they lie, whatever separates their columns."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from cli.backtest import backtest
from cli.post_layouts import LAYOUTS
from cli.post_tables import read_posts
from domain.canonical import MEDIA_TYPES, REQUIRED_POST_COLUMNS
from domain.errors import InputError
from ml.frame import prepare_posts

NOW = datetime(2025, 6, 1, tzinfo=UTC)

app = typer.Typer()
app.command("backtest")(backtest)

RATIO = """created_at,text,url,replies,retweets,favorites,user
10/16/17 22:59,"Bread, at last",https://twitter.com/a/status/920061541986250758,3,4,5,a
8/14/14 9:05,See https://a.example/b,https://twitter.com/a/status/500000000000000001,0,1,2,a
"""
ARCHIVE = """source,id_str,text,created_at,retweet_count,favorite_count,is_retweet
Web,920061541986250758,Salt,2009-12-23 17:38:18,28,12,FALSE
"""
SELLERS = """status_id,status_type,status_published,num_reactions,num_comments,num_shares,num_likes
246_1,video,4/22/2018 6:00,529,512,262,432
246_1,video,4/22/2018 6:00,529,512,262,432
117_9,photo,6/13/18 1:12,150,0,0,150
"""
METRICS = """Likes;Type;Category;Post Month;Post Weekday;Post Hour;Paid;comment;like;share
139441;Photo;2;12;4;3;0;4;79;17
139441;Status;2;12;3;10;0;5;130;29
139441;Link;3;12;3;3;0;0;66;14
139441;Video;3;11;1;3;0;0;66;14
"""


def read(tmp_path, content, name="posts.csv"):
    (tmp_path / name).write_text(content)
    return read_posts([tmp_path / name], now=NOW)


def told(table):
    shown = table.posts.with_columns(pl.col("published_at").dt.to_string("%Y-%m-%d %H:%M"))
    names = ("account", "post_id", "published_at", "media_type", "likes", "comments", "shares")
    return shown.select(names).rows()


def test_the_twitter_ratio_table_names_its_author_and_writes_short_years(tmp_path):
    first, second = told(read(tmp_path, RATIO))

    assert ("x:a", "920061541986250758", "2017-10-16 22:59", "text", 5, 3, 4) == first
    assert ("x:a", "500000000000000001", "2014-08-14 09:05", "link", 2, 0, 1) == second


def test_the_archive_of_tweets_keeps_long_ids_and_knows_no_comments(tmp_path):
    (only,) = told(read(tmp_path, ARCHIVE))

    assert ("x:archive", "920061541986250758", "2009-12-23 17:38", "text", 12, 0, 28) == only


def test_each_page_of_live_sellers_is_an_account_and_a_repeated_id_is_one_post(tmp_path):
    table = read(tmp_path, SELLERS)

    assert {("facebook:246", "video"), ("facebook:117", "image")} == {
        (account, kind) for account, _, _, kind, *_ in told(table)
    }
    assert 2 == prepare_posts(table.posts).height


def test_days_come_back_from_month_weekday_and_hour_of_rows_in_order(tmp_path):
    days = [(at, kind) for _, _, at, kind, *_ in told(read(tmp_path, METRICS))]

    assert [
        ("2014-12-31 03:00", "image"),
        ("2014-12-30 10:00", "text"),
        ("2014-12-30 03:00", "link"),
        ("2014-11-30 03:00", "video"),
    ] == days


def test_a_later_hour_of_the_same_weekday_is_a_week_before(tmp_path):
    lines = [*METRICS.splitlines()[:2], "139441;Photo;2;12;4;9;0;4;79;17"]
    days = [at for _, _, at, *_ in told(read(tmp_path, "\n".join(lines) + "\n"))]

    assert ["2014-12-31 03:00", "2014-12-24 09:00"] == days


def test_shortened_names_of_the_same_table_are_known_too(tmp_path):
    short = METRICS.replace("Post ", "")
    assert told(read(tmp_path, METRICS)) == told(read(tmp_path, short, "short.csv"))


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_columns_may_be_separated_by_other_signs_than_commas(tmp_path, separator):
    (tmp_path / "plain.csv").write_text(SELLERS)
    expected = read_posts([tmp_path / "plain.csv"], now=NOW)

    assert told(expected) == told(read(tmp_path, SELLERS.replace(",", separator)))


@pytest.mark.parametrize(
    ("bad", "content"),
    [
        ("no instant", RATIO.replace("8/14/14 9:05", "long ago")),
        ("no id", RATIO.replace("https://twitter.com/a/status/500000000000000001", "none")),
        ("no count", RATIO.replace(",0,1,2,a", ",0,1,many,a")),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_and_named(tmp_path, bad, content):
    table = read(tmp_path, content)

    assert ["920061541986250758"] == table.posts["post_id"].to_list(), bad
    (note,) = table.notes
    assert "1 of 2 rows of" in note
    assert "posts.csv, read as FiveThirtyEight's twitter-ratio table" in note
    assert "the first of them row 2; they were left out" in note


def test_a_table_of_which_no_row_can_be_read_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"1 of 1 rows of .*posts.csv.*row 1; download"):
        read(tmp_path, ARCHIVE.replace("2009-12-23 17:38:18", "?"))


def test_every_layout_gives_the_canonical_columns():
    for layout in LAYOUTS:
        assert {*REQUIRED_POST_COLUMNS} == {*layout.mapping}, layout.name


@pytest.mark.parametrize(
    ("folder", "posts", "accounts"),
    [
        ("538-twitter-ratio", 3207, 1),
        ("dslabs-trump", 18507, 1),
        ("fb-live-sellers-th", 5570, 6),
        ("fb-metrics-uci368", 496, 1),
    ],
)
def test_the_public_tables_are_read_as_they_lie(shared_data, folder, posts, accounts):
    table = read_posts([shared_data / folder], now=NOW)

    assert (posts, accounts) == (table.posts.height, table.posts["account"].n_unique())
    assert set(MEDIA_TYPES) > set(table.posts["media_type"].unique())


def test_a_public_table_is_judged_by_the_command(shared_data, tmp_path):
    out = tmp_path / "out.json"
    arguments = ["engagement", str(shared_data / "fb-metrics-uci368"), "--json", str(out)]
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 0, result.output
    assert "4 of 500 rows" in result.output
    assert 148 == json.loads(out.read_text())["models"]["amsel"]["mae"]["posts"]
