"""A score becomes a share: honest on decisions that did not teach it, and never falling."""

import numpy as np
import pytest

from ml.calibration import (
    FEWEST,
    Decided,
    brier,
    calibration_error,
    fit_calibration,
    held_out,
    reliability,
)


def decisions(number, *, seed=0):
    """Scores that promise too much: a draft of score s is let go with probability s cubed."""
    random = np.random.default_rng(seed)
    scores = random.uniform(0.3, 1.0, number)
    return Decided(scores, (random.uniform(size=number) < scores**3).astype(np.float64))


@pytest.mark.parametrize("seed", range(5))
def test_calibrated_shares_come_closer_to_what_was_decided_than_scores_do(seed):
    own = decisions(400, seed=seed)
    expected, accepted = held_out(own), own.accepted
    assert brier(expected, accepted) < brier(own.scores, accepted) - 0.02
    assert calibration_error(expected, accepted) < calibration_error(own.scores, accepted) / 2


def test_a_better_score_never_gets_a_smaller_share():
    line = fit_calibration(decisions(200))
    shares = line.share(np.linspace(0, 1, 101))
    assert (np.diff(shares) >= 0).all()
    assert shares[-1] - shares[0] > 0.4


def test_few_decisions_calibrate_nothing():
    assert fit_calibration(decisions(FEWEST - 1)) is None
    assert fit_calibration(decisions(FEWEST)).decisions == FEWEST


def all_alike(number, verdict):
    return Decided(np.linspace(0.5, 0.9, number), np.full(number, verdict))


def test_what_others_decided_is_never_enough_by_itself():
    assert fit_calibration(all_alike(24, 1.0), all_alike(1000, 1.0)) is None
    assert fit_calibration(all_alike(25, 1.0), all_alike(24, 1.0)) is None
    line = fit_calibration(all_alike(25, 1.0), all_alike(1000, 1.0))
    assert (25, 1000) == (line.decisions, line.lent)


def test_the_more_one_decides_oneself_the_less_the_others_tell():
    lent = all_alike(1000, 0.0)
    shares = [
        float(fit_calibration(all_alike(own, 1.0), lent).share(np.array([0.7]))[0])
        for own in (25, 100, 400)
    ]
    assert 0.4 < shares[0] < 0.6 < shares[1] < 0.85 < shares[2]


def test_decisions_that_all_agree_promise_no_certainty():
    scores = np.linspace(0.5, 0.9, 60)
    for verdict in (0.0, 1.0):
        shares = fit_calibration(Decided(scores, np.full(60, verdict))).share(scores)
        assert 0 < shares.min() <= shares.max() < 1


def test_scores_that_are_all_alike_get_the_share_of_all():
    accepted = np.r_[np.ones(45), np.zeros(15)]
    share = fit_calibration(Decided(np.full(60, 0.7), accepted)).share(np.array([0.1, 0.7, 0.9]))
    assert share == pytest.approx(np.full(3, 47 / 64))


def test_the_same_decisions_give_the_same_line():
    one, other = (fit_calibration(decisions(120)) for _ in range(2))
    assert (one.scores == other.scores).all()
    assert (one.shares == other.shares).all()


def test_reliability_sets_what_was_expected_beside_what_was_decided():
    expected = np.array([0.1, 0.1, 0.5, 0.5, 0.9, 0.9])
    table = reliability(expected, np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0]), bins=3)
    assert [(0.1, 0.0), (0.5, 0.5), (0.9, 1.0)] == [
        pytest.approx(row) for row in table.select("expected", "observed").iter_rows()
    ]
    assert [2, 2, 2] == table["decisions"].to_list()
