"""Tokens in the ledger: encrypted, renewed by one, asked about once, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.brand import Account
from domain.errors import StoreError
from domain.events import EventType
from domain.platforms import Platform
from domain.tokens import Tokens
from storage.ledger import events, tokens
from storage.ledger.database import Ledger
from storage.ledger.tokens import Holder, Matter
from storage.secrets import Keyring, new_key

X = Account(platform=Platform.X, handle="bergquell", time_zone="Europe/Berlin")
HOLDER = Holder(X, "bergquell")
OLD, NEW = new_key(), new_key()
FIRST = Keyring({1: OLD}, "here")
BOTH = Keyring({2: NEW, 1: OLD}, "here")


@pytest.fixture
def pair(now: datetime) -> Tokens:
    return Tokens(
        "access-canary",
        "refresh-canary",
        user_id="7",
        scopes=("tweet.read", "tweet.write"),
        expires_at=now + timedelta(hours=2),
    )


def kept(ledger: Ledger, keyring: Keyring = FIRST):
    with ledger.reading() as connection:
        return tokens.find(connection, X.id, keys=lambda: keyring)


def save(ledger: Ledger, pair: Tokens, now: datetime, keyring: Keyring = FIRST):
    with ledger.transaction() as connection:
        return tokens.keep(connection, HOLDER, pair, keys=lambda: keyring, now=now)


def announced(ledger: Ledger, kind: EventType) -> int:
    with ledger.reading() as connection:
        return sum(one.event.type == kind for one in events.read_since(connection, 0))


def test_a_pair_comes_back_as_it_was_kept(ledger: Ledger, pair: Tokens, now: datetime) -> None:
    assert kept(ledger) is None
    save(ledger, pair, now)
    assert (pair, 1, now) == (
        kept(ledger).tokens,
        kept(ledger).generation,
        kept(ledger).obtained_at,
    )


def test_no_column_shows_a_secret(ledger: Ledger, pair: Tokens, now: datetime) -> None:
    save(ledger, pair, now)
    with ledger.reading() as connection:
        (row,) = connection.execute(sa.text("select * from tokens")).mappings()
    shown = " ".join(str(bytes(v) if isinstance(v, memoryview) else v) for v in row.values())
    assert "canary" not in shown


def test_a_new_pair_is_never_replaced_by_an_empty_one(
    ledger: Ledger, pair: Tokens, now: datetime
) -> None:
    save(ledger, pair, now)
    new = Tokens("second", expires_at=now + timedelta(hours=4))
    after = save(ledger, new, now)
    assert ("second", "refresh-canary", "7", 2) == (
        after.tokens.access,
        after.tokens.refresh,
        after.tokens.user_id,
        after.generation,
    )
    assert "second" == save(ledger, replace(new, access=""), now).tokens.access


def test_a_pair_is_renewed_before_its_end_and_not_all_accounts_at_once(
    ledger: Ledger, pair: Tokens, now: datetime
) -> None:
    instants = set()
    for number in range(20):
        account = X.model_copy(update={"handle": f"brand{number}"})
        with ledger.transaction() as connection:
            one = tokens.keep(connection, Holder(account, "b"), pair, keys=lambda: FIRST, now=now)
        instants.add(one.renew_at)
        early = pair.expires_at - one.renew_at
        assert timedelta(minutes=5) <= early <= timedelta(minutes=10)
    assert 20 == len(instants)


def test_a_token_without_an_end_is_not_renewed(ledger: Ledger, now: datetime) -> None:
    assert save(ledger, Tokens("forever"), now).renew_at is None


def test_keys_are_changed_while_both_are_valid(ledger: Ledger, pair: Tokens, now: datetime) -> None:
    save(ledger, pair, now)
    with ledger.transaction() as connection:
        assert [X.id] == tokens.sealed_before(connection, BOTH.newest)
        assert tokens.seal_again(connection, X.id, keyring=BOTH)
        assert not tokens.seal_again(connection, X.id, keyring=BOTH)
        assert [] == tokens.sealed_before(connection, BOTH.newest)
    assert pair == kept(ledger, Keyring({2: NEW}, "here")).tokens
    with pytest.raises(StoreError, match="sealed with key 2"):
        kept(ledger, FIRST)


def test_a_damaged_row_is_named_and_mended_by_connecting(
    ledger: Ledger, pair: Tokens, now: datetime
) -> None:
    save(ledger, pair, now)
    with ledger.transaction() as connection:
        connection.execute(sa.text("update tokens set sealed = nonce"))
    with pytest.raises(StoreError, match=r"x:bergquell are damaged .* connect the account again"):
        kept(ledger)
    with ledger.transaction() as connection:
        tokens.connect(connection, HOLDER, pair, keys=lambda: FIRST, now=now)
    assert (pair, 1) == (kept(ledger).tokens, announced(ledger, EventType.ACCOUNT_CONNECTED))


def test_a_person_is_asked_once_until_it_is_mended(
    ledger: Ledger, pair: Tokens, now: datetime
) -> None:
    save(ledger, pair, now)
    matter = Matter("revoked", "amsel connect x")
    told = []
    for _ in range(3):
        with ledger.transaction() as connection:
            told.append(tokens.need_attention(connection, HOLDER, matter, now=now))
    assert ([True, False, False], 1) == (told, announced(ledger, EventType.ACCOUNT_NEEDS_ATTENTION))
    with ledger.reading() as connection:
        (open_matter,) = tokens.attention(connection)
    assert ("bergquell", "revoked") == (open_matter.brand, open_matter.reason)
    save(ledger, pair, now)
    with ledger.reading() as connection:
        assert [] == tokens.attention(connection)


def test_a_refused_token_from_the_environment_can_be_asked_about(
    ledger: Ledger, now: datetime
) -> None:
    with ledger.transaction() as connection:
        tokens.need_attention(connection, HOLDER, Matter("r", "m"), now=now)
    assert kept(ledger).tokens is None
