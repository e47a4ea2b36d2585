"""Files on their way into a post on X: one shot for pictures, chunks for videos and GIFs."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from domain.clock import Clock
from domain.entity import Instant
from domain.errors import Processing, Rejected
from domain.media import Attachment
from publishing.platforms.base import MediaSource, Send, object_of, translated
from publishing.platforms.media_files import content_of, name_of
from publishing.platforms.subtitles import besides, locale_of, name_of_language, subrip
from publishing.platforms.x_api import XApi, XOptions

UPLOAD = "/2/media/upload"
SUBRIP = "text/srt"
LIVES = timedelta(hours=24)
"""How long an id lives where the answer does not say."""
MARGIN = timedelta(minutes=5)
ASK_AGAIN = 5
MOST_RENEWALS = 3
RENEWALS = "media.renewals"


class Upload(BaseModel):
    """One file as far as it has come; kept as JSON in the step `media.N`.

    `open` takes parts, `closed` has all of them, `ready` can be posted, `described` too and has
    its alt text.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    dies_at: Instant
    stage: Literal["open", "closed", "ready", "described"]
    parts: int = 0


class XUploads:
    """The files of a send as media ids, each step of each file kept before the next."""

    def __init__(
        self, api: XApi, *, media: MediaSource | None, clock: Clock, options: XOptions
    ) -> None:
        self._api = api
        self._media = media
        self._clock = clock
        self._options = options

    def ready(self, send: Send) -> list[str]:
        """The ids of all files, processed and described.

        Raises:
            Processing: X still works on one.
            Rejected: a GIF is not alone, or X cannot process a file.
        """
        files = send.payload.media
        if len(files) > 1 and any(_category(file) == "tweet_gif" for file in files):
            raise Rejected(f"{self._api.account} takes a GIF alone; leave the rest out")
        found = [self._brought(send, at, file) for at, file in enumerate(files)]
        waits = [until for _, until in found if until]
        if waits:
            raise Processing(
                f"{self._api.account} still works on a file; it is asked again by itself",
                until=max(waits),
            )
        return [upload.id for upload, _ in found]

    def renew(self, send: Send) -> None:
        """After a post refused for its media: forget the files, so that they begin anew.

        Raises:
            Processing: the next attempt uploads them again; not more than three times.
        """
        renewals = int(send.steps.get(RENEWALS, "0"))
        if renewals >= MOST_RENEWALS:
            return
        send.keep(RENEWALS, str(renewals + 1))
        for at in range(len(send.payload.media)):
            send.keep(_step(at), "")
        raise Processing(
            f"{self._api.account} no longer knows a file; it is uploaded again by itself",
            until=self._clock.now() + timedelta(seconds=1),
        )

    def _brought(self, send: Send, at: int, file: Attachment) -> tuple[Upload, datetime | None]:
        kept = send.steps.get(_step(at))
        upload = Upload.model_validate_json(kept) if kept else None
        if upload is None or upload.dies_at <= self._clock.now() + MARGIN:
            upload = self._begun(file)
            _keep(send, at, upload)
        if upload.stage == "open":
            upload = self._filled(send, at, file, upload)
        if upload.stage == "closed":
            upload, until = self._processed(send, at, upload)
            if until:
                return upload, until
        if upload.stage == "ready" and file.alt_text:
            body = {"id": upload.id, "metadata": {"alt_text": {"text": file.alt_text}}}
            self._api.ask("POST", "/2/media/metadata", changes=False, json=body)
            upload = upload.model_copy(update={"stage": "described"})
            _keep(send, at, upload)
        if file.captions and send.steps.get(_subtitles(at)) != upload.id:
            # kept either way: captions that failed are not tried again
            done_with = partial(send.keep, _subtitles(at), upload.id)
            with besides(self._api.account, give_up=done_with):
                self._subtitle(send, file, upload)
                done_with()
        return upload, None

    def _begun(self, file: Attachment) -> Upload:
        """A picture is whole with this one request, anything else is opened for its parts."""
        category = _category(file)
        if category == "tweet_image":
            content = content_of(self._media, file, self._api.account)
            return self._upload(
                UPLOAD,
                "ready",
                files={"media": (name_of(file), content, file.mime_type)},
                data={"media_category": category, "media_type": file.mime_type},
            )
        body = {
            "media_type": file.mime_type,
            "total_bytes": file.bytes,
            "media_category": category,
        }
        return self._upload(f"{UPLOAD}/initialize", "open", json=body)

    def _upload(self, path: str, stage: str, **request: Any) -> Upload:
        answer = self._api.ask("POST", path, changes=False, **request)
        with translated(self._api.account, changes_something=False):
            data = answer["data"]
            lives = timedelta(seconds=int(data.get("expires_after_secs") or LIVES.total_seconds()))
            return Upload(id=str(data["id"]), dies_at=self._clock.now() + lives, stage=stage)

    def _filled(self, send: Send, at: int, file: Attachment, upload: Upload) -> Upload:
        content = content_of(self._media, file, self._api.account)
        size, path = self._options.chunk_bytes, f"{UPLOAD}/{upload.id}"
        for number, start in enumerate(range(0, len(content), size)):
            if number < upload.parts:
                continue
            part = (name_of(file), content[start : start + size], file.mime_type)
            self._step_of(
                send, at, f"{path}/append", files={"media": part}, data={"segment_index": number}
            )
            upload = upload.model_copy(update={"parts": number + 1})
            _keep(send, at, upload)
        self._step_of(send, at, f"{path}/finalize")
        upload = upload.model_copy(update={"stage": "closed"})
        _keep(send, at, upload)
        return upload

    def _subtitle(self, send: Send, file: Attachment, upload: Upload) -> None:
        """Hang the captions on a video."""
        written = content_of(self._media, file, self._api.account, sha256=file.captions)
        track = self._upload(
            UPLOAD,
            "ready",
            files={"media": (f"{upload.id}.srt", subrip(written), SUBRIP)},
            data={"media_category": "subtitles", "media_type": SUBRIP},
        )
        language, _ = locale_of(send.payload.language)
        shown = {
            "id": track.id,
            "language_code": language.upper(),
            "display_name": name_of_language(language),
        }
        body = {"id": upload.id, "media_category": "TweetVideo", "subtitles": shown}
        self._api.ask("POST", "/2/media/subtitles", changes=False, json=body)

    def _step_of(self, send: Send, at: int, path: str, **request: Any) -> None:
        """One request of an upload under way; an upload that X no longer knows begins anew."""
        response = self._api.answer("POST", path, changes=False, expect=(400, 404), **request)
        if not response.is_success:
            self._begin_anew(send, at)

    def _processed(self, send: Send, at: int, upload: Upload) -> tuple[Upload, datetime | None]:
        """Ask for the state; an instant to ask again where X is not done."""
        query = {"command": "STATUS", "media_id": upload.id}
        response = self._api.answer("GET", UPLOAD, changes=False, expect=(400, 404), params=query)
        if not response.is_success:
            self._begin_anew(send, at)
        with translated(self._api.account, changes_something=False):
            info = object_of(response)["data"].get("processing_info") or {"state": "succeeded"}
            state, wait = info.get("state"), int(info.get("check_after_secs") or ASK_AGAIN)
        if state == "failed":
            send.keep(_step(at), "")
            raise Rejected(
                f"{self._api.account} cannot process file {at + 1}; give it as MP4 with H.264 and"
                " AAC, at most 140 s"
            )
        if state != "succeeded":
            return upload, self._clock.now() + timedelta(seconds=wait)
        upload = upload.model_copy(update={"stage": "ready"})
        _keep(send, at, upload)
        return upload, None

    def _begin_anew(self, send: Send, at: int) -> None:
        self.renew(send)
        raise Rejected(
            f"{self._api.account} does not take file {at + 1}; convert it and plan the post again"
        )


def _category(file: Attachment) -> str:
    if file.is_video:
        return "tweet_video"
    return "tweet_gif" if file.mime_type == "image/gif" else "tweet_image"


def _keep(send: Send, at: int, upload: Upload) -> None:
    send.keep(_step(at), upload.model_dump_json())


def _step(at: int) -> str:
    return f"media.{at}"


def _subtitles(at: int) -> str:
    return f"{_step(at)}.subtitles"
