"""The key file for local use: made at first need, readable by its owner only."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from domain.errors import ConfigError, StoreError
from storage.secrets import Keyring, encoded, new_key

NAME = "secret.keys"
OWNER_ONLY = 0o600


def read_or_make(home: Path) -> Keyring:
    """The keys of `AMSEL_HOME`; where several processes come first together, one file wins.

    Raises:
        ConfigError: others may read the file, or it holds no keys.
        StoreError: the disk refuses.
    """
    path = home / NAME
    if not path.exists():
        with suppress(FileExistsError):
            _place(path, f"1:{encoded(new_key())}", replace=False)
    return read(path)


def read(path: Path) -> Keyring:
    """The keys in a file. Raises ConfigError and StoreError."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError(f"{path} can be read by others; run `chmod 600 {path}`")
        return Keyring.parse(path.read_text("ascii").strip(), origin=str(path))
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path} holds no keys; restore it from a backup") from exc
    except OSError as exc:
        raise StoreError(
            f"{path} cannot be read: {exc.strerror}; mend its rights, or restore it from a backup"
        ) from exc


def write(path: Path, keyring: Keyring) -> None:
    """Put other keys in the place of those there, all or nothing. Raises StoreError."""
    _place(path, keyring.render(), replace=True)


def _place(path: Path, text: str, *, replace: bool) -> None:
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError as exc:
        raise StoreError(
            f"cannot write {path}: {exc.strerror}; free space or mend the folder's rights"
        ) from exc
    finally:
        draft.unlink(missing_ok=True)
