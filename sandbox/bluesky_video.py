"""Bluesky's video service: takes a clip with a token meant for it, works a while, gives a blob."""

import json
from datetime import timedelta
from typing import Any

from sandbox.bluesky_repo import Caller, XrpcError
from sandbox.bluesky_tokens import Tokens
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.identity import blob_cid
from sandbox.media_bytes import kind_of
from sandbox.world import World

UPLOAD = "com.atproto.repo.uploadBlob"
_TAKES = timedelta(seconds=12)
_LONGEST_TOKEN = timedelta(minutes=30)
_STATES = ("JOB_STATE_CREATED", "JOB_STATE_ENCODING", "JOB_STATE_SCANNING", "JOB_STATE_UPLOADING")


class VideoService:
    """Jobs, kept as JSON under `bluesky job ID` in the home; one per account and clip."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens

    def grant(self, caller: Caller, query: dict[str, str]) -> dict[str, str]:
        """com.atproto.server.getServiceAuth: a token for one method of one service."""
        aud, method = query.get("aud", ""), query.get("lxm", "")
        if not aud.startswith("did:"):
            raise XrpcError("InvalidRequest", "Error: Params must have the property aud")
        now = self._world.clock.now()
        asked, default = query.get("exp", ""), micros(now) // 1_000_000 + 60
        expires = int(asked) if asked.isdecimal() else default
        if not now.timestamp() < expires <= (now + _LONGEST_TOKEN).timestamp():
            raise XrpcError("BadExpiration", "expiration is in the past or too far off")
        return {"token": self._tokens.grant(caller.person.ref, aud, method, expires)}

    def upload(
        self, token: str, query: dict[str, str], content: bytes, mime: str
    ) -> dict[str, Any]:
        """app.bsky.video.uploadVideo; a clip that is there already is named as such."""
        did = self._tokens.granted(token, UPLOAD, self._world.clock.now())
        if query.get("did") != did or not query.get("name"):
            raise XrpcError("invalid_request", "did and name are required", status=400)
        kind = kind_of(content)
        if mime != "video/mp4" or kind is None or not kind.is_video:
            raise XrpcError("invalid_mime_type", "only MP4 is taken", status=400)
        cid = blob_cid(content)
        job_id = f"job-{cid[-16:]}-{did[-6:]}"
        if self._world.store.get(f"bluesky job {job_id}"):
            raise XrpcError(
                "already_exists",
                "Video already processed",
                status=409,
                more=self._status(job_id),
            )
        self._begin(job_id, did, cid, content)
        return {"jobStatus": self._status(job_id)}

    def job(self, query: dict[str, str]) -> dict[str, Any]:
        """app.bsky.video.getJobStatus."""
        job_id = query.get("jobId", "")
        if not self._world.store.get(f"bluesky job {job_id}"):
            raise XrpcError("InvalidRequest", "Job not found")
        return {"jobStatus": self._status(job_id)}

    def limits(self) -> dict[str, Any]:
        """app.bsky.video.getUploadLimits."""
        return {
            "canUpload": True,
            "remainingDailyVideos": 25,
            "remainingDailyBytes": 500_000_000,
        }

    def _begin(self, job_id: str, did: str, cid: str, content: bytes) -> None:
        person = self._world.store.person("bluesky", ref=did)
        handle = person.handle if person else None
        now, faults = self._world.clock.now(), self._world.faults
        slow = faults.quirk("bluesky", handle, Effect.SLOW)
        fails = faults.quirk("bluesky", handle, Effect.PROCESSING_FAILS) is not None
        takes = _TAKES if slow is None else timedelta(seconds=slow)
        blob = {
            "$type": "blob",
            "ref": {"$link": cid},
            "mimeType": "video/mp4",
            "size": len(content),
        }
        job = {"did": did, "blob": blob, "fails": fails, "started_us": micros(now)}
        job["ready_us"] = micros(now + takes)
        self._world.keep_blob("bluesky", cid, did, "video/mp4", content)
        self._world.store.put(f"bluesky job {job_id}", json.dumps(job))

    def _status(self, job_id: str) -> dict[str, Any]:
        job = json.loads(self._world.store.get(f"bluesky job {job_id}") or "{}")
        shown = {"jobId": job_id, "did": job["did"]}
        done = micros(self._world.clock.now()) - job["started_us"]
        whole = max(1, job["ready_us"] - job["started_us"])
        if done < whole:
            state = _STATES[done * len(_STATES) // whole]
            return shown | {"state": state, "progress": done * 100 // whole}
        if job["fails"]:
            failure = {"error": "encoding failed", "failureCode": "encoding_failure"}
            return shown | {"state": "JOB_STATE_FAILED"} | failure
        return shown | {"state": "JOB_STATE_COMPLETED", "progress": 100, "blob": job["blob"]}
