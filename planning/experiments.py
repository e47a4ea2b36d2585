"""The experiment of a brand: how its posts open, or what they show, tried in turns."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl
import sqlalchemy as sa

from content.briefs import ANGLES
from content.media.direction import other_picture
from content.providers.figures import has_figure
from domain.brand import Brand, Factor
from domain.posts import ContentPost
from domain.writing import MOST_VARIANTS, Brief
from ml.experiments import (
    SRM_P,
    Answer,
    Tally,
    Verdict,
    arm_odds,
    harmful,
    judge,
    posterior,
    posts_needed,
    sample_ratio,
    tally,
    without_known,
)
from ml.poisoning import bought, leads_in_likes_alone, proportion, said
from ml.sentences import LANGUAGE
from ml.variants import VariantModel
from planning.draws import draw, drawn_in_words
from planning.measured import measured_orders
from planning.slots import seed_of
from storage.ledger import briefs, choices, experiments, inbox, posts
from storage.ledger.choices import Choice
from storage.ledger.experiments import Experiment
from storage.ledger.inbox import InboxStatus

ARMS: dict[Factor, tuple[str, ...]] = {"angle": ANGLES, "picture": ("usual", "other")}
LEAD = 0.5
"""The lead of the best arm that an experiment is made long enough to see."""

_MESSAGES = 100_000
_READ = 20
_FEW_DRAFTS = 5
ENDS = (Answer.WINNER, Answer.NO_WINNER)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a brand's experiment: what is known by arm, and what may be said."""

    experiment: Experiment
    told: Tally
    verdict: Verdict
    odds: dict[str, float]
    explained: float


def experiment_odds(
    connection: sa.Connection,
    brand: Brand,
    *,
    past: pl.DataFrame,
    wording: VariantModel | None = None,
    now: datetime,
) -> dict[Factor, dict[str, float]]:
    """The odds of each arm for the next order, by factor; where there is no experiment one begins.

    Until orders were measured they follow what the `wording` of each angle's drafts promises. An
    experiment on pictures leaves the angles even.
    """
    experiment = _running(connection, brand, now)
    told, _ = _told(experiment, _measured(connection, brand, past, experiment))
    promised = _promised(connection, brand, wording)
    even: dict[Factor, dict[str, float]] = {"angle": dict.fromkeys(ANGLES, 1 / len(ANGLES))}
    return even | {brand.experiment: _odds(experiment, told, promised, brand, now)}


def look(
    connection: sa.Connection,
    brand: Brand,
    *,
    past: pl.DataFrame,
    counts: pl.DataFrame,
    wording: VariantModel | None = None,
    now: datetime,
) -> Look:
    """Count what is measured, judge it, and end the experiment where its time has come.

    `past` holds rows of the lake table `engagement_features`, `counts` canonical posts: those
    whose likes were likely bought are left out, and where the leader leads in likes alone, words
    alone are counted. One order is one observation: the mean over its posts, for they say the same.
    """
    experiment = _running(connection, brand, now)
    measured = _with_counts(_measured(connection, brand, past, experiment), counts)
    told, explained = _told(experiment, measured)
    ahead = measured["arm"].to_numpy() == told.arms[int(np.argmax(told.means))]
    if leads_in_likes_alone(proportion(measured), ahead):
        words = said(measured)
        told, explained = _told(experiment, measured.with_columns(y=pl.Series(words)))
    harm = _harm(connection, brand, measured)
    bad = harmful(told.arms, told.posts, np.array([harm.get(arm, 0.0) for arm in told.arms]))
    if set(bad) - set(experiment.stopped):
        experiments.stop_arms(connection, experiment, bad)
        experiment = replace(experiment, stopped=(*experiment.stopped, *bad))
    verdict = _verdict(experiment, told, measured)
    if verdict.answer in ENDS and experiment.answer is None:
        experiments.conclude(
            connection, experiment.id, answer=verdict.answer, reason=verdict.reason,
            winner=verdict.winner, now=now,
        )  # fmt: skip
        experiment = replace(experiment, answer=verdict.answer, winner=verdict.winner,
                             reason=verdict.reason)  # fmt: skip
    promised = _promised(connection, brand, wording)
    return Look(experiment, told, verdict, _odds(experiment, told, promised, brand, now), explained)


def _told(experiment: Experiment, measured: pl.DataFrame) -> tuple[Tally, float]:
    outcomes, explained = without_known(
        measured["y"].to_numpy().astype(np.float64), measured["known"].to_numpy().astype(np.float64)
    )
    return tally(experiment.arms, measured["arm"].to_list(), outcomes), explained


