"""One Mastodon server as one account: requests, paging by the Link header, errors as ours."""

from collections.abc import Iterator
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from publishing.platforms.base import Access, client, translated
from publishing.platforms.bearer import Bearer
from publishing.platforms.mastodon_errors import error_for

Model = TypeVar("Model", bound=BaseModel)
Query = list[tuple[str, str]]


class MastodonApi:
    """Requests with the account's token."""

    def __init__(self, access: Access) -> None:
        self.account = access.account.id
        self._clock = access.clock
        self._auth = Bearer(access.secret)
        self._client = client(access.base_url, access.transport)

    def __repr__(self) -> str:
        return f"MastodonApi({self.account!r})"

    def ask(
        self,
        method: str,
        path: str,
        *,
        is_public: bool = False,
        expect: tuple[int, ...] = (),
        **request: Any,
    ) -> httpx.Response:
        """The answer of a success, or one of the statuses that the caller expects.

        Args:
            method: the verb.
            path: the path on the server.
            is_public: whether the request changes what others see, so that a lost answer leaves
                its fate unknown.
            expect: refusals that the caller knows what to do with.
            request: what httpx takes.

        Raises:
            NetworkError: a leaf of it.
        """
        with translated(self.account, changes_something=is_public):
            response = self._client.request(method, path, auth=self._auth, **request)
        if response.is_success or response.status_code in expect:
            return response
        now = self._clock.now()
        raise error_for(response, self.account, changes_something=is_public, now=now)

    def read(
        self, model: type[Model], response: httpx.Response, *, is_public: bool = False
    ) -> Model:
        """The entity in an answer; raises Unreachable or FateUnknown where it is none."""
        with translated(self.account, changes_something=is_public):
            return model.model_validate(response.json())

    def get(self, model: type[Model], path: str, query: Query | None = None) -> Model:
        """Ask for one entity."""
        return self.read(model, self.ask("GET", path, params=query))

    def read_all(self, model: type[Model], response: httpx.Response) -> list[Model]:
        """The list of entities in an answer."""
        with translated(self.account, changes_something=False):
            return TypeAdapter(list[model]).validate_python(response.json())  # type: ignore[valid-type]

    def pages(self, model: type[Model], path: str, query: Query) -> Iterator[list[Model]]:
        """The pages of a list, newest first, as the Link header leads from one to the next."""
        while True:
            response = self.ask("GET", path, params=query)
            page = self.read_all(model, response)
            if page:
                yield page
            onward = response.links.get("next", {}).get("url")
            if not page or not onward:
                return
            # only its query: where to ask is for the brand file to say, not for an answer
            query = httpx.URL(onward).params.multi_items()

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()
