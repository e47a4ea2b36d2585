"""What changed rules, a changed brand file or the news mean for posts that are planned."""

from dataclasses import dataclass
from datetime import datetime

from domain.brand import Brand
from domain.compliance import ComplianceCheck
from domain.posts import ContentPost, PostStatus
from domain.rechecking import stricter
from storage.ledger import news, posts
from storage.ledger.database import Ledger


@dataclass(frozen=True, slots=True)
class Affected:
    """A planned post with the checks that are stricter now than when it was judged."""

    post: ContentPost
    due_at: datetime
    checks: tuple[ComplianceCheck, ...]


def affected(ledger: Ledger, brand: Brand) -> list[Affected]:
    """The brand's planned posts that the rules would treat worse today, soonest first.

    What a rule held when the post was judged is no news: somebody has let it pass.
    """
    with ledger.reading() as connection:
        planned = posts.find(connection, status=PostStatus.SCHEDULED, brand=brand.name)
        today = news.lately(connection, [brand], now=ledger.now(connection))
    judged = [
        Affected(post, post.scheduled_for, stricter(post, brand, at=post.scheduled_for, news=today))
        for post in planned
        if post.scheduled_for is not None
    ]
    return [one for one in judged if one.checks]
