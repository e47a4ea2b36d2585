"""Would the chosen hours have paid? Slot policies judged on posts they never saw."""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.backtest import OURS, Backtest
from ml.content import content_residuals
from ml.frame import prepare_posts
from ml.judging import RESAMPLES, SCORE_SCHEMA, TRAIN_SHARE, Split, check_split
from ml.promotion import MIN_JUDGED
from ml.slots import slot_propensities
from ml.timing import SURE, slot_effects

Floats = NDArray[np.float64]

TOP_SLOTS = 17
"""A tenth of the week: how many slots each policy picks per account."""

FIXED_HOURS = (9, 14, 19)
EXPLORATION = 0.1
_FEW_ACCOUNTS = 10
_PRIOR_POSTS = 30.0

PICKS_SCHEMA = pl.Schema({"account": pl.String(), "slot": pl.Int32(), "claim": pl.Float64()})


def backtest_timing(
    posts: pl.DataFrame,
    *,
    train: pl.DataFrame | None = None,
    zones: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Backtest:
    """Judge slot choice on canonical `posts`; splits as in `backtest_engagement`.

    Each policy picks a tenth of the week per account from the training posts. `delivered` is what
    judged posts in those slots got above the account's other judged posts, content and level
    taken out; `claimed` is what the policy promised from the training posts, `claimed_shuffled`
    what it would promise if hours were dealt out at random; `ours_above`, of a rival, what ours
    delivered more than it on the same judged posts. All are ratios minus one. Ours picks nothing
    without evidence that hours matter: such an account counts as 0. `predictions` holds account,
    slot, effect, lower, upper, propensity.
    """
    residuals = _residuals(posts, train, zones=zones or {}, seed=seed)
    past, judged = residuals.filter("teach"), residuals.filter(~pl.col("teach"))
    shuffled = past.with_columns(pl.col("slot").shuffle(seed=seed).over("account"))
    effects = slot_effects(past)
    policies: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
        "fixed_slots": _fixed,
        "most_used_hours": _most_used,
        "raw_hour_mean": _raw_mean,
        "shrunk_hour_mean": _shrunk_mean,
    }
    ours = pick_proven(effects)
    rows = _judge(OURS, ours, pick_proven(slot_effects(shuffled)), judged, seed)
    for name, policy in policies.items():
        picks = policy(past)
        rows += _judge(name, picks, policy(shuffled), judged, seed)
        rows.append(_above(name, ours, picks, judged, seed))
    scores = pl.DataFrame(rows, schema=SCORE_SCHEMA, orient="row")
    return Backtest(scores, _with_propensity(effects, seed=seed))


def pick_proven(effects: pl.DataFrame) -> pl.DataFrame:
    """The best tenth of the week of each account; of none where it is not proven that hours matter.

    An account whose own slots are not proven borrows from the others, as it does in service.
    """
    proven = effects.filter(pl.col("chance") >= SURE)
    top = proven.sort("effect", descending=True).group_by("account", maintain_order=True)
    return top.head(TOP_SLOTS).select("account", "slot", claim="effect")


def verdict(scores: pl.DataFrame) -> str:
    """`evidence` where the interval of our delivered value is above zero, on 30 posts or more."""
    ours = scores.filter((pl.col("model") == OURS) & (pl.col("metric") == "delivered"))
    proven = ours.filter((pl.col("lower") > 0) & (pl.col("posts") >= MIN_JUDGED))
    return "evidence" if proven.height else "no evidence"


def _residuals(
    posts: pl.DataFrame, train: pl.DataFrame | None, *, zones: Mapping[str, str], seed: int
) -> pl.DataFrame:
    both = posts if train is None else pl.concat([train, posts], how="diagonal_relaxed")
    prepared = prepare_posts(both)
    if train is None:
        place = pl.int_range(pl.len()).over("account") / pl.len().over("account")
        teach = prepared.select((place < TRAIN_SHARE).alias("teach"))["teach"]
    else:
        known = prepare_posts(train).select("account", "post_id", teach=True)
        teach = prepared.join(
            known, on=["account", "post_id"], how="left", maintain_order="left"
        )["teach"].fill_null(False)  # fmt: skip
    check_split(Split(prepared.filter(teach), prepared.filter(~teach)))
    return content_residuals(prepared, zones=zones, seed=seed, train=teach)


def _fixed(past: pl.DataFrame) -> pl.DataFrame:
    slots = pl.DataFrame({"slot": [d * 24 + h for d in range(7) for h in FIXED_HOURS]})
    everyone = past.select(pl.col("account").unique(maintain_order=True))
    return everyone.join(slots, how="cross").with_columns(claim=0.0).cast(PICKS_SCHEMA)


def _most_used(past: pl.DataFrame) -> pl.DataFrame:
    counts = past.group_by("account", "slot").agg(pl.len().alias("size"))
    return _top(counts).with_columns(claim=0.0).cast(PICKS_SCHEMA)


def _raw_mean(past: pl.DataFrame) -> pl.DataFrame:
    overall = pl.col("y").mean().over("account")
    means = past.with_columns(above=pl.col("y") - overall).group_by("account", "slot")
    sized = means.agg(pl.col("above").mean().alias("size"))
    return _top(sized).select("account", "slot", claim="size").cast(PICKS_SCHEMA)


