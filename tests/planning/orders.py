"""Orders of a brand that went out with angles drawn by even odds, and what they brought."""

import numpy as np
import polars as pl

from content.briefs import ANGLES
from content.providers.figures import has_figure
from domain.deliveries import NewDelivery, Payload
from domain.posts import ContentPost, PostStatus
from domain.writing import Brief
from planning.experiments import draw_angle, look
from storage.brand_files import load_brands
from storage.ledger import choices, deliveries, posts
from tests.graph import SENT, move_delivery
from tests.planning.conftest import BRANDS, MORNING

NOTHING = pl.DataFrame()
EVEN = dict.fromkeys(ANGLES, 1 / len(ANGLES))
BRAND = load_brands(BRANDS)["northloom"]


FACTS = sorted(BRAND.facts, key=lambda fact: not has_figure(fact, "en"))[:2]


def brief_of(key):
    """An order that every angle is open to."""
    account = BRAND.accounts[0]
    return Brief(
        id=key, brand=BRAND.name, topic=BRAND.topics[0], why="-", facts=FACTS,
        platforms=(account.platform,), language="en", due_at=MORNING,
    )  # fmt: skip


def ordered(number):
    """An order with its angle, and the draw: the same number draws the same angle."""
    return draw_angle(brief_of(f"{BRAND.name}:{number}"), EVEN, MORNING)


def go_out(ledger, orders, *, form_of=lambda brief: brief.angle):
    """Log the draws of so many orders, and send a post of each, in the form that was drawn."""
    with ledger.transaction() as connection:
        for number in range(orders):
            brief, choice = ordered(number)
            choices.log(connection, choice)
            post = ContentPost(
                id=f"post-{number}", brand=BRAND.name, text=f"text {number}",
                platforms=brief.platforms, status=PostStatus.SCHEDULED, brief_id=brief.id,
                angle=form_of(brief), brand_voice=BRAND.voice, generated_by="test",
            )  # fmt: skip
            posts.save(connection, post, key=post.id, actor="test", now=MORNING)
    account = BRAND.accounts[0]
    with ledger.transaction() as connection:
        ids = [
            deliveries.plan(
                connection,
                NewDelivery(
                    key=f"k-{number}", brand="b", platform=account.platform, account=account.id,
                    payload=Payload(text="t"), due_at=MORNING, post_id=f"post-{number}",
                ),
                now=MORNING,
            )
            for number in range(orders)
        ]  # fmt: skip
    for number, delivery_id in enumerate(ids):
        move_delivery(ledger, delivery_id, *SENT, platform_id=f"out-{number}")


def brought(orders, gains=None):
    """What so many orders brought (log), where an angle may gain something."""
    random, account = np.random.default_rng(0), BRAND.accounts[0]
    rows = [(account.id, f"out-{number}", ordered(number)[0].angle) for number in range(orders)]
    y = [(gains or {}).get(angle, 0.0) + random.normal(0, 0.85) for *_, angle in rows]
    frame = pl.DataFrame(rows, schema=["account", "post_id", "arm"], orient="row")
    return frame.with_columns(y=pl.Series(y), last_5=pl.lit(0.0))


def seen(ledger, past, counts=NOTHING):
    """What is concluded from it."""
    with ledger.transaction() as connection:
        return look(connection, BRAND, past=past, counts=counts, now=MORNING)
