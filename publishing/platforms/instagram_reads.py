"""What stands on Instagram: the account's media, the comments below them, and their replies."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from publishing.platforms.base import instant, translated
from publishing.platforms.graph import Graph
from publishing.platforms.instagram_views import Comment

MEDIA = "id,caption,timestamp,permalink"
COMMENT = "id,text,timestamp,username,from,parent_id"
THREAD = f"{COMMENT},replies.limit(50){{{COMMENT}}}"
COUNTED = "id,timestamp,comments_count"
DISCUSSED = f"{COUNTED},comments.limit(50){{{THREAD}}}"
AT_ONCE = "50"
"""Media that are asked for together with what stands below them."""


class Reads:
    """The reading half of one account.

    Args:
        graph: the token's access.
        me: gives the id of the account.
    """

    def __init__(self, graph: Graph, *, me: Callable[[], str]) -> None:
        self._graph = graph
        self._me = me

    def media(self, since: datetime, **query: str) -> Iterator[dict[str, Any]]:
        """The account's media since then, newest first."""
        start = since.replace(microsecond=0)
        query = {"fields": MEDIA, "since": str(int(start.timestamp()))} | query
        for media in self._graph.pages(f"{self._me()}/media", **query):
            with translated(self._graph.account, changes_something=False):
                if instant(media["timestamp"]) < start:
                    return
            yield media

    def discussed(self, since: datetime) -> list[tuple[str, Comment]]:
        """All comments and replies below the media since then, each with the id of its media."""
        return self._graph.gather(lambda: self._came(since), each=lambda: self._asked(since))

    def below(self, media_id: str) -> Iterator[Comment]:
        """All comments and replies below one media."""
        return self._threads(self._graph.pages(f"{media_id}/comments", fields=THREAD))

    def answers(self, path: str) -> Iterator[Comment]:
        """What stands on an edge, without what stands below it."""
        for item in self._graph.pages(path, fields=COMMENT):
            yield self._read(item)

    def _came(self, since: datetime) -> Iterator[tuple[str, Comment]]:
        """Comments that come along with their media.

        Meta leaves out what it will not show: where no media has any, each is asked.
        """
        found = self._counted(since, fields=DISCUSSED, limit=AT_ONCE)
        is_shown = any(came for _, came in found)
        for media_id, came in found:
            items = self._graph.along(came, f"{media_id}/comments", fields=THREAD)
            comments = self._threads(items) if is_shown else self.below(media_id)
            yield from ((media_id, one) for one in comments)

    def _asked(self, since: datetime) -> Iterator[tuple[str, Comment]]:
        for media_id, _ in self._counted(since, fields=COUNTED):
            yield from ((media_id, one) for one in self.below(media_id))

    def _counted(self, since: datetime, **query: str) -> list[tuple[str, Any]]:
        """The media that may have comments, and what came of these; where it is not told, may."""
        with translated(self._graph.account, changes_something=False):
            return [
                (str(media["id"]), media.get("comments"))
                for media in self.media(since, **query)
                if media.get("comments_count") != 0
            ]

    def _threads(self, items: Iterable[dict[str, Any]]) -> Iterator[Comment]:
        """Comments in the order given, each followed by the replies below it."""
        for item in items:
            top = self._read(item)
            yield top
            replies = self._graph.along(item.get("replies"), f"{top.id}/replies", fields=COMMENT)
            yield from (self._read(one, above=top.id) for one in replies)

    def _read(self, item: dict[str, Any], *, above: str | None = None) -> Comment:
        with translated(self._graph.account, changes_something=False):
            return Comment.read(item, above=above)
