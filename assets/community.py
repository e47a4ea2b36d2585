"""What people write to the brands, and what was done about it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

import dagster as dg
import polars as pl

from assets.conditions import BRAND, hourly, when_inputs_change
from assets.evidence import evidence
from assets.expectations import judged
from community.intake import receive
from community.replies import answer_batch
from community.tables import actions_frame, inbox_frame, unread_frame
from domain.brand import Brand
from domain.community import InboundMessage
from domain.rules import check_reply
from publishing.limits import REPLIES_KEEP
from publishing.messages import pull
from publishing.readings import read_each
from runtime.build import Networks
from sources.expectations import inbox_suite
from storage.ledger import actions
from storage.ledger import inbox as messages
from storage.ledger.database import Ledger
from storage.ledger.inbox import InboxStatus

OVERLAP = timedelta(hours=1)
"""Platforms show some messages late; what was received before is not received twice."""
FIRST_LOOK = timedelta(days=7)


@dg.asset(kinds={"python"}, owners=BRAND, automation_condition=hourly, pool="networks")
def inbox(
    ledger: dg.ResourceParam[Ledger],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    networks: dg.ResourceParam[Networks],
) -> dg.MaterializeResult:
    """One row per message from outside, unique per platform and id: what it says, where it stands.

    The texts are data from outside. They are never taken as instructions.
    """
    with ledger.reading() as connection:
        now = ledger.now(connection)
        seen = {name: messages.newest(connection, account=name) for name in networks}
    owners = {account.id: brand for brand in brands.values() for account in brand.accounts}

    fresh: list[int] = []

    def keep(account: str, told: Sequence[InboundMessage]) -> None:
        fresh.append(receive(ledger, told, brand=owners[account], now=now))

    def ask(account: str) -> list[InboundMessage]:
        newest = seen[account]
        since = newest - OVERLAP if newest else now - FIRST_LOOK
        return pull(ledger, networks[account], account, since=since, keep=partial(keep, account))

    answers = read_each(ledger, networks, ask, keep=REPLIES_KEEP)
    for account, told in answers.told.items():
        keep(account, told)
    answers.must_be_whole()
    with ledger.reading() as connection:
        frame = inbox_frame(messages.find(connection))
    return evidence(frame, facts={"new messages": sum(fresh)} | answers.in_words)


@dg.asset_check(asset=inbox, blocking=True)
def inbox_expectations(ledger: dg.ResourceParam[Ledger]) -> dg.AssetCheckResult:
    """The suite on messages that nobody has read yet: a breach stops triage and replies."""
    with ledger.reading() as connection:
        waiting = messages.find(connection, status=InboxStatus.NEW)
    return judged(unread_frame(waiting), inbox_suite())


@dg.asset(
    deps=[inbox],
    kinds={"python"},
    owners=BRAND,
    automation_condition=when_inputs_change,
    pool="ledger",
)
def replies(
    ledger: dg.ResourceParam[Ledger], brands: dg.ResourceParam[Mapping[str, Brand]]
) -> dg.MaterializeResult:
    """One row per decision about a message: answered, hidden, ignored or held, and why.

    An answer is written from the brand's facts, passes the same rules as a post, and leaves
    through the same door. Complaints and everything uncertain wait for a person.
    """
    with ledger.reading() as connection:
        now = ledger.now(connection)
    result = answer_batch(ledger, brands=list(brands.values()), now=now, check=check_reply)
    with ledger.reading() as connection:
        frame = actions_frame(actions.find(connection))
    by_kind = frame.group_by("kind", "automatic").agg(pl.len().alias("decisions")).sort("kind")
    facts: dict[str, int | str] = {"looked at in this run": result.seen}
    if result.sentiment is not None:
        facts["how they sound"] = result.sentiment.in_words()
    return evidence(frame, facts=facts, tables={"decisions": by_kind})
