"""How far drafts are from what their brands let go out lately."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import chain

import sqlalchemy as sa

from content.manner import ACCEPTED, accepted_of, distances_to
from domain.posts import ContentPost
from storage.ledger import posts

SPAN = timedelta(days=182)
"""How far back a voice is looked for."""


def draft_distances(
    connection: sa.Connection, drafts: Sequence[ContentPost]
) -> dict[str, float | None]:
    """By draft its distance to its brand's voice, 0 to 1; None where too little was accepted."""
    by_brand: dict[str, list[ContentPost]] = defaultdict(list)
    for draft in drafts:
        by_brand[draft.brand].append(draft)
    found: dict[str, float | None] = {}
    for brand, own in by_brand.items():
        begin = min((post.scheduled_for for post in own if post.scheduled_for), default=None)
        since = begin - SPAN if begin else None
        out = (posts.each(connection, status=one, brand=brand, since=since) for one in ACCEPTED)
        known = accepted_of(chain.from_iterable(out))
        far = distances_to([post.text for post in own], [post.text for post in known])
        found |= dict(zip((post.id for post in own), far, strict=True))
    return found
