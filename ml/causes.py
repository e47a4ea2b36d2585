"""What the columns that estimators read are called where a person is told of them."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ml.features import RHYTHM, TIME
from ml.likeness import LIKENESS
from ml.matrix import Encoder
from ml.meaning import MEANING
from ml.memory import MEDIA

Floats = NDArray[np.float64]

WORDING = "the wording"

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


def columns_of(encoder: Encoder) -> list[str]:
    """The cause in words behind each column of `Encoder.matrix`."""
    flags = chain.from_iterable([name] * len(vs) for name, vs in encoder.categories.items())
    return [_CAUSES.get(name, _RECENT) for name in (*encoder.columns, *flags)]


def summed(causes: Sequence[str], parts: Floats) -> list[dict[str, float]]:
    """Per row of `parts` (one column per name of `causes`) the sum of each cause."""
    named = list(dict.fromkeys(causes))
    sums = np.zeros((len(parts), len(named)))
    for place, cause in enumerate(causes):
        sums[:, named.index(cause)] += parts[:, place]
    return [dict(zip(named, row, strict=True)) for row in sums.tolist()]
