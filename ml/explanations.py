"""Why a post is expected to do better or worse than its account usually does, in words."""

import re

import numpy as np
import polars as pl
from scipy import sparse

from ml.causes import WORDING
from ml.forecaster import Forecaster
from ml.hashing import hash_texts
from ml.text import TextRidge

REASON_SCHEMA = pl.Schema(
    {"account": pl.String, "post_id": pl.String, "cause": pl.String, "effect": pl.Float64}
)
NOTHING = "Nothing about this post speaks for more or less than usual."

_MOST_WORDS = 60
_NAMED_WORDS = 2
_SMALL = 0.02


def explain(
    forecaster: Forecaster, features: pl.DataFrame, counts: sparse.csr_matrix
) -> pl.DataFrame:
    """One row per post and cause, the strongest first: account, post_id, cause, effect.

    `features` are rows of `build_features`, `counts` their hashed texts. `effect` is a share: 0.1
    where the cause is expected to raise the post's engagement by a tenth. Shares of all causes
    multiply to what the model says before its correction for drift. Where the level alone is the
    forecast there is no row.
    """
    rows = []
    found = forecaster.causes(features, counts) if features.height else []
    told = features.select("account", "post_id", "text").iter_rows()
    for (account, post, text), causes in zip(told, found, strict=True):
        for cause, effect in sorted(causes.items(), key=lambda each: -abs(each[1])):
            name = cause
            if forecaster.text and cause == WORDING and abs(effect) >= _SMALL:
                name += _words_behind(forecaster.text, text, raised=effect > 0)
            rows.append((account, post, name, float(np.expm1(effect))))
    return pl.DataFrame(rows, schema=REASON_SCHEMA, orient="row")


def sentences(reasons: pl.DataFrame, *, most: int = 3) -> pl.DataFrame:
    """One row per post of `explain`: account, post_id, why.

    Names up to `most` causes each way, none below two percent.
    """
    each = reasons.group_by("account", "post_id", maintain_order=True).agg("cause", "effect")
    said = [
        (account, post, _sentence(list(zip(causes, effects, strict=True)), most))
        for account, post, causes, effects in each.iter_rows()
    ]
    schema = {"account": pl.String, "post_id": pl.String, "why": pl.String}
    return pl.DataFrame(said, schema=schema, orient="row")


def _words_behind(text: TextRidge, post: str, *, raised: bool) -> str:
    """The words without which the wording would say less of what it says, as ` (“a”, “b”)`."""
    words = list(dict.fromkeys(re.findall(r"[#@]?\w+", post)))[:_MOST_WORDS]
    if not words:
        return ""
    without = [re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", post) for word in words]
    whole, *others = text.predict(hash_texts([post, *without]))
    gains = (whole - np.array(others)) * (1 if raised else -1)
    found = [words[place] for place in np.argsort(-gains, kind="stable") if gains[place] > 0]
    return f" (“{'”, “'.join(found[:_NAMED_WORDS])}”)" if found else ""


def _sentence(causes: list[tuple[str, float]], most: int) -> str:
    up = [(cause, effect) for cause, effect in causes if effect >= _SMALL][:most]
    down = [(cause, effect) for cause, effect in causes if effect <= -_SMALL][:most]
    parts = [
        f"{verb} by {', '.join(f'{cause} {effect:+.0%}' for cause, effect in found)}"
        for verb, found in (("raised", up), ("lowered", down))
        if found
    ]
    if not parts:
        return NOTHING
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."
