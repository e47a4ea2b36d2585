"""`amsel status`: how things stand, in one look."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.status import standing
from cli.stop import stop_sending
from domain.community import InboundMessage
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from domain.tokens import Tokens
from domain.writing import WriterCall
from publishing.oauth.registry import dialect_of
from runtime.build import open_ledger, open_vault, sync_brands
from runtime.connecting import account_of, keep
from runtime.settings import Settings
from storage.ledger import deliveries, imports, inbox, writer_calls
from storage.ledger.database import Ledger
from storage.ledger.imports import ImportedFile
from tests.cli.test_review import NOON, SLOT, hold


@pytest.fixture
def ledger(ledger_url: str):
    made = Ledger(ledger_url)
    yield made
    made.close()


def plan(
    ledger: Ledger,
    key: str,
    *,
    due_at: datetime,
    state: DeliveryState | None = None,
    **changes: str,
) -> None:
    new = NewDelivery(
        key=key,
        brand="acme",
        platform=Platform.X,
        account="x:acme",
        payload=Payload(text=key),
        due_at=due_at,
    )
    with ledger.transaction() as connection:
        delivery = deliveries.load(connection, deliveries.plan(connection, new, now=NOON))
        if state is not None:
            if state is DeliveryState.WAITING:
                delivery = deliveries.move(
                    connection, delivery, DeliveryState.DUE, now=NOON, actor="test"
                )
            deliveries.move(connection, delivery, state, now=NOON, actor="test", **changes)


def test_it_says_how_many_files_came_in_and_which_was_the_last(ledger) -> None:
    assert {"files": 0, "last": None, "at": None} == standing(ledger)["imports"]
    with ledger.transaction() as connection:
        for hour, name in enumerate(("january.csv", "february.csv")):
            at = NOON + timedelta(hours=hour)
            file = ImportedFile(name, "posts", "x:acme", f"files/{name}", 10, 1, at)
            imports.record(connection, file)
    at = (NOON + timedelta(hours=1)).isoformat()
    assert {"files": 2, "last": "february.csv", "at": at} == standing(ledger)["imports"]


def test_everything_that_stands_open_is_counted(ledger, tmp_path: Path) -> None:
    hold(ledger, tmp_path / "brands")
    plan(ledger, "k1", due_at=SLOT + timedelta(hours=1))
    plan(ledger, "k2", due_at=SLOT)
    plan(ledger, "k3", due_at=NOON, state=DeliveryState.CANCELLED)
    message = InboundMessage(
        platform=Platform.X,
        account="x:acme",
        message_id="1",
        platform_ref="1",
        author="guest",
        text="Hello?",
        created_at=NOON,
        received_at=NOON,
    )
    with ledger.transaction() as connection:
        inbox.receive(connection, message, brand="acme", now=NOON)
    stop_sending(ledger, brand="acme", reason="recall", actor="anna")

    found = standing(ledger)

    counts = dict.fromkeys((state.value for state in DeliveryState), 0)
    assert [
        {
            "brand": "acme",
            "deliveries": {"x": counts | {"planned": 2, "cancelled": 1}},
            "next_due": SLOT.isoformat(),
            "drafts_waiting": 1,
            "messages_waiting": 0,
            "messages_new": 1,
            "stopped": True,
        }
    ] == found["brands"]
    assert [("acme", "recall")] == [(one["brand"], one["reason"]) for one in found["stops"]]


def test_what_waits_for_a_person_is_named_with_its_remedy(ledger) -> None:
    gone = {"reason": "x:acme retired this version", "remedy": "update Amsel"}
    for key in ("k1", "k2"):
        plan(ledger, key, due_at=NOON, state=DeliveryState.WAITING, **gone)
    busy = {"reason": "x:acme asks to wait", "remedy": "nothing: it goes out by itself"}
    plan(ledger, "k3", due_at=NOON, state=DeliveryState.WAITING, **busy)

    assert [{"account": "x:acme", "deliveries": 2} | gone] == standing(ledger)["held_up"]


def test_the_first_status_makes_the_ledger_and_says_where_things_are(home: Path) -> None:
    result = CliRunner().invoke(app, ["status", "--json"])
    found = json.loads(result.stdout)
    assert (0, str(home), "off") == (result.exit_code, found["home"], found["sending"])
    assert ([], {}) == (found["brands"], found["models"])
    assert f"sqlite:///{home}/ledger.db" == found["ledger"]


def test_a_person_reads_what_waits_and_what_is_stopped(home: Path, brands: Path) -> None:
    ledger = Ledger(f"sqlite:///{home / 'ledger.db'}")
    ledger.upgrade()
    hold(ledger, brands, slot=datetime.now(UTC) + timedelta(days=1))
    stop_sending(ledger, brand=None, reason="recall", actor="anna")
    ledger.close()
    shown = CliRunner().invoke(app, ["status"]).stdout
    assert "1 drafts wait for a person: amsel review" in shown
    assert "STOPPED every brand" in shown


def test_a_writer_whose_last_calls_failed_is_named(ledger) -> None:
    trouble = "401: the key is expired"
    failed = WriterCall("openai", "acme", "b", "en", 0.2, trouble=trouble, is_down=True)
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        writer_calls.save(connection, [failed] * 2, now=now)
        assert [] == writer_calls.failing(connection, now=now)
        writer_calls.save(connection, [failed], now=now)

    (told,) = standing(ledger)["writers_failing"]

    assert ("openai", 3, trouble) == (told["writer"], told["calls"], told["reason"])


@pytest.mark.usefixtures("home", "brands")
def test_what_a_platform_did_not_grant_is_told_before_a_post_needs_it() -> None:
    settings = Settings()
    sync_brands(settings, open_ledger(settings))
    holder = account_of(settings, Platform.X, brand="acme", handle=None)
    asked_for = dialect_of(Platform.X).scopes(holder.account)
    assert len(asked_for) > 2

    keep(open_vault(settings), holder, Tokens(access="planted", scopes=tuple(asked_for[:-1])))
    shown = CliRunner().invoke(app, ["status"]).stdout
    keep(open_vault(settings), holder, Tokens(access="planted", scopes=tuple(asked_for)))
    whole = CliRunner().invoke(app, ["status", "--json"]).stdout

    assert f"ACCOUNT {holder.account.id}: not granted: {asked_for[-1]}; " in shown
    assert "`amsel connect x` again and allow it" in shown
    assert [] == json.loads(whole)["not_granted"]
    assert "planted" not in shown + whole
