"""The planted truths, the past they made and the errors of a file that is wrong."""

import csv
import io
import math
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import mean
from zoneinfo import ZoneInfo

import pytest
import yaml

from domain.canonical import POST_COLUMNS
from domain.errors import ConfigError
from sandbox.audience import read_audience
from sandbox.process import DEMO_AUDIENCE
from sandbox.truth import Fate, age_at_share, counts_at, draw_fate, grown, slot_effect

NUMBERS = ("followers", "impressions", "likes", "comments", "shares", "saves")
START = datetime(2026, 3, 2, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def audience():
    return read_audience(DEMO_AUDIENCE)


def rows(wire, platform: str, handle: str) -> list[dict[str, str]]:
    answer = wire.http.get(f"/_sandbox/history/{platform}/{handle}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


def final(history: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """The last observation of each post."""
    return {row["post_id"]: row for row in history}


def engagement(row: dict[str, str]) -> float:
    return math.log1p(int(row["likes"]) + int(row["comments"]) + int(row["shares"]))


ACCOUNTS = [
    ("x", "bergquell"),
    ("bluesky", "bergquell.test"),
    ("x", "northloom"),
    ("bluesky", "northloom.test"),
]


@pytest.mark.parametrize(("platform", "handle"), ACCOUNTS)
def test_the_past_is_a_canonical_posts_csv(wire, platform, handle):
    history = rows(wire, platform, handle)
    assert list(POST_COLUMNS) == list(history[0])
    for row in history:
        published = datetime.fromisoformat(row["published_at"])
        observed = datetime.fromisoformat(row["observed_at"])
        assert (platform, f"{platform}:{handle}") == (row["platform"], row["account"])
        assert observed - published in (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
        assert observed <= START
        assert all(row[name] == "" or int(row[name]) >= 0 for name in NUMBERS)
        assert (platform == "bluesky") == (row["impressions"] == "")
    ages = {(row["post_id"], row["observed_at"]) for row in history}
    assert len(ages) == len(history)


def test_a_year_lies_behind_and_the_texts_are_many(wire):
    history = final(rows(wire, "x", "bergquell"))
    days = {row["published_at"][:10] for row in history.values()}
    assert 300 < len(days) <= 366
    assert 600 < len(history) < 1100
    assert len({row["text"] for row in history.values()}) > 300


def test_half_is_there_after_an_hour_and_most_after_a_day(wire):
    seen: dict[str, list[float]] = {}
    for row in rows(wire, "x", "northloom"):
        seen.setdefault(row["post_id"], []).append(math.expm1(engagement(row)))
    whole = [counts for counts in seen.values() if len(counts) == 3]
    hour, day, week = (sum(counts[i] for counts in whole) for i in range(3))
    assert 0.42 < hour / week < 0.55
    assert 0.93 < day / week < 1


def test_most_past_posts_stand_at_the_fixed_hours(wire):
    zone = ZoneInfo("Europe/Berlin")
    local = [
        datetime.fromisoformat(row["published_at"]).astimezone(zone)
        for row in final(rows(wire, "x", "bergquell")).values()
    ]
    minutes = [at.hour * 60 + at.minute for at in local]
    fixed = [min(abs(m - f) for f in (540, 750, 1020)) <= 15 for m in minutes]
    assert 0.7 < mean(fixed) < 0.9


@pytest.mark.parametrize(("platform", "handle"), ACCOUNTS)
def test_the_planted_peak_shows_in_the_past(wire, audience, platform, handle):
    account = audience.account(platform, handle)
    at_peak, elsewhere = [], []
    for row in final(rows(wire, platform, handle)).values():
        at = datetime.fromisoformat(row["published_at"])
        effect = slot_effect(account, at)
        if at < START - timedelta(days=7):
            (at_peak if effect > 0.3 else elsewhere).append(engagement(row))
    assert len(at_peak) > 25
    assert 0.15 < mean(at_peak) - mean(elsewhere) < 0.75


@pytest.mark.parametrize(("platform", "handle"), ACCOUNTS)
def test_the_peak_is_worth_half_again_what_the_fixed_hours_are(audience, platform, handle):
    account = audience.account(platform, handle)
    monday = datetime(2026, 3, 2, tzinfo=account.zone)
    effects = [slot_effect(account, monday + timedelta(minutes=m)) for m in range(0, 1440, 15)]
    fixed = [slot_effect(account, monday + timedelta(minutes=m)) for m in (540, 750, 1020)]
    assert 1.4 < math.exp(max(effects) - mean(fixed)) < 1.7


def test_the_week_is_smooth_around_its_end(audience):
    account = audience.account("x", "bergquell")
    sunday = datetime(2026, 3, 8, 23, 59, tzinfo=account.zone)
    after = slot_effect(account, sunday + timedelta(minutes=1))
    assert after == pytest.approx(slot_effect(account, sunday), abs=0.02)


def test_noise_has_the_planted_width(audience):
    account = audience.account("x", "northloom")
    logs = []
    for seed in range(600):
        fate = draw_fate(account, 4.0, rng=Random(seed))  # noqa: S311 - a simulation
        logs.append(math.log1p(fate.likes + fate.comments + fate.reposts + fate.quotes))
    spread = math.sqrt(mean((value - mean(logs)) ** 2 for value in logs))
    assert mean(logs) == pytest.approx(4.0, abs=0.08)
    assert spread == pytest.approx(account.noise_sd, abs=0.06)


def test_growth_never_falls_and_a_crowd_slows_it():
    ages = [0, 0.01, 0.5, 1, 2, 24, 168]
    alone = [grown(age, half_life=1) for age in ages]
    crowded = [grown(age, half_life=1, later=[(0.5, 0.5)]) for age in ages]
    assert sorted(alone) == alone
    assert sorted(crowded) == crowded
    assert pytest.approx(alone[3]) == 0.5
    assert alone[:3] == crowded[:3]
    assert all(c < a for a, c in zip(alone[3:], crowded[3:], strict=True))


def test_the_age_at_a_share_is_the_inverse_of_growth():
    assert pytest.approx(grown(age_at_share(0.3, half_life=2), half_life=2)) == 0.3


def test_counts_reach_the_fate():
    fate = Fate(likes=31, comments=2, reposts=4, quotes=1, saves=3, impressions=900)
    assert counts_at(fate, 1).likes == 31
    assert counts_at(fate, 0).impressions == 0


def test_two_posts_close_together_take_from_each_other(wire):
    def likes(gap_hours: float) -> int:
        total = 0
        for number in range(25):
            wire.tweet(f"Limonade {gap_hours} {number} vorher")
            wire.pass_time(hours=gap_hours)
            id = wire.tweet(f"Limonade {gap_hours} {number} nachher")
            wire.pass_time(hours=48 - gap_hours)
            query = {"ids": id, "tweet.fields": "public_metrics"}
            data = wire.x("GET", "/tweets", params=query).json()["data"][0]
            total += data["public_metrics"]["like_count"]
        return total

    # both posts of a pair stand at nearly the same hour, 24 h or 3 minutes after another one
    assert likes(0.05) < likes(24)


def test_comments_come_in_both_languages_and_all_kinds(wire):
    for number in range(60):
        wire.tweet(f"Rezept mit Holunder {number}?")
        wire.pass_time(hours=6)
    wire.pass_time(days=2)
    comments = wire.http.get("/_sandbox/truth/comments").json()["comments"]
    kinds = {c["category"] for c in comments}
    assert {"question", "praise", "complaint", "spam", "abuse", "off_topic"} <= kinds
    assert all(c["created_at"] <= wire.now().isoformat().replace("+00:00", "Z") for c in comments)
    fitting = [
        c for c in comments if "Rezept auch ohne Zucker" in c["text"] or "Bowle" in c["text"]
    ]
    assert fitting


def broken(tmp_path, change) -> str:
    document = yaml.safe_load(DEMO_AUDIENCE.read_text("utf-8"))
    bank = DEMO_AUDIENCE.with_name("comments.yaml").read_text("utf-8")
    document["comment_bank"] = yaml.safe_load(bank)
    change(document)
    path = tmp_path / "audience.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_audience(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["accounts"][0].update(colour="blue"), "accounts.0.colour"),
        (lambda d: d["accounts"][0].update(timezone="Mars/Olympus"), "no IANA time zone"),
        (lambda d: d["accounts"][0].update(brand="nobody"), "no brand 'nobody'"),
        (lambda d: d["accounts"][0].update(noise_sd=-1), "accounts.0.noise_sd"),
        (lambda d: d["accounts"][0]["topic_factors"].update(wein=2), "no topic ['wein']"),
        (lambda d: d["accounts"].append(d["accounts"][0]), "same platform and handle"),
        (lambda d: d["comment_bank"]["de"].pop("spam"), "comment_bank has no de spam"),
        (lambda d: d.update(starts_at="2026-03-02T05:00:00"), "starts_at"),
        (
            lambda d: d["brands"][0]["topics"]["wasser"]["history_texts"].append("{unbekannt}"),
            "needs slot 'unbekannt'",
        ),
    ],
)
def test_a_wrong_file_names_the_key_and_the_remedy(tmp_path, change, said):
    message = broken(tmp_path, change)
    assert said in message
    assert "docs/sandbox.md" in message


def test_a_missing_or_broken_file_says_so(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_audience(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("a: [", "utf-8")
    with pytest.raises(ConfigError, match="is not YAML"):
        read_audience(tmp_path / "bad.yaml")


def test_the_bank_has_forty_texts_in_each_language(audience):
    for language, kinds in audience.comment_bank.items():
        texts = [text for texts in kinds.values() for text in texts]
        assert len(set(texts)) >= 40, language
