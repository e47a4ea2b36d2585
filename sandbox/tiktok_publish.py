"""Posting on TikTok: what the creator may do, how a post is begun, where it stands."""

from typing import Any
from urllib.parse import urlsplit

from sandbox.audience import Account
from sandbox.faults import Effect
from sandbox.tiktok_posts import EVERYONE
from sandbox.tiktok_requests import (
    Call,
    Nothing,
    PhotoInit,
    Problem,
    Status,
    VideoInit,
    read_body,
)
from sandbox.tiktok_shelf import Shelf
from sandbox.world import World

OPTIONS = [EVERYONE, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
"""What a public account is offered."""
PER_DAY = 15
_DAY = 24 * 60 * 60
_VERIFIED = ("127.0.0.1", "localhost", "::1")
_FULL = "Daily post cap from the API is reached for the current user."
_UNAUDITED = "Please review our integration guidelines"


class Publish:
    """The endpoints under /v2/post/publish/."""

    def __init__(self, world: World, shelf: Shelf, *, base_url: str) -> None:
        self._world = world
        self._shelf = shelf
        self._base = base_url

    def creator_info(self, call: Call) -> dict[str, Any]:
        """creator_info/query/: "cannot post now" is an error inside a 200."""
        read_body(Nothing, call.body)
        for effect, code in _SHUT_OUT.items():
            if self._quirk(call.account, effect):
                raise Problem(200, code, _FULL if effect is Effect.QUOTA_USED else "")
        brand = self._world.audience.brand_of(call.account)
        return {
            "creator_avatar_url": "",
            "creator_username": call.account.handle,
            "creator_nickname": brand.display_name,
            "privacy_level_options": OPTIONS,
            "comment_disabled": False,
            "duet_disabled": False,
            "stitch_disabled": True,
            "max_video_post_duration_sec": 600,
        }

    def video(self, call: Call) -> dict[str, Any]:
        """video/init/: nothing is public before the last chunk is there."""
        wanted = read_body(VideoInit, call.body)
        self._admit(call.account, wanted.post_info.privacy_level)
        info = wanted.post_info.model_dump(exclude_none=True)
        work = self._shelf.begin(call.account, info, kind="video")
        source = wanted.source_info
        cut = {
            "size": source.video_size,
            "chunk": source.chunk_size,
            "count": source.total_chunk_count,
        }
        self._shelf.put(work | cut)
        query = f"upload_id={work['upload_id']}&upload_token={work['token']}"
        return {"publish_id": work["publish_id"], "upload_url": f"{self._base}/video/?{query}"}

    def photos(self, call: Call) -> dict[str, Any]:
        """content/init/: the photos are fetched at once, and published by TikTok itself."""
        wanted = read_body(PhotoInit, call.body)
        urls = wanted.source_info.photo_images
        if not all(urlsplit(url).hostname in _VERIFIED for url in urls):
            raise Problem(
                403,
                "url_ownership_unverified",
                "Please review our URL ownership verification rules",
            )
        self._admit(call.account, wanted.post_info.privacy_level)
        info = wanted.post_info.model_dump(exclude_none=True)
        work = self._shelf.begin(call.account, info, kind="image")
        self._shelf.finish_photos(work, call.photos)
        return {"publish_id": work["publish_id"]}

    def status(self, call: Call) -> dict[str, Any]:
        """status/fetch/."""
        wanted = read_body(Status, call.body)
        work = self._shelf.of_account(call.account, wanted.publish_id)
        if work is None:
            raise Problem(400, "invalid_publish_id", "The publish_id does not exist")
        return self._shelf.show(work)

    def _admit(self, account: Account, privacy: str) -> None:
        if privacy not in OPTIONS:
            raise Problem(403, "privacy_level_option_mismatch", "The privacy level is not offered")
        if privacy != "SELF_ONLY" and self._quirk(account, Effect.UNAUDITED):
            raise Problem(403, "unaudited_client_can_only_post_to_private_accounts", _UNAUDITED)
        standing = self._world.limits.spend(
            f"tiktok {account.handle} posts",
            now=self._world.clock.now(),
            limit=PER_DAY,
            window=_DAY,
        )
        if not standing.allowed:
            raise Problem(403, "spam_risk_too_many_posts", _FULL)

    def _quirk(self, account: Account, effect: Effect) -> bool:
        return self._world.faults.quirk("tiktok", account.handle, effect) is not None


_SHUT_OUT = {
    Effect.QUOTA_USED: "spam_risk_too_many_posts",
    Effect.BLOCKED: "spam_risk_user_banned_from_posting",
}
