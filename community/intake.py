"""Messages from outside, kept once each; our own words are left out."""

from collections.abc import Iterable
from datetime import datetime

from domain.brand import Brand
from domain.community import InboundMessage
from domain.platforms import Platform
from storage.ledger import inbox
from storage.ledger.database import Ledger


def receive(
    ledger: Ledger, messages: Iterable[InboundMessage], *, brand: Brand, now: datetime
) -> int:
    """Keep the messages that are new (by platform and id) and not our own; returns how many."""
    foreign = [m for m in messages if not is_own(m.author, platform=m.platform, brand=brand)]
    with ledger.transaction() as connection:
        return sum(inbox.receive(connection, m, brand=brand.name, now=now) for m in foreign)


def is_own(author: str | None, *, platform: Platform, brand: Brand) -> bool:
    """Whether an author is one of the brand's accounts on that platform."""
    handles = {a.handle.lstrip("@").casefold() for a in brand.accounts if a.platform == platform}
    return author is not None and author.lstrip("@").casefold() in handles
