"""The planner's benchmark: a week of many brands, chosen and logged in a ledger."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cli.bench_cost import Cost, timed
from cli.bench_folder import bench_folder

if TYPE_CHECKING:
    import polars as pl

    from domain.brand import Brand

_CHECKOUT = Path(__file__).parents[1]
_PLATFORMS = ("x", "bluesky")
_WEEK = datetime(2026, 3, 2, 5, tzinfo=UTC)


def plan_a_week(count: int) -> tuple[int, Cost]:
    """How many slots a week of so many brands has, and what choosing and logging them took."""
    from planning.slots import Horizon, plan_slots
    from storage.ledger import brands as ledger_brands
    from storage.ledger.database import Ledger

    brands = _brands(count)
    with bench_folder() as folder:
        ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
        ledger.upgrade()
        with ledger.transaction() as connection:
            for brand in brands:
                ledger_brands.save(connection, brand, now=_WEEK)

        def week() -> int:
            slots = 0
            for brand in brands:
                with ledger.transaction() as connection:
                    slots += plan_slots(
                        connection, brand, effects=_effects(brand), model_version="bench",
                        horizon=Horizon(_WEEK, days=7),
                    )  # fmt: skip
            return slots

        slots, spent = timed(week)
        ledger.close()
    return slots, spent


def _brands(count: int) -> list["Brand"]:
    """Copies of the example brands with two accounts each."""
    from storage.brand_files import load_brands

    examples = list(load_brands(_CHECKOUT / "brands").values())
    return [
        brand.model_copy(
            update={
                "name": f"{brand.name}-{number}",
                "accounts": tuple(
                    account.model_copy(update={"handle": f"{account.handle}{number}"})
                    for account in brand.accounts
                    if account.platform in _PLATFORMS
                ),
            }
        )
        for number, brand in ((number, examples[number % len(examples)]) for number in range(count))
    ]


def _effects(brand: "Brand") -> "pl.DataFrame":
    """Hours that may matter, of each account: what takes the planner longest."""
    import numpy as np
    import polars as pl

    from ml.timing import EFFECT_SCHEMA
    from ml.week import SLOTS

    hours = np.arange(SLOTS)
    effect = 0.15 * np.cos((hours % 24 - 19) / 24 * 2 * np.pi)
    rows = {
        "slot": hours, "effect": effect, "lower": effect - 0.1, "upper": effect + 0.1,
        "posts": hours, "evidence": effect > 0.1, "chance": np.ones(SLOTS),
        "closeness": np.full(SLOTS, 0.1),
    }  # fmt: skip
    frames = [
        pl.DataFrame(rows).select(pl.lit(account.id).alias("account"), pl.all())
        for account in brand.accounts
    ]
    return pl.concat(frames).cast(EFFECT_SCHEMA)  # type: ignore[arg-type]