def _shrunk_mean(past: pl.DataFrame) -> pl.DataFrame:
    overall = pl.col("y").mean().over("account")
    hours = past.with_columns(above=pl.col("y") - overall, hour=pl.col("slot") % 24)
    means = hours.group_by("account", "hour").agg(
        size=pl.col("above").sum() / (pl.len() + _PRIOR_POSTS)
    )
    days = pl.DataFrame({"day": range(7)}, schema={"day": pl.Int32})
    slots = means.join(days, how="cross").with_columns(slot=pl.col("day") * 24 + pl.col("hour"))
    return _top(slots).select("account", "slot", claim="size").cast(PICKS_SCHEMA)


def _top(sized: pl.DataFrame) -> pl.DataFrame:
    ordered = sized.sort("size", "slot", descending=[True, False])
    return ordered.group_by("account", maintain_order=True).head(TOP_SLOTS)


def _judge(
    model: str, picks: pl.DataFrame, shuffled: pl.DataFrame, judged: pl.DataFrame, seed: int
) -> list[tuple[object, ...]]:
    inside = mark_picked(judged, picks)
    value, lower, upper = delivered(inside, seed=seed)
    posts, accounts = int(inside["picked"].sum()), judged["account"].n_unique()
    claims = [
        (model, name, _claim(rows, judged), None, None, accounts, judged.height)
        for name, rows in (("claimed", picks), ("claimed_shuffled", shuffled))
    ]
    return [(model, "delivered", value, lower, upper, accounts, posts), *claims]


def mark_picked(judged: pl.DataFrame, picks: pl.DataFrame) -> pl.DataFrame:
    """The judged rows, each with `picked`: whether it stands in a slot that was chosen."""
    chosen = picks.select("account", "slot", picked=True)
    inside = judged.join(chosen, on=["account", "slot"], how="left", maintain_order="left")
    return inside.with_columns(pl.col("picked").fill_null(False))


def delivered(marked: pl.DataFrame, *, seed: int) -> tuple[float, float, float]:
    """What picked rows got above their account's rows, as a ratio minus one, and its interval."""
    return _bootstrap(_cells(marked), seed=seed)


def _above(
    rival: str, ours: pl.DataFrame, theirs: pl.DataFrame, judged: pl.DataFrame, seed: int
) -> tuple[object, ...]:
    """What ours delivered above a rival, resampled together: both meet the same luck."""
    marked = mark_picked(judged, ours)
    own, other = _cells(marked), _cells(mark_picked(judged, theirs))
    both = own.join(other, on=own.columns[0], suffix="_theirs").sort(own.columns[0])
    picks = _resamples(both.height, seed)
    spread = _ratio(both, picks) - _ratio(both, picks, suffix="_theirs")
    everything = np.arange(both.height)[None]
    value = _ratio(both, everything) - _ratio(both, everything, suffix="_theirs")
    lower, upper = np.quantile(spread, [0.05, 0.95])
    found = [float(np.expm1(number)) for number in (value[0], lower, upper)]
    posts = int(marked["picked"].sum())
    return (rival, "ours_above", *found, judged["account"].n_unique(), posts)


def _cells(marked: pl.DataFrame) -> pl.DataFrame:
    """Gain and weight of the picked posts per account, or per day where accounts are few."""
    inside = marked.with_columns(
        above=pl.col("residual") - pl.col("residual").mean().over("account")
    )
    unit = "account" if marked["account"].n_unique() >= _FEW_ACCOUNTS else "day"
    # an account without a pick posts as before: it adds a tenth of its posts at no gain
    silent = pl.col("picked").any().over("account").not_()
    cells = (
        inside.with_columns(silent=silent)
        .group_by(unit)
        .agg(
            gain=pl.col("above").filter("picked").sum(),
            weight=pl.col("picked").sum() + pl.col("silent").sum() * (TOP_SLOTS / 168),
        )
    )
    return cells.sort(unit)


def _claim(picks: pl.DataFrame, judged: pl.DataFrame) -> float:
    """Mean promise over all judged accounts, as a ratio minus one; silence promises 0."""
    each = picks.group_by("account").agg(pl.col("claim").mean())
    return float(np.expm1(each["claim"].to_numpy().sum() / judged["account"].n_unique()))


def _bootstrap(cells: pl.DataFrame, *, seed: int) -> tuple[float, float, float]:
    if not cells["weight"].sum():
        return 0.0, 0.0, 0.0
    spread = _ratio(cells, _resamples(cells.height, seed))
    lower, upper = np.quantile(spread, [0.05, 0.95])
    value = _ratio(cells, np.arange(cells.height)[None])[0]
    return float(np.expm1(value)), float(np.expm1(lower)), float(np.expm1(upper))


def _resamples(units: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, units, (RESAMPLES * 5, units))


def _ratio(cells: pl.DataFrame, picks: NDArray[np.int64], *, suffix: str = "") -> Floats:
    """Gain per post of each resample."""
    gain = cells[f"gain{suffix}"].to_numpy()
    weight = cells[f"weight{suffix}"].to_numpy().astype(np.float64)
    return np.asarray(gain[picks].sum(axis=1) / np.maximum(weight[picks].sum(axis=1), 1e-9))


def _with_propensity(effects: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    frames = [
        rows.sort("slot").with_columns(
            propensity=slot_propensities(rows, exploration=EXPLORATION, seed=seed)
        )
        for _, rows in effects.group_by("account", maintain_order=True)
    ]
    return pl.concat(frames).select("account", "slot", "effect", "lower", "upper", "propensity")
