"""Pictures, videos and raw files, each kept once under the SHA-256 of its bytes."""

import hashlib
import re
from pathlib import Path

from domain.errors import StoreError
from storage.atomic import write_atomically

SHA256 = re.compile(r"^[0-9a-f]{64}$")


class Blobs:
    """Files under one folder as `ab/abcdef...`: equal bytes are one file, and none ever changes.

    Args:
        root: the folder.
        base_url: where the folder can be reached from outside; platforms that fetch pictures by
            themselves need it.
    """

    def __init__(self, root: Path, *, base_url: str | None = None) -> None:
        self.root = Path(root)
        self._base_url = base_url

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

    def read(self, sha256: str) -> bytes:
        """The bytes of the blob of that hash.

        Raises:
            StoreError: there is no such blob, or its bytes are no longer those.
        """
        path = self.path(sha256)
        try:
            content = path.read_bytes()
        except OSError as exc:
            raise StoreError(
                f"the blob {sha256[:12]} cannot be read: {exc.strerror}; add the file again"
            ) from exc
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreError(f"the blob {sha256[:12]} is damaged; remove {path}, add it again")
        return content

    def url(self, sha256: str) -> str | None:
        """Where the blob can be fetched from outside; None where nothing serves the folder."""
        if self._base_url is None:
            return None
        return f"{self._base_url.rstrip('/')}/{self.path(sha256).relative_to(self.root)}"

    def path(self, sha256: str) -> Path:
        """Where the blob of that hash lies, or would lie.

        Raises:
            StoreError: this is no SHA-256.
        """
        if not SHA256.match(sha256):
            raise StoreError(f"{sha256!r} is not a SHA-256; pass what put() returned")
        return self.root / sha256[:2] / sha256
