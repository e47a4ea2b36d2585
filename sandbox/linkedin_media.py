"""Files on LinkedIn: begun, sent to an upload URL (a clip in parts), joined, worked on."""

import hashlib
import json
import re
from datetime import timedelta
from typing import Any

from sandbox.audience import Account
from sandbox.clips import LINKEDIN, objection
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.fetched import look_at
from sandbox.identity import digest
from sandbox.linkedin_requests import (
    Call,
    Finalize,
    ImageUpload,
    Problem,
    VideoUpload,
    denied,
    invalid,
    missing,
    read_body,
)
from sandbox.world import World

PART = 4 * 1024 * 1024
UPLOAD_LIVES = timedelta(hours=1)
VIDEO_TAKES = timedelta(seconds=10)
IMAGES = ("image/jpeg", "image/png", "image/gif")
_PIXELS = 36_152_320
Reply = tuple[int, dict[str, Any] | None, dict[str, str]]


class Files:
    """Pictures and clips, kept as JSON under `linkedin media URN` in the home."""

    def __init__(self, world: World, *, base_url: str) -> None:
        self._world = world
        self._base = base_url

    def images(self, call: Call) -> Reply:
        """POST /rest/images?action=initializeUpload."""
        _check_action(call, "initializeUpload")
        wanted = read_body(ImageUpload, call.body, within="initializeUploadRequest")
        urn, token = self._begin(call.account, wanted.owner, kind="image", size=0)
        value = {
            "uploadUrlExpiresAt": self._get(urn)["until_us"] // 1000,
            "uploadUrl": self._url(urn, 1, token),
            "image": urn,
        }
        return 200, {"value": value}, {}

    def videos(self, call: Call) -> Reply:
        """POST /rest/videos, with the action initializeUpload or finalizeUpload."""
        if call.query.get("action") == "finalizeUpload":
            return self._finish(call)
        _check_action(call, "initializeUpload")
        wanted = read_body(VideoUpload, call.body, within="initializeUploadRequest")
        size = wanted.fileSizeBytes
        urn, token = self._begin(call.account, wanted.owner, kind="video", size=size)
        value = {
            "uploadUrlsExpireAt": self._get(urn)["until_us"] // 1000,
            "video": urn,
            "uploadInstructions": [
                {
                    "uploadUrl": self._url(urn, number, token),
                    "firstByte": first,
                    "lastByte": min(first + PART, size) - 1,
                }
                for number, first in enumerate(range(0, size, PART), 1)
            ],
            "uploadToken": token,
        }
        if wanted.uploadCaptions:
            value["captionsUploadUrl"] = self._url(urn, "captions", token)
        return 200, {"value": value}, {}

    def captions(self, call: Call) -> Reply:
        """POST to a captions URL: a SubRip file with what is said of it, as a form."""
        urn = f"urn:li:{call.path['kind']}:{call.path['id']}"
        self._check_url(call, self._own(call.account, urn))
        if b'"CLOSED_CAPTION"' not in call.body or b" --> " not in call.body:
            raise invalid("The captions are no SubRip file with its metadata")
        language = re.search(rb'"language": ?"([A-Z]{2})"', call.body)
        if language is None:
            raise invalid("The captions have no locale")
        self._world.note(call.account, urn, kind="captions", text=language[1].decode())
        return 201, None, {}

    def receive(self, call: Call) -> Reply:
        """PUT to an upload URL: the bytes of a picture, or one part of a clip."""
        urn, part = f"urn:li:{call.path['kind']}:{call.path['id']}", int(call.path["part"])
        file = self._own(call.account, urn)
        self._check_url(call, file)
        tag = hashlib.sha256(call.body).hexdigest()
        if file["kind"] == "video":
            first = (part - 1) * PART
            if len(call.body) != min(PART, file["size"] - first):
                raise invalid("The part does not have the length of its range")
        self._world.keep_blob(
            "linkedin", f"{call.path['id']}-{part}", call.account.handle, "", call.body
        )
        file["parts"][str(part)] = tag
        if file["kind"] == "image":
            self._settle(call.account, urn, file, call.body)
        self._put(urn, file)
        return (201 if file["kind"] == "image" else 200), None, {"etag": tag}

    def show(self, call: Call) -> Reply:
        """GET /rest/images/URN and /rest/videos/URN; a member may not look at pictures."""
        urn = call.path["urn"]
        file = self._own(call.account, urn)
        if file["kind"] == "image" and ":person:" in file["owner"]:
            raise denied("images.GET")
        body = {"id": urn, "owner": file["owner"], "status": self._status(file)}
        if body["status"] == "PROCESSING_FAILED":
            body["processingFailureReason"] = file["fails"]
        return 200, body, {}

    def check(self, account: Account, urns: list[str]) -> str:
        """The media type of a post with these files.

        Raises:
            Problem: one is not there, not this account's, or not ready.
        """
        for urn in urns:
            file = self._own(account, urn)
            if self._status(file) != "AVAILABLE":
                raise invalid(f"Media asset {urn} is {self._status(file)}")
        return "video" if any(":video:" in urn for urn in urns) else "image"

    def _begin(self, account: Account, owner: str, *, kind: str, size: int) -> tuple[str, str]:
        if owner != self._owner(account):
            raise denied(f"{kind}s.initializeUpload")
        number = int(self._world.store.get("linkedin files") or 0) + 1
        self._world.store.put("linkedin files", str(number))
        now = self._world.clock.now()
        id = f"C4E{digest('linkedin-file', number, micros(now)):x}"[:16]
        urn, token = f"urn:li:{kind}:{id}", f"{digest('token', id):x}"[:24]
        until = micros(now + UPLOAD_LIVES)
        file = {"kind": kind, "owner": owner, "size": size, "token": token, "until_us": until}
        self._put(urn, file | {"parts": {}, "ready_us": None, "fails": None})
        return urn, token

    def _finish(self, call: Call) -> Reply:
        wanted = read_body(Finalize, call.body, within="finalizeUploadRequest")
        file = self._own(call.account, wanted.video)
        count = len(range(0, file["size"], PART))
        tags = [file["parts"].get(str(number)) for number in range(1, count + 1)]
        if wanted.uploadToken != file["token"] or wanted.uploadedPartIds != tags:
            raise invalid("The uploaded parts are not those of this upload, in order")
        id, folder = wanted.video.rsplit(":", 1)[1], self._world.home / "blobs"
        content = b"".join(
            (folder / f"linkedin-{id}-{number}").read_bytes() for number in range(1, count + 1)
        )
        self._settle(call.account, wanted.video, file, content)
        self._put(wanted.video, file)
        return 200, None, {}

    def _settle(self, account: Account, urn: str, file: dict[str, Any], content: bytes) -> None:
        """Judge the real bytes, and say when they are ready."""
        found = look_at(content)
        is_video = file["kind"] == "video"
        if is_video:
            fits = objection(found.kind, len(content), LINKEDIN) is None
        else:
            fits = found.mime in IMAGES and found.pixels < _PIXELS
        slow = self._quirk(account, Effect.SLOW) if is_video else None
        takes = timedelta(seconds=slow) if slow is not None else VIDEO_TAKES
        ready = self._world.clock.now() + (takes if is_video else timedelta())
        file["ready_us"] = micros(ready)
        if not fits or self._quirk(account, Effect.PROCESSING_FAILS) is not None:
            file["fails"] = "The file is not in a supported format"
        self._world.note(account, urn, kind=f"media {found.summary}")

    def _status(self, file: dict[str, Any]) -> str:
        if file["ready_us"] is None:
            return "WAITING_UPLOAD"
        if file["ready_us"] > micros(self._world.clock.now()):
            return "PROCESSING"
        return "PROCESSING_FAILED" if file["fails"] else "AVAILABLE"

    def _owner(self, account: Account) -> str:
        person = self._world.store.person("linkedin", handle=account.handle)
        return person.ref if person else ""

    def _own(self, account: Account, urn: str) -> dict[str, Any]:
        kept = self._world.store.get(f"linkedin media {urn}")
        file: dict[str, Any] | None = json.loads(kept) if kept else None
        if file is None or file["owner"] != self._owner(account):
            raise missing(urn)
        return file

    def _get(self, urn: str) -> dict[str, Any]:
        file: dict[str, Any] = json.loads(self._world.store.get(f"linkedin media {urn}") or "{}")
        return file

    def _put(self, urn: str, file: dict[str, Any]) -> None:
        self._world.store.put(f"linkedin media {urn}", json.dumps(file))

    def _check_url(self, call: Call, file: dict[str, Any]) -> None:
        expired = self._quirk(call.account, Effect.EXPIRES) is not None
        if expired or file["until_us"] <= micros(self._world.clock.now()):
            raise Problem(403, "The upload URL has expired")
        if file["token"] != call.query.get("token"):
            raise denied("upload")

    def _url(self, urn: str, part: int | str, token: str) -> str:
        kind, id = urn.split(":")[2:4]
        return f"{self._base}/dms-uploads/{kind}/{id}/{part}?token={token}"

    def _quirk(self, account: Account, effect: Effect) -> float | None:
        return self._world.faults.quirk("linkedin", account.handle, effect)


def _check_action(call: Call, name: str) -> None:
    if call.query.get("action") != name:
        raise invalid(f"Unknown action {call.query.get('action')!r}")
