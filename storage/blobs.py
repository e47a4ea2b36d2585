"""Pictures, videos and raw files, each kept once under the SHA-256 of its bytes."""

import hashlib
import os
import re
import uuid
from pathlib import Path

from domain.errors import StoreError

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
        if path.exists():
            return digest
        temporary = path.with_name(f".{digest}.{uuid.uuid4().hex}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"a blob of {len(content)} bytes cannot be written under {self.root}: {error}; "
                "free disk space or mend the folder's permissions, then run the same again"
            ) from error
        return digest

    def path(self, sha256: str) -> Path:
        """Where the blob of that hash lies, or would lie.

        Raises:
            StoreError: this is no SHA-256.
        """
        if not _SHA256.match(sha256):
            raise StoreError(f"{sha256!r} is not a SHA-256; pass what put() returned")
        return self.root / sha256[:2] / sha256
