"""TIDs: the record keys of AT Protocol, chosen before the request."""

import hashlib
from datetime import UTC, datetime

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
MICROSECONDS_PER_SECOND = 1_000_000


def tid(at: datetime, name: str) -> str:
    """13 characters that sort by second; the same instant and name give the same key.

    53 bits of microseconds and a 10-bit clock id, top bit 0. The part below the second and the
    clock id come from the name, so that two deliveries of one second differ.
    """
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    below = (digest >> 10) % MICROSECONDS_PER_SECOND
    microseconds = int(at.astimezone(UTC).timestamp()) * MICROSECONDS_PER_SECOND + below
    bits = (microseconds << 10) | (digest & 0x3FF)
    return "".join(ALPHABET[(bits >> shift) & 31] for shift in range(60, -5, -5))
