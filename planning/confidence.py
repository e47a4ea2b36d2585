"""How sure it is that a draft is let go as it is: from what people decided about earlier ones."""

from collections.abc import Sequence

import numpy as np
import polars as pl
import sqlalchemy as sa

from domain.brand import Brand
from domain.compliance import Verdict
from domain.posts import ContentPost
from ml.calibration import (
    FEWEST,
    Calibration,
    Floats,
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


def calibration_of(connection: sa.Connection, brand: Brand) -> Calibration | None:
    """From the brand's own decisions, or where they are few from those about all brands' drafts.

    None where these are fewer than 50 too: then a score is no share of anything.
    """
    own = fit_calibration(
        *_decided(judgements.by_people(connection, policy=POLICY, brand=brand.name))
    )
    return own or fit_calibration(*_decided(judgements.by_people(connection, policy=POLICY)))


def calibrated(post: ContentPost, calibration: Calibration | None) -> ContentPost:
    """The draft with the share of drafts like it that people let go unchanged."""
    if post.quality is None or calibration is None:
        return post
    share = float(calibration.share(np.array([post.quality.overall]))[0])
    told = {"accepted": round(share, 4), "decisions": calibration.decisions}
    return post.model_copy(update={"quality": post.quality.model_copy(update=told)})


def reliabilities(connection: sa.Connection) -> tuple[pl.DataFrame, str]:
    """What calibrations promised of decisions that did not teach them, and how it compares.

    One row per brand with enough decisions (and all brands together) and bin: from, to, decisions,
    expected, observed. The sentences name the errors of the raw score beside those.
    """
    every = judgements.by_people(connection, policy=POLICY)
    brands = sorted({each.brand for each in every})
    groups = {EVERYBODY: every} | {
        name: [each for each in every if each.brand == name] for name in brands
    }
    tables, told = [], []
    for name, decided in groups.items():
        scores, accepted = _decided(decided)
        if len(scores) < FEWEST:
            told.append(f"{name}: uncalibrated, {len(scores)} of {FEWEST} decisions")
            continue
        expected = held_out(scores, accepted)
        table = reliability(expected, accepted)
        tables.append(table.select(pl.lit(name).alias("brand"), pl.all()))
        told.append(
            f"{name}: {len(scores)} decisions, Brier {brier(expected, accepted):.3f} (raw score "
            f"{brier(scores, accepted):.3f}), off by {calibration_error(expected, accepted):.3f} "
            f"({calibration_error(scores, accepted):.3f})"
        )
    return (pl.concat(tables) if tables else pl.DataFrame()), "\n".join(told)


def _decided(found: Sequence[Judgement]) -> tuple[Floats, Floats]:
    """Scores, and whether the draft was let go unchanged, of drafts that no rule stopped.

    The bar is held against those alone; what a rule held was judged for that rule's sake.
    """
    clear = [each for each in found if each.verdicts <= {Verdict.PASS, Verdict.SKIP}]
    return (
        np.array([each.score for each in clear], dtype=np.float64),
        np.array([each.is_unchanged for each in clear], dtype=np.float64),
    )