def _with_counts(measured: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """The measured orders with mean likes, comments and shares, without those that look bought."""
    if not counts.width or measured.is_empty():
        none = [pl.lit(None, pl.Float64()).alias(name) for name in ("likes", "comments", "shares")]
        return measured.with_columns(none)
    flagged = counts.select("post_id", "likes", "comments", "shares", odd=pl.Series(bought(counts)))
    posts_of = measured.select("brief_id", pl.col("platform_ids").alias("post_id"))
    by_order = (
        posts_of.explode("post_id")
        .join(flagged, on="post_id", how="left")
        .group_by("brief_id")
        .agg(pl.col("likes", "comments", "shares").mean(), pl.col("odd").any())
    )
    joined = measured.join(by_order, on="brief_id", how="left", maintain_order="left")
    return joined.filter(~pl.col("odd").fill_null(value=False))


def draw_angle(brief: Brief, odds: Mapping[str, float], now: datetime) -> tuple[Brief, Choice]:
    """The brief with an angle drawn by `odds` and the reason, and the draw as it is logged.

    Two facts make a pair, and one figure an opening: without them these angles are not open. The
    same brief id draws the same angle from the same odds.
    """
    kept = {arm: odds[arm] for arm in odds if _can_be(arm, brief)}
    whole = sum(kept.values())
    open_odds = {arm: chance / whole for arm, chance in kept.items()}
    choice = draw(brief, "angle", open_odds, policy="top-two", at=now)
    why = f"{brief.why} {drawn_in_words(choice)}"
    return brief.model_copy(update={"angle": choice.chosen, "why": why}), choice


def draw_picture(
    brief: Brief, odds: Mapping[str, float], now: datetime, *, brand: Brand
) -> tuple[Brief, Choice | None]:
    """The brief with one of two pictures drawn by `odds`, and the draw; None where there are none.

    It is drawn after the formats: an order that shows no cards takes no part.
    """
    shown, _ = other_picture(brief.facts[0].text, brief, brand=brand)
    if not odds or shown is None or brief.variants >= MOST_VARIANTS:
        return brief, None
    choice = draw(brief, "picture", odds, policy="top-two", at=now)
    why = f"{brief.why} {drawn_in_words(choice)}"
    return brief.model_copy(update={"picture": choice.chosen, "why": why}), choice


def arm_of(post: ContentPost, factor: Factor) -> str:
    """The arm that a post stands for; empty where it stands for none.

    An experiment on pictures compares two posts in the same words: the first variant, and its like.
    """
    if factor == "angle":
        return post.angle
    if post.shown_as:
        return "other"
    return "usual" if post.variant == "a" else ""


def in_drawn_form(
    connection: sa.Connection, brand: Brand, orders: Collection[str]
) -> dict[str, str]:
    """By order the arm that alone may go out: the draw decides, and no forecast beside it.

    An experiment that ended without a winner binds nobody.
    """
    factor = brand.experiment
    found = experiments.latest(connection, brand=brand.name, factor=factor)
    if found is None or found.answer == Answer.NO_WINNER:
        return {}
    drawn = briefs.load_all(connection, [*orders]).items()
    arms = {key: brief.angle if factor == "angle" else brief.picture for key, brief in drawn}
    return {key: arm for key, arm in arms.items() if arm}


def _can_be(angle: str, brief: Brief) -> bool:
    if angle == "pair":
        return len(brief.facts) > 1
    return angle != "number" or has_figure(brief.facts[0], brief.language)


def looks_frame(looks: Sequence[Look]) -> pl.DataFrame:
    """One row per brand and arm: what it brought, how sure that is, how often it is tried."""
    rows = []
    for one in looks:
        mean, sd = posterior(one.told)
        level = float(mean.mean())
        rows += [
            (
                one.experiment.brand,
                arm,
                int(one.told.posts[place]),
                float(mean[place] - level),
                float(mean[place] - level - 1.645 * sd[place]),
                float(mean[place] - level + 1.645 * sd[place]),
                one.odds.get(arm, 0.0),
                str(one.experiment.answer or one.verdict.answer),
                one.experiment.reason or one.verdict.reason,
            )
            for place, arm in enumerate(one.told.arms)
        ]
    schema = {
        "brand": pl.String(),
        "arm": pl.String(),
        "orders": pl.Int64(),
        "arm_effect": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "propensity": pl.Float64(),
        "answer": pl.String(),
        "reason": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _running(connection: sa.Connection, brand: Brand, now: datetime) -> Experiment:
    factor = brand.experiment
    arms = ARMS[factor]
    found = experiments.latest(connection, brand=brand.name, factor=factor)
    if found is not None and found.arms == arms:
        return found
    horizon = posts_needed(LEAD, arms=len(arms))
    name = f"{brand.name}:{factor}:{now:%Y%m%dT%H%M%S}"
    fresh = Experiment(name, brand.name, factor, arms, horizon, now)
    experiments.start(connection, fresh)
    return fresh


def _measured(
    connection: sa.Connection, brand: Brand, past: pl.DataFrame, experiment: Experiment
) -> pl.DataFrame:
    """One row per measured order: brief_id, arm, odds (by arm), y, known, platform_ids.

    Only posts in the form that was drawn count. What is sent in another (a rule stopped the drawn
    one, a person wrote anew) tells nothing of its arm; where that befalls some arms more than
    others, the sample ratio forbids a verdict. Nor do orders count whose form a forecast was free
    to choose, once it was known that none wins.
    """
    factor = brand.experiment
    free_from = experiment.decided_at if experiment.answer == Answer.NO_WINNER else None
    drawn = {
        choice.id.removesuffix(f":{factor}"): choice
        for choice in choices.list(connection, kind=factor, brand=brand.name)
        if free_from is None or choice.decided_at < free_from
    }
    orders = measured_orders(
        connection,
        brand,
        past,
        orders=drawn,
        counts=lambda post: arm_of(post, factor) == drawn[str(post.brief_id)].chosen,
    )
    if orders.is_empty():
        return pl.DataFrame(schema=_MEASURED)
    arm = pl.col("brief_id").replace_strict(
        {key: choice.chosen for key, choice in drawn.items()}, return_dtype=pl.String
    )
    odds = [
        {each[factor]: each["probability"] for each in drawn[key].candidates}
        for key in orders["brief_id"]
    ]
    by_arm = [[each.get(name, 0.0) for name in experiment.arms] for each in odds]
    return orders.with_columns(arm=arm, odds=pl.Series(by_arm, dtype=pl.List(pl.Float64))).select(
        *_MEASURED
    )


_MEASURED = {
    "brief_id": pl.String(),
    "arm": pl.String(),
    "odds": pl.List(pl.Float64),
    "y": pl.Float64(),
    "known": pl.Float64(),
    "platform_ids": pl.List(pl.String),
}


def _harm(connection: sa.Connection, brand: Brand, measured: pl.DataFrame) -> dict[str, float]:
    """By arm the messages under its posts that are unkind, or were hidden."""
    arm_of = dict(measured.explode("platform_ids").select("platform_ids", "arm").iter_rows())
    found: dict[str, float] = {}
    for each in inbox.find(connection, brand=brand.name, limit=_MESSAGES) if arm_of else ():
        message = each.message
        arm = arm_of.get(message.thread_root or "") or arm_of.get(message.in_reply_to or "")
        unkind = each.triage is not None and each.triage.sentiment < 0
        if arm and (unkind or each.status is InboxStatus.HIDDEN):
            found[arm] = found.get(arm, 0.0) + 1
    return found


def _verdict(experiment: Experiment, told: Tally, measured: pl.DataFrame) -> Verdict:
    rows = np.array(measured["odds"].to_list()).reshape(measured.height, len(told.arms))
    chance = sample_ratio(told.posts, rows.sum(axis=0))
    if chance < SRM_P:
        reason = (
            f"arms were measured in a ratio that their odds give once in {1 / chance:,.0f} times; "
            "see in `draft_verdicts` which of them is held back"
        )
        return Verdict(Answer.WRONG_RATIO, reason)
    return judge(told, horizon=experiment.horizon)


def _promised(
    connection: sa.Connection, brand: Brand, wording: VariantModel | None
) -> dict[str, float]:
    """By angle the mean score of its latest drafts, drawn to that of all where they are few.

    Only drafts in the language that the model was taught are read. It holds no verdict up or down:
    winners are named from measured posts alone.
    """
    if wording is None or brand.experiment != "angle":
        return {}
    drafts = pl.DataFrame(
        [
            (post.angle, post.text)
            for post in posts.find(connection, brand=brand.name)
            if post.angle in ANGLES and post.language == LANGUAGE
        ],
        schema={"arm": pl.String(), "text": pl.String()},
        orient="row",
    )
    latest = drafts.group_by("arm", maintain_order=True).tail(_READ)
    scored = latest.with_columns(score=pl.Series(wording.score(latest["text"].to_list())))
    off = pl.col("score") - scored["score"].mean()
    means = scored.group_by("arm").agg(off.sum() / (pl.len() + _FEW_DRAFTS))
    return dict(means.iter_rows())


def _odds(
    experiment: Experiment,
    told: Tally,
    promised: Mapping[str, float],
    brand: Brand,
    now: datetime,
) -> dict[str, float]:
    """Top-two odds while it runs, the winner after it, each with the brand's share of exploration.

    An arm that was stopped for harm gets none.
    """
    floor = max(brand.posting.exploration, 0.01)
    kept = np.array([arm not in experiment.stopped for arm in told.arms], dtype=np.float64)
    if not kept.any():
        kept[:] = 1.0
    if experiment.winner in told.arms and experiment.winner not in experiment.stopped:
        best = np.array([arm == experiment.winner for arm in told.arms], dtype=np.float64)
        odds = floor * kept / kept.sum() + (1 - floor) * best
    elif experiment.answer is not None:
        odds = kept / kept.sum()
    else:
        mean, sd = posterior(told, promised)
        seed = seed_of(f"{experiment.id}:{now.isoformat()}")
        odds = arm_odds(mean, sd, floor=floor, seed=seed) * kept
    return dict(zip(told.arms, (odds / odds.sum()).tolist(), strict=True))
