"""What a policy would have brought, judged on the logged choices of another; or why not.

Estimators: inverse propensity scoring (IPS), its self-normalised form (SNIPS) and the doubly
robust one (DR); Dudík, Langford and Li 2011, Swaminathan and Joachims 2015.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import t as student

from domain.errors import InputError

Floats = NDArray[np.float64]

MIN_EFFECTIVE = 200.0
"""Fewer effective choices than this answer nothing."""

MAX_SHARE = 0.05
"""One choice that carries more of all weight than this decides alone."""

LEVEL = 0.95
NEEDED = ("action", "reward", "propensity", "target")

_ODD_WEIGHTS = 4.0
_PRIOR_CHOICES = 20.0
_FOLDS = 2

ESTIMATE_SCHEMA: dict[str, pl.DataType] = {
    "estimator": pl.String(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of a target policy.

    Attributes:
        choices: how many were logged; `effective` (Kish) is what they are worth for the target.
        largest: the share of all weight on the weightiest choice.
        logged: mean reward of the policy that logged.
        estimates: one row per estimator (value and 95 % interval); empty where `refusal` says why
            nothing can be said.
        gain: the target's value above `logged` by the doubly robust estimator, with its interval.
    """

    choices: int
    effective: float
    largest: float
    logged: float
    estimates: pl.DataFrame
    gain: tuple[float, float, float] | None
    refusal: str | None

    @property
    def decision(self) -> str:
        """`better`, `worse` or `cannot tell`, and that also where nothing can be said."""
        if self.gain is None or self.gain[1] <= 0 <= self.gain[2]:
            return "cannot tell"
        return "better" if self.gain[1] > 0 else "worse"


def evaluate_policy(log: pl.DataFrame, *, actions: pl.DataFrame | None = None) -> Verdict:
    """Judge a target policy on the choices of another.

    `log` has one row per choice: `action` taken, its `reward`, the `propensity` with which it was
    taken, and `target`, the probability with which the target policy would have taken it there.
    `actions` (action, target) says what the target policy does at large, where that does not
    depend on the choice; with it the doubly robust estimator has a model to lean on.

    Weights above the square root of the number of choices are cut; each interval is widened by
    what the cut may have cost, given the range of the rewards. Nothing is said below 200
    effective choices, where one choice carries over 5 % of the weight, or where the mean
    weight is so far from 1 that the propensities cannot be what was logged.
    Raises InputError where a column is missing or a number is impossible.
    """
    rows = _checked(log)
    raw = (rows["target"] / rows["propensity"]).to_numpy()
    reward = rows["reward"].to_numpy()
    effective = float(raw.sum() ** 2 / max((raw**2).sum(), 1e-300))
    largest = float(raw.max() / max(raw.sum(), 1e-300))
    refusal = _refusal(raw, effective, largest)
    estimates, gain = pl.DataFrame(schema=ESTIMATE_SCHEMA), None
    if refusal is None:
        model, mean = _direct(rows, actions)
        estimates, gain = _estimates(raw, reward, model, mean)
    return Verdict(len(raw), effective, largest, float(reward.mean()), estimates, gain, refusal)


