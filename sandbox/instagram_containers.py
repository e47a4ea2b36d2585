"""Instagram's containers in the sandbox: what they hold, and what has become of them by now."""

from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.audience import Account
from sandbox.clips import REEL_ON_INSTAGRAM, objection
from sandbox.clock import iso
from sandbox.faults import Effect
from sandbox.fetched import File, Unfetchable, look_at
from sandbox.graph_objects import Objects
from sandbox.graph_requests import Call, GraphError, absent, invalid
from sandbox.world import World

KIND = "container"
VIDEO_TAKES = timedelta(seconds=20)
LIVES = timedelta(hours=24)
_CAPTION, _ALT, _HASHTAGS, _MENTIONS = 2200, 1000, 30, 20
_PICTURE, _RATIOS = 8 * 2**20, (0.8, 1.91)
_TAKES = (
    *("image_url", "video_url", "media_type", "caption", "alt_text", "is_carousel_item"),
    *("children", "upload_type", "cover_url", "thumb_offset", "share_to_feed", "audio_name"),
    *("collaborators", "user_tags", "location_id", "product_tags", "trial_params"),
    "is_paid_partnership",
)
State = Literal["IN_PROGRESS", "FINISHED", "ERROR", "EXPIRED", "PUBLISHED"]
_SAID = {
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "EXPIRED": "Expired: Media was not published within 24 hours.",
    "PUBLISHED": "Published: Media has been published.",
}


