"""What a brand reads at the end of a period."""

from domain.entity import Entity, Instant


class Uplift(Entity):
    """A ratio minus one, with its 90 % interval and the number of posts it rests on."""

    estimate: float
    lower: float
    upper: float
    posts: int


class AnalyticsReport(Entity):
    """One brand over one period.

    `uplift` is against the fixed-hours past, `holdout` against the slots that were drawn at random
    since the first plan; None where there is nothing to judge by.
    """

    brand: str
    starts_at: Instant
    ends_at: Instant
    planned: int
    published: int
    late: int
    replies_sent: int
    replies_held: int
    cost_cents: float
    uplift: Uplift | None = None
    holdout: Uplift | None = None