def uniform_target(log: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The log and the actions for a policy that takes each action that was ever logged alike."""
    actions = log.select(pl.col("action").unique(maintain_order=True))
    actions = actions.with_columns(target=pl.lit(1 / max(actions.height, 1)))
    return log.drop("target", strict=False).join(
        actions, on="action", how="left", maintain_order="left"
    ), actions


def best_target(log: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """For a policy that always takes what did best in the first half: the second half of the log.

    Chosen and judged on the same rows it would look better than it is.
    """
    first, second = log.head(log.height // 2), log.tail(log.height - log.height // 2)
    means = first.group_by("action", maintain_order=True).agg(pl.col("reward").mean())
    best = means.sort("reward", descending=True, maintain_order=True).head(1).select("action")
    actions = best.with_columns(target=pl.lit(1.0))
    judged = second.drop("target", strict=False).join(
        actions, on="action", how="left", maintain_order="left"
    )
    return judged.with_columns(pl.col("target").fill_null(0.0)), actions


def _checked(log: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in NEEDED if name not in log.columns]
    if missing:
        raise InputError(f"the log lacks the column(s) {', '.join(missing)}; add them")
    if log.is_empty():
        raise InputError("the log holds no choice; log choices with their propensity first")
    numbers = pl.col("reward", "propensity", "target").cast(pl.Float64())
    rows = log.select("action", numbers)
    if any(not rows[name].is_finite().fill_null(False).all() for name in NEEDED[1:]):
        raise InputError("a reward or probability of the log is no number; remove such rows")
    if not rows["propensity"].is_between(0, 1, closed="right").all():
        raise InputError("a propensity lies outside 0 to 1; log what each choice was drawn with")
    if not rows["target"].is_between(0, 1).all():
        raise InputError("a target probability lies outside 0 to 1; correct the target policy")
    return rows


def _refusal(raw: Floats, effective: float, largest: float) -> str | None:
    if not raw.any():
        return "the policy would have taken none of the logged choices: nothing can be said"
    if effective < MIN_EFFECTIVE:
        return (
            f"{len(raw)} logged choices are worth only {effective:.0f} for this policy, and "
            f"{MIN_EFFECTIVE:.0f} are needed: log more, or judge a policy that is closer"
        )
    if largest > MAX_SHARE:
        return (
            f"one choice carries {largest:.0%} of all weight, more than {MAX_SHARE:.0%}: log more "
            "choices, or with more exploration"
        )
    off = abs(raw.mean() - 1) / max(float(raw.std(ddof=1)) / len(raw) ** 0.5, 1e-12)
    if abs(raw.mean() - 1) > 0.01 and off > _ODD_WEIGHTS:
        return (
            f"weights average {raw.mean():.2f} where they should average 1: the logged "
            "propensities are not those of the choices, or the policy takes what was never tried"
        )
    return None


def _direct(rows: pl.DataFrame, actions: pl.DataFrame | None) -> tuple[Floats, Floats]:
    """Expected reward of the action taken and of the target policy, from the other half."""
    reward = rows["reward"].to_numpy()
    if actions is None:
        return np.zeros(len(reward)), np.zeros(len(reward))
    fold = np.arange(len(reward)) % _FOLDS
    taken, policy = np.zeros((2, len(reward)))
    for part in range(_FOLDS):
        known = rows.filter(pl.Series(fold != part))
        mean = float(known["reward"].mean() or 0.0)  # type: ignore[arg-type]
        each = known.group_by("action").agg(
            model=(pl.col("reward").sum() + _PRIOR_CHOICES * mean) / (pl.len() + _PRIOR_CHOICES)
        )
        ours = rows.filter(pl.Series(fold == part)).join(
            each, on="action", how="left", maintain_order="left"
        )
        taken[fold == part] = ours["model"].fill_null(mean).to_numpy()
        wanted = actions.join(each, on="action", how="left")
        policy[fold == part] = float((wanted["target"] * wanted["model"].fill_null(mean)).sum())
    return taken, policy


def _estimates(
    raw: Floats, reward: Floats, model: Floats, mean: Floats
) -> tuple[pl.DataFrame, tuple[float, float, float]]:
    weight = np.minimum(raw, len(raw) ** 0.5)
    cut = float((raw - weight).mean() * (reward.max() - reward.min()))
    # seen from the middle of the rewards, a cut weight costs at most the range
    centre = float(reward.mean())
    ips = weight * (reward - centre) + centre
    snips = centre + float(weight @ (reward - centre) / weight.sum())
    pull = snips + weight * (reward - snips) / weight.mean()
    robust = mean + weight * (reward - model)
    freedom = max(float(weight.sum() ** 2 / (weight**2).sum()) - 1, 1.0)
    found = [
        (name, *_interval(values, freedom, cut))
        for name, values in (("ips", ips), ("snips", pull), ("dr", robust))
    ]
    gain = _interval(robust - reward, freedom, cut)
    return pl.DataFrame(found, schema=ESTIMATE_SCHEMA, orient="row"), gain


def _interval(values: Floats, freedom: float, cut: float) -> tuple[float, float, float]:
    """Student's interval, moved by the first Edgeworth term: weighted rewards are skewed."""
    middle, root = float(values.mean()), len(values) ** 0.5
    spread = float(values.std(ddof=1)) / root
    skew = float(((values - middle) ** 3).mean()) / max(float(values.std()) ** 3, 1e-300)
    edge = float(student.ppf((1 + LEVEL) / 2, freedom))
    moved = spread * skew * (1 + 2 * edge**2) / (6 * root)
    return middle, middle + moved - spread * edge - cut, middle + moved + spread * edge + cut
