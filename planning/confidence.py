"""How sure it is that a draft is let go as it is: from what people decided about earlier ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import sqlalchemy as sa

from domain.brand import Brand
from domain.compliance import Verdict
from domain.posts import ContentPost
from ml.calibration import (
    FEWEST,
    NOBODYS,
    Calibration,
    Decided,
    brier,
    calibration_error,
    fit_calibration,
    held_out,
    reliability,
)
from storage.ledger import judgements
from storage.ledger.approvals import POLICY
from storage.ledger.judgements import Judgement

EVERYBODY = "all brands"


@dataclass(frozen=True, slots=True)
class Confidence:
    """What is learnt from so many `decisions` about a brand's drafts and `lent` ones of others.

    `calibration` is None where these are too few: then a score is no share of anything.
    """

    calibration: Calibration | None
    decisions: int
    lent: int


def confidence_of(connection: sa.Connection, brand: Brand) -> Confidence:
    """From the decisions about the brand's own drafts, and a little from those about all others."""
    own = _decided(judgements.by_people(connection, policy=POLICY, brand=brand.name))
    every = judgements.by_people(connection, policy=POLICY)
    lent = _decided([each for each in every if each.brand != brand.name])
    return Confidence(fit_calibration(own, lent), len(own), len(lent))


def calibrated(post: ContentPost, confidence: Confidence) -> ContentPost:
    """The draft with the share of drafts like it that people let go unchanged, where one knows."""
    if post.quality is None:
        return post
    line, share = confidence.calibration, None
    if line is not None:
        share = round(float(line.share(np.array([post.quality.overall]))[0]), 4)
    told = {"accepted": share, "decisions": confidence.decisions, "lent": confidence.lent}
    return post.model_copy(update={"quality": post.quality.model_copy(update=told)})


def reliabilities(connection: sa.Connection) -> tuple[pl.DataFrame, str]:
    """What calibrations promised of decisions that did not teach them, and how it compares.

    One row per brand with enough decisions (and all brands together) and bin: from, to, decisions,
    expected, observed. The sentences name the errors of the raw score beside those.
    """
    every = judgements.by_people(connection, policy=POLICY)
    groups = {EVERYBODY: (_decided(every), NOBODYS)}
    for name in sorted({each.brand for each in every}):
        own = _decided([each for each in every if each.brand == name])
        groups[name] = own, _decided([each for each in every if each.brand != name])
    tables, told = [], []
    for name, (own, lent) in groups.items():
        if fit_calibration(own, lent) is None:
            told.append(f"{name}: uncalibrated, {len(own)} of {FEWEST} decisions{_lent(lent)}")
            continue
        expected = held_out(own, lent)
        table = reliability(expected, own.accepted)
        tables.append(table.select(pl.lit(name).alias("brand"), pl.all()))
        told.append(
            f"{name}: {len(own)} decisions{_lent(lent)}, Brier {brier(expected, own.accepted):.3f} "
            f"(raw score {brier(own.scores, own.accepted):.3f}), off by "
            f"{calibration_error(expected, own.accepted):.3f} "
            f"({calibration_error(own.scores, own.accepted):.3f})"
        )
    return (pl.concat(tables) if tables else pl.DataFrame()), "\n".join(told)


def _lent(lent: Decided) -> str:
    return f" (and {len(lent)} about other brands)" if len(lent) else ""


def _decided(found: Sequence[Judgement]) -> Decided:
    """Scores, and whether the draft was let go unchanged, of drafts that no rule stopped.

    The bar is held against those alone; what a rule held was judged for that rule's sake.
    """
    clear = [each for each in found if each.verdicts <= {Verdict.PASS, Verdict.SKIP}]
    return Decided(
        np.array([each.score for each in clear], dtype=np.float64),
        np.array([each.is_unchanged for each in clear], dtype=np.float64),
    )
