"""Pictures, videos and raw files, each kept once under the SHA-256 of its bytes."""

import hashlib
import re
from pathlib import Path

from domain.errors import StoreError
from storage.atomic import write_atomically

_SHA256 = re.compile(r"^[0-9a-f]{64}$")


class Blobs:
    """Files under one folder as `ab/abcdef...`: equal bytes are one file, and none ever changes."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def put(self, content: bytes) -> str:
        """Keep the bytes, whole or not at all, and return their SHA-256 in hexadecimal.

        Raises:
            StoreError: the disk refuses.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        if not path.exists():
            write_atomically(path, content)
        return digest

    def path(self, sha256: str) -> Path:
        """Where the blob of that hash lies, or would lie.

        Raises:
            StoreError: this is no SHA-256.
        """
        if not _SHA256.match(sha256):
            raise StoreError(f"{sha256!r} is not a SHA-256; pass what put() returned")
        return self.root / sha256[:2] / sha256
