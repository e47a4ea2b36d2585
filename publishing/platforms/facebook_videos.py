"""Videos and reels of a Page: uploaded by phases, public with the last, then worked on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from domain.deliveries import Payload, full_text
from domain.errors import NotSent, Rejected, Unreachable
from domain.media import Attachment
from publishing.platforms.base import MediaSource, instant, translated
from publishing.platforms.facebook_views import link, post_of
from publishing.platforms.graph import Graph
from publishing.platforms.graph_errors import Meaning, is_absent, meaning_of
from publishing.platforms.media_files import content_of, name_of
from publishing.platforms.steps import Steps
from publishing.platforms.subtitles import MIME, besides, locale_of, subrip

HOST = "graph-video.facebook.com"
VIDEO, SESSION, SENT, UPLOADED, FINISHING = "video", "session", "sent", "uploaded", "finishing"
SUBTITLED = "subtitled"
LIVE, WORKING, WAITS, FAILED, GONE = "live", "working", "waits", "failed", "gone"
STATES = {"error": FAILED, "upload_complete": WAITS}
"""By `video_status`; `ready` is live if it is published, anything else is being worked on."""
UPRIGHT = 9 / 16


@dataclass(frozen=True, slots=True)
class Video:
    """Where a video stands, and its post once it is live."""

    state: str
    post_id: str
    created_at: datetime | None = None
    url: str | None = None


class Videos:
    """The video of one post. Its id is known before it is public."""

    def __init__(self, graph: Graph, *, media: MediaSource | None) -> None:
        self._graph = graph
        self._media = media

    def upload(self, steps: Steps, payload: Payload, *, page: str) -> None:
        """Bring the bytes there, unless an earlier attempt has done so."""
        if steps.get(UPLOADED):
            return
        file = payload.media[0]
        content = content_of(self._media, file, self._graph.account)
        if self.is_reel(file):
            self._upload_reel(steps, content, page)
        else:
            self._transfer(steps, file, content, page)
        steps.keep(UPLOADED, "yes")

    def subtitle(self, steps: Steps, payload: Payload) -> None:
        """Give a video that nobody sees yet its captions; it goes without where that fails."""
        file = payload.media[0]
        if not file.captions or steps.get(SUBTITLED):
            return
        account, locale = self._graph.account, "_".join(locale_of(payload.language))
        with besides(account, give_up=partial(steps.keep, SUBTITLED, "no")):
            written = content_of(self._media, file, account, sha256=file.captions)
            captions = (f"captions.{locale}.srt", subrip(written), MIME)
            self._graph.post(
                f"{steps.get(VIDEO)}/captions",
                {"default_locale": locale},
                files={"captions_file": captions},
            )
            steps.keep(SUBTITLED, "yes")

    def finish(self, steps: Steps, payload: Payload, *, page: str) -> None:
        """Make it public: the only request that does. That it is asked for is kept before."""
        steps.keep(FINISHING, "yes")
        form = {"upload_phase": "finish", "description": full_text(payload)}
        try:
            if self.is_reel(payload.media[0]):
                form |= {"video_id": str(steps.get(VIDEO)), "video_state": "PUBLISHED"}
                self._graph.post(f"{page}/video_reels", form, public=True)
                return
            form["upload_session_id"] = str(steps.get(SESSION))
            if payload.title:
                form["title"] = payload.title
            self._graph.post(f"{page}/videos", form, public=True, host=HOST)
        except NotSent as exc:  # certainly not public: the next attempt may ask as if first
            if meaning_of(exc) is Meaning.RENEW:
                self.forget(steps)
            steps.forget(FINISHING)
            raise

    def look(self, video_id: str, *, page: str) -> Video:
        """Where it stands now."""
        fields = "status,published,post_id,created_time,permalink_url"
        try:
            answer = self._graph.get(video_id, fields=fields)
        except Rejected as exc:
            if is_absent(exc):
                return Video(GONE, video_id)
            raise
        with translated(self._graph.account, changes_something=False):
            return _video(answer, page)

    def forget(self, steps: Steps) -> None:
        """Let the next attempt begin with an upload of its own."""
        steps.forget(VIDEO, SESSION, SENT, UPLOADED, SUBTITLED, FINISHING)

    def is_reel(self, file: Attachment) -> bool:
        """Whether the platform takes it as a reel: upright, short, smooth, MP4."""
        is_upright = abs(file.width / file.height - UPRIGHT) < 0.02 and file.width >= 540
        is_short = file.seconds is not None and 3 <= file.seconds <= 90
        is_smooth = file.fps is None or 24 <= round(file.fps) <= 60
        is_wanted = self._graph.options.reels and file.mime_type == "video/mp4"
        return is_wanted and is_upright and is_short and is_smooth

    def _upload_reel(self, steps: Steps, content: bytes, page: str) -> None:
        started = self._graph.post(f"{page}/video_reels", {"upload_phase": "start"})
        with translated(self._graph.account, changes_something=False):
            video, url = str(started["video_id"]), str(started["upload_url"])
        steps.keep(VIDEO, video)
        self._graph.upload(url, content)

    def _transfer(self, steps: Steps, file: Attachment, content: bytes, page: str) -> None:
        form = {"upload_phase": "start", "file_size": str(len(content))}
        answer = self._graph.post(f"{page}/videos", form, host=HOST)
        with translated(self._graph.account, changes_something=False):
            session = str(answer["upload_session_id"])
            steps.keep(SESSION, session)
            steps.keep(VIDEO, str(answer["video_id"]))
        start, end = self._offsets(answer, after=-1)
        while start < end:
            answer = self._graph.post(
                f"{page}/videos",
                {
                    "upload_phase": "transfer",
                    "upload_session_id": session,
                    "start_offset": str(start),
                },
                files={"video_file_chunk": (name_of(file), content[start:end], file.mime_type)},
                host=HOST,
            )
            start, end = self._offsets(answer, after=start)
            steps.keep(SENT, str(start))  # prolongs the lease

    def _offsets(self, answer: Mapping[str, Any], *, after: int) -> tuple[int, int]:
        with translated(self._graph.account, changes_something=False):
            start, end = int(answer["start_offset"]), int(answer["end_offset"])
        if start <= after:
            raise Unreachable(
                f"{self._graph.account} took no part of a video; it is brought again by itself"
            )
        return start, end


def _video(answer: Mapping[str, Any], page: str) -> Video:
    status = str((answer.get("status") or {}).get("video_status"))
    state = STATES.get(status, WORKING)
    if status == "ready":
        state = WAITS if answer.get("published") is False else LIVE
    created = answer.get("created_time")
    return Video(
        state=state,
        post_id=post_of(answer, page=page),
        created_at=instant(created) if created else None,
        url=link(answer),
    )
