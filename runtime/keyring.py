"""Which keys seal the accounts' tokens, and how they are changed while everything runs."""

from domain.errors import ConfigError
from runtime.settings import Settings
from storage import key_file
from storage.ledger import tokens
from storage.ledger.database import Ledger
from storage.secrets import Keyring, encoded, new_key

VARIABLE = "AMSEL_SECRET_KEYS"


def read_keyring(settings: Settings) -> Keyring:
    """The keys of AMSEL_SECRET_KEYS, else those of the key file, which is made where none is.

    Raises:
        ConfigError: what is there holds no keys, or others can read the file.
        StoreError: the disk refuses.
    """
    given = settings.secret_keys.get_secret_value()
    if given:
        return Keyring.parse(given, origin=VARIABLE)
    return key_file.read_or_make(settings.home.resolve())


def propose_key(settings: Settings) -> str:
    """A new key under the next number, as AMSEL_SECRET_KEYS wants it."""
    given = settings.secret_keys.get_secret_value()
    number = max(Keyring.parse(given, origin=VARIABLE).keys) + 1 if given else 1
    return f"{number}:{encoded(new_key())}"


def rotate(settings: Settings, ledger: Ledger) -> tuple[Keyring, int]:
    """Seal every row with the newest key; returns the keys and how many rows were sealed again.

    With a key file a new key is made first. The key before stays: what runs meanwhile may still
    seal with it. Older ones go, once no row needs them.

    Raises:
        ConfigError: AMSEL_SECRET_KEYS holds one key only, so that there is none to change to.
        StoreError: a row does not open, or the ledger refused.
    """
    keyring = read_keyring(settings)
    in_file = not settings.secret_keys.get_secret_value()
    if in_file:
        keyring = _with_new_key(settings, keyring)
    done = _seal_all(ledger, keyring)
    if not in_file and len(keyring.keys) == 1 and not done:
        raise ConfigError(
            f"{VARIABLE} holds one key only; put a new one before it (`amsel keys new` makes one), "
            "start everything again with both, and run this once more"
        )
    if in_file:
        _forget_oldest(settings, keyring)
    return keyring, done


def _with_new_key(settings: Settings, keyring: Keyring) -> Keyring:
    number = max(keyring.keys) + 1
    longer = Keyring({number: new_key(), **keyring.keys}, keyring.origin)
    key_file.write(settings.home.resolve() / key_file.NAME, longer)
    return longer


def _seal_all(ledger: Ledger, keyring: Keyring) -> int:
    with ledger.reading() as connection:
        accounts = tokens.sealed_before(connection, keyring.newest)
    done = 0
    for account in accounts:
        with ledger.transaction() as connection:  # one row each: nobody waits for all of them
            done += tokens.seal_again(connection, account, keyring=keyring)
    return done


def _forget_oldest(settings: Settings, keyring: Keyring) -> None:
    kept = dict(list(keyring.keys.items())[:2])
    if len(kept) < len(keyring.keys):
        path = settings.home.resolve() / key_file.NAME
        key_file.write(path, Keyring(kept, keyring.origin))
