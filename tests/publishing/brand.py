"""A brand for the door's tests, saved as the ledger holds it."""

from datetime import time

from domain.brand import Account, Brand, Budget, Fact, Misfire, Posting, Window
from domain.platforms import Platform
from storage.ledger import brands


def save_brand(
    ledger,
    *,
    name: str = "bergquell",
    misfire: Misfire | None = None,
    budget: Budget | None = None,
    handles=("bergquell",),
    **account,
) -> Brand:
    """Keep the brand `bergquell` with these accounts on X, by default without a cap to mind."""
    account = {"daily_cap": 100} | account
    brand = Brand(
        name=name,
        title=name.title(),
        about="A small brewery in the hills.",
        facts=(Fact(id="spring", topic="water", text="Our water comes from the spring."),),
        topics=("water",),
        accounts=tuple(
            Account(platform=Platform.X, handle=handle, time_zone="Europe/Berlin", **account)
            for handle in handles
        ),
        posting=Posting(
            windows=(Window(start=time(8), end=time(20)),),
            default_times=(time(9), time(17)),
            misfire=misfire,
        ),
        budget=budget or Budget(),
    )
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=ledger.now(connection))
    return brand
