"""Mastodon over HTTP: which path is answered by what, with tokens, limits and paging headers."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sandbox.audience import Account
from sandbox.faults import Effect
from sandbox.gate import pass_gate
from sandbox.limits import Standing
from sandbox.mastodon_errors import Refusal
from sandbox.mastodon_media import Files
from sandbox.mastodon_requests import Call, read_fields
from sandbox.mastodon_statuses import Page, Statuses
from sandbox.mastodon_views import Views
from sandbox.world import World

PREFIX = "/mastodon"
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")

Answer = tuple[int, Any] | Page
Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many calls in a window of seconds."""

    name: str
    limit: int
    window: int


API = Bucket("api", 300, 5 * 60)
MEDIA = Bucket("media", 30, 30 * 60)
DELETES = Bucket("deletes", 30, 30 * 60)
POSTS = Bucket("posts", 300, 3 * 3600)


class MastodonWire:
    """One server; `router` mounts it."""

    def __init__(self, world: World, *, base_url: str) -> None:
        self._world = world
        self._base = base_url
        self._files = Files(world, base_url=base_url)
        self._views = Views(world, self._files, base_url=base_url)
        self._statuses = Statuses(world, self._files, self._views)

    def router(self) -> APIRouter:
        """The routes under /mastodon/api."""
        router = APIRouter(prefix=f"{PREFIX}/api")
        posts, files = self._statuses, self._files
        table: list[tuple[str, str, Handler, Bucket]] = [
            ("POST", "/v1/statuses", posts.create, POSTS),
            ("GET", "/v1/statuses", posts.several, API),
            ("GET", "/v1/statuses/{id}", posts.show, API),
            ("GET", "/v1/statuses/{id}/source", posts.source, API),
            ("GET", "/v1/statuses/{id}/context", posts.context, API),
            ("DELETE", "/v1/statuses/{id}", posts.delete, DELETES),
            ("POST", "/v2/media", self._upload, MEDIA),
            ("GET", "/v1/media/{id}", lambda c: files.state(c.account, c.path["id"]), API),
            ("PUT", "/v1/media/{id}", self._describe, API),
            ("GET", "/v1/accounts/verify_credentials", self._me, API),
            ("GET", "/v1/accounts/{id}/statuses", posts.of_account, API),
            ("GET", "/v1/notifications", posts.notifications, API),
            *((method, "/{path:path}", _unknown, API) for method in _METHODS),
        ]
        router.add_api_route("/v2/instance", self._instance, methods=["GET"])
        for method, path, handler, bucket in table:
            router.add_api_route(path, self._endpoint(handler, bucket), methods=[method])
        return router

    def _endpoint(self, handler: Handler, bucket: Bucket) -> Callable[..., Any]:
        async def endpoint(request: Request) -> Response:
            account, query = self._account(request), _query(request)
            fields = await read_fields(request)
            key = request.headers.get("idempotency-key")

            def work() -> Response:
                try:
                    if account is None:
                        raise Refusal(401, "The access token is invalid")
                    self._admit(account, bucket)
                    call = Call(account, request.path_params, query, fields, key)
                    return self._answer(handler(call), request)
                except Refusal as refusal:
                    return JSONResponse(refusal.body, status_code=refusal.status)

            handle = account.handle if account else None
            kind = "read" if request.method == "GET" else "write"
            response = pass_gate(
                self._world,
                platform="mastodon",
                handle=handle,
                kind=kind,
                work=work,
                refuse=_refusal,
            )
            self._head(response, handle, bucket)
            return response

        return endpoint

    def _account(self, request: Request) -> Account | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        account = self._world.tokens.account_of("mastodon", token)
        revoked = account and self._quirk(account, Effect.TOKEN_REVOKED)
        return None if revoked else account

    def _admit(self, account: Account, bucket: Bucket) -> None:
        if self._quirk(account, Effect.BLOCKED):
            raise Refusal(403, "Your login is currently disabled")
        if bucket is POSTS and self._quirk(account, Effect.QUOTA_USED):
            left = self._stand(account.handle, bucket, 0).remaining
            self._stand(account.handle, bucket, left)
        stands = [self._stand(account.handle, one, 1) for one in {API, bucket}]
        if not all(standing.allowed for standing in stands):
            raise Refusal(429, "Too many requests")

    def _quirk(self, account: Account, effect: Effect) -> bool:
        return self._world.faults.quirk("mastodon", account.handle, effect) is not None

    def _stand(self, handle: str | None, bucket: Bucket, points: int) -> Standing:
        return self._world.limits.spend(
            f"mastodon {handle} {bucket.name}",
            now=self._world.clock.now(),
            limit=bucket.limit,
            window=bucket.window,
            points=points,
        )

    def _answer(self, answer: Answer, request: Request) -> Response:
        if not isinstance(answer, Page):
            status, body = answer
            return JSONResponse(body, status_code=status)
        response = JSONResponse(answer.items)
        if answer.newest and answer.oldest:
            query = [pair for pair in request.query_params.multi_items() if pair[0] not in _PLACES]
            path = f"{self._base}{request.url.path.removeprefix(PREFIX)}"
            older = _address(path, [*query, ("max_id", answer.oldest)])
            newer = _address(path, [*query, ("min_id", answer.newest)])
            response.headers["Link"] = f'<{older}>; rel="next", <{newer}>; rel="prev"'
        return response

    def _head(self, response: Response, handle: str | None, bucket: Bucket) -> None:
        # the limit that is nearest to exhaustion is the one that is told
        stands = [self._stand(handle, one, 0) for one in (bucket, API)]
        standing = min(stands, key=lambda one: one.remaining)
        if response.status_code == 429:
            standing = replace(standing, remaining=0)
        response.headers["X-RateLimit-Limit"] = str(standing.limit)
        response.headers["X-RateLimit-Remaining"] = str(standing.remaining)
        reset = datetime.fromtimestamp(standing.reset, UTC)
        response.headers["X-RateLimit-Reset"] = reset.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _upload(self, call: Call) -> Answer:
        content = call.fields.get("file")
        if not isinstance(content, bytes) or not content:
            raise Refusal(422, "Validation failed: File can't be blank")
        return self._files.take(call.account, content, call.fields.get("description"))

    def _describe(self, call: Call) -> Answer:
        description = str(call.fields.get("description", ""))
        return self._files.describe(call.account, call.path["id"], description)

    def _me(self, call: Call) -> Answer:
        return 200, self._views.credentials(call.account.handle)

    async def _instance(self) -> Response:
        return JSONResponse(self._views.instance())


_PLACES = ("max_id", "min_id", "since_id")


def _address(path: str, query: list[tuple[str, str]]) -> str:
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in query)}"


def _query(request: Request) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        query.setdefault(name.removesuffix("[]"), []).append(value)
    return query


def _unknown(call: Call) -> Answer:  # noqa: ARG001 - a handler like the others
    raise Refusal(404, "Not Found")


def _refusal(status: int) -> Response:
    said = {
        429: "Too many requests",
        500: "We're sorry, but something went wrong on our end.",
        503: "There was a temporary problem serving your request, please try again",
    }
    return Response(
        json.dumps({"error": said[status]}), status_code=status, media_type="application/json"
    )
