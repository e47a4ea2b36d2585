"""XRPC over HTTP: which method of Bluesky is answered by what, with limits and tokens."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sandbox.bluesky_app import AppView, read_instant
from sandbox.bluesky_repo import SESSION_LIMITS, Caller, Repo, XrpcError
from sandbox.bluesky_tokens import ACCESS, TokenError, Tokens, session_number
from sandbox.bluesky_video import VideoService
from sandbox.gate import pass_gate
from sandbox.limits import Standing
from sandbox.world import World

PREFIX = "/bluesky"
_OWN_TOKENS = ("com.atproto.server.refreshSession", "app.bsky.video.uploadVideo")
"""What is not asked with an access token."""
_REQUESTS = (3000, 5 * 60)
_POINTS = ((5000, 3600), (35_000, 86_400))
_SESSIONS = ("com.atproto.server.createSession", "com.atproto.server.refreshSession")
_COST = {
    "com.atproto.repo.createRecord": 3,
    "com.atproto.repo.putRecord": 2,
    "com.atproto.repo.deleteRecord": 1,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One XRPC call with its body read."""

    nsid: str
    handler: Callable[["Call"], dict[str, Any] | None]
    caller: Caller | None
    refused: XrpcError | None
    token: str
    query: dict[str, list[str]]
    raw: bytes
    mime: str

    @property
    def single(self) -> dict[str, str]:
        """The query with one value per name."""
        return {name: values[0] for name, values in self.query.items()}

    @property
    def signed(self) -> Caller:
        """Who is signed in.

        Raises:
            XrpcError: nobody is.
        """
        if self.caller is None:
            raise XrpcError("AuthMissing", "Authentication Required", status=401)
        return self.caller

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body.

        Raises:
            XrpcError: it is not a JSON object.
        """
        try:
            body = json.loads(self.raw)
        except (UnicodeDecodeError, json.JSONDecodeError) as exc:
            raise XrpcError("InvalidRequest", "Request body is not JSON") from exc
        if not isinstance(body, dict):
            raise XrpcError("InvalidRequest", "Error: Input must be an object")
        return body


Answer = dict[str, Any] | None


class BlueskyWire:
    """PDS and AppView on one base."""

    def __init__(self, world: World, *, endpoint: str) -> None:
        self._world = world
        self._tokens = Tokens(world.store)
        self._repo = Repo(world, tokens=self._tokens, endpoint=endpoint)
        self._app = AppView(world)
        self._video = VideoService(world, self._tokens)
        repo, app, video = self._repo, self._app, self._video
        self._procedures: dict[str, Callable[[Call], Answer]] = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": lambda c: repo.refresh_session(_bearer(c)),
            "com.atproto.repo.createRecord": lambda c: repo.create(c.signed, c.body),
            "com.atproto.repo.putRecord": lambda c: repo.put(c.signed, c.body),
            "com.atproto.repo.deleteRecord": lambda c: repo.delete(c.signed, c.body),
            "com.atproto.repo.uploadBlob": lambda c: repo.upload(c.signed, c.raw, c.mime),
            "app.bsky.notification.updateSeen": self._update_seen,
            "app.bsky.video.uploadVideo": lambda c: video.upload(c.token, c.single, c.raw, c.mime),
        }
        self._queries: dict[str, Callable[[Call], Answer]] = {
            "com.atproto.server.getSession": lambda c: repo.session(c.signed.person),
            "com.atproto.server.getServiceAuth": lambda c: video.grant(c.signed, c.single),
            "app.bsky.video.getJobStatus": lambda c: video.job(c.single),
            "app.bsky.video.getUploadLimits": lambda _: video.limits(),
            "com.atproto.repo.getRecord": lambda c: repo.get(c.single),
            "com.atproto.repo.listRecords": lambda c: repo.list(c.single),
            "com.atproto.identity.resolveHandle": lambda c: repo.resolve(
                c.single.get("handle", "")
            ),
            "app.bsky.feed.getPosts": lambda c: app.posts(c.query),
            "app.bsky.feed.getPostThread": lambda c: app.thread(c.query),
            "app.bsky.feed.getAuthorFeed": lambda c: app.author_feed(c.query),
            "app.bsky.notification.listNotifications": lambda c: app.notifications(
                c.signed, c.query
            ),
        }

    def router(self) -> APIRouter:
        """One route for all of /bluesky/xrpc/."""
        router = APIRouter(prefix=f"{PREFIX}/xrpc")
        router.add_api_route("/{nsid}", self._endpoint, methods=["GET", "POST"])
        return router

    async def _endpoint(self, request: Request, nsid: str) -> Response:
        call = await self._read(request, nsid)
        response = pass_gate(
            self._world,
            platform="bluesky",
            handle=call.caller.account.handle if call.caller else None,
            kind="read" if request.method == "GET" else self._kind(nsid),
            work=lambda: self._work(call),
            refuse=_refusal,
        )
        self._head(response, call)
        return response

    async def _read(self, request: Request, nsid: str) -> Call:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        caller: Caller | None = None
        refused: XrpcError | None = None
        if scheme.lower() == "bearer" and nsid not in _OWN_TOKENS:
            try:
                caller = self._caller(token)
            except TokenError as exc:
                refused = XrpcError(exc.name, str(exc), status=exc.status)
        query: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            query.setdefault(name, []).append(value)
        methods = self._queries if request.method == "GET" else self._procedures
        return Call(
            nsid=nsid,
            handler=methods.get(nsid, _unknown),
            caller=caller,
            refused=refused,
            token=token,
            query=query,
            raw=await request.body(),
            mime=request.headers.get("content-type", ""),
        )

    def _kind(self, nsid: str) -> str:
        """A log-in is a write like any other, unless a fault is on order for tokens alone."""
        is_login = nsid in _SESSIONS
        meant = is_login and self._world.faults.find("bluesky", None, "token") is not None
        return "token" if meant else "write"

    def _work(self, call: Call) -> Response:
        try:
            if call.refused is not None:
                raise call.refused
            if not self._spend(call):
                return _refusal(429)
            answer = call.handler(call)
        except XrpcError as exc:
            return _error(exc)
        except TokenError as exc:
            return _error(XrpcError(exc.name, str(exc), status=exc.status))
        return JSONResponse(answer) if answer is not None else Response(status_code=200)

    def _caller(self, token: str) -> Caller:
        claims = self._tokens.check(token, ACCESS, self._world.clock.now())
        person = self._repo.identity(claims["sub"])
        account = self._world.audience.account("bluesky", person.handle) if person else None
        if person is None or account is None:
            raise TokenError("InvalidToken", "Could not find user info for account")
        if session_number(claims) < self._world.tokens.cut("bluesky", person.handle):
            raise TokenError("ExpiredToken", "Token has expired")
        return Caller(account, person)

    def _create_session(self, call: Call) -> Answer:
        body, now = call.body, self._world.clock.now()
        for limit, window in SESSION_LIMITS:
            key = f"bluesky session {body.get('identifier')}"
            seconds = int(window.total_seconds())
            if not self._world.limits.spend(key, now=now, limit=limit, window=seconds).allowed:
                raise XrpcError("RateLimitExceeded", "Rate Limit Exceeded", status=429)
        return self._repo.create_session(body)

    def _update_seen(self, call: Call) -> Answer:
        self._app.update_seen(call.signed, read_instant(call.body.get("seenAt")))
        return None

    def _standings(self, call: Call, *, ask: bool) -> list[tuple[Standing, int]]:
        now, limits = self._world.clock.now(), self._world.limits
        limit, window = _REQUESTS
        spent = 0 if ask else 1
        key = "bluesky requests"
        found = [(limits.spend(key, now=now, limit=limit, window=window, points=spent), window)]
        cost = _COST.get(call.nsid)
        if cost and call.caller:
            key = f"bluesky points {call.caller.person.ref}"
            for limit, window in _POINTS:
                spent = 0 if ask else cost
                standing = limits.spend(key, now=now, limit=limit, window=window, points=spent)
                found.append((standing, window))
        return found

    def _spend(self, call: Call) -> bool:
        return all(standing.allowed for standing, _ in self._standings(call, ask=False))

    def _head(self, response: Response, call: Call) -> None:
        # the window that is nearest to its end of points is the one that is told
        standing, window = min(
            self._standings(call, ask=True)[-2:], key=lambda found: found[0].remaining
        )
        response.headers["RateLimit-Limit"] = str(standing.limit)
        response.headers["RateLimit-Remaining"] = str(standing.remaining)
        response.headers["RateLimit-Reset"] = str(standing.reset)
        response.headers["RateLimit-Policy"] = f"{standing.limit};w={window}"
        revision = self._repo.revision(call.caller.person.ref) if call.caller else None
        if revision is not None:
            response.headers["Atproto-Repo-Rev"] = revision
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            wait = standing.reset - int(self._world.clock.now().timestamp())
            response.headers["RateLimit-Remaining"] = "0"
            response.headers["Retry-After"] = str(max(1, wait))


def _unknown(call: Call) -> Answer:
    raise XrpcError("MethodNotImplemented", f"Method Not Implemented: {call.nsid}", status=501)


def _bearer(call: Call) -> str:
    if not call.token:
        raise XrpcError("AuthMissing", "Authentication Required", status=401)
    return call.token


def _error(error: XrpcError) -> Response:
    body = {**error.more, "error": error.name, "message": str(error)}
    return JSONResponse(body, status_code=error.status)


def _refusal(status: int) -> Response:
    named = {
        429: ("RateLimitExceeded", "Rate Limit Exceeded"),
        500: ("InternalServerError", "Internal Server Error"),
        503: ("NotEnoughResources", "Service Unavailable"),
    }
    return _error(XrpcError(*named[status], status=status))
