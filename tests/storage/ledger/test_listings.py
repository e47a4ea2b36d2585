"""Lists of deliveries for people: one that nobody can read is among them, and hides no other."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cli.deliveries import deliveries_table, foremost, story
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.errors import StateError, StoreError
from domain.platforms import Platform
from publishing import interventions
from publishing.tables import read_standing, shown
from storage.ledger import deliveries, legibility
from storage.ledger.database import Ledger

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WRONG = [
    ("payload", '{"text": ["Old."]}', "content"),
    ("payload", '{"text": "Half', "content"),
    ("payload", b'{"text": "\xff"}', "content"),
    ("steps", "[1]", "steps"),
    ("kind", "from_nowhere", "kind"),
    ("reason", b"\xff\xfe", "reason"),
]


@pytest.fixture
def ledger(ledger_url):
    made = Ledger(ledger_url)
    yield made
    made.close()


@pytest.fixture
def ids(ledger):
    """A delivery, another one, and a third, an hour apart."""
    with ledger.transaction() as connection:
        return [
            deliveries.plan(
                connection,
                NewDelivery(
                    key=f"k{number}",
                    brand="bergquell",
                    platform=Platform.X,
                    account="x:bergquell",
                    payload=Payload(text=f"Fresh {number}."),
                    due_at=NOON + timedelta(hours=number),
                ),
                now=NOON,
            )
            for number in range(3)
        ]


@pytest.fixture
def spoil(ledger):
    def write(row, column, value):
        is_server = ledger.url.get_backend_name() == "postgresql"
        if is_server and (isinstance(value, bytes) or not is_json(column, value)):
            pytest.skip("a server takes documents and text only")
        kind = "jsonb" if is_server and column in ("payload", "steps") else "text"
        words = f"update deliveries set {column} = cast(:value as {kind}) where id = :id"  # noqa: S608
        with ledger.transaction() as connection:
            connection.execute(sa.text(words), {"value": value, "id": row})

    return write


def is_json(column, value):
    try:
        return column not in ("payload", "steps") or json.loads(value) is not None
    except ValueError:
        return False


@pytest.mark.parametrize(("column", "value", "told"), WRONG)
def test_a_delivery_that_nobody_can_read_is_listed_as_such(ledger, ids, spoil, column, value, told):
    spoil(ids[1], column, value)

    listed = foremost(ledger)
    table = deliveries_table(ledger)

    assert (["k0", "k1", "k2"], 0) == ([row["key"] for row in listed.rows], listed.more)
    assert ["k0", "k1", "k2"] == [row["key"] for row in table]
    assert [None, True, None] == [
        row["reason"] and f"its stored {told} cannot be read" in row["reason"] for row in table
    ]
    assert ["Fresh 0.", "Fresh 2."] == [listed.rows[at]["text"] for at in (0, 2)]
    assert "cannot be read" in story(ledger, "k1")["reason"]
    assert ids[1] == story(ledger, ids[1])["id"]


@pytest.mark.parametrize(("column", "value", "told"), WRONG)
def test_the_list_in_the_ui_shows_it_too(ledger, ids, spoil, column, value, told):
    spoil(ids[1], column, value)

    standing = read_standing(ledger)

    assert ["k0", "k1", "k2"] == standing.rows["key"].to_list()
    assert f"its stored {told} cannot be read" in standing.rows["reason"][1]
    assert shown(standing)


def test_looking_at_the_list_changes_nothing(ledger, ids, spoil):
    spoil(ids[1], "payload", '{"text": ["Old."]}')
    query = sa.text("select cast(payload as text) from deliveries where id = :id")

    foremost(ledger)

    with ledger.reading() as connection:
        assert ["Old."] == json.loads(connection.scalar(query, {"id": ids[1]}))["text"]


def test_a_state_that_nobody_knows_is_listed_among_all(ledger, ids, spoil):
    spoil(ids[1], "state", "from_nowhere")

    states = {row["key"]: row["state"] for row in deliveries_table(ledger)}

    assert {"k0": "planned", "k1": "failed", "k2": "planned"} == states


def test_an_instant_that_is_none_is_listed_by_another_of_its_row(ledger, ids, spoil):
    if ledger.url.get_backend_name() == "postgresql":
        pytest.skip("a server takes instants only")
    spoil(ids[2], "due_at", "0 o'clock")

    rows = {row["key"]: row for row in deliveries_table(ledger)}

    assert "2026-03-02T12:00:00Z" == rows["k2"]["due_at"]
    assert "its stored due_at cannot be read" in rows["k2"]["reason"]


def test_what_counts_deliveries_leaves_out_the_one_that_nobody_can_read(ledger, ids, spoil):
    spoil(ids[1], "payload", '{"text": ["Old."]}')

    with ledger.reading() as connection:
        found = deliveries.list(connection, states=(DeliveryState.PLANNED,))

    assert ["k0", "k2"] == [one.key for one in found]


def test_who_reaches_for_it_is_told_why_nothing_can_be_done(ledger, ids, spoil):
    spoil(ids[1], "payload", '{"text": ["Old."]}')

    with pytest.raises(StateError, match=r"'k1' cannot be read; .*put aside"):
        interventions.cancel(ledger, "k1", actor="anna", reason="no")
    with pytest.raises(StoreError, match="no delivery 'typo'"):
        story(ledger, "typo")


def test_many_are_read_in_halves_and_stay_in_their_order(ledger, ids, spoil):
    spoil(ids[1], "payload", '{"text": ["Old."]}')

    with ledger.reading() as connection:
        found = legibility.read_each(connection, [ids[2], ids[1], ids[0]])

    assert ([ids[2], ids[0]], [ids[1]]) == ([row.id for row in found.rows], [*found.unread])
