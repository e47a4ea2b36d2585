"""What can be read back from LinkedIn: own posts, the comments below them, one post by its URN."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from domain.deliveries import fingerprint
from publishing.platforms.base import Send, object_of, translated
from publishing.platforms.linkedin_api import POSTS, LinkedInApi, encoded, thread_path
from publishing.platforms.linkedin_entities import COMMENT, Remark, Share, remark, share


class Reads:
    """The reading half of one account. Raises leaves of NetworkError only.

    Args:
        api: the token's access.
        me: gives the account's URN.
    """

    def __init__(self, api: LinkedInApi, *, me: Callable[[], str]) -> None:
        self._api = api
        self._me = me

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


def _says(one: Share | Remark, send: Send) -> bool:
    return fingerprint(one.text) == send.fingerprint
