"""Files on their way into a Mastodon post: uploaded once, waited for, begun anew when they died."""

from datetime import timedelta

from domain.clock import Clock
from domain.errors import Processing, Rejected
from domain.media import Attachment
from publishing.platforms.base import MediaSource, Send
from publishing.platforms.mastodon_api import MastodonApi
from publishing.platforms.mastodon_entities import Configuration, MediaAttachment
from publishing.platforms.media_files import content_of, name_of

ASK_AGAIN = timedelta(seconds=5)
"""The documents name no interval for asking whether a file is processed [M]."""
MOST_RENEWALS = 3
RENEWALS = "media.renewals"
READY, WORKING, GONE = "ready", "working", "gone"


class Uploads:
    """The files of a send as media ids; what was uploaded is kept as the steps `media.N`."""

    def __init__(self, api: MastodonApi, *, media: MediaSource | None, clock: Clock) -> None:
        self._api = api
        self._media = media
        self._clock = clock

    def ready(self, send: Send) -> list[str]:
        """The ids of all files, each processed.

        Raises:
            Processing: the server still works on one.
            Rejected: the server cannot process one.
        """
        found = [self._placed(send, at, file) for at, file in enumerate(send.payload.media)]
        if any(state == WORKING for _, state in found):
            raise Processing(
                f"{self._api.account} still works on a file; it is asked again by itself",
                until=self._clock.now() + ASK_AGAIN,
            )
        return [media_id for media_id, _ in found]

    def renew(self, send: Send, ids: list[str]) -> None:
        """After a refused post: forget the files that died meanwhile, for the next attempt.

        Raises:
            Processing: one died or is not ready after all; the next attempt begins it anew.
        """
        states = {at: self._state(send, at, media_id) for at, media_id in enumerate(ids)}
        renewals = int(send.steps.get(RENEWALS, "0"))
        if set(states.values()) <= {READY} or renewals >= MOST_RENEWALS:
            return
        send.keep(RENEWALS, str(renewals + 1))
        for at, state in states.items():
            if state == GONE:
                send.keep(_step(at), "")
        raise Processing(
            f"{self._api.account} no longer has a file, or not yet; it is brought again by itself",
            until=self._clock.now() + ASK_AGAIN,
        )

    def _placed(self, send: Send, at: int, file: Attachment) -> tuple[str, str]:
        kept = send.steps.get(_step(at))
        state = self._state(send, at, kept) if kept else GONE
        if kept and state != GONE:
            return kept, state
        response = self._api.ask(
            "POST",
            "/api/v2/media",
            files={
                "file": (
                    name_of(file),
                    content_of(self._media, file, self._api.account),
                    file.mime_type,
                )
            },
            data={"description": file.alt_text} if file.alt_text else {},
        )
        media = self._api.read(MediaAttachment, response)
        send.keep(_step(at), media.id)
        return media.id, READY if response.status_code == 200 else WORKING

    def _state(self, send: Send, at: int, media_id: str) -> str:
        response = self._api.ask("GET", f"/api/v1/media/{media_id}", expect=(404, 422))
        if response.status_code == 422:
            send.keep(_step(at), "")
            raise Rejected(
                f"{self._api.account} cannot process file {at + 1}; give it as JPEG, PNG or MP4"
            )
        return {200: READY, 404: GONE}.get(response.status_code, WORKING)


def check(files: tuple[Attachment, ...], rules: Configuration, where: str) -> None:
    """Refuse what this server will not take, before anything is uploaded.

    Raises:
        Rejected: too many files, a video among them, one too large, of another kind, or with a
            longer description.
    """
    most = rules.statuses.max_media_attachments
    if len(files) > most:
        raise Rejected(f"{where} takes {most} files in a post, not {len(files)}; leave some out")
    if len(files) > 1 and any(file.is_video for file in files):
        raise Rejected(f"{where} takes one video and nothing beside it; leave the rest out")
    for number, file in enumerate(files, start=1):
        if fault := _fault(file, rules):
            raise Rejected(f"{where}: file {number} {fault}")


def _fault(file: Attachment, rules: Configuration) -> str:
    media = rules.media_attachments
    largest = media.video_size_limit if file.is_video else media.image_size_limit
    if file.bytes > largest:
        return f"has {file.bytes} bytes, at most {largest} are taken; make it smaller"
    if media.supported_mime_types and file.mime_type not in media.supported_mime_types:
        return f"is {file.mime_type}, which is not taken; convert it to JPEG, PNG or MP4"
    if len(file.alt_text) > media.description_limit:
        return f"has a description of over {media.description_limit} characters; shorten it"
    return ""


def _step(at: int) -> str:
    return f"media.{at}"
