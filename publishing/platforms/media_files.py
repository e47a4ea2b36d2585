"""The files of a post as an adapter uploads them."""

import mimetypes

from domain.errors import Rejected, StoreError
from domain.media import Attachment
from publishing.platforms.base import MediaSource


def content_of(
    media: MediaSource | None, file: Attachment, where: str, *, sha256: str | None = None
) -> bytes:
    """The bytes of an attachment, or of the file `sha256` that belongs to it.

    Raises:
        Rejected: there is no media folder, or the file in it is missing or damaged.
    """
    if media is None:
        raise Rejected(f"{where} was given no media folder; set AMSEL_HOME to where media lies")
    try:
        return media.read(sha256 or file.sha256)
    except StoreError as exc:
        raise Rejected(f"{where}: {exc}") from exc


def name_of(file: Attachment) -> str:
    """A file name for the upload: platforms judge some files by its ending."""
    return f"{file.sha256[:12]}{mimetypes.guess_extension(file.mime_type) or ''}"
