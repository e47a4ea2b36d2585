"""Posts on TikTok's workbench: begun under a publish id, worked on, published or failed."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sandbox.audience import Account
from sandbox.clips import TIKTOK, Objection, objection
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.fetched import File, look_at
from sandbox.identity import digest
from sandbox.store import Post
from sandbox.tiktok_posts import EVERYONE, number
from sandbox.world import World

TAKES = timedelta(seconds=8)
URL_LIVES = timedelta(hours=1)
PHOTOS = ("image/jpeg", "image/webp")
_LONG, _SHORT, _BYTES = 1920, 1080, 20_000_000
_REASONS = {
    Objection.FORMAT: "file_format_check_failed",
    Objection.BYTES: "file_format_check_failed",
    Objection.DURATION: "duration_check_failed",
    Objection.FRAME_RATE: "frame_rate_check_failed",
    Objection.SIZE: "picture_size_check_failed",
}


class Shelf:
    """What was begun, kept as JSON under `tiktok publish ID` in the home."""

    def __init__(self, world: World) -> None:
        self._world = world

    def begin(self, account: Account, post_info: dict[str, Any], *, kind: str) -> dict[str, Any]:
        """A new post on the bench, under a publish id that none had before."""
        number = int(self._world.store.get("tiktok works") or 0) + 1
        self._world.store.put("tiktok works", str(number))
        now = micros(self._world.clock.now())
        form = "v_pub_file" if kind == "video" else "p_pub_url"
        work = {
            "publish_id": f"{form}~v2-1.{now // 1000}{number:04}",
            "upload_id": str(number),
            "owner": account.handle,
            "kind": kind,
            "post_info": post_info,
            "token": f"{digest('tiktok-upload', number, now):x}"[:24],
            "url_until_us": now + micros_of(URL_LIVES),
            "got": 0,
            "ready_us": None,
            "fails": None,
            "post_id": None,
            "nameless": False,
        }
        self.put(work)
        return work

    def finish_video(self, work: dict[str, Any], content: bytes) -> None:
        """The clip is whole: judge it by its bytes, and publish it after a while."""
        file = look_at(content)
        wrong = objection(file.kind, len(content), TIKTOK)
        fails = _REASONS[wrong] if wrong else None
        self._finish(work, fails, f"media {file.summary}")

    def finish_photos(self, work: dict[str, Any], files: Sequence[File] | None) -> None:
        """Judge what was fetched, and publish it after a while."""
        if files is None:
            self._finish(work, "photo_pull_failed", "media not fetched")
            return
        fails = next((why for file in files if (why := _unfit(file))), None)
        self._finish(work, fails, f"media {', '.join(file.summary for file in files)}")

    def show(self, work: dict[str, Any]) -> dict[str, Any]:
        """The data of status/fetch."""
        is_video = work["kind"] == "video"
        moved = {"uploaded_bytes" if is_video else "downloaded_bytes": work["got"]}
        state = "PROCESSING_UPLOAD" if is_video else "PROCESSING_DOWNLOAD"
        shown = {"status": state, "publicaly_available_post_id": [], **moved}
        if work["ready_us"] is None or work["ready_us"] > micros(self._world.clock.now()):
            return shown
        if work["fails"]:
            return shown | {"status": "FAILED", "fail_reason": work["fails"]}
        is_named = work["post_info"]["privacy_level"] == EVERYONE and not work["nameless"]
        ids = [int(work["post_id"])] if is_named else []
        return shown | {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": ids}

    def of_account(self, account: Account, publish_id: str) -> dict[str, Any] | None:
        """What the account began under that id."""
        kept = self._world.store.get(f"tiktok publish {publish_id}")
        work: dict[str, Any] | None = json.loads(kept) if kept else None
        return work if work and work["owner"] == account.handle else None

    def of_upload(self, upload_id: str) -> dict[str, Any] | None:
        """What an upload URL belongs to, whoever comes with it."""
        publish_id = self._world.store.get(f"tiktok upload {upload_id}")
        kept = self._world.store.get(f"tiktok publish {publish_id}")
        work: dict[str, Any] | None = json.loads(kept) if kept else None
        return work

    def put(self, work: dict[str, Any]) -> None:
        """Keep it."""
        self._world.store.put(f"tiktok publish {work['publish_id']}", json.dumps(work))
        self._world.store.put(f"tiktok upload {work['upload_id']}", work["publish_id"])

    def _finish(self, work: dict[str, Any], fails: str | None, noted: str) -> None:
        account = self._world.audience.account("tiktok", work["owner"])
        if account is None:
            return
        slow = self._quirk(work, Effect.SLOW)
        ready = self._world.clock.now() + (TAKES if slow is None else timedelta(seconds=slow))
        if self._quirk(work, Effect.PROCESSING_FAILS) is not None:
            fails = "frame_rate_check_failed"
        with self._world.store.transaction():
            self._world.note(account, work["publish_id"], kind=noted)
            if fails is None:
                work["nameless"] = self._quirk(work, Effect.NO_PUBLIC_ID) is not None
                work["post_id"] = self._next_id()
                info = work["post_info"]
                self._world.publish(
                    account,
                    Post(
                        platform="tiktok",
                        id=work["post_id"],
                        author=account.handle,
                        source="brand",
                        text=info.get("description") or info.get("title", ""),
                        created=ready,
                        root=work["post_id"],
                        wire={
                            "media_type": work["kind"],
                            "lang": self._world.audience.brand_of(account).language,
                            "privacy": info["privacy_level"],
                            "title": info.get("title", ""),
                            "publish_id": work["publish_id"],
                        },
                    ),
                )
            self.put(work | {"fails": fails, "ready_us": micros(ready)})

    def _next_id(self) -> str:
        last = int(self._world.store.get("tiktok last") or 0) + 1
        id = str(max(number(self._world.clock.now()), last))
        self._world.store.put("tiktok last", id)
        return id

    def _quirk(self, work: dict[str, Any], effect: Effect) -> float | None:
        return self._world.faults.quirk("tiktok", work["owner"], effect)


def micros_of(span: timedelta) -> int:
    """Whole microseconds of a span."""
    return span // timedelta(microseconds=1)


def _unfit(file: File) -> str | None:
    if file.mime not in PHOTOS:
        return "file_format_check_failed"
    size = sorted((file.kind.width or 0, file.kind.height or 0)) if file.kind else [0, 0]
    if size[0] > _SHORT or size[1] > _LONG or len(file.content) > _BYTES:
        return "picture_size_check_failed"
    return None
