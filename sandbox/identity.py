"""Names for things: X ids, AT identifiers and content hashes, all derived and so repeatable."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.clock import micros

_X_EPOCH_MS = 1288834974657
_TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_LOW_BITS = 22
POST_COLLECTION = "app.bsky.feed.post"


def digest(*parts: object) -> int:
    """A number that stands for the parts: the same in every process."""
    text = "\x1f".join(str(p) for p in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")


def snowflake(at: datetime, low: int = 0) -> int:
    """An X id: milliseconds above 22 low bits, so that ids sort by time."""
    return ((micros(at) // 1000 - _X_EPOCH_MS) << _LOW_BITS) | (low % (1 << _LOW_BITS))


def audience_snowflake(at: datetime, *parts: object) -> int:
    """An X id for somebody in the audience: from the upper half of the low bits."""
    half = 1 << (_LOW_BITS - 1)
    return snowflake(at, half + digest(*parts) % half)


def x_user_id(handle: str) -> str:
    """A user id for a handle."""
    return str(10**17 + digest("x-user", handle) % (9 * 10**17))


def meta_id(*parts: object) -> str:
    """An id for somebody or something of the audience on Meta's platforms."""
    return str(2 * 10**16 + digest(*parts) % 10**16)


def did(handle: str) -> str:
    """A did:plc for a handle."""
    raw = digest("did", handle).to_bytes(16, "big")
    return "did:plc:" + base64.b32encode(raw).decode().lower()[:24]


def tid(at_us: int, clock_id: int = 0) -> str:
    """A TID: 13 sortable characters for 53 bits of microseconds and 10 bits of clock id."""
    value = (at_us & ((1 << 53) - 1)) << 10 | (clock_id & 1023)
    return "".join(_TID_ALPHABET[(value >> shift) & 31] for shift in range(60, -1, -5))


def at_uri(repo: str, rkey: str, collection: str = POST_COLLECTION) -> str:
    """`at://did/collection/rkey`."""
    return f"at://{repo}/{collection}/{rkey}"


def record_cid(record: Mapping[str, Any]) -> str:
    """The CIDv1 (dag-cbor, sha-256) of a record in its JSON form.

    Raises:
        ValueError: the record holds something that DAG-CBOR of AT has no place for (a float).
    """
    return _cid(0x71, _cbor(record))


def blob_cid(data: bytes) -> str:
    """The CIDv1 (raw, sha-256) of a blob."""
    return _cid(0x55, data)


def _cid(codec: int, data: bytes) -> str:
    raw = bytes((1, codec, 0x12, 32)) + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def _head(major: int, n: int) -> bytes:
    if n < 24:
        return bytes((major << 5 | n,))
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 1 << (8 * size):
            return bytes((major << 5 | extra,)) + n.to_bytes(size, "big")
    raise ValueError("an integer has more than 64 bits")


def _cbor(value: Any) -> bytes:
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        raw = value.encode()
        return _head(3, len(raw)) + raw
    if isinstance(value, Mapping):
        return _cbor_map(value)
    if isinstance(value, Sequence):
        return _head(4, len(value)) + b"".join(_cbor(v) for v in value)
    raise ValueError(f"a {type(value).__name__} has no place in a record")


def _cbor_map(value: Mapping[str, Any]) -> bytes:
    if set(value) == {"$link"}:
        link = str(value["$link"])
        raw = b"\0" + base64.b32decode(link[1:].upper() + "=" * (-(len(link) - 1) % 8))
        return b"\xd8\x2a" + _head(2, len(raw)) + raw
    if set(value) == {"$bytes"}:
        text = str(value["$bytes"])
        raw = base64.b64decode(text + "=" * (-len(text) % 4))
        return _head(2, len(raw)) + raw
    pairs = sorted(((k.encode(), v) for k, v in value.items()), key=lambda p: (len(p[0]), p[0]))
    body = b"".join(_head(3, len(k)) + k + _cbor(v) for k, v in pairs)
    return _head(5, len(pairs)) + body
