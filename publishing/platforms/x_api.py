"""X as one account: requests with its token, and errors as ours."""

from dataclasses import dataclass
from typing import Any

import httpx

from publishing.platforms.base import Access, client, object_of, translated
from publishing.platforms.bearer import Bearer
from publishing.platforms.x_errors import error_for


@dataclass(frozen=True, slots=True)
class XOptions:
    """What X leaves open.

    Attributes:
        fields: how the parameter is called that says which fields a read wants. The docs say
            `tweet.fields`, OpenAPI 2.167 says `post.fields`; which one the live service takes is
            not known. Answers are read in both spellings.
        chunk_bytes: the size of a part of a video; 5 MB is the long-standing safe size.
    """

    fields: str = "tweet.fields"
    chunk_bytes: int = 4 * 1024 * 1024

    @property
    def wanted(self) -> str:
        """The fields that reads want, in the spelling that goes with `fields`."""
        references = "referenced_posts" if self.fields == "post.fields" else "referenced_tweets"
        return f"created_at,text,entities,author_id,conversation_id,{references}"


class XApi:
    """Requests with the account's token."""

    def __init__(self, access: Access) -> None:
        self.account = access.account.id
        self.clock = access.clock
        self._auth = Bearer(access.secret)
        self._client = client(access.base_url, access.transport)

    def __repr__(self) -> str:
        return f"XApi({self.account!r})"

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Ask for something. Raises leaves of NetworkError."""
        return self.ask("GET", path, changes=False, params=query)

    def ask(self, method: str, path: str, *, changes: bool, **request: Any) -> dict[str, Any]:
        """The object of a success; `changes`: others see it, so a lost answer is of unknown fate.

        Raises:
            NetworkError: a leaf of it.
        """
        response = self.answer(method, path, changes=changes, **request)
        with translated(self.account, changes_something=changes):
            return object_of(response)

    def answer(
        self, method: str, path: str, *, changes: bool, expect: tuple[int, ...] = (), **request: Any
    ) -> httpx.Response:
        """The answer of a success, or one of the statuses that the caller expects."""
        with translated(self.account, changes_something=changes):
            response = self._client.request(method, path, auth=self._auth, **request)
        if response.is_success or response.status_code in expect:
            return response
        raise error_for(response, self.account, changes_something=changes, now=self.clock.now())

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
