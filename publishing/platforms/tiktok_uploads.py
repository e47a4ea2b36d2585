"""A post on its way into TikTok: begun under an id, sent up in order, then out of our hands."""

from datetime import timedelta
from typing import Any

from domain.errors import FateUnknown, LeaseLost, NotSent, Rejected
from domain.media import Attachment
from publishing.platforms.base import MediaSource, instant, translated
from publishing.platforms.media_files import content_of
from publishing.platforms.steps import Steps
from publishing.platforms.tiktok_api import (
    COMPLETE,
    FAILED,
    UNKNOWN,
    Options,
    Part,
    State,
    TikTokApi,
    UploadGone,
)
from publishing.platforms.tiktok_chunks import plan

PUBLISH_ID, UPLOAD_URL, UPLOADED = "publish_id", "upload_url", "uploaded"
HANDED_OVER = "handed_over"
"""The step from which TikTok may publish by itself: the last part of a clip, the photos' URLs."""
BEGUN_AT = "begun_at"
ALL = (PUBLISH_ID, UPLOAD_URL, UPLOADED, HANDED_OVER, BEGUN_AT)
URL_LIVES = timedelta(hours=1)
VIDEO_INIT, PHOTO_INIT = "/v2/post/publish/video/init/", "/v2/post/publish/content/init/"


class Uploads:
    """What was begun is kept as steps: the id, the upload URL while it is needed, the bytes sent.

    The URL is a secret that lives for an hour; it is forgotten as soon as the clip is up.
    """

    def __init__(self, api: TikTokApi, options: Options, *, media: MediaSource | None) -> None:
        self._api = api
        self._options = options
        self._media = media

    def begin(self, steps: Steps, file: Attachment, post_info: dict[str, Any]) -> None:
        """Ask for an upload of a clip; nothing is public before its last part is there."""
        cut = plan(file.bytes, self._options.chunk)
        source = {
            "source": "FILE_UPLOAD",
            "video_size": cut.size,
            "chunk_size": cut.chunk,
            "total_chunk_count": cut.count,
        }
        data = self._api.ask(VIDEO_INIT, {"post_info": post_info, "source_info": source})
        with translated(self._api.account, changes_something=False):
            publish_id, url = str(data["publish_id"]), str(data["upload_url"])
        steps.keep(BEGUN_AT, self._api.clock.now().isoformat())
        steps.keep(UPLOAD_URL, url)
        steps.keep(PUBLISH_ID, publish_id)

    def send(self, steps: Steps, file: Attachment, *, start: int = 0) -> None:
        """Send the parts of a clip from `start` on, in order.

        Raises:
            UploadGone: the upload ran out and is forgotten: it can be begun anew.
            Unreachable: a part did not arrive; the next attempt goes on there.
            FateUnknown: TikTok may have the whole clip.
        """
        content = content_of(self._media, file, self._api.account)
        was_handed_over = bool(steps.get(HANDED_OVER))
        try:
            for first, end in plan(len(content), self._options.chunk).ranges(start):
                part = Part(content[first:end], first, len(content), file.mime_type)
                if part.is_last:
                    steps.keep(HANDED_OVER, "yes")
                self._api.put(str(steps.get(UPLOAD_URL)), part)
                if not part.is_last:
                    steps.keep(UPLOADED, str(end))
        except (UploadGone, Rejected) as exc:
            if was_handed_over and not self._is_over(steps):
                raise FateUnknown(f"{exc}: TikTok may have it all; it is looked up") from exc
            steps.forget(*ALL)
            raise
        steps.forget(UPLOAD_URL)

    def photos(self, steps: Steps, files: tuple[Attachment, ...], post_info: dict[str, Any]) -> str:
        """Have TikTok fetch pictures and publish them; the publish id."""
        source = {
            "source": "PULL_FROM_URL",
            "photo_images": [self._address(file) for file in files],
            "photo_cover_index": 0,
        }
        body = {
            "media_type": "PHOTO",
            "post_mode": "DIRECT_POST",
            "post_info": post_info,
            "source_info": source,
        }
        steps.keep(HANDED_OVER, "yes")
        try:
            data = self._api.ask(PHOTO_INIT, body, public=True)
        except NotSent:
            steps.forget(HANDED_OVER)
            raise
        publish_id = str(data.get("publish_id") or "")
        if not publish_id:
            raise FateUnknown(f"{self._api.account} gave no publish id; it is looked up")
        try:
            steps.keep(PUBLISH_ID, publish_id)
        except LeaseLost as exc:
            raise FateUnknown(f"{self._api.account} works on it under {publish_id}") from exc
        return publish_id

    def resume_at(self, steps: Steps, state: State, file: Attachment) -> int | None:
        """The byte of a clip that TikTok waits for; None where it waits for nothing."""
        if state.status in (COMPLETE, FAILED, UNKNOWN) or not steps.get(UPLOAD_URL):
            return None
        cut = plan(file.bytes, self._options.chunk)
        if state.uploaded is not None and cut.begins_at(state.uploaded):
            return state.uploaded
        return None if steps.get(HANDED_OVER) else int(steps.get(UPLOADED) or 0)

    def _is_over(self, steps: Steps) -> bool:
        """Whether an upload is so old that what TikTok says of it is final."""
        begun = steps.get(BEGUN_AT)
        return begun is not None and self._api.clock.now() > instant(begun) + URL_LIVES

    def _address(self, file: Attachment) -> str:
        url = self._media.url(file.sha256) if self._media else None
        if url is None:
            raise Rejected(
                f"{self._api.account} fetches photos itself; set AMSEL_MEDIA_URL to where the "
                "media folder is served, on a domain verified in TikTok's developer portal"
            )
        # TikTok's own word for a file that is not there is that of a bad connection
        content_of(self._media, file, self._api.account)
        return url
