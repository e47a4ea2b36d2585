"""What can be read back from LinkedIn: own posts, the comments below them, one post by its URN."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog

from domain.deliveries import fingerprint
from domain.errors import Forbidden, Rejected
from publishing.platforms.base import GARBLED, Send, object_of, translated
from publishing.platforms.linkedin_api import (
    NOTIFICATIONS,
    POSTS,
    LinkedInApi,
    encoded,
    thread_path,
)
from publishing.platforms.linkedin_entities import (
    COMMENT,
    Remark,
    Share,
    post_told_of,
    remark,
    share,
    since_1970,
)

_log = structlog.get_logger(__name__)


class Reads:
    """The reading half of one account. Raises leaves of NetworkError only.

    Args:
        api: the token's access.
        me: gives the account's URN.
        is_told: whether notifications are asked for new comments; otherwise each post is.
    """

    def __init__(self, api: LinkedInApi, *, me: Callable[[], str], is_told: bool) -> None:
        self._api = api
        self._me = me
        self._is_told = is_told

    def post(self, urn: str, **more: Any) -> Share | None:
        """A post by its URN; None where LinkedIn shows none such."""
        path = f"{POSTS}/{encoded(urn)}"
        response = self._api.ask("GET", path, accept=(404,), **more)
        if response.status_code == 404:
            return None
        with translated(self._api.account, changes_something=False):
            return share(object_of(response))

    def posts(self, since: datetime) -> Iterator[Share]:
        """The account's posts that are not older, newest first, bare reshares left out."""
        query = f"author={encoded(self._me())}&q=author&sortBy=CREATED&"
        for given in self._api.pages(POSTS, query, finder=True):
            with translated(self._api.account, changes_something=False):
                post = share(given)
            if post.created_at < since:
                return
            if post.text or not given.get("reshareContext"):
                yield post

    def comments(self, urn: str) -> Iterator[Remark]:
        """The comments right below a post or comment."""
        for given in self._api.pages(f"{thread_path(urn)}/comments"):
            with translated(self._api.account, changes_something=False):
                yield remark(given)

    def discussed(self, since: datetime, *, now: datetime) -> Iterator[tuple[str, Remark]]:
        """The comments since then right below own posts, each with the URN of its post."""
        for urn in self._commented(since, now):
            yield from ((urn, one) for one in self._below(urn) if one.created_at >= since)

    def same(self, send: Send, since: datetime) -> Iterator[Share | Remark]:
        """The account's posts or comments since then of `send`'s words and place."""
        target = send.payload.reply_to
        if target is None:
            yield from (one for one in self.posts(since) if _says(one, send))
            return
        me, parent = self._me(), target if target.startswith(COMMENT) else None
        for one in self.comments(target):
            is_ours = one.actor == me and one.parent == parent and one.created_at >= since
            if is_ours and _says(one, send):
                yield one

    def _commented(self, since: datetime, now: datetime) -> list[str]:
        """The posts that may have new comments: those LinkedIn tells of, else all recent ones."""
        if self._is_told:
            try:
                return self._told(since, now)
            except (Forbidden, Rejected) as refusal:
                _log.info(
                    "linkedin tells of no comments", account=self._api.account, why=str(refusal)
                )
        opened = now - timedelta(days=self._api.options.comment_days)
        return [post.urn for post in self.posts(opened)]

    def _told(self, since: datetime, now: datetime) -> list[str]:
        """The posts that the notifications name, each once: every administrator gets his own."""
        options = self._api.options
        start = since_1970(max(since, now - timedelta(days=options.notified_days)))
        query = (
            f"q=criteria&actions=List({','.join(options.notified)})"
            f"&organizationalEntity={encoded(self._me())}"
            f"&timeRange=(start:{start},end:{since_1970(now)})&"
        )
        told = list(self._api.pages(NOTIFICATIONS, query, finder=True))
        try:
            return list(dict.fromkeys(post_told_of(one) for one in told))
        except GARBLED as exc:
            raise Rejected(
                f"{self._api.account} is told of a comment, but not of its post; each is asked"
            ) from exc

    def _below(self, urn: str) -> list[Remark]:
        """The comments right below a post; none where it is gone."""
        try:
            return list(self.comments(urn))
        except Rejected:
            if self.post(urn) is not None:
                raise
            return []


def _says(one: Share | Remark, send: Send) -> bool:
    return fingerprint(one.text) == send.fingerprint
