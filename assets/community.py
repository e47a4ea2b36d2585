"""What people write to the brands, and what was done about it."""

from collections.abc import Mapping

import dagster as dg

from assets.conditions import BRAND, hourly, when_inputs_change
from assets.evidence import evidence
from community.intake import collect
from community.replies import answer_batch
from community.tables import actions_frame, inbox_frame
from domain.brand import Brand
from domain.rules import check_reply
from publishing.platforms.base import Network
from storage.ledger import actions
from storage.ledger import inbox as ledger_inbox
from storage.ledger.database import Ledger


@dg.asset(kinds={"python"}, owners=BRAND, automation_condition=hourly, pool="networks")
def inbox(
    ledger: dg.ResourceParam[Ledger],
    brands: dg.ResourceParam[Mapping[str, Brand]],
    networks: dg.ResourceParam[Mapping[str, Network]],
) -> dg.MaterializeResult:
    """One row per message from outside, unique per platform and id: what it says, where it stands.

    The texts are data from outside. They are never taken as instructions.
    """
    fresh = sum(
        collect(ledger, networks[account.id], brand=brand)
        for brand in brands.values()
        for account in brand.accounts
        if account.id in networks
    )
    with ledger.reading() as connection:
        frame = inbox_frame(ledger_inbox.find(connection))
    return evidence(frame, facts={"new messages": fresh})


@dg.asset(
    deps=[inbox],
    kinds={"python"},
    owners=BRAND,
    automation_condition=when_inputs_change,
    pool="ledger",
)
def replies(
    ledger: dg.ResourceParam[Ledger],
    brands: dg.ResourceParam[Mapping[str, Brand]],
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
    facts = {"looked at in this run": result.seen} | dict(result.by_status)
    return evidence(frame, facts=facts)
