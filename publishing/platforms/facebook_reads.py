"""What stands on a Page: its posts, its reels, and the comments below them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from publishing.platforms import facebook_views as views
from publishing.platforms.base import OwnPost, instant, translated
from publishing.platforms.graph import Graph


class Reads:
    """Reads edges of a Page, newest first, back to an instant."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def posts(self, since: datetime, *, page: str) -> list[OwnPost]:
        """The Page's posts, reels left out: they do not stand among them."""
        with translated(self._graph.account, changes_something=False):
            return [views.own_post(item) for item in self._published(since, page)]

    def reels(self, since: datetime, *, page: str) -> list[OwnPost]:
        """The Page's reels."""
        items = self._edge(f"{page}/video_reels", since, fields=views.REEL)
        with translated(self._graph.account, changes_something=False):
            return [views.own_reel(item, page=page) for item in items]

    def comments(self, object_id: str, since: datetime) -> Iterator[views.Comment]:
        """All comments below a post, those below comments among them."""
        query = {"filter": "stream", "order": "reverse_chronological"}
        edge = self._edge(f"{object_id}/comments", since, fields=views.COMMENT, **query)
        for item in edge:
            with translated(self._graph.account, changes_something=False):
                comment = views.Comment.read(item)
            yield comment

    def discussed(self, since: datetime, *, page: str) -> Iterator[str]:
        """The posts and reels that may have comments."""
        for item in self._published(since, page):
            if views.has_comments(item):
                yield str(item["id"])
        yield from (post.platform_id for post in self.reels(since, page=page))

    def _published(self, since: datetime, page: str) -> Iterator[dict[str, Any]]:
        return self._edge(f"{page}/published_posts", since, fields=views.POST)

    def _edge(self, path: str, since: datetime, **query: str) -> Iterator[dict[str, Any]]:
        start = since.replace(microsecond=0)
        query["since"] = str(int(start.timestamp()))
        for item in self._graph.pages(path, **query):
            with translated(self._graph.account, changes_something=False):
                is_older = instant(item["created_time"]) < start
            if is_older:
                return
            yield item
