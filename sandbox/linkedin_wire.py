"""LinkedIn's versioned REST over HTTP: which path is answered by what, and who may ask."""

import re
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sandbox.audience import Account
from sandbox.faults import Effect
from sandbox.gate import pass_gate
from sandbox.linkedin_media import Files, Reply
from sandbox.linkedin_notices import Notices
from sandbox.linkedin_requests import Call, Problem, raw_query
from sandbox.linkedin_shares import Shares
from sandbox.linkedin_social import Social
from sandbox.world import World

PREFIX = "/linkedin"
OLDEST = "202509"
"""The oldest version that still answers."""
_DAY = 24 * 60 * 60
_POSTS, _CALLS = 150, 20_000
_VERSION = re.compile(r"20\d\d(0[1-9]|1[0-2])")
_UPLOAD = "/dms-uploads/{kind}/{id}/{part:int}"
_CAPTIONS = "/dms-uploads/{kind}/{id}/captions"
_STEPS = (
    "POST /rest/images", "POST /rest/videos", f"PUT {_UPLOAD}", f"POST {_CAPTIONS}"
)  # fmt: skip
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")

Handler = Callable[[Call], Reply]


class LinkedInWire:
    """The endpoints of LinkedIn; `router` mounts them."""

    def __init__(self, world: World, *, base_url: str) -> None:
        self._world = world
        self._files = Files(world, base_url=base_url)
        self._shares = Shares(world, self._files)
        self._social = Social(world, self._shares)
        self._notices = Notices(world, self._shares)

    def router(self) -> APIRouter:
        """The routes under /linkedin; the daily limits are invented, for LinkedIn tells none."""
        router = APIRouter(prefix=PREFIX)
        files, shares, social = self._files, self._shares, self._social
        comments = "/rest/socialActions/{urn}/comments"
        table: list[tuple[str, str, Handler, int]] = [
            ("POST", "/rest/posts", shares.create, _POSTS),
            ("GET", "/rest/posts", shares.list, _CALLS),
            ("GET", "/rest/posts/{urn}", shares.show, _CALLS),
            ("DELETE", "/rest/posts/{urn}", shares.delete, _CALLS),
            ("POST", "/rest/images", files.images, _CALLS),
            ("GET", "/rest/images/{urn}", files.show, _CALLS),
            ("POST", "/rest/videos", files.videos, _CALLS),
            ("GET", "/rest/videos/{urn}", files.show, _CALLS),
            ("PUT", _UPLOAD, files.receive, _CALLS),
            ("POST", _CAPTIONS, files.captions, _CALLS),
            ("POST", comments, social.comment, _CALLS),
            ("GET", comments, social.comments, _CALLS),
            ("DELETE", f"{comments}/{{id}}", social.delete, _CALLS),
            ("GET", "/rest/organizationalEntityShareStatistics", social.statistics, _CALLS),
            ("GET", "/rest/organizationalEntityNotifications", self._notices.find, _CALLS),
            ("GET", "/rest/memberCreatorPostAnalytics", social.analytics, _CALLS),
            *((method, "/{path:path}", _unknown, _CALLS) for method in _METHODS),
        ]
        for method, path, handler, limit in table:
            router.add_api_route(
                path, self._endpoint(f"{method} {path}", handler, limit), methods=[method]
            )
        return router

    def _endpoint(self, name: str, handler: Handler, limit: int) -> Callable[..., Any]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            account = self._account(request)

            def work() -> Response:
                try:
                    known = self._admit(account, name, limit)
                    if request.url.path.startswith(f"{PREFIX}/rest/"):
                        self._check_version(known, request)
                    raw = raw_query(request.scope["raw_path"], request.scope["query_string"])
                    return _answer(*handler(Call(known, request.path_params, raw, body)))
                except Problem as problem:
                    return JSONResponse(problem.body, status_code=problem.status)

            return pass_gate(
                self._world,
                platform="linkedin",
                handle=account.handle if account else None,
                kind=_kind(request.method, name),
                work=work,
                refuse=_refusal,
            )

        return endpoint

    def _account(self, request: Request) -> Account | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        tokens = self._world.tokens
        return tokens.account_of("linkedin", token) if scheme.lower() == "bearer" else None

    def _admit(self, account: Account | None, name: str, limit: int) -> Account:
        if account is None:
            raise Problem(
                401, "Invalid access token", serviceErrorCode=65600, code="INVALID_ACCESS_TOKEN"
            )
        for effect, problem in _SHUT_OUT.items():
            if self._world.faults.quirk("linkedin", account.handle, effect) is not None:
                raise problem
        used_up = name == "POST /rest/posts" and self._quirk(account, Effect.QUOTA_USED)
        standing = self._world.limits.spend(
            f"linkedin {account.handle} {name}",
            now=self._world.clock.now(),
            limit=limit,
            window=_DAY,
        )
        if self._quirk(account, Effect.APP_LIMIT):
            raise _throttled("APPLICATION")
        if used_up or not standing.allowed:
            raise _throttled("MEMBER")
        return account

    def _check_version(self, account: Account, request: Request) -> None:
        version = request.headers.get("linkedin-version", "")
        if not _VERSION.fullmatch(version):
            raise Problem(
                400, "A version must be present. Please specify it", code="VERSION_MISSING"
            )
        if version < OLDEST or self._quirk(account, Effect.VERSION_GONE):
            message = f"Requested version {version} is not active"
            raise Problem(426, message, code="NONEXISTENT_VERSION")
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise Problem(400, "Rest.li protocol version 2.0.0 is needed", serviceErrorCode=0)

    def _quirk(self, account: Account, effect: Effect) -> bool:
        return self._world.faults.quirk("linkedin", account.handle, effect) is not None


_SHUT_OUT = {
    Effect.TOKEN_EXPIRED: Problem(
        401,
        "The token used in the request has expired",
        serviceErrorCode=65602,
        code="EXPIRED_ACCESS_TOKEN",
    ),
    Effect.TOKEN_REVOKED: Problem(
        401,
        "The token used in the request has been revoked by the user",
        serviceErrorCode=65601,
        code="REVOKED_ACCESS_TOKEN",
    ),
    Effect.BLOCKED: Problem(
        403,
        "Not enough permissions to access: partnerApiPosts.CREATE",
        serviceErrorCode=100,
        code="ACCESS_DENIED",
    ),
}


def _kind(method: str, name: str) -> str:
    """What a call is to the faults: uploads prepare, posts and comments are public."""
    if method == "GET":
        return "read"
    return "step" if name in _STEPS else "write"


def _answer(status: int, body: dict[str, Any] | None, headers: dict[str, str]) -> Response:
    if body is None:
        return Response(status_code=status, headers=headers)
    return JSONResponse(body, status_code=status, headers=headers)


def _throttled(whose: str) -> Problem:
    return Problem(
        429,
        f"Resource level throttle {whose} DAY limit for calls to this resource is reached.",
        serviceErrorCode=101,
    )


def _refusal(status: int) -> Response:
    if status == 429:
        problem = _throttled("MEMBER")
    else:
        titles = {500: "Internal Server Error", 503: "Service Unavailable"}
        problem = Problem(status, titles[status], serviceErrorCode=0)
    return JSONResponse(problem.body, status_code=status)


def _unknown(call: Call) -> Reply:
    raise Problem(404, f"No virtual resource found for /{call.path['path']}", serviceErrorCode=0)
