"""Secrets at rest: AES-256-GCM under numbered keys, each bound to what it belongs to."""

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import ConfigError, StoreError

KEY_BYTES = 32
NONCE_BYTES = 12
_ENTRY = re.compile(r"(?P<version>[1-9][0-9]{0,8}):(?P<key>[A-Za-z0-9+/_-]{43}=?)")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as it is stored.

    Attributes:
        key_version: the number of the key.
        key_id: tells two keys of the same number apart; says nothing about the key.
        nonce: drawn anew for every sealing.
        data: the ciphertext with its tag.
    """

    key_version: int
    key_id: str
    nonce: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys by number: the first seals, every one opens.

    Attributes:
        keys: newest first.
        origin: where they come from, for messages: a variable or a file.
    """

    keys: Mapping[int, bytes] = field(repr=False)
    origin: str

    @classmethod
    def parse(cls, text: str, *, origin: str) -> Self:
        """Keys written as `2:base64,1:base64`. Raises ConfigError; the message holds no key."""
        keys: dict[int, bytes] = {}
        for place, entry in enumerate(text.replace("\n", ",").split(","), start=1):
            found = _ENTRY.fullmatch(entry.strip())
            key = _decoded(found["key"]) if found else b""
            if found is None or len(key) != KEY_BYTES or int(found["version"]) in keys:
                raise ConfigError(
                    f"{origin}: entry {place} is no key of its own number; write 2:KEY,1:KEY with "
                    "keys of 32 bytes in base64, or make one with `amsel keys new`"
                )
            keys[int(found["version"])] = key
        return cls(keys, origin)

    @property
    def newest(self) -> int:
        """The number of the key that seals."""
        return next(iter(self.keys))

    def render(self) -> str:
        """The keys as `parse` reads them: to be shown to nobody but the key file."""
        return ",".join(f"{number}:{encoded(key)}" for number, key in self.keys.items())

    def seal(self, plain: bytes, *, about: str) -> Sealed:
        """Encrypt `plain` for `about`: it opens only for the same one."""
        key, nonce = self.keys[self.newest], os.urandom(NONCE_BYTES)
        data = AESGCM(key).encrypt(nonce, plain, about.encode())
        return Sealed(self.newest, key_id(key), nonce, data)

    def open(self, sealed: Sealed, *, about: str) -> bytes:
        """Decrypt.

        Raises:
            StoreError: the key is missing, is another one, or what is stored was changed.
        """
        key = self.keys.get(sealed.key_version)
        if key is None:
            raise StoreError(
                f"the tokens of {about} are sealed with key {sealed.key_version}, which "
                f"{self.origin} does not hold; put that key back beside the others"
            )
        if key_id(key) != sealed.key_id:
            raise StoreError(
                f"the tokens of {about} are sealed with another key {sealed.key_version} than that "
                f"of {self.origin}; put the right one there, or connect the account again"
            )
        try:
            return AESGCM(key).decrypt(sealed.nonce, sealed.data, about.encode())
        except InvalidTag:
            raise StoreError(
                f"the stored tokens of {about} are damaged or were moved from another account; "
                "connect the account again"
            ) from None


def new_key() -> bytes:
    """A fresh key from the system's source of randomness."""
    return os.urandom(KEY_BYTES)


def encoded(key: bytes) -> str:
    """A key as text."""
    return base64.b64encode(key).decode()


def key_id(key: bytes) -> str:
    """Eight characters that differ from key to key and tell nothing about it."""
    return hashlib.sha256(b"amsel key id" + key).hexdigest()[:8]


def _decoded(text: str) -> bytes:
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except binascii.Error:
        return b""
