"""Bluesky's video service: a clip goes in, a job runs, a blob on the PDS comes out."""

from datetime import timedelta
from typing import Any

import httpx

from domain.errors import Processing, Rejected
from publishing.platforms.base import (
    Access,
    Send,
    body_of,
    client,
    is_loopback,
    object_of,
    translated,
)
from publishing.platforms.bluesky_errors import error_for
from publishing.platforms.xrpc import Xrpc

PUBLIC = "https://video.bsky.app"
TOKEN_LIVES = timedelta(minutes=30)
ASK_AGAIN = timedelta(seconds=5)
"""The service names no interval [M]."""
EXISTS = "already_exists"
TRY_AGAIN = ("pds_upload_failure",)


class VideoService:
    """One account's uploads to the service. It is asked with a token of the PDS for it alone."""

    def __init__(self, pds: Xrpc, access: Access, url: str | None) -> None:
        self._pds = pds
        self._clock = access.clock
        url = url or (access.base_url if is_loopback(access.base_url) else PUBLIC)
        self._client = client(url, access.transport)

    def __repr__(self) -> str:
        return f"VideoService({self._pds.account!r})"

    def processed(self, send: Send, step: str, content: bytes) -> dict[str, Any]:
        """The blob of a clip; its job is kept under `step` before anything else is asked.

        Raises:
            Processing: the job is not done.
            Rejected: the service cannot process the clip.
        """
        job_id = send.steps.get(step)
        if job_id:
            status = self._status(job_id)
        else:
            status = self._uploaded(content, name=f"{send.platform_key}.mp4")
            with translated(self._pds.account, changes_something=False):
                job_id = str(status["jobId"])
            send.keep(step, job_id)
        if status.get("blob"):
            return dict(status["blob"])
        if status.get("state") == "JOB_STATE_FAILED":
            self._failed(send, step, status)
        raise Processing(
            f"{self._pds.account}: the video service still works; it is asked again by itself",
            until=self._clock.now() + ASK_AGAIN,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _uploaded(self, content: bytes, *, name: str) -> dict[str, Any]:
        grant = self._pds.get(
            "com.atproto.server.getServiceAuth",
            aud=f"did:web:{self._pds.host}",
            lxm="com.atproto.repo.uploadBlob",
            exp=int((self._clock.now() + TOKEN_LIVES).timestamp()),
        )
        with translated(self._pds.account, changes_something=False):
            headers = {"authorization": f"Bearer {grant['token']}", "content-type": "video/mp4"}
        return self._ask(
            "POST",
            "app.bsky.video.uploadVideo",
            params={"did": self._pds.did, "name": name},
            headers=headers,
            content=content,
        )

    def _status(self, job_id: str) -> dict[str, Any]:
        return self._ask("GET", "app.bsky.video.getJobStatus", params={"jobId": job_id})

    def _ask(self, method: str, nsid: str, **request: Any) -> dict[str, Any]:
        where = self._pds.account
        with translated(where, changes_something=False):
            response = self._client.request(method, f"/xrpc/{nsid}", **request)
            if response.is_success or _is_there_already(response):
                body = object_of(response)
                # the lexicon wraps it in jobStatus, the service has been seen without
                return dict(body.get("jobStatus") or body)
        raise error_for(response, where, changes_something=False, now=self._clock.now())

    def _failed(self, send: Send, step: str, status: dict[str, Any]) -> None:
        send.keep(step, "")
        said = status.get("failureCode") or status.get("error") or "no reason given"
        if said in TRY_AGAIN:
            raise Processing(
                f"{self._pds.account}: the video service could not store it; it is tried again",
                until=self._clock.now() + ASK_AGAIN,
            )
        raise Rejected(
            f"{self._pds.account}: the video cannot be processed ({said}); give it as MP4, or look"
            " whether the account's e-mail address is confirmed"
        )


def _is_there_already(response: httpx.Response) -> bool:
    return body_of(response).get("error") == EXISTS
