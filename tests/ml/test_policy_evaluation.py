"""A policy judged on the choices of another: right where it speaks, silent where it cannot know."""

import numpy as np
import polars as pl
import pytest

from domain.errors import InputError
from ml.policy_evaluation import evaluate_policy, uniform_target


def logged(seed, *, choices=1000, actions=10, binary=False, logging=1.0):
    """A log with its target policy, and the true values of the target and of who logged."""
    random = np.random.default_rng(seed)
    base = 0.9 * random.dirichlet(np.ones(actions) * logging) + 0.1 / actions
    target = random.dirichlet(np.ones(actions))
    means = random.uniform(0.05, 0.3, actions) if binary else random.normal(0, 0.3, actions)
    taken = random.choice(actions, choices, p=base)
    reward = (
        (random.random(choices) < means[taken]).astype(float)
        if binary
        else means[taken] + random.normal(0, 0.85, choices)
    )
    log = pl.DataFrame(
        {"action": taken, "reward": reward, "propensity": base[taken], "target": target[taken]}
    )
    policy = pl.DataFrame({"action": np.arange(actions), "target": target})
    return log, policy, float(target @ means), float(base @ means)


def test_intervals_hold_the_truth_and_decisions_are_right_on_a_thousand_logs():
    inside, wrong, decided = [], 0, 0
    for seed in range(1000):
        log, policy, value, base = logged(seed, binary=seed % 2 == 1)
        verdict = evaluate_policy(log, actions=policy)
        if verdict.refusal is None:
            held = verdict.estimates.select(pl.lit(value).is_between("lower", "upper"))
            inside.append(held.to_series().to_list())
            if verdict.decision != "cannot tell":
                decided += 1
                wrong += (verdict.decision == "better") != (value > base)
    assert len(inside) > 700
    assert np.mean(inside, axis=0).min() >= 0.93
    assert decided > 200
    assert wrong / decided < 0.025


def test_a_policy_that_was_hardly_tried_gets_no_answer():
    log, _, _, _ = logged(0, choices=600, actions=30)
    rare = int(log["action"][0])
    alone = log.with_columns(target=(pl.col("action") == rare).cast(pl.Float64()))
    verdict = evaluate_policy(alone)
    assert "are needed" in verdict.refusal
    assert verdict.estimates.is_empty()
    assert verdict.decision == "cannot tell"


def test_one_choice_that_decides_alone_gets_no_answer():
    log, _, _, _ = logged(1, choices=5000)
    heavy = log.with_columns(
        propensity=pl.when(pl.int_range(pl.len()) == 7).then(1 / 300).otherwise("target"),
        target=pl.when(pl.int_range(pl.len()) == 7).then(1.0).otherwise("target"),
    ).filter(pl.col("propensity") > 0)
    assert "carries" in evaluate_policy(heavy).refusal


def test_propensities_that_cannot_be_right_are_noticed():
    log, policy, _, _ = logged(2, choices=4000)
    wrong = log.with_columns(propensity=(pl.col("propensity") * 1.5).clip(upper_bound=1.0))
    assert "should average 1" in evaluate_policy(wrong, actions=policy).refusal


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("propensity", 0.0, "0 to 1"),
        ("target", 1.5, "0 to 1"),
        ("reward", float("nan"), "no number"),
    ],
)
def test_an_impossible_number_is_refused(column, value, message):
    log, _, _, _ = logged(3)
    with pytest.raises(InputError, match=message):
        evaluate_policy(log.with_columns(pl.lit(value).alias(column)))


def test_a_log_without_propensities_is_refused():
    log, _, _, _ = logged(4)
    with pytest.raises(InputError, match="propensity"):
        evaluate_policy(log.drop("propensity"))


def bandit(shared_data, name):
    table = pl.read_parquet(shared_data / "open-bandit" / f"{name}.parquet")
    return table.select(action="item_id", reward="click", propensity="propensity_score")


def test_open_bandit_is_answered_within_its_interval_or_not_at_all(shared_data):
    random, sampled = bandit(shared_data, "random_men"), bandit(shared_data, "bts_men")
    log, actions = uniform_target(sampled)
    verdict = evaluate_policy(log, actions=actions)
    truth = random["reward"].mean()
    assert verdict.refusal is None
    assert verdict.estimates.select(pl.lit(truth).is_between("lower", "upper").all()).item()
    assert verdict.decision == "cannot tell"


def test_a_single_item_of_open_bandit_gets_no_answer(shared_data):
    random = bandit(shared_data, "random_men")
    single = random.with_columns(target=(pl.col("action") == 5).cast(pl.Float64())).head(5000)
    assert "are needed" in evaluate_policy(single).refusal