class Containers:
    """Makes containers out of files, and tells their state at the present instant."""

    def __init__(self, world: World, objects: Objects) -> None:
        self._world = world
        self._objects = objects

    def create(self, call: Call) -> dict[str, Any]:
        """POST /{ig-user}/media: the id, and for a resumable upload nothing more."""
        call.takes(*_TAKES)
        if call.query.get("media_type") == "CAROUSEL":
            value = self._carousel(call)
        elif call.query.get("upload_type") is not None:
            value = self._resumable(call)
        else:
            value = self._fetched(call)
        value["caption"] = _caption(call)
        return {"id": self._objects.make(KIND, call.account, value | self._luck(call.account))}

    def existing(self, id: str, account: Account) -> dict[str, Any]:
        """A container of the account. Raises GraphError where there is none."""
        found = self._objects.find(KIND, id, account)
        if found is None:
            raise absent(id)
        return found

    def receive(self, call: Call, content: bytes, offset: int) -> dict[str, Any]:
        """The bytes of a resumable upload, at once or from where they broke off."""
        value = self.existing(call.object, call.account)
        if value.get("awaits") != "bytes" or offset:
            raise invalid("The container awaits no bytes at this offset")
        file = look_at(content)
        value |= {"awaits": "", "files": [file.summary], "ready_at": self._ready_at(file)}
        if _is_unfit(file):
            value["error"] = _wrong_video()
        self._objects.keep(KIND, call.object, value)
        return {"success": True}

    def state(self, value: dict[str, Any]) -> tuple[State, str]:
        """Where a container stands now, and the text that goes with it."""
        now = self._world.clock.now()
        state: State = "FINISHED"
        if value.get("published"):
            state = "PUBLISHED"
        elif value.get("expired") or now - datetime.fromisoformat(value["made"]) >= LIVES:
            state = "EXPIRED"
        elif value.get("awaits") or now < self._processed_at(value):
            state = "IN_PROGRESS"
        elif value.get("error"):
            return "ERROR", f"Error: {value['error']}"
        return state, _SAID[state]

    def _processed_at(self, value: dict[str, Any]) -> datetime:
        ready = datetime.fromisoformat(value["ready_at"])
        made = datetime.fromisoformat(value["made"])
        return max(ready, made + timedelta(seconds=value["slow"]))

    def _luck(self, account: Account) -> dict[str, Any]:
        def quirk(effect: Effect) -> float | None:
            return self._world.faults.quirk("instagram", account.handle, effect)

        luck: dict[str, Any] = {"slow": quirk(Effect.SLOW) or 0}
        if quirk(Effect.EXPIRES) is not None:
            luck["expired"] = True
        if quirk(Effect.PROCESSING_FAILS) is not None:
            luck["error"] = _wrong_video()
        return luck

    def _fetched(self, call: Call) -> dict[str, Any]:
        is_video = "video_url" in call.query
        name = "video_url" if is_video else "image_url"
        kinds = ("REELS", "VIDEO") if is_video else (None, "IMAGE")
        kind, is_item = call.query.get("media_type"), call.flag("is_carousel_item")
        call.needs(name)
        if kind not in kinds or (kind == "VIDEO") != (is_video and is_item):
            raise GraphError(100, f"(#100) media_type {kind} does not fit", subcode=2207023)
        if is_video and "alt_text" in call.query:
            raise invalid("alt_text is not supported for this media type")
        file = call.fetched[name]
        if isinstance(file, Unfetchable):
            raise GraphError(
                9004, "Only photo or video can be accepted as media type.", subcode=2207052
            )
        value = {"files": [file.summary], "item": is_item, "ready_at": self._ready_at(file)}
        if is_video:
            wrong = {"error": _wrong_video()} if _is_unfit(file) else {}
            return value | {"kind": "VIDEO", "product": "REELS"} | wrong
        _check_picture(file)
        return value | {"kind": "IMAGE", "product": "FEED", "alt_text": _alt(call)}

    def _resumable(self, call: Call) -> dict[str, Any]:
        if call.query["upload_type"] != "resumable" or call.query.get("media_type") != "REELS":
            raise GraphError(100, "(#100) media_type must be REELS", subcode=2207023)
        now = iso(self._world.clock.now())
        files: list[str] = []
        shape = {"kind": "VIDEO", "product": "REELS", "files": files, "item": False}
        return shape | {"awaits": "bytes", "ready_at": now}

    def _carousel(self, call: Call) -> dict[str, Any]:
        ids = [id for id in call.needs("children").split(",") if id]
        if not 2 <= len(ids) <= 10:
            raise GraphError(100, "(#100) A carousel has 2 to 10 items", subcode=2207028)
        children = [self.existing(id, call.account) for id in ids]
        if not all(child.get("item") for child in children):
            raise invalid("A child was not made with is_carousel_item")
        if any(self.state(child)[0] != "FINISHED" for child in children):
            raise GraphError(9007, "Media ID is not available", subcode=2207027)
        return {
            "kind": "CAROUSEL_ALBUM",
            "product": "FEED",
            "files": [file for child in children for file in child["files"]],
            "children": [
                {"id": id, "alt_text": c.get("alt_text")}
                for id, c in zip(ids, children, strict=True)
            ],
            "item": False,
            "ready_at": iso(self._world.clock.now()),
        }

    def _ready_at(self, file: File) -> str:
        takes = VIDEO_TAKES if file.is_video else timedelta()
        return iso(self._world.clock.now() + takes)


def _check_picture(file: File) -> None:
    if len(file.content) > _PICTURE:
        raise GraphError(36000, "The image is too large to download.", subcode=2207004)
    if file.mime != "image/jpeg":
        raise GraphError(36001, "The image format is not supported.", subcode=2207005)
    if not _RATIOS[0] <= file.ratio <= _RATIOS[1] + 0.005:
        raise GraphError(36003, "The aspect ratio is not supported.", subcode=2207009)


def _caption(call: Call) -> str:
    caption = call.query.get("caption", "")
    too_many = caption.count("#") > _HASHTAGS or caption.count("@") > _MENTIONS
    if len(caption) > _CAPTION or too_many:
        raise GraphError(36004, "The caption is too long.", subcode=2207010)
    return caption


def _alt(call: Call) -> str | None:
    alt = call.query.get("alt_text")
    if alt is not None and len(alt) > _ALT:
        raise invalid("alt_text is too long")
    return alt


def _is_unfit(file: File) -> bool:
    return objection(file.kind, len(file.content), REEL_ON_INSTAGRAM) is not None


def _wrong_video() -> str:
    return "Media upload has failed with error code 2207026: the video format is not supported."
