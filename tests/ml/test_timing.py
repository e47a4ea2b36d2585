"""What an hour of the week is worth is found where it is, and not claimed where it is not."""

import numpy as np
import polars as pl
import pytest

from ml.timing import fit_slots, slot_effects


def invented_residuals(*, accounts, posts, gain, seed):
    """Noise of sd 0.85 as real accounts show, and a bump of `gain` around 18 h for everybody."""
    random = np.random.default_rng(seed)
    apart = np.abs(np.arange(168) % 24 - 18)
    truth = np.log1p(gain) * np.exp(-(np.minimum(apart, 24 - apart) ** 2) / 8)
    frames = []
    for number in range(accounts):
        slot = random.integers(0, 168, posts)
        value = truth[slot] - truth.mean() + random.normal(0, 0.85, posts)
        rows = {"account": [f"a{number:02}"] * posts, "slot": slot, "day": np.arange(posts),
                "residual": value}  # fmt: skip
        frames.append(pl.DataFrame(rows).with_columns(pl.col("slot").cast(pl.Int32)))
    return pl.concat(frames)


def test_a_planted_hour_is_found_when_accounts_are_pooled():
    residuals = invented_residuals(accounts=12, posts=300, gain=0.4, seed=1)
    effects = slot_effects(residuals)
    best = effects.sort("effect").group_by("account").last()
    assert all(abs(slot % 24 - 18) <= 2 for slot in best["slot"])
    proven = effects.filter(pl.col("evidence") & (pl.col("effect") > 0))
    assert proven["account"].n_unique() == 12


def test_without_an_effect_no_hour_is_claimed():
    claims = [
        slot_effects(invented_residuals(accounts=3, posts=200, gain=0, seed=seed))["evidence"].any()
        for seed in range(20)
    ]
    assert sum(claims) <= 1


def test_a_short_history_leaves_a_wide_interval_and_no_evidence():
    effects = slot_effects(invented_residuals(accounts=1, posts=50, gain=0.17, seed=2))
    assert not effects["evidence"].any()
    assert (effects["upper"] - effects["lower"]).min() > 0.05


def test_there_is_one_row_per_account_and_hour_of_the_week(invent):
    effects = fit_slots(invent(accounts=3, posts=80), zones={"x:a0": "Europe/Berlin"})
    assert effects.height == 3 * 168
    assert effects.select("account", "slot").n_unique() == 3 * 168
    # the first post of an account has no level to be judged against
    assert effects["posts"].sum() == 3 * 79


def test_content_is_not_mistaken_for_the_hour(invent):
    """Posts with the word that pays go out in the evening only; the evening itself pays nothing."""
    posts = invent(accounts=4, posts=400, word=1.5, seed=5)
    evening = pl.col("published_at").dt.hour() >= 17
    pays = pl.col("text").str.contains("rabatt")
    effects = fit_slots(posts.filter(evening | (~pays | (pl.col("likes") % 4 == 0))))
    late = effects.filter(pl.col("slot") % 24 >= 17)["effect"].mean()
    assert late == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("number", [0, 1, 10])
def test_few_posts_give_no_evidence(invent, number):
    effects = fit_slots(invent(accounts=1, posts=60).head(number))
    assert not effects["evidence"].any()


def test_constant_engagement_gives_no_evidence(invent):
    effects = fit_slots(invent(accounts=2, posts=100).with_columns(likes=pl.lit(10)))
    assert not effects["evidence"].any()
    assert effects["effect"].is_finite().all()


def test_an_hour_is_the_same_wall_clock_hour_on_both_sides_of_the_clock_change(invent):
    posts = invent(accounts=1, posts=60, seed=4)
    wall = pl.datetime_range(
        pl.datetime(2026, 3, 1, 9), pl.datetime(2026, 4, 29, 9), "1d", eager=True
    )
    berlin = posts.with_columns(published_at=wall.dt.replace_time_zone("Europe/Berlin"))
    effects = fit_slots(berlin, zones={"x:a0": "Europe/Berlin"})
    used = effects.filter(pl.col("posts") > 0)
    assert {9} == set((used["slot"] % 24).to_list())


def recovered(effects, residuals, truth):
    """Shares of what the oracle gains: by the best hour that was learnt, and by the raw mean."""
    scores = effects.sort("account", "slot")["effect"].to_numpy().reshape(-1, 168)
    raw = np.full_like(scores, -np.inf)
    means = residuals.group_by("account", "slot").agg(pl.col("residual").mean())
    for account, slot, mean in means.iter_rows():
        raw[int(account[1:]), slot] = mean
    best = truth.max() - truth.mean()
    return [
        (truth[each.reshape(-1, 7, 24).argmax(axis=2)].mean() - truth.mean()) / best
        for each in (scores, raw)
    ]


def bump(gain):
    apart = np.abs(np.arange(24) - 18)
    return np.log1p(gain) * np.exp(-(np.minimum(apart, 24 - apart) ** 2) / 8)


def test_twenty_accounts_learn_most_of_seventeen_percent_within_two_hundred_posts():
    shares = []
    for seed in range(6):
        residuals = invented_residuals(accounts=20, posts=200, gain=0.17, seed=seed)
        shares.append(recovered(slot_effects(residuals), residuals, bump(0.17)))
    ours, raw = np.mean(shares, axis=0)
    assert ours >= 0.8
    assert raw < 0.3


def test_one_account_alone_learns_more_than_the_raw_mean_and_says_how_little_it_knows():
    shares, widths = [], []
    for seed in range(80):
        residuals = invented_residuals(accounts=1, posts=200, gain=0.17, seed=seed)
        effects = slot_effects(residuals)
        shares.append(recovered(effects, residuals, bump(0.17)))
        widths.append((effects["upper"] - effects["lower"]).max())
    ours, raw = np.mean(shares, axis=0)
    assert ours >= 1.5 * raw
    assert np.median(widths) > np.log(1.1)


def test_platforms_with_other_best_hours_are_told_apart():
    evening = invented_residuals(accounts=6, posts=400, gain=0.6, seed=7)
    morning = invented_residuals(accounts=6, posts=400, gain=0.6, seed=8)
    both = pl.concat(
        [
            evening.with_columns(account="x:" + pl.col("account")),
            morning.with_columns(
                account="y:" + pl.col("account"), slot=(pl.col("slot") - 10) % 168
            ),
        ]
    )
    best = slot_effects(both).sort("effect").group_by("account").last()
    apart = best["slot"] % 24 - pl.Series([18 if a[0] == "x" else 8 for a in best["account"]])
    assert apart.abs().max() <= 2


def test_the_chance_that_hours_matter_rises_with_what_they_do():
    chances = [
        slot_effects(invented_residuals(accounts=8, posts=300, gain=gain, seed=3))["chance"][0]
        for gain in (0.0, 0.6)
    ]
    assert chances[0] < 0.5
    assert chances[1] > 0.99
