"""What platforms charge for calls: data, with its source and date."""

from dataclasses import dataclass
from datetime import date

from domain.brand import Account, Budget
from domain.deliveries import DeliveryKind, Payload, full_text
from domain.platforms import Platform
from domain.text import find_urls


@dataclass(frozen=True, slots=True)
class PriceList:
    """US dollars a call, and for reads a post or a user that is read.

    Attributes:
        post: a post without a link.
        post_with_url: one with a link.
        reply: a reply to somebody who mentioned the account.
        delete: taking a post down.
        read: a post of somebody else.
        own_read: a post of one's own.
        user_read: a user, oneself included.
        source: where this stands.
        as_of: when it was read there.
    """

    post: float
    post_with_url: float
    reply: float
    delete: float
    read: float
    own_read: float
    user_read: float
    source: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Rate:
    """Euros for one US dollar."""

    eur_per_usd: float
    source: str
    as_of: date


PRICES: dict[Platform, PriceList] = {
    Platform.X: PriceList(
        post=0.015,
        post_with_url=0.20,
        reply=0.01,
        delete=0.010,
        read=0.005,
        own_read=0.001,
        user_read=0.010,
        source="X developer documentation, pay per use",
        as_of=date(2026, 8, 1),
    )
}
"""Platforms that are not here charge nothing for calls."""
RATE = Rate(
    0.95, "a round figure on the safe side; put the day's in budget.eur_per_usd", date(2026, 8, 1)
)


def dollars(platform: Platform, kind: DeliveryKind, payload: Payload) -> float:
    """What the platform charges for one change; 0 where it charges nothing.

    Hiding a reply has no price of its own and counts like taking down.
    """
    prices = PRICES.get(platform)
    if prices is None:
        return 0.0
    if kind in (DeliveryKind.DELETE, DeliveryKind.HIDE):
        return prices.delete
    text = full_text(payload)
    if "://" in text or find_urls(text):  # what might be one is taken for one
        return prices.post_with_url
    return prices.reply if kind is DeliveryKind.REPLY else prices.post


def dollars_each(platform: Platform, kind: str) -> float:
    """What the platform charges for one that is read: `own_read`, `read` or `user_read`."""
    prices = PRICES.get(platform)
    return 0.0 if prices is None else float(getattr(prices, kind))


def is_charged(account: Account, budget: Budget, *, bills: bool) -> bool:
    """Whether calls in an account's name cost its brand money.

    `bills` says whether platforms are spoken to that charge. A server of one's own in a platform's
    place charges only a brand that has a budget.
    """
    if account.platform not in PRICES:
        return False
    return bills if account.base_url is None else budget.monthly_cents > 0


def in_budget(us_cents: float, budget: Budget) -> float:
    """What US cents are in the currency of a budget, in cents: prices are in dollars."""
    if budget.currency == "USD":
        return us_cents
    return us_cents * (budget.eur_per_usd or RATE.eur_per_usd)
