"""Media on X: one shot and chunks, a while of processing, alt text, ids that die."""

import json
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.audience import Account
from sandbox.clips import X, objection
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.identity import snowflake
from sandbox.media_bytes import kind_of
from sandbox.world import World
from sandbox.x_requests import Id, Problem, invalid, read_body

Answer = tuple[int, dict[str, Any]]
LIVES = timedelta(hours=24)
ONE_SHOT = ("tweet_image", "dm_image", "subtitles")
_TAKES = timedelta(seconds=10)
_MOST = {"tweet_image": 5_242_880, "tweet_gif": 15_728_640, "tweet_video": 536_870_912}
_KEYS = {"tweet_video": 7, "tweet_gif": 16}
_TYPES = {"tweet_image": "photo", "tweet_gif": "animated_gif", "tweet_video": "video"}


class Initialize(BaseModel):
    """Body of POST /2/media/upload/initialize."""

    model_config = ConfigDict(extra="forbid", strict=True)

    media_type: Literal[
        "video/mp4", "video/webm", "video/quicktime", "image/gif", "image/jpeg", "image/png"
    ]
    total_bytes: int = Field(ge=1, le=17_179_869_184)
    media_category: Literal["tweet_image", "tweet_gif", "tweet_video"]
    shared: bool = False
    additional_owners: list[Id] = []


class AltText(BaseModel):
    """The description of a picture."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(max_length=1000)


class Metadata(BaseModel):
    """`metadata`; only the alt text is played."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alt_text: AltText


class Track(BaseModel):
    """`subtitles`: an uploaded file, and its language."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Id
    language_code: str = Field(pattern=r"^[A-Z]{2}$")
    display_name: str = ""


class SubtitlesRequest(BaseModel):
    """Body of POST /2/media/subtitles."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Id
    media_category: Literal["AmplifyVideo", "TweetVideo"]
    subtitles: Track


