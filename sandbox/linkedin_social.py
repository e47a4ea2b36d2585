"""Comments and counts on LinkedIn."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.linkedin_media import Reply
from sandbox.linkedin_posts import MEMBER, activity_of, comment_parts
from sandbox.linkedin_requests import Call, CommentRequest, denied, invalid, missing, read_body
from sandbox.linkedin_shares import Shares, paged
from sandbox.store import Post
from sandbox.world import World

_ENTITY = re.compile(r"\((share|ugc):([^():]+)\)")
QUERIES = {
    "IMPRESSION": "impressionCount",
    "MEMBERS_REACHED": "uniqueImpressionsCount",
    "REACTION": "likeCount",
    "COMMENT": "commentCount",
    "RESHARE": "shareCount",
    "POST_SAVE": "saveCount",
    "LINK_CLICKS": "clickCount",
}


class Social:
    """What hangs below posts, and what they gathered."""

    def __init__(self, world: World, shares: Shares) -> None:
        self._world = world
        self._shares = shares

    def comment(self, call: Call) -> Reply:
        """POST /rest/socialActions/URN/comments: 201 with the comment and its id."""
        wanted = read_body(CommentRequest, call.body)
        if wanted.actor != self._shares.urn(call.account):
            raise denied("partnerApiSocialActions.CREATE")
        parent = self._thread(call.path["urn"])
        activity = activity_of(parent.root)
        if wanted.object not in (activity, parent.root):
            raise invalid("object is not the activity that the thread hangs on")
        if (wanted.parentComment or parent.root) != parent.id:
            raise invalid("parentComment is not the comment that is answered")
        now = self._world.clock.now()
        id = str(self._shares.next_number(now))
        post = self._world.publish(
            call.account,
            Post(
                platform="linkedin",
                id=f"urn:li:comment:({activity},{id})",
                author=call.account.handle,
                source="brand",
                text=wanted.message.text,
                created=now,
                root=parent.root,
                parent=parent.id,
            ),
        )
        return 201, self._view(post), {"x-restli-id": id}

    def comments(self, call: Call) -> Reply:
        """GET /rest/socialActions/URN/comments: right below a post, or below a comment."""
        if call.account.handle.startswith(MEMBER):
            raise denied("partnerApiSocialActions.GET_ALL")
        parent = self._thread(call.path["urn"])
        below = self._world.seen(
            "platform = 'linkedin' and parent = ?", (parent.id,), tail="order by created_us, id"
        )
        return 200, paged(call, [self._view(post) for post in below]), {}

    def delete(self, call: Call) -> Reply:
        """DELETE /rest/socialActions/URN/comments/ID: one's own, or below one's own post."""
        if call.query.get("actor") != self._shares.urn(call.account):
            raise denied("partnerApiSocialActions.DELETE")
        root = self._shares.find(call.path["urn"])
        urn = f"urn:li:comment:({activity_of(root.id)},{call.path['id']})"
        post = self._world.find("linkedin", urn)
        if post is None:
            raise missing(urn)
        if call.account.handle not in (post.author, root.author):
            raise denied("partnerApiSocialActions.DELETE")
        self._world.delete(call.account, post)
        return 204, None, {}

    def statistics(self, call: Call) -> Reply:
        """GET /rest/organizationalEntityShareStatistics; posts without activity are left out."""
        owner = self._shares.urn(call.account)
        is_member = call.account.handle.startswith(MEMBER)
        if is_member or call.query.get("organizationalEntity") != owner:
            raise denied("organizationalEntityShareStatistics.FINDER-organizationalEntity")
        elements = []
        for parameter, kind in (("shares", "share"), ("ugcPosts", "ugcPost")):
            for urn in call.listed(parameter) if parameter in call.raw else ():
                if not urn.startswith(f"urn:li:{kind}:"):
                    raise invalid(f"{urn} is no {kind}")
                post = self._world.find("linkedin", urn)
                if post is not None and post.author == call.account.handle:
                    counts = self._counts(post)
                    shown = {kind: urn, "organizationalEntity": owner}
                    elements += [shown | {"totalShareStatistics": counts}] if counts else []
        if self._quirk(call, Effect.MISSING_COUNTS):
            elements = [one | {"totalShareStatistics": {}} for one in elements]
        return 200, paged(call, elements), {}

    def analytics(self, call: Call) -> Reply:
        """GET /rest/memberCreatorPostAnalytics: one count of one post of a member."""
        found = _ENTITY.fullmatch(call.raw.get("entity", ""))
        query = QUERIES.get(call.query.get("queryType", ""))
        aggregation = call.query.get("aggregation", "TOTAL")
        if found is None or query is None or aggregation != "TOTAL":
            raise invalid("entity, queryType or aggregation is not one of those known")
        post = self._shares.find(unquote(found[2]))
        if post.author != call.account.handle or not call.account.handle.startswith(MEMBER):
            raise denied("memberCreatorPostAnalytics.FINDER-entity")
        counts = self._counts(post)
        elements = [{"count": counts[query], "metricType": call.query["queryType"]}]
        return 200, paged(call, [] if self._quirk(call, Effect.MISSING_COUNTS) else elements), {}

    def _thread(self, urn: str) -> Post:
        parts = comment_parts(urn)
        if parts is None:
            return self._shares.find(urn)
        root = self._shares.find(parts[0])
        comment = self._world.find(
            "linkedin", f"urn:li:comment:({activity_of(root.id)},{parts[1]})"
        )
        if comment is None:
            raise missing(urn)
        return comment

    def _view(self, post: Post) -> dict[str, Any]:
        author = self._world.store.person("linkedin", handle=post.author)
        actor = author.ref if author else None
        activity = activity_of(post.root)
        answered = {"parentComment": post.parent} if post.parent != post.root else {}
        return {
            "id": post.id.rstrip(")").rpartition(",")[2],
            "commentUrn": post.id,
            "actor": actor,
            "object": activity,
            "message": {"text": post.text, "attributes": []},
            "created": {"actor": actor, "time": micros(post.created) // 1000},
            **answered,
        }

    def _counts(self, post: Post) -> dict[str, Any]:
        """All counts of a post; empty where nothing has happened yet."""
        counts = self._world.counts(post)
        given = {
            "impressionCount": counts.impressions,
            "uniqueImpressionsCount": counts.impressions * 4 // 5,
            "clickCount": counts.impressions // 50,
            "likeCount": counts.likes,
            "commentCount": counts.comments,
            "shareCount": counts.shares,
            "saveCount": counts.saves,
        }
        if not _any(given.values()) and not post.author.startswith(MEMBER):
            return {}
        acted = counts.likes + counts.comments + counts.shares
        return given | {"engagement": acted / max(1, counts.impressions)}

    def _quirk(self, call: Call, effect: Effect) -> bool:
        return self._world.faults.quirk("linkedin", call.account.handle, effect) is not None


def _any(values: Iterable[int]) -> bool:
    return any(value > 0 for value in values)
