"""What stands on a Page: its posts, its reels, and the comments below them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from publishing.platforms import facebook_views as views
from publishing.platforms.base import OwnPost, instant, translated
from publishing.platforms.graph import Graph

STREAM = {"filter": "stream", "order": "reverse_chronological"}
EDGES = {"published_posts": "id,created_time", "video_reels": "id,post_id,created_time"}
"""What is posted on a Page, and the fields that date it."""
AT_ONCE = "50"
"""Posts that are asked for together with the newest comments below them."""
Said = tuple[str, views.Comment]
"""The id of a post, and a comment below it."""


class Reads:
    """Reads edges of a Page, newest first, back to an instant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def posts(self, since: datetime, *, page: str) -> list[OwnPost]:
        """The Page's posts, reels left out: they do not stand among them."""
        items = self._edge(f"{page}/published_posts", since, fields=views.POST)
        with translated(self._graph.account, changes_something=False):
            return [views.own_post(item) for item in items]

    def reels(self, since: datetime, *, page: str) -> list[OwnPost]:
        """The Page's reels."""
        items = self._edge(f"{page}/video_reels", since, fields=views.REEL)
        with translated(self._graph.account, changes_something=False):
            return [views.own_reel(item, page=page) for item in items]

    def comments(self, object_id: str, since: datetime) -> Iterator[views.Comment]:
        """All comments below a post, those below comments among them."""
        query = STREAM | {"fields": views.COMMENT}
        return self._remarks(self._edge(f"{object_id}/comments", since, **query))

    def discussed(self, opened: datetime, *, since: datetime, page: str) -> list[Said]:
        """The comments since then below what the Page has posted since `opened`."""
        return self._graph.gather(
            lambda: self._along(opened, since, page), each=lambda: self._asked(opened, since, page)
        )

    def _along(self, opened: datetime, since: datetime, page: str) -> Iterator[Said]:
        """The comments that come along with their posts; Meta leaves out what it will not show."""
        wanted = STREAM | {"since": _unix(since)}
        modifiers = wanted | {"summary": "true", "limit": "50"}
        nested = "".join(f".{name}({value})" for name, value in modifiers.items())
        comments = f"comments{nested}{{{views.COMMENT}}}"
        for post_id, item in self._commented(opened, page, comments, limit=AT_ONCE):
            path, query = f"{item['id']}/comments", wanted | {"fields": views.COMMENT}
            items = self._graph.along(item.get("comments"), path, **query)
            came = self._remarks(self._recent(items, since))
            below = came if "comments" in item else self.comments(post_id, since)
            yield from ((post_id, one) for one in below)

    def _asked(self, opened: datetime, since: datetime, page: str) -> Iterator[Said]:
        """The same, each post asked for its comments."""
        for post_id, _ in self._commented(opened, page, "comments.limit(0).summary(true)"):
            yield from ((post_id, one) for one in self.comments(post_id, since))

    def _commented(
        self, opened: datetime, page: str, comments: str, **query: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The posts and reels that may have comments, by the ids of the posts."""
        for edge, dated in EDGES.items():
            query["fields"] = f"{dated},{comments}"
            for item in self._edge(f"{page}/{edge}", opened, **query):
                with translated(self._graph.account, changes_something=False):
                    post_id = views.post_of(item, page=page)
                    has_comments = views.has_comments(item)
                if has_comments:
                    yield post_id, item

    def _remarks(self, items: Iterable[dict[str, Any]]) -> Iterator[views.Comment]:
        for item in items:
            with translated(self._graph.account, changes_something=False):
                comment = views.Comment.read(item)
            yield comment

    def _edge(self, path: str, since: datetime, **query: str) -> Iterator[dict[str, Any]]:
        return self._recent(self._graph.pages(path, **query, since=_unix(since)), since)

    def _recent(self, items: Iterable[dict[str, Any]], since: datetime) -> Iterator[dict[str, Any]]:
        """The items up to the first that is older."""
        start = since.replace(microsecond=0)
        for item in items:
            with translated(self._graph.account, changes_something=False):
                is_older = instant(item["created_time"]) < start
            if is_older:
                return
            yield item


def _unix(at: datetime) -> str:
    return str(int(at.timestamp()))
