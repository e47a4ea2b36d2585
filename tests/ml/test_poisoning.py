"""Fake likes: what is flagged, and how seldom they move what is chosen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ml.baselines import baseline_forecasts
from ml.content import content_residuals
from ml.draft_trials import draft_figures, drafts_moved
from ml.engagement import EngagementModel
from ml.frame import prepare_posts
from ml.hour_trials import LEAD, Crowd, hour_figures, hours_moved
from ml.judging import split_in_time
from ml.leaning import MOST, leaning
from ml.persistence import dump_model, load_model
from ml.poison_trials import Attack, Campaign, moved
from ml.poisoning import Sign, bought, flags, leads_in_likes_alone, without_bought
from ml.timing import fit_slots

START = datetime(2026, 1, 5, tzinfo=UTC)


def counts(likes, words):
    return pl.DataFrame({"account": "a", "likes": likes, "comments": words, "shares": 0})


def test_likes_out_of_proportion_are_flagged_and_a_viral_post_is_not():
    words = np.random.default_rng(0).poisson(50, 60)
    likes = 6 * words
    likes[3], likes[4], words[4] = 6000, 6000, 1000
    flags = bought(counts(likes, words))
    assert [3] == np.flatnonzero(flags).tolist()


@pytest.mark.parametrize("rows", [0, 1, 10])
def test_few_posts_have_no_proportion_and_no_flag(rows):
    assert not bought(counts([10_000] * rows, [1] * rows)).any()


def test_a_lead_in_likes_alone_is_told_from_one_in_everything():
    random = np.random.default_rng(1)
    usual, leads = random.normal(2, 0.4, 400), np.arange(400) % 2 == 0
    assert not leads_in_likes_alone(usual, leads)
    assert leads_in_likes_alone(usual + 0.2 * leads, leads)


@pytest.mark.parametrize("attack", [*Attack])
@pytest.mark.parametrize("lead", [0.0, 0.3])
def test_five_percent_of_fake_likes_seldom_move_the_choice(attack, lead):
    assert moved(Campaign(attack, 0.05, lead), runs=100, seed=3) <= 0.05


def test_without_the_guard_a_slow_crowd_would_move_it():
    campaign = Campaign(Attack.SPREAD, 0.05, 0.0)
    assert moved(campaign, runs=60, guarded=False) > 0.3


@pytest.mark.parametrize("hour", [0.5, 0.0])
def test_bursts_of_fake_likes_do_not_move_the_hour(invent, hour):
    posts = invent(accounts=2, posts=300, hour=hour, seed=2)
    night = posts.with_row_index().filter(pl.col("published_at").dt.hour() == 3)["index"][:2]
    fakes = 0.025 * posts["likes"].sum()
    struck = pl.int_range(pl.len()).is_in(night.implode())
    dirty = posts.with_columns(
        likes=pl.col("likes") + pl.when(struck).then(int(fakes)).otherwise(0)
    )
    claimed = [
        set((each.filter("evidence")["slot"] % 24).to_list())
        for each in (fit_slots(prepare_posts(table)) for table in (posts, dirty))
    ]
    assert 3 not in claimed[1]
    assert bool(claimed[0]) == bool(claimed[1])


def bread(*, hour: int | None = None, share: float = 0.05, posts: int = 600, talk: bool = True):
    """Prepared posts of one account, with likes bought for every post of an hour of the day."""
    random = np.random.default_rng(5)
    hours = np.sort(random.choice(posts * 5, posts, replace=False))
    size = np.exp(5 + random.normal(0, 0.8, posts))
    struck = hours % 24 == hour
    fakes = struck * share * size.sum() / max(struck.sum(), 1)
    return prepare_posts(
        pl.DataFrame(
            {
                "platform": "x",
                "account": "x:a",
                "post_id": [f"{number:04}" for number in range(posts)],
                "published_at": [START + timedelta(hours=int(each)) for each in hours],
                "text": "Bread",
                "likes": (0.85 * size + fakes).round(),
                "comments": random.poisson(0.15 * size) * talk,
                "shares": 0,
            }
        )
    )


def in_hour(posts, hour):
    return posts.filter(pl.col("published_at").dt.hour() == hour)["y"].mean()


def test_likes_bought_for_an_hour_do_not_teach_that_it_is_good():
    honest, dirty = bread(), bread(hour=20)
    believed = without_bought(dirty, zones={})
    assert in_hour(dirty, 20) > in_hour(honest, 20) + 0.5
    assert in_hour(believed, 20) == pytest.approx(in_hour(honest, 20), abs=0.2)
    assert_frame_equal(dirty.drop("y"), believed.drop("y"))


def test_a_crowd_that_moves_no_post_enough_is_told_by_the_hour():
    odd = flags(bread(hour=20, share=0.015), zones={})
    assert odd["published_at"].dt.hour().unique().to_list() == [20]
    assert Sign.HOUR in odd["stood_out"]


def test_an_honest_account_is_believed_in_full():
    assert flags(bread(), zones={}).is_empty()
    assert_frame_equal(bread(), without_bought(bread(), zones={}))


def test_an_hour_that_works_is_no_bought_one(invent):
    posts = invent(posts=400, hour=0.6).with_columns(comments=pl.col("likes") // 6)
    assert flags(prepare_posts(posts), zones={}).is_empty()


def test_of_an_account_where_nobody_says_anything_nothing_can_be_told():
    assert flags(bread(hour=20, talk=False), zones={}).is_empty()
    assert not bought(counts([10] * 30 + [10_000], [0] * 31)).any()


def test_a_flag_tells_the_post_what_stood_out_and_as_what_it_is_counted():
    posts = bread()
    struck = pl.col("post_id") == "0300"
    usual = posts.filter(struck)["engagement"][0]
    dirty = prepare_posts(
        posts.with_columns(likes=pl.when(struck).then(9000).otherwise("likes")).drop("y")
    )
    (flag,) = flags(dirty, zones={}).iter_rows(named=True)
    assert ("0300", Sign.POST, 9000) == (flag["post_id"], flag["stood_out"], flag["likes"])
    assert usual / 2.5 < flag["counted_as"] < 2.5 * usual


def test_a_proportion_that_drifts_over_the_years_flags_nothing():
    posts = bread(posts=2000)
    grown = posts.with_columns(likes=pl.col("likes") * (1 + pl.int_range(pl.len()) / 50))
    assert flags(grown.with_columns(engagement=pl.col("likes") + pl.col("comments")),
                 zones={}).is_empty()  # fmt: skip


def test_engagement_is_taught_by_what_is_believed():
    """The forecast for an hour with a bought crowd is what it is without one."""
    honest, dirty = (EngagementModel.fit(bread(hour=hour)) for hour in (None, 20))
    asked = bread().tail(60).with_columns(
        published_at=pl.col("published_at").dt.truncate("1d") + pl.duration(hours=20)
    ).drop("y", "level", "engagement")  # fmt: skip
    means = [model.predict(asked)["predicted"].mean() for model in (honest, dirty)]
    assert means[1] == pytest.approx(means[0], abs=0.15)


def test_rivals_are_taught_by_what_is_believed_too():
    """Else the rival that believes a bought crowd would win by it."""
    honest, dirty = (split_in_time(bread(hour=hour)) for hour in (None, 20))
    said = baseline_forecasts(dirty.train, dirty.test, zones={}, seed=0)["hour_mean"]
    at_that_hour = said[(dirty.test["published_at"].dt.hour() == 20).to_numpy()]
    assert in_hour(dirty.train, 20) > in_hour(honest.train, 20) + 0.5
    assert at_that_hour == pytest.approx(in_hour(honest.train, 20), abs=0.2)


def test_what_is_odd_among_later_posts_changes_no_target_of_the_past():
    """A back-test must not know by a judged post which of the teaching ones to doubt."""
    posts = bread()
    teach = pl.Series([number < 400 for number in range(600)])
    later = pl.int_range(pl.len()) >= 400
    struck = later & (pl.col("published_at").dt.hour() == 8)
    dirty = posts.with_columns(likes=pl.when(struck).then(9000).otherwise("likes"))
    both = [
        content_residuals(each, zones={}, seed=0, train=teach).filter("teach").drop("residual")
        for each in (posts, prepare_posts(dirty.drop("y", "level", "engagement")))
    ]
    assert_frame_equal(*both)


@pytest.mark.parametrize("lead", [0.0, LEAD])
def test_fake_likes_on_each_post_of_an_hour_do_not_move_the_hour_and_would_without_the_guard(lead):
    """Twice of what is promised, so that few runs tell."""
    crowd, unseen = Crowd(Attack.SPREAD, 0.1), Crowd(Attack.SPREAD, 0.1, guarded=False)
    moved = hours_moved((crowd, unseen), lead=lead, runs=6, seed=1)
    assert moved[crowd] == 0
    assert moved[unseen] >= 3


def test_the_figures_of_hours_say_how_sure_they_are():
    """One run proves nothing: nothing moved may still be 95 %."""
    figures = hour_figures(1, crowds=(Crowd(Attack.BURSTS, 0.01),))
    name = "hour_moved_by_bursts_1%_of_a_lead"
    assert {name, f"{name}_at_most"} < figures.keys()
    assert all(figures[key] >= 0.95 for key in figures if key.endswith("_at_most"))


def asked_last(posts):
    """The posts with a picture and a link after them, and which rows these two are."""
    last = posts["published_at"].max()
    drafts = pl.DataFrame(
        {
            "platform": "x",
            "account": "x:a",
            "post_id": ["picture", "link"],
            "published_at": [last + timedelta(hours=hours) for hours in (1, 2)],
            "text": "Bread",
            "media_type": ["image", "link"],
        }
    )
    canonical = posts.drop("y", "level", "engagement")
    both = prepare_posts(pl.concat([canonical, drafts], how="diagonal_relaxed"))
    return both, both["post_id"].is_in(["picture", "link"])


def with_media(posts):
    kinds = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("image"))
    return posts.with_columns(media_type=kinds.otherwise(pl.lit("link")))


def test_likes_bought_for_a_form_are_what_its_forecast_leans_on():
    posts = with_media(bread())
    fakes = pl.when(pl.col("media_type") == "link").then(pl.col("likes") * 0.2).otherwise(0.0)
    clean = leaning(*asked_last(posts))
    dirty = leaning(*asked_last(posts.with_columns(likes=pl.col("likes") + fakes)))
    assert np.abs(clean).max() < 0.05
    assert dirty[1] - dirty[0] == pytest.approx(0.85 * np.log(1.2), abs=0.06)


def test_what_is_doubted_of_a_form_has_a_limit():
    """So that a kind of media that is honestly liked more goes on to be chosen."""
    posts = with_media(bread())
    loud = pl.when(pl.col("media_type") == "link").then(pl.col("likes") * 3).otherwise("likes")
    assert [-MOST, MOST] == leaning(*asked_last(posts.with_columns(likes=loud))).tolist()


def test_of_few_posts_or_few_words_no_forecast_is_said_to_lean():
    for posts in (with_media(bread(posts=20)), with_media(bread(talk=False))):
        assert [0.0, 0.0] == leaning(*asked_last(posts)).tolist()


def test_what_a_forecast_leans_on_is_not_read_from_the_post_itself():
    rows, asked = asked_last(with_media(bread()))
    told = pl.when(asked).then(9000.0).otherwise("likes")
    assert leaning(rows, asked).tolist() == leaning(rows.with_columns(likes=told), asked).tolist()


def test_a_slow_crowd_seldom_moves_the_draft_and_would_without_the_guard():
    """Twice of what the benchmark plays, so that few runs tell."""
    crowd, unseen = Crowd(Attack.SPREAD, 0.1), Crowd(Attack.SPREAD, 0.1, guarded=False)
    moved = drafts_moved((crowd, unseen), runs=8, seed=0)
    assert moved[crowd] <= 1
    assert moved[unseen] >= 3


def test_the_figures_of_drafts_say_how_sure_they_are():
    figures = draft_figures(1, crowds=(Crowd(Attack.BURSTS, 0.01),))
    assert {"draft_moved_by_bursts_1%", "draft_moved_by_bursts_1%_at_most"} == figures.keys()
    assert figures["draft_moved_by_bursts_1%_at_most"] >= 0.95


def test_the_last_posts_are_read_as_training_believed_them():
    """Also by a model that was stored; one that believes everything reads what was counted."""
    posts = bread(hour=20)
    model = EngagementModel.fit(posts)
    gullible = replace(model, doubted=model.doubted.clear())
    asked = posts.tail(1).with_columns(
        post_id=pl.lit("next"), published_at=pl.col("published_at") + pl.duration(hours=1)
    ).drop("y", "level", "engagement")  # fmt: skip
    read, stored, counted = (
        each.features_of(asked, history=posts.drop("y", "level", "engagement"))["hour_y"][0]
        for each in (model, load_model(dump_model(model)), gullible)
    )
    assert read == stored
    assert 0 < model.doubted.height < 60
    assert (asked["published_at"][0].hour // 3 == 20 // 3) == (read != counted)
