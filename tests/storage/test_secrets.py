"""Secrets at rest: bound to their account, opened by every key, sealed by the first."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import ConfigError, StoreError
from storage import key_file
from storage.secrets import Keyring, encoded, new_key

OLD, NEW = new_key(), new_key()
ACCOUNT = "x:bergquell"


def ring(**keys: bytes) -> Keyring:
    return Keyring({int(name[1:]): key for name, key in keys.items()}, "AMSEL_SECRET_KEYS")


def test_what_was_sealed_opens_and_shows_nothing_of_itself() -> None:
    sealed = ring(v1=OLD).seal(b"planted-secret", about=ACCOUNT)
    assert b"planted-secret" == ring(v1=OLD).open(sealed, about=ACCOUNT)
    assert b"planted" not in sealed.data


def test_the_same_secret_never_looks_the_same_twice() -> None:
    sealed = [ring(v1=OLD).seal(b"same", about=ACCOUNT) for _ in range(100)]
    assert 100 == len({one.nonce for one in sealed}) == len({one.data for one in sealed})


def test_the_first_key_seals_and_every_key_opens() -> None:
    before = ring(v1=OLD).seal(b"secret", about=ACCOUNT)
    both = Keyring.parse(f"2:{encoded(NEW)},1:{encoded(OLD)}", origin="here")
    assert b"secret" == both.open(before, about=ACCOUNT)
    assert 2 == both.seal(b"secret", about=ACCOUNT).key_version


def test_keys_are_written_as_they_are_read() -> None:
    both = ring(v2=NEW, v1=OLD)
    assert both.keys == Keyring.parse(both.render(), origin="here").keys


def test_a_missing_key_is_named_by_its_number() -> None:
    sealed = ring(v1=OLD).seal(b"secret", about=ACCOUNT)
    with pytest.raises(
        StoreError, match="sealed with key 1, which AMSEL_SECRET_KEYS does not hold"
    ):
        ring(v2=NEW).open(sealed, about=ACCOUNT)


def test_another_key_of_the_same_number_is_told_from_damage() -> None:
    sealed = ring(v1=OLD).seal(b"secret", about=ACCOUNT)
    with pytest.raises(StoreError, match="sealed with another key 1"):
        ring(v1=NEW).open(sealed, about=ACCOUNT)


@pytest.mark.parametrize("part", ["nonce", "data"])
def test_a_changed_byte_is_damage(part: str) -> None:
    sealed = ring(v1=OLD).seal(b"secret", about=ACCOUNT)
    changed = bytes([getattr(sealed, part)[0] ^ 1]) + getattr(sealed, part)[1:]
    with pytest.raises(StoreError, match="are damaged or were moved"):
        ring(v1=OLD).open(replace(sealed, **{part: changed}), about=ACCOUNT)


def test_a_row_moved_to_another_account_does_not_open() -> None:
    sealed = ring(v1=OLD).seal(b"secret", about=ACCOUNT)
    with pytest.raises(StoreError, match="moved from another account"):
        ring(v1=OLD).open(sealed, about="x:northloom")


@pytest.mark.parametrize(
    "text", ["", "1", "1:short", "0:{key}", "1:{key},1:{key}", "{key}", "1:{key}x"]
)
def test_what_is_no_list_of_keys_is_refused_without_being_shown(text: str) -> None:
    written = text.format(key=encoded(OLD))
    with pytest.raises(ConfigError, match="make one with `amsel keys new`") as caught:
        Keyring.parse(written, origin="AMSEL_SECRET_KEYS")
    assert encoded(OLD) not in str(caught.value)


def test_a_keyring_is_not_shown_by_its_repr() -> None:
    assert encoded(OLD) not in repr(ring(v1=OLD))
    assert str(OLD) not in repr(ring(v1=OLD))


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: key_file.read_or_make(tmp_path).render(), range(8)))
    mode = stat.S_IMODE((tmp_path / key_file.NAME).stat().st_mode)
    assert (1, 0o600) == (len(set(made)), mode)
    assert [key_file.NAME] == [path.name for path in tmp_path.iterdir()]


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key_file.read_or_make(tmp_path)
    (tmp_path / key_file.NAME).chmod(0o640)
    with pytest.raises(ConfigError, match="run `chmod 600"):
        key_file.read_or_make(tmp_path)


def test_a_key_file_that_holds_something_else_is_named(tmp_path: Path) -> None:
    key_file.read_or_make(tmp_path)
    (tmp_path / key_file.NAME).write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="holds no keys"):
        key_file.read_or_make(tmp_path)
