"""`amsel review edit` of a post that is scheduled: it wins until a worker has it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.review import app
from domain.deliveries import DeliveryState, fingerprint, full_text
from domain.errors import PolicyError, StateError
from domain.posts import PostStatus
from planning.review import approve, edit
from storage.ledger import approvals, deliveries
from storage.ledger.approvals import Decision
from storage.ledger.database import Ledger
from tests.cli.test_review import NOON, SLOT, TEXT, hold, ledger, stored

__all__ = ["ledger"]

OTHER = "Olive oil makes our soap mild. https://acme.example/soap #soap"


@pytest.mark.parametrize("state", [DeliveryState.PLANNED, DeliveryState.DUE])
def test_a_scheduled_post_goes_out_with_the_text_of_its_edit(
    ledger, tmp_path: Path, state: DeliveryState
) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    approve(ledger, post_id, actor="anna", now=NOON)
    if state is DeliveryState.DUE:
        with ledger.transaction() as connection:
            (row,) = deliveries.list(connection)
            deliveries.move(connection, row, state, now=NOON, actor="worker")

    edit(ledger, post_id, actor="ben", now=NOON, text=OTHER)

    post, (delivery,) = stored(ledger, post_id)
    assert (PostStatus.SCHEDULED, 2, OTHER) == (post.status, post.version, post.text)
    assert (2, OTHER, SLOT) == (delivery.post_version, delivery.payload.text, delivery.due_at)
    assert (state, fingerprint(full_text(delivery.payload))) == (
        delivery.state,
        delivery.fingerprint,
    )
    with ledger.reading() as connection:
        decided = approvals.decision(connection, post_id, version=2)
    assert (Decision.APPROVED, "ben") == (decided.decision, decided.actor)


def test_an_edit_of_a_scheduled_post_that_a_rule_blocks_leaves_the_old_one(
    ledger, tmp_path: Path
) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    approve(ledger, post_id, actor="anna", now=NOON)

    with pytest.raises(PolicyError, match="banned_terms: miracle"):
        edit(ledger, post_id, actor="ben", now=NOON, text="A miracle of olive oil.")

    post, (delivery,) = stored(ledger, post_id)
    assert (1, TEXT, 1, TEXT) == (
        *(post.version, post.text),
        *(delivery.post_version, delivery.payload.text),
    )


@pytest.mark.parametrize("states", [["due", "claimed"], ["due", "waiting"], ["cancelled"]])
def test_an_edit_that_comes_after_the_claim_loses_and_changes_nothing(
    ledger, tmp_path: Path, states: list[str]
) -> None:
    post_id = hold(ledger, tmp_path / "brands")
    approve(ledger, post_id, actor="anna", now=NOON)
    with ledger.transaction() as connection:
        for state in states:
            (row,) = deliveries.list(connection)
            deliveries.move(connection, row, DeliveryState(state), now=NOON, actor="worker")

    with pytest.raises(StateError, match=r"cannot be changed: .*; take back what is not out"):
        edit(ledger, post_id, actor="ben", now=NOON, text=OTHER)

    post, (delivery,) = stored(ledger, post_id)
    assert (1, states[-1], TEXT) == (post.version, delivery.state, delivery.payload.text)


def test_a_scheduled_post_is_not_edited_past_the_second_person(ledger, tmp_path: Path) -> None:
    post_id = hold(ledger, tmp_path / "brands", by_another=True)
    approve(ledger, post_id, actor="anna", now=NOON)

    with pytest.raises(PolicyError, match="scheduled as it was approved; take it back"):
        edit(ledger, post_id, actor="ben", now=NOON, text=OTHER)
    assert 1 == stored(ledger, post_id)[0].version


def test_the_command_changes_one_platforms_text_or_all_and_says_what_goes(
    home: Path, brands: Path
) -> None:
    ledger = Ledger(f"sqlite:///{home / 'ledger.db'}")
    ledger.upgrade()
    hold(ledger, brands, slot=datetime.now(UTC) + timedelta(days=1))
    ledger.close()
    own = f"{TEXT} Do you?"

    done = CliRunner().invoke(app, ["edit", "post-1", "--platform", "x", "--text", own])
    assert "version 2 of post-1 waits" in done.stdout, done.output
    (row,) = json.loads(CliRunner().invoke(app, ["--json"]).stdout)
    assert (TEXT, own) == (row["text"], row["elsewhere"][0]["text"])
    assert f"on x:\n        {own}" in CliRunner().invoke(app, []).stdout

    done = CliRunner().invoke(app, ["edit", "post-1", "--text", own])
    assert "it says this on x too; their own texts go" in done.stdout
    (row,) = json.loads(CliRunner().invoke(app, ["--json"]).stdout)
    assert (own, []) == (row["text"], row["elsewhere"])

    wrong = CliRunner().invoke(app, ["edit", "post-1", "--platform", "myspace", "--text", own])
    assert "'myspace' is no platform" in " ".join(wrong.output.split())
