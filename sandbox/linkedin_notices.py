"""What an organisation is told of people below its posts, when it asks: kept for 60 days."""

import re
from datetime import timedelta
from typing import Any

from sandbox.clock import micros
from sandbox.linkedin_media import Reply
from sandbox.linkedin_posts import MEMBER
from sandbox.linkedin_requests import Call, denied, invalid
from sandbox.linkedin_shares import Shares, paged
from sandbox.store import Post
from sandbox.webhook_events import linkedin_notification
from sandbox.world import World

KEPT_FOR = timedelta(days=60)
ACTIONS = frozenset(
    {"LIKE", "COMMENT", "SHARE", "SHARE_MENTION"}
    | {"ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE"}
)
_RANGE = re.compile(r"\(start:([0-9]{1,14}),end:([0-9]{1,14})\)")


class Notices:
    """The notifications of all organisations; only comments are played, and public posts."""

    def __init__(self, world: World, shares: Shares) -> None:
        self._world = world
        self._shares = shares

    def find(self, call: Call) -> Reply:
        """GET /rest/organizationalEntityNotifications?q=criteria, newest first."""
        owner = self._shares.urn(call.account)
        if call.query.get("q") != "criteria":
            raise invalid("The finder criteria is the only one")
        is_member = call.account.handle.startswith(MEMBER)
        if is_member or call.query.get("organizationalEntity") != owner:
            raise denied("organizationalEntityNotifications.FINDER-criteria")
        actions = call.listed("actions")
        if not actions or not ACTIONS.issuperset(actions):
            raise invalid(f"actions must be of {', '.join(sorted(ACTIONS))}")
        shown = [self._view(post, call) for post in self._comments(call)]
        return 200, paged(call, [one for one in shown if one["action"] in actions]), {}

    def _comments(self, call: Call) -> list[Post]:
        """The comments of a time below the organisation's public posts."""
        span = _RANGE.fullmatch(call.raw.get("timeRange", ""))
        if span is None:
            raise invalid("timeRange is not (start:ms,end:ms) in Rest.li 2.0 syntax")
        oldest = micros(self._world.clock.now() - KEPT_FOR)
        return self._world.seen(
            "platform = 'linkedin' and parent is not null and created_us between ? and ?"
            " and root in (select id from posts where platform = 'linkedin' and author = ?"
            " and parent is null and deleted_us is null"
            " and json_extract(wire, '$.visibility') = 'PUBLIC')",
            (max(oldest, int(span[1]) * 1000), int(span[2]) * 1000 + 999, call.account.handle),
            tail="order by created_us desc, id",
        )

    def _view(self, post: Post, call: Call) -> dict[str, Any]:
        author = self._world.store.person("linkedin", handle=post.author)
        owner, brand = author.ref if author else "", self._shares.urn(call.account)
        return linkedin_notification(post, owner=owner, brand=brand)
