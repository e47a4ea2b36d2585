"""A token on a request, renewed once where the refusal proves that nothing was done."""

from collections.abc import Callable, Generator

import httpx

from publishing.platforms.base import Secret


def is_unauthorized(response: httpx.Response) -> bool:
    """401: the platform did not look at the request any further."""
    return response.status_code == httpx.codes.UNAUTHORIZED


class Bearer(httpx.Auth):
    """Signs a request as the account; to be given to single requests, never to a whole client.

    A client's `auth` would go along to upload addresses on other hosts.

    Args:
        secret: the account's tokens.
        is_stale: whether an answer says that the token is over, and thereby that nothing was done.
    """

    requires_request_body = True  # so that it can be sent again
    requires_response_body = True

    def __init__(
        self, secret: Secret, is_stale: Callable[[httpx.Response], bool] = is_unauthorized
    ) -> None:
        self._secret, self._is_stale = secret, is_stale

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """One request, and one more with a new token where the first was refused."""
        token = self._secret.reveal()
        request.headers["authorization"] = f"Bearer {token}"
        response = yield request
        if self._is_stale(response) and (fresh := self._secret.renewed(token)) is not None:
            request.headers["authorization"] = f"Bearer {fresh}"
            yield request
