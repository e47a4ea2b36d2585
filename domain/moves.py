"""The one table of allowed state moves, for posts and for deliveries."""

from domain.deliveries import DeliveryState as D
from domain.errors import StateError
from domain.posts import PostStatus as P

POST_MOVES: dict[P, frozenset[P]] = {
    P.DRAFT: frozenset({P.GENERATED, P.ARCHIVED}),
    P.GENERATED: frozenset({P.SCHEDULED, P.ARCHIVED}),
    P.SCHEDULED: frozenset({P.PUBLISHED, P.FAILED, P.GENERATED, P.ARCHIVED}),
    P.PUBLISHED: frozenset({P.ARCHIVED}),
    P.FAILED: frozenset({P.SCHEDULED, P.ARCHIVED}),
    P.ARCHIVED: frozenset(),
}
DELIVERY_MOVES: dict[D, frozenset[D]] = {
    D.PLANNED: frozenset({D.DUE, D.CANCELLED, D.UNKNOWN}),
    D.DUE: frozenset({D.CLAIMED, D.WAITING, D.FAILED, D.CANCELLED, D.UNKNOWN}),
    D.CLAIMED: frozenset({D.SENDING, D.DUE, D.WAITING, D.UNKNOWN, D.FAILED, D.CANCELLED}),
    D.SENDING: frozenset({D.SENT, D.UNKNOWN, D.WAITING, D.FAILED}),
    D.UNKNOWN: frozenset({D.SENT, D.DUE, D.FAILED}),
    D.WAITING: frozenset({D.DUE, D.CANCELLED, D.FAILED, D.UNKNOWN}),
    D.FAILED: frozenset({D.DUE, D.UNKNOWN, D.CANCELLED}),
    D.SENT: frozenset(),
    D.CANCELLED: frozenset(),
}


def check_move(old: P | D, new: P | D) -> None:
    """Raise StateError where `old` may not become `new`."""
    # two tables: a failed post and a failed delivery are equal as strings
    may: frozenset[P | D] = frozenset(
        POST_MOVES[old] if isinstance(old, P) else DELIVERY_MOVES[old]
    )
    if new not in may:
        allowed = ", ".join(sorted(may)) or "nothing: it is final"
        raise StateError(f"{old} may not become {new}; from here it may become {allowed}")
