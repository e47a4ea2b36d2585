"""Videos and reels on Facebook: upload by phases, then the time that Facebook works on them."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.audience import Account
from sandbox.clips import REEL_ON_FACEBOOK, VIDEO_ON_FACEBOOK, objection
from sandbox.clock import iso
from sandbox.faults import Effect
from sandbox.graph_objects import Objects
from sandbox.graph_requests import Call, GraphError, absent, invalid
from sandbox.media_bytes import kind_of
from sandbox.world import World

KIND = "video"
CHUNK = 2**20
TAKES = timedelta(seconds=20)
_SMALLEST = 1024
_MOST_CAPTIONS = 200_000
_SUBRIP_NAME = re.compile(r"[^.]+\.(?P<locale>[a-z]{2,3}_[A-Z]{2})\.srt")


class Videos:
    """The videos of all Pages, and where each stands at the present instant."""

    def __init__(self, world: World, objects: Objects) -> None:
        self._world = world
        self._objects = objects

    def find(self, id: str, account: Account) -> dict[str, Any] | None:
        """A video of the Page; None where there is none."""
        return self._objects.find(KIND, id, account)

    def start(self, call: Call, *, is_reel: bool) -> str:
        """A new video without bytes; of a reel the size is told with the bytes."""
        size = 0 if is_reel else call.number("file_size")
        if not is_reel and size < _SMALLEST:
            raise GraphError(100, "The video file is too small.", subcode=1363022)
        value = {"reel": is_reel, "size": size, "got": 0}
        return self._objects.make(KIND, call.account, value)

    def take(self, id: str, account: Account, content: bytes, offset: int) -> dict[str, Any]:
        """The next bytes of a video; returns it as it is then."""
        value = self.existing(id, account)
        if value["reel"] and not value["got"]:
            value["size"] = offset + len(content)
        if offset != value["got"] or offset + len(content) > value["size"] or not content:
            raise GraphError(100, "There was a problem uploading your video.", subcode=1363037)
        path = self._path(id)
        path.parent.mkdir(exist_ok=True)
        with path.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(content)
        value["got"] = offset + len(content)
        self._objects.keep(KIND, id, value)
        return value

    def finish(self, id: str, account: Account) -> tuple[dict[str, Any], datetime | None]:
        """Accept a whole video: when it will be live, or None where it never will."""
        value = self.existing(id, account)
        if not value["got"] or value["got"] < value["size"] or value.get("ready_at"):
            raise invalid("The video is not there as a whole, or was published before")
        quirk = self._world.faults.quirk
        takes = quirk("facebook", account.handle, Effect.SLOW)
        ready = self._world.clock.now() + (timedelta(seconds=takes) if takes else TAKES)
        fails = quirk("facebook", account.handle, Effect.PROCESSING_FAILS) is not None
        taken = REEL_ON_FACEBOOK if value["reel"] else VIDEO_ON_FACEBOOK
        kind = kind_of(self._path(id).read_bytes())
        fails = fails or objection(kind, value["size"], taken) is not None
        value |= {"ready_at": iso(ready), "fails": fails}
        return value, None if fails else ready

    def caption(self, call: Call) -> str:
        """Take the captions of a video; returns their locale."""
        self.existing(call.object, call.account)
        content = call.files.get("captions_file", b"")
        named = _SUBRIP_NAME.fullmatch(call.called.get("captions_file", ""))
        if named is None or b"-->" not in content or len(content) > _MOST_CAPTIONS:
            raise GraphError(100, "(#100) The captions must be a file called name.locale.srt")
        return named["locale"]

    def keep(self, id: str, value: dict[str, Any]) -> None:
        """Keep a video as it is now."""
        self._objects.keep(KIND, id, value)

    def existing(self, id: str, account: Account) -> dict[str, Any]:
        """A video of the Page. Raises GraphError where there is none."""
        value = self.find(id, account)
        if value is None:
            raise absent(id)
        return value

    def _path(self, id: str) -> Path:
        return self._world.home / "blobs" / f"facebook-{id}"

    def status(self, value: dict[str, Any]) -> str:
        """`video_status` at the present instant."""
        if not value.get("ready_at"):
            return (
                "upload_complete" if value["got"] and value["got"] == value["size"] else "uploading"
            )
        if self._world.clock.now() < datetime.fromisoformat(value["ready_at"]):
            return "processing"
        return "error" if value["fails"] else "ready"


def offsets(value: dict[str, Any]) -> dict[str, str]:
    """Which bytes are wanted next: equal offsets where none are."""
    end = min(value["got"] + CHUNK, value["size"])
    return {"start_offset": str(value["got"]), "end_offset": str(end)}
