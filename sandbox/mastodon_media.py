"""Files on a Mastodon server: taken, worked on for a while, attached once."""

import json
from datetime import timedelta
from typing import Any

from sandbox.audience import Account
from sandbox.clips import MASTODON, Objection, objection
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.identity import digest
from sandbox.mastodon_errors import Refusal, invalid, missing
from sandbox.mastodon_posts import status_id
from sandbox.media_bytes import Kind, kind_of
from sandbox.world import World

MIMES = (
    *("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"),
    *("video/mp4", "video/quicktime", "video/webm"),
)
_IMAGE_BYTES, _IMAGE_PIXELS = 16_777_216, 33_177_600
_VIDEO_TAKES = timedelta(seconds=8)
_DESCRIPTION = 1500


class Files:
    """Media attachments, kept as JSON under `mastodon media ID` in the home."""

    def __init__(self, world: World, *, base_url: str) -> None:
        self._world = world
        self._base = base_url

    def take(
        self, account: Account, content: bytes, description: str | None
    ) -> tuple[int, dict[str, Any]]:
        """POST /api/v2/media: 200 for a picture that is done at once, else 202."""
        kind = kind_of(content)
        if kind is None or kind.mime not in MIMES:
            raise invalid("File content type is invalid, File is invalid")
        _check_measures(kind, len(content))
        if len(description or "") > _DESCRIPTION:
            raise invalid(f"Description character limit of {_DESCRIPTION} exceeded")
        now, faults = self._world.clock.now(), self._world.faults
        number = int(self._world.store.get("mastodon files") or 0) + 1
        self._world.store.put("mastodon files", str(number))
        id = str(status_id(now, number))
        slow = faults.quirk("mastodon", account.handle, Effect.SLOW)
        takes = _VIDEO_TAKES if kind.is_video else timedelta()
        self._world.keep_blob("mastodon", id, account.handle, kind.mime, content)
        self._put(
            id,
            {
                "owner": account.handle,
                "type": "video" if kind.is_video else "image",
                "description": description,
                "size": [kind.width, kind.height],
                "ready_us": micros(now + (takes if slow is None else timedelta(seconds=slow))),
                "fails": faults.quirk("mastodon", account.handle, Effect.PROCESSING_FAILS)
                is not None,
                "blurhash": f"U{digest(id) % 10**20:020}",
                "attached": False,
            },
        )
        return 200 if self._is_ready(id) else 202, self.view(id)

    def state(self, account: Account, id: str) -> tuple[int, dict[str, Any]]:
        """GET /api/v1/media/:id: 206 while it is worked on; 404 once it is attached."""
        file = self._own(account, id)
        if file is None or file["attached"]:
            raise missing()
        if self._is_ready(id) and file["fails"]:
            raise Refusal(422, "Error processing thumbnail for uploaded media")
        return 200 if self._is_ready(id) else 206, self.view(id)

    def describe(self, account: Account, id: str, description: str) -> tuple[int, dict[str, Any]]:
        """PUT /api/v1/media/:id."""
        status, _ = self.state(account, id)
        self._put(id, self._get(id) | {"description": description})
        return status, self.view(id)

    def attach(self, account: Account, ids: list[str]) -> str:
        """Bind files to a post about to be made; returns its media type.

        Raises:
            Refusal: one is unknown, bound already, not ready, or a video is not alone.
        """
        files = [self._own(account, id) for id in ids]
        gone = [id for id, f in zip(ids, files, strict=True) if f is None or f["attached"]]
        if gone:
            said = f"Media {', '.join(gone)} not found or already attached to another post"
            raise Refusal(422, said)
        types = [file["type"] for file in files if file]
        if "video" in types and len(types) > 1:
            raise Refusal(422, "Cannot attach a video to a post that already contains images")
        if not all(self._is_ready(id) for id in ids):
            raise Refusal(
                422,
                "Cannot attach files that have not finished processing. Try again in a moment!",
            )
        for id in ids:
            self._put(id, self._get(id) | {"attached": True})
        return types[0] if types else "text"

    def forget(self, ids: list[str]) -> None:
        """Lose files, as a server does with those that nobody attached."""
        for id in ids:
            self._world.store.execute("delete from meta where key = ?", (f"mastodon media {id}",))

    def view(self, id: str) -> dict[str, Any]:
        """MediaAttachment; `url` is null until it is ready."""
        file, address = self._get(id), f"{self._base}/media/{id}"
        width, height = file["size"]
        original = {"width": width, "height": height} if width else {}
        return {
            "id": id,
            "type": file["type"],
            "url": f"{address}/original" if self._is_ready(id) else None,
            "preview_url": f"{address}/small",
            "remote_url": None,
            "text_url": address,
            "meta": {"original": original},
            "description": file["description"],
            "blurhash": file["blurhash"],
        }

    def _is_ready(self, id: str) -> bool:
        return bool(self._get(id)["ready_us"] <= micros(self._world.clock.now()))

    def _own(self, account: Account, id: str) -> dict[str, Any] | None:
        kept = self._world.store.get(f"mastodon media {id}")
        file: dict[str, Any] | None = json.loads(kept) if kept else None
        return file if file and file["owner"] == account.handle else None

    def _get(self, id: str) -> dict[str, Any]:
        file: dict[str, Any] = json.loads(self._world.store.get(f"mastodon media {id}") or "{}")
        return file

    def _put(self, id: str, file: dict[str, Any]) -> None:
        self._world.store.put(f"mastodon media {id}", json.dumps(file))


def _check_measures(kind: Kind, size: int) -> None:
    """Raises Refusal with the server's own words for what is too large or too fast."""
    shape, width, height = "images", kind.width or 0, kind.height or 0
    wrong = Objection.BYTES if size > _IMAGE_BYTES else None
    if kind.is_video:
        shape, wrong = "videos", objection(kind, size, MASTODON)
    elif wrong is None and width * height > _IMAGE_PIXELS:
        wrong = Objection.SIZE
    match wrong:
        case Objection.BYTES:
            raise invalid("File file size must be smaller")
        case Objection.SIZE:
            raise invalid(f"{width}x{height} {shape} are not supported")
        case Objection.FRAME_RATE:
            raise invalid(f"{int(kind.fps or 0)}fps videos are not supported")
