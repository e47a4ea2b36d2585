"""Pictures and videos on object storage: S3 and what speaks like it, or any store of obstore."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.errors import ConfigError, StoreError
from storage.blobs import SHA256

if TYPE_CHECKING:
    from obstore.store import ObjectStore

PREFIX = "media"
RETRIES = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
"""A blob is asked for again: it is named by its content, so that twice is once."""
_REMEDY = "check AMSEL_MEDIA_STORE, its keys and rights"


class ObjectBlobs:
    """Files as `media/ab/abcdef...` in a bucket: equal bytes are one object, none ever changes.

    Args:
        store: the bucket.
        base_url: where the bucket, or what stands before it, can be reached from outside.
        name: what the store is called in messages.
    """

    def __init__(self, store: "ObjectStore", *, base_url: str | None, name: str) -> None:
        self._store = store
        self._base_url = base_url
        self._name = name

    def put(self, content: bytes) -> str:
        """Keep the bytes and return their SHA-256 in hexadecimal.

        Raises:
            StoreError: the store refuses or cannot be reached.
        """
        import obstore
        from obstore.exceptions import BaseError, NotFoundError

        digest = hashlib.sha256(content).hexdigest()
        try:
            try:
                obstore.head(self._store, key_of(digest))
            except (NotFoundError, FileNotFoundError):
                obstore.put(self._store, key_of(digest), content)
        except BaseError as exc:
            raise self._trouble(digest, exc, _REMEDY) from exc
        return digest

    def read(self, sha256: str) -> bytes:
        """The bytes of the blob of that hash.

        Raises:
            StoreError: there is no such blob, or its bytes are no longer those.
        """
        import obstore
        from obstore.exceptions import BaseError, NotFoundError

        try:
            content = obstore.get(self._store, key_of(sha256)).bytes().to_bytes()
        except (NotFoundError, FileNotFoundError) as exc:
            raise self._trouble(sha256, "it is not there", "add the file again") from exc
        except BaseError as exc:
            raise self._trouble(sha256, exc, _REMEDY) from exc
        if hashlib.sha256(content).hexdigest() != sha256:
            raise self._trouble(sha256, "its bytes are others", "remove it and add it again")
        return content

    def url(self, sha256: str) -> str | None:
        """Where the blob can be fetched from outside; None where nothing serves the bucket."""
        if self._base_url is None:
            return None
        return f"{self._base_url.rstrip('/')}/{key_of(sha256)}"

    def _trouble(self, sha256: str, what: object, remedy: str) -> StoreError:
        # what the library says may run over many lines and quote the request
        first = str(what).strip().splitlines()[0][:200] if str(what).strip() else "no answer"
        return StoreError(f"the blob {sha256[:12]} in {self._name}: {first}; {remedy}")


def key_of(sha256: str) -> str:
    """The name of a blob's object.

    Raises:
        StoreError: this is no SHA-256.
    """
    if not SHA256.match(sha256):
        raise StoreError(f"{sha256!r} is not a SHA-256; pass what put() returned")
    return f"{PREFIX}/{sha256[:2]}/{sha256}"


def open_object_blobs(url: str, *, base_url: str | None) -> ObjectBlobs:
    """Blobs in the store of that URL (`s3://bucket/folder`).

    Keys, region and endpoint come from the environment, as AWS's own tools name them.

    Raises:
        ConfigError: this is no URL of a store.
    """
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    wire = {"client_options": {"allow_http": True}, "retry_config": RETRIES}
    try:
        store = from_url(url, **(wire if url.startswith("s3://") else {}))  # type: ignore[call-overload]
    except (BaseError, ValueError) as exc:
        raise ConfigError(
            f"AMSEL_MEDIA_STORE: {url} is no store ({str(exc).splitlines()[0]}); write it like "
            "s3://bucket/folder"
        ) from exc
    return ObjectBlobs(store, base_url=base_url, name=url)
