"""The bytes of clips on TikTok: chunks in order to an upload URL, and not one too many."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.tiktok_shelf import Shelf
from sandbox.world import World

MIMES = ("video/mp4", "video/quicktime", "video/webm")
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One PUT, as it came."""

    upload_id: str
    token: str
    mime: str
    range: str
    content: bytes


class Uploads:
    """Takes chunks; the clip is whole with the last."""

    def __init__(self, world: World, shelf: Shelf) -> None:
        self._world = world
        self._shelf = shelf

    def is_last(self, chunk: Chunk) -> bool:
        """Whether this chunk would make its clip whole."""
        found = _RANGE.fullmatch(chunk.range)
        return found is not None and int(found[2]) + 1 == int(found[3])

    def take(self, chunk: Chunk) -> int:
        """The HTTP status that TikTok answers: 206 go on, 201 done, 4xx why not."""
        work = self._shelf.of_upload(chunk.upload_id)
        if work is None:
            return 404
        expired = self._world.faults.quirk("tiktok", work["owner"], Effect.EXPIRES) is not None
        late = work["url_until_us"] <= micros(self._world.clock.now())
        if expired or late or chunk.token != work["token"]:
            return 403
        found = _RANGE.fullmatch(chunk.range)
        if found is None or chunk.mime not in MIMES:
            return 400
        first, end, total = int(found[1]), int(found[2]) + 1, int(found[3])
        if first != work["got"]:
            return 416
        if (end, total) != (self._end(work), work["size"]) or len(chunk.content) != end - first:
            return 400
        path = self._world.home / "blobs" / f"tiktok-{chunk.upload_id}"
        path.parent.mkdir(exist_ok=True)
        with path.open("r+b" if first else "wb") as file:
            file.seek(first)
            file.write(chunk.content)
        work["got"] = end
        if end < total:
            self._shelf.put(work)
            return 206
        self._shelf.finish_video(work, path.read_bytes())
        return 201

    def _end(self, work: dict[str, Any]) -> int:
        chunk = work["got"] // work["chunk"]
        is_last = chunk == work["count"] - 1
        return int(work["size"] if is_last else work["got"] + work["chunk"])
