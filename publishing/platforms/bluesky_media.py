"""What hangs on a Bluesky post: pictures, a video or a link card, uploaded as blobs first."""

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

from domain.deliveries import Payload
from domain.errors import Processing, Rejected
from domain.media import Attachment
from publishing.platforms.base import Access, Send, translated
from publishing.platforms.bluesky_video import VideoService
from publishing.platforms.media_files import content_of
from publishing.platforms.subtitles import besides
from publishing.platforms.xrpc import Xrpc

EMBED = "app.bsky.embed."
MOST_RENEWALS = 3
RENEWALS = "media.renewals"
FAILED = "null"
"""What the step of captions holds where they failed: no blob."""


@dataclass(frozen=True, slots=True)
class BlueskyOptions:
    """What Bluesky leaves open.

    Attributes:
        video: `pds` hands a video to the PDS as it is: no other host is needed, the reference
            PDS takes 50 MiB, and the network encodes it later. `service` has it encoded first,
            at most 30 minutes, and takes more.
        video_service: where that service answers; None is the public one, or on a server of this
            machine that server itself.
    """

    video: Literal["pds", "service"] = "pds"
    video_service: str | None = None


class Embeds:
    """The embed of a send; the blob of each file is kept as the step `media.N`."""

    def __init__(self, pds: Xrpc, access: Access, options: BlueskyOptions) -> None:
        self._pds = pds
        self._media = access.media
        self._clock = access.clock
        self._options = options
        self._service = VideoService(pds, access, options.video_service)

    def embed(self, send: Send) -> dict[str, Any] | None:
        """The embed for the record; None where there is nothing to hang on.

        Raises:
            Processing: the video service still works.
            Rejected: a file is missing or cannot be processed.
        """
        files = send.payload.media
        if not files:
            return _card(send.payload)
        blobs = [self._blob(send, at, file) for at, file in enumerate(files)]
        if files[0].is_video:
            video: dict[str, Any] = {"$type": f"{EMBED}video", "video": blobs[0]}
            video["aspectRatio"] = _ratio(files[0])
            if captions := self._captions(send, files[0]):
                video["captions"] = [captions]
            return video | ({"alt": files[0].alt_text} if files[0].alt_text else {})
        images = [
            {"image": blob, "alt": file.alt_text, "aspectRatio": _ratio(file)}
            for file, blob in zip(files, blobs, strict=True)
        ]
        return {"$type": f"{EMBED}images", "images": images}

    def renew(self, send: Send) -> None:
        """After a record refused because a blob is gone: forget the blobs.

        Raises:
            Processing: the next attempt uploads them again.
            Rejected: it was tried three times.
        """
        renewals = int(send.steps.get(RENEWALS, "0"))
        if renewals >= MOST_RENEWALS:
            raise Rejected(f"{self._pds.account} loses every file; ask the PDS, then plan it again")
        send.keep(RENEWALS, str(renewals + 1))
        for at in range(len(send.payload.media)):
            send.keep(_step(at), "")
            send.keep(f"{_step(at)}.job", "")
            send.keep(f"{_step(at)}.captions", "")
        raise Processing(
            f"{self._pds.account} no longer has a file; it is uploaded again by itself",
            until=self._clock.now() + timedelta(seconds=1),
        )

    def close(self) -> None:
        """Give the connections back."""
        self._service.close()

    def _captions(self, send: Send, file: Attachment) -> dict[str, Any] | None:
        """The clip's captions as the record names them; None where it has none, or they failed."""
        if file.captions is None:
            return None
        step = f"{_step(0)}.captions"
        kept = send.steps.get(step)
        if not kept:
            kept = FAILED
            with besides(self._pds.account, give_up=partial(send.keep, step, FAILED)):
                text = content_of(self._media, file, self._pds.account, sha256=file.captions)
                answer = self._pds.upload("com.atproto.repo.uploadBlob", text, "text/vtt")
                with translated(self._pds.account, changes_something=False):
                    kept = json.dumps(answer["blob"])
                send.keep(step, kept)
        if kept == FAILED:
            return None
        return {"lang": send.payload.language or "en", "file": json.loads(kept)}

    def _blob(self, send: Send, at: int, file: Attachment) -> dict[str, Any]:
        if kept := send.steps.get(_step(at)):
            blob: dict[str, Any] = json.loads(kept)
            return blob
        content = content_of(self._media, file, self._pds.account)
        if file.is_video and self._options.video == "service":
            blob = self._service.processed(send, f"{_step(at)}.job", content)
        else:
            answer = self._pds.upload("com.atproto.repo.uploadBlob", content, file.mime_type)
            with translated(self._pds.account, changes_something=False):
                blob = dict(answer["blob"])
        send.keep(_step(at), json.dumps(blob))
        return blob


def _card(payload: Payload) -> dict[str, Any] | None:
    """A card without a picture: the page behind the link is not fetched."""
    if not payload.link:
        return None
    title = payload.title or urlsplit(payload.link).hostname or payload.link
    card = {"uri": payload.link, "title": title, "description": ""}
    return {"$type": f"{EMBED}external", "external": card}


def _ratio(file: Attachment) -> dict[str, int]:
    return {"width": file.width, "height": file.height}


def _step(at: int) -> str:
    return f"media.{at}"
