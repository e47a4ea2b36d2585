"""Files on their way into a LinkedIn post: pictures in one go, a clip in parts that are joined."""

import json
from functools import partial
from typing import Any

import structlog

from domain.errors import Forbidden, Processing, Rejected
from domain.media import Attachment
from publishing.platforms.base import MediaSource, object_of, translated
from publishing.platforms.linkedin_api import LinkedInApi, encoded
from publishing.platforms.media_files import content_of
from publishing.platforms.steps import Steps
from publishing.platforms.subtitles import MIME, besides, locale_of, subrip

READY, FAILED, GONE = "AVAILABLE", "PROCESSING_FAILED", "gone"
_log = structlog.get_logger(__name__)


class Uploads:
    """The files of a post as URNs; what is up is kept as the steps `media.N`.

    An upload that was broken off begins anew: its URLs are secrets and are not kept.
    """

    def __init__(self, api: LinkedInApi, *, media: MediaSource | None) -> None:
        self._api = api
        self._media = media

    def ready(
        self, files: tuple[Attachment, ...], steps: Steps, *, owner: str, language: str | None
    ) -> list[str]:
        """The URNs of all files, ready to be posted; a clip has its captions in that language.

        Raises:
            Processing: LinkedIn still works on a clip.
            Rejected: it cannot use one.
        """
        return [
            self._video(steps, f"media.{at}", file, owner, language)
            if file.is_video
            else self._image(steps, f"media.{at}", file, owner)
            for at, file in enumerate(files)
        ]

    def _image(self, steps: Steps, name: str, file: Attachment, owner: str) -> str:
        known = steps.get(name)
        if known:
            return known
        content = content_of(self._media, file, self._api.account)
        begun = self._begin("images", {"owner": owner})
        with translated(self._api.account, changes_something=False):
            url, urn = str(begun["uploadUrl"]), str(begun["image"])
        self._api.put(url, content)
        steps.keep(name, urn)
        return urn

    def _video(
        self, steps: Steps, name: str, file: Attachment, owner: str, language: str | None
    ) -> str:
        urn = steps.get(name)
        state, why = self._state(urn) if urn else (GONE, None)
        if urn is None or state == GONE:
            urn = self._upload_video(steps, name, file, owner, language)
            state, why = self._state(urn)
        if state == FAILED:
            steps.forget(name)
            raise Rejected(
                f"{self._api.account} cannot use the clip ({why or 'no reason given'}); make it "
                "an MP4 of 3 seconds to 30 minutes and plan it again"
            )
        if state != READY:
            raise Processing(
                f"{self._api.account} still works on the clip ({state}); it is asked again",
                until=self._api.clock.now() + self._api.options.poll_every,
            )
        return urn

    def _upload_video(
        self, steps: Steps, name: str, file: Attachment, owner: str, language: str | None
    ) -> str:
        content = content_of(self._media, file, self._api.account)
        asked = {
            "owner": owner,
            "fileSizeBytes": len(content),
            "uploadCaptions": False,
            "uploadThumbnail": False,
        }
        begun, failed = None, f"{name}.captions"
        if file.captions and not steps.get(failed):
            with besides(self._api.account, give_up=partial(steps.keep, failed, "yes")):
                begun = self._begun_with_captions(asked, file, language)
        begun = begun or self._begin("videos", asked)
        with translated(self._api.account, changes_something=False):
            urn = str(begun["video"])
            parts = [
                (str(one["uploadUrl"]), int(one["firstByte"]), int(one["lastByte"]))
                for one in begun["uploadInstructions"]
            ]
        tags = []
        for number, (url, first, last) in enumerate(parts, 1):
            response = self._api.put(url, content[first : last + 1])
            with translated(self._api.account, changes_something=False):
                tags.append(response.headers["etag"])
            steps.keep(f"{name}.parts", f"{number}/{len(parts)}")  # prolongs the lease
        finish = {
            "video": urn,
            "uploadToken": begun.get("uploadToken", ""),
            "uploadedPartIds": tags,
        }
        path = "/rest/videos?action=finalizeUpload"
        self._api.ask("POST", path, json={"finalizeUploadRequest": finish})
        steps.keep(name, urn)
        return urn

    def _begun_with_captions(
        self, asked: dict[str, Any], file: Attachment, language: str | None
    ) -> dict[str, Any]:
        """An upload that has its captions already.

        They come first: an upload that was told of captions might wait for them for ever.
        """
        account = self._api.account
        text = subrip(content_of(self._media, file, account, sha256=file.captions))
        begun = self._begin("videos", asked | {"uploadCaptions": True})
        with translated(account, changes_something=False):
            url = str(begun["captionsUploadUrl"])
        told = {"metadata": json.dumps(_described(language))}
        self._api.post_file(url, told, ("captions.srt", text, MIME))
        return begun

    def _begin(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        path = f"/rest/{kind}?action=initializeUpload"
        return self._api.act(path, {"initializeUploadRequest": request})

    def _state(self, urn: str) -> tuple[str, str | None]:
        """Where LinkedIn stands with a clip, and why; a state that nobody knows means working."""
        try:
            response = self._api.ask("GET", f"/rest/videos/{encoded(urn)}", accept=(404,))
        except Forbidden:
            # a member's token may not be allowed to look: the post is refused if it is too early
            _log.info("linkedin does not show the state of a clip", account=self._api.account)
            return READY, None
        if response.status_code == 404:
            return GONE, None
        with translated(self._api.account, changes_something=False):
            body = object_of(response)
            return str(body["status"]), body.get("processingFailureReason")


def _described(language: str | None) -> dict[str, Any]:
    """What LinkedIn wants to know of captions [C]."""
    tag, country = locale_of(language)
    return {
        "format": "SRT",
        "formattedForEasyReader": False,
        "largeText": False,
        "source": "USER_PROVIDED",
        "locale": {"country": country, "language": tag.upper()},
        "transcriptType": "CLOSED_CAPTION",
    }
