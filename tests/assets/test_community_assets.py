"""What people write is judged before it is read: a breach stops triage."""

from datetime import timedelta

import dagster as dg
import pytest

from domain.community import InboundMessage
from domain.platforms import Platform
from storage.ledger import actions, inbox
from tests.graph import X


@pytest.fixture
def answered(world, assets):
    """Polls what a platform has, then answers, as the job does; the run's outcome."""

    def run(*told: InboundMessage) -> dg.ExecuteInProcessResult:
        community = assets("community")
        parts = vars(world) | {"networks": {X: Mailbox(told)}}
        keys = ("ledger", "brands", "networks")
        fixed = {name: dg.ResourceDefinition.hardcoded_resource(parts[name]) for name in keys}
        graph = [community.inbox, community.inbox_expectations, community.replies]
        return dg.materialize(graph, resources=fixed, raise_on_error=False)

    return run


class Mailbox:
    """A network whose people have written."""

    def __init__(self, told) -> None:
        self.told = told

    def inbound(self, *, since):
        return [one for one in self.told if one.created_at >= since]


def message(world, name: str, **changes: object) -> InboundMessage:
    now = world.clock.now()
    given = {
        "platform": Platform.X,
        "account": X,
        "message_id": name,
        "platform_ref": name,
        "author": "ann",
        "text": "Great, thank you!",
        "created_at": now,
        "received_at": now,
    }
    return InboundMessage(**given | changes)


def test_good_messages_are_judged_and_decided(world, answered) -> None:
    run = answered(message(world, "1"))
    (check,) = run.get_asset_check_evaluations()
    with world.ledger.reading() as connection:
        decided = actions.find(connection)
    assert (True, True, ["1"]) == (run.success, check.passed, [one.message_id for one in decided])


def test_a_message_from_the_future_stops_triage_of_the_whole_batch(world, answered) -> None:
    late = message(world, "2", created_at=world.clock.now() + timedelta(days=3))
    run = answered(message(world, "1"), late)
    (check,) = run.get_asset_check_evaluations()
    with world.ledger.reading() as connection:
        waiting = inbox.pending(connection)
        assert [] == actions.find(connection)
    assert (False, False, 2) == (run.success, check.passed, len(waiting))
    assert "replies" not in [event.step_key for event in run.all_events if event.is_step_success]