class MetadataRequest(BaseModel):
    """Body of POST /2/media/metadata."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Id
    metadata: Metadata


class Media:
    """Uploads, kept as JSON under `x media ID` in the home and as files in its `blobs`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def one_shot(self, account: Account, form: dict[str, Any]) -> Answer:
        """POST /2/media/upload."""
        content, _ = form.get("media", (b"", ""))
        if not content:
            raise invalid("media is required", {"media": []})
        category = form.get("media_category")
        if category not in ONE_SHOT:
            raise invalid("media_category is not one of those for one shot", {"media_category": []})
        mime = _judged(content, category)
        id = self._new(account, category, mime, len(content))
        self._world.keep_blob("x", id, account.handle, mime, content)
        return self._shown(id)

    def initialize(self, account: Account, body: bytes) -> Answer:
        """POST /2/media/upload/initialize."""
        wanted = read_body(Initialize, body)
        if wanted.total_bytes > _MOST[wanted.media_category]:
            raise invalid("File size exceeds the limit", {"total_bytes": [str(wanted.total_bytes)]})
        id = self._new(account, wanted.media_category, wanted.media_type, wanted.total_bytes)
        self._put(id, {"open": True, "parts": 0})
        return self._shown(id)

    def append(self, account: Account, id: str, form: dict[str, Any]) -> Answer:
        """POST /2/media/upload/:id/append; the same part again replaces itself."""
        upload = self._live(account, id)
        content, _ = form.get("media", (b"", ""))
        index = str(form.get("segment_index", ""))
        if not content or not index.isdecimal() or int(index) > 999:
            raise invalid("media and segment_index (0 to 999) are required", {"segment_index": []})
        if not upload["open"]:
            raise invalid("the upload is finalized", {"id": [id]})
        self._part(id, int(index)).write_bytes(content)
        self._put(id, {"parts": max(upload["parts"], int(index) + 1)})
        return 200, {"data": {"expires_at": upload["dies_us"] // 1_000_000}, "meta": {}}

    def finalize(self, account: Account, id: str) -> Answer:
        """POST /2/media/upload/:id/finalize: all parts must be there."""
        upload = self._live(account, id)
        if upload["open"]:
            parts = [self._part(id, index) for index in range(upload["parts"])]
            content = b"".join(part.read_bytes() for part in parts if part.exists())
            if len(content) != upload["size"]:
                raise invalid("Segments do not add up to provided total file size.", {"id": [id]})
            mime = _judged(content, upload["category"])
            self._world.keep_blob("x", id, account.handle, mime, content)
            for part in parts:
                part.unlink()
            is_clip = upload["category"] == "tweet_video"
            unfit = is_clip and objection(kind_of(content), len(content), X) is not None
            self._process(account, id, unfit=unfit)
        return self._shown(id)

    def status(self, account: Account, query: dict[str, str]) -> Answer:
        """GET /2/media/upload?command=STATUS."""
        if query.get("command", "STATUS") != "STATUS" or set(query) - {"command", "media_id"}:
            raise invalid("only command=STATUS with media_id is known", {"command": []})
        id = query.get("media_id", "")
        self._live(account, id)
        return self._shown(id)

    def describe(self, account: Account, body: bytes) -> Answer:
        """POST /2/media/metadata."""
        wanted = read_body(MetadataRequest, body)
        self._live(account, wanted.id)
        self._put(wanted.id, {"alt": wanted.metadata.alt_text.text})
        associated = {"alt_text": {"text": wanted.metadata.alt_text.text}}
        return 200, {"data": {"id": wanted.id, "associated_metadata": associated}}

    def subtitle(self, account: Account, body: bytes) -> Answer:
        """POST /2/media/subtitles: an uploaded track is hung on an uploaded video."""
        wanted = read_body(SubtitlesRequest, body)
        video, track = (self._live(account, id) for id in (wanted.id, wanted.subtitles.id))
        if video["category"] != "tweet_video" or track["category"] != "subtitles":
            raise invalid("subtitles belong to a video", {"id": [wanted.id]})
        shown = wanted.subtitles.model_dump()
        self._world.note(account, wanted.id, kind="subtitles", text=shown["language_code"])
        data = {"id": wanted.id, "media_category": wanted.media_category}
        return 200, {"data": data | {"associated_subtitles": [shown]}}

    def attached(self, account: Account, ids: list[str]) -> dict[str, Any]:
        """What a post keeps of its media.

        Raises:
            Problem: an id is unknown, dead or not ready, or the files do not go together.
        """
        if not ids:
            return {"media_type": "text"}
        if self._world.faults.quirk("x", account.handle, Effect.EXPIRES) is not None:
            for id in ids:
                self._put(id, {"dies_us": 0})
        uploads = [self._alive(account, id) for id in ids]
        if any(one is None or self._state(one) != "succeeded" for one in uploads):
            raise invalid("Your media IDs are invalid.", {"media.media_ids": ids})
        categories = [one["category"] for one in uploads if one]
        if set(categories) != {"tweet_image"} and len(ids) > 1:
            raise invalid("Only photos can be posted together.", {"media.media_ids": ids})
        kind = "video" if categories[0] == "tweet_video" else "image"
        return {"media_type": kind, "media_keys": [_key(id, categories[0]) for id in ids]}

    def view(self, key: str) -> dict[str, Any]:
        """The media object of `includes.media`."""
        upload = self._get(key.partition("_")[2])
        shown = {"media_key": key, "type": _TYPES[upload["category"]]}
        return shown | ({"alt_text": upload["alt"]} if upload.get("alt") else {})

    def _new(self, account: Account, category: str, mime: str, size: int) -> str:
        number = int(self._world.store.get("x uploads") or 0) + 1
        self._world.store.put("x uploads", str(number))
        now = self._world.clock.now()
        id = str(snowflake(now, number))
        upload = {"owner": account.handle, "category": category, "mime": mime, "size": size}
        state = {"open": False, "ready_us": 0, "started_us": 0, "fails": False}
        self._store(id, upload | state | {"dies_us": micros(now + LIVES)})
        return id

    def _process(self, account: Account, id: str, *, unfit: bool) -> None:
        now, faults = self._world.clock.now(), self._world.faults
        slow = faults.quirk("x", account.handle, Effect.SLOW)
        fails = faults.quirk("x", account.handle, Effect.PROCESSING_FAILS) is not None
        takes = _TAKES if slow is None else timedelta(seconds=slow)
        self._put(
            id,
            {
                "open": False,
                "started_us": micros(now),
                "ready_us": micros(now + takes),
                "fails": fails or unfit,
            },
        )

    def _shown(self, id: str) -> Answer:
        upload, now = self._get(id), micros(self._world.clock.now())
        data = {
            "id": id,
            "media_key": _key(id, upload["category"]),
            "size": upload["size"],
            "expires_after_secs": max(0, (upload["dies_us"] - now) // 1_000_000),
        }
        if upload["ready_us"]:
            data["processing_info"] = self._progress(upload)
        return 200, {"data": data, "meta": {}}

    def _progress(self, upload: dict[str, Any]) -> dict[str, Any]:
        now = micros(self._world.clock.now())
        # OpenAPI demands a `type` and does not say what it is
        info = {"type": upload["category"], "state": self._state(upload)}
        if info["state"] in ("pending", "in_progress"):
            left = upload["ready_us"] - now
            return info | {"check_after_secs": max(1, left // 2_000_000)}
        return info | {"progress_percent": 100}

    def _state(self, upload: dict[str, Any]) -> str:
        now = micros(self._world.clock.now())
        if upload["open"] or now < upload["ready_us"]:
            half = (upload["started_us"] + upload["ready_us"]) // 2
            return "pending" if now < half else "in_progress"
        return "failed" if upload["fails"] else "succeeded"

    def _live(self, account: Account, id: str) -> dict[str, Any]:
        upload = self._alive(account, id)
        if upload is None:
            raise Problem(
                404, "Not Found Error", f"No media with id [{id}].", kind="resource-not-found"
            )
        return upload

    def _alive(self, account: Account, id: str) -> dict[str, Any] | None:
        upload = self._get(id)
        mine = upload.get("owner") == account.handle
        return upload if mine and upload["dies_us"] > micros(self._world.clock.now()) else None

    def _part(self, id: str, index: int) -> Any:
        folder = self._world.home / "blobs"
        folder.mkdir(exist_ok=True)
        return folder / f"x-{id}.{index}"

    def _get(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._world.store.get(f"x media {id}") or "{}")
        return found

    def _put(self, id: str, change: dict[str, Any]) -> None:
        if upload := self._get(id):
            self._store(id, upload | change)

    def _store(self, id: str, upload: dict[str, Any]) -> None:
        self._world.store.put(f"x media {id}", json.dumps(upload))


def _key(id: str, category: str) -> str:
    return f"{_KEYS.get(category, 3)}_{id}"


def _judged(content: bytes, category: str) -> str:
    kind = kind_of(content)
    if category == "subtitles":
        if b"-->" not in content:
            raise invalid("The subtitles have no cue.", {"media": []})
        return "text/vtt" if content.startswith(b"WEBVTT") else "text/srt"
    wants_video = category == "tweet_video"
    if kind is None or kind.is_video != wants_video or len(content) > _MOST.get(category, 5 << 20):
        raise invalid("The media is broken, too large, or not of its category.", {"media": []})
    return kind.mime
