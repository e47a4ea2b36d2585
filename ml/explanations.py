"""Why a post is expected to do better or worse than its account usually does, in words."""

import re
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.blend import Blend
from ml.engagement import EngagementModel
from ml.features import RHYTHM, TIME
from ml.hashing import hash_texts
from ml.likeness import LIKENESS
from ml.meaning import MEANING
from ml.memory import MEDIA
from ml.text import TextRidge

Floats = NDArray[np.float64]

REASON_SCHEMA = pl.Schema(
    {"account": pl.String, "post_id": pl.String, "cause": pl.String, "effect": pl.Float64}
)

_WORDING = "the wording"
_RECENT = "how recent posts did"
_CAUSES: dict[str, str] = {
    **dict.fromkeys(("chars", "words"), "the length of the text"),
    "questions": "questions", "exclamations": "exclamation marks", "numbers": "numbers",
    "urls": "links", "hashtags": "hashtags", "mentions": "mentions", "emoji": "emoji",
    "upper_share": "capital letters", "quote": "quotations",
    **dict.fromkeys((*MEDIA, "media_y", "media_type"), "the kind of media"),
    **dict.fromkeys((*TIME, "hour_y"), "the time"),
    **dict.fromkeys((*RHYTHM, "age_posts"), "the gap since earlier posts"),
    **dict.fromkeys((*LIKENESS, *MEANING, "opening_y"), "how similar posts did"),
    "followers_change": "the number of followers", "trend_affinity": "what the world speaks of",
    "language": "the language", "platform": "the platform",
}  # fmt: skip
_MOST_WORDS = 60
_NAMED_WORDS = 2
_SMALL = 0.02


def explain(
    model: EngagementModel, posts: pl.DataFrame, *, history: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row per post and cause, the strongest first: account, post_id, cause, effect.

    `effect` is a share: 0.1 where the cause is expected to raise the post's engagement by a
    tenth. Shares of all causes multiply to what the model says before its correction for drift.
    The trees' part is by Shapley values (Lundberg 2020). Takes what `EngagementModel.predict`
    takes; without a blend there is no row.
    """
    features = model.features_of(posts, history=history)
    if model.blend is None or not features.height:
        return pl.DataFrame(schema=REASON_SCHEMA)
    texts = features["text"].to_list()
    named, effects = _effects(model.blend, features)
    rows = []
    for place, (account, post) in enumerate(features.select("account", "post_id").iter_rows()):
        for cause in np.argsort(-np.abs(effects[place]), kind="stable"):
            effect, name = float(effects[place, cause]), named[cause]
            if name == _WORDING and abs(effect) >= _SMALL:
                name += _words_behind(model.blend.text, texts[place], raised=effect > 0)
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


def _effects(blend: Blend, features: pl.DataFrame) -> tuple[list[str], Floats]:
    """The causes, and one row per post with each one's part in log engagement."""
    wording = blend.text.predict(hash_texts(features["text"]))
    matrix = blend.encoder.matrix(features)
    table = np.column_stack([wording, blend.encoder.standardised(matrix)])
    grown = blend.trees.predict(
        np.column_stack([wording, matrix]), pred_contrib=True, num_threads=1
    )
    columns = blend.weights[1] * table * blend.linear + blend.weights[2] * grown[:, :-1]
    columns[:, 0] += blend.weights[0] * wording
    columns *= blend.spread_of(features)[:, None]
    flags = chain.from_iterable([name] * len(vs) for name, vs in blend.encoder.categories.items())
    causes = [_WORDING, *(_CAUSES.get(name, _RECENT) for name in (*blend.encoder.columns, *flags))]
    named = list(dict.fromkeys(causes))
    sums = np.zeros((features.height, len(named)))
    for place, cause in enumerate(causes):
        sums[:, named.index(cause)] += columns[:, place]
    return named, sums


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
        return "Nothing about this post speaks for more or less than usual."
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."
