"""The Graph API over HTTP, as far as Instagram and Facebook share it: calls, throttle, errors."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

import regex
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sandbox.audience import Account
from sandbox.faults import Effect
from sandbox.fetched import File, Unfetchable, fetch
from sandbox.gate import pass_gate
from sandbox.graph_objects import Objects
from sandbox.graph_pages import Pages
from sandbox.graph_requests import Call, GraphError, absent, invalid
from sandbox.limits import Standing
from sandbox.world import World

Handler = Callable[[Call], dict[str, Any]]
VERSION = regex.compile(r"v\d{2}\.\d")
_CALLS_A_DAY = 4800 * 10
_DAY = 24 * 3600
_REFUSED_FOR = timedelta(minutes=5)


class GraphWire:
    """One platform of Meta: `handlers` maps a method and an edge (empty for the object itself).

    Attributes:
        platform: which.
        throttle_code: how it says that there were too many calls.
        files: parameters that hold the URL of a file.
        upload: the folder of the upload host.
    """

    platform: ClassVar[str]
    throttle_code: ClassVar[int]
    files: ClassVar[frozenset[str]]
    upload: ClassVar[str]

    def __init__(self, world: World, *, endpoint: str) -> None:
        self._world = world
        self._endpoint_url = endpoint
        self._objects = Objects(world, self.platform)
        self._pages = Pages(self.platform, endpoint)
        self._blocked: dict[str, Standing] = {}

    def handlers(self) -> Mapping[tuple[str, str], Handler]:
        """The endpoints."""
        raise NotImplementedError

    def is_public(self, edge: str, query: Mapping[str, str]) -> bool:
        """Whether a POST makes something public; otherwise it is a step."""
        raise NotImplementedError

    def user_id(self, account: Account) -> str:
        """The platform's id of a brand's account."""
        raise NotImplementedError

    def take_bytes(self, call: Call, content: bytes, offset: int) -> dict[str, Any]:
        """Bytes on the upload host for one object."""
        raise NotImplementedError

    def upload_url(self, id: str) -> str:
        """Where the bytes of an object go."""
        return f"{self._endpoint_url}/{self.upload}/v25.0/{id}"

    def router(self) -> APIRouter:
        """The routes under the platform's name."""
        router = APIRouter(prefix=f"/{self.platform}")
        router.add_api_route(
            f"/{self.upload}/{{version}}/{{id}}", self._uploading, methods=["POST"]
        )
        router.add_api_route(
            "/{version}/{path:path}", self._calling, methods=["GET", "POST", "DELETE"]
        )
        return router

    async def _calling(self, request: Request) -> Response:
        query, files, called = await _parameters(request)
        names = [name for name in self.files if name in query]
        fetched = {name: await asyncio.to_thread(_fetched, query[name]) for name in names}
        object_id, _, edge = request.path_params["path"].strip("/").partition("/")

        def work(account: Account) -> dict[str, Any]:
            handler = self.handlers().get((request.method, edge))
            if handler is None:
                raise (
                    absent(object_id) if not edge else invalid(f"Unknown path components: /{edge}")
                )
            return handler(Call(account, object_id, query, files, fetched, called))

        is_public = request.method == "DELETE" or not edge or self.is_public(edge, query)
        kind = "read" if request.method == "GET" else "write" if is_public else "step"
        return self._answer(request, query, kind, work)

    async def _uploading(self, request: Request) -> Response:
        content = await request.body()
        headers = request.headers

        def work(account: Account) -> dict[str, Any]:
            offset, size = headers.get("offset", ""), headers.get("file_size", "")
            if not (offset.isdigit() and size.isdigit()):
                raise invalid("The headers offset and file_size are required")
            if int(offset) + len(content) != int(size):
                raise invalid("The bytes are not as many as file_size says")
            call = Call(account, request.path_params["id"], {})
            return self.take_bytes(call, content, int(offset))

        return self._answer(request, {}, "step", work)

    def _answer(
        self,
        request: Request,
        query: Mapping[str, str],
        kind: str,
        handle: Callable[[Account], dict[str, Any]],
    ) -> Response:
        account = self._account(request, query)
        handle_name = account.handle if account else None
        standing = self._stand(handle_name, points=0)

        def work() -> Response:
            nonlocal standing
            try:
                standing = self._stand(handle_name, points=1)
                if not standing.allowed:
                    raise self._throttled()
                known = self._admitted(request, account)
                return JSONResponse(handle(known))
            except GraphError as error:
                return _refusal(error)

        response = pass_gate(
            self._world,
            platform=self.platform,
            handle=handle_name,
            kind=kind,
            work=work,
            refuse=self._refuse,
        )
        self._tell_usage(response, account, standing)
        return response

    def _account(self, request: Request, query: Mapping[str, str]) -> Account | None:
        """Whose token it is; it stands in the header or among the parameters."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("bearer", "oauth"):
            token = query.get("access_token", "")
        return self._world.tokens.account_of(self.platform, token)

    def _admitted(self, request: Request, account: Account | None) -> Account:
        quirk = self._world.faults.quirk
        if account is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        is_known = VERSION.fullmatch(request.path_params["version"])
        if not is_known or quirk(self.platform, account.handle, Effect.VERSION_GONE) is not None:
            raise GraphError(2635, "(#2635) You are calling a deprecated version of the API.")
        if quirk(self.platform, account.handle, Effect.TOKEN_EXPIRED) is not None:
            raise GraphError(190, "Error validating access token: Session has expired", subcode=463)
        if quirk(self.platform, account.handle, Effect.TOKEN_REVOKED) is not None:
            raise GraphError(
                190, "Error validating access token: the session was invalidated", subcode=460
            )
        if quirk(self.platform, account.handle, Effect.APP_LIMIT) is not None:
            raise GraphError(4, "(#4) Application request limit reached")
        return account

    def _stand(self, handle: str | None, *, points: int) -> Standing:
        return self._world.limits.spend(
            f"{self.platform} {handle}",
            now=self._world.clock.now(),
            limit=_CALLS_A_DAY,
            window=_DAY,
            points=points,
        )

    def _throttled(self) -> GraphError:
        kind = "Instagram account" if self.platform == "instagram" else "Page account"
        code = self.throttle_code
        return GraphError(code, f"(#{code}) There have been too many calls to this {kind}.")

    def _refuse(self, status: int) -> Response:
        if status == 429:
            return _refusal(self._throttled())
        message = "An unexpected error has occurred. Please retry your request later."
        return _refusal(GraphError(2, message, status=status, transient=True))

    def _tell_usage(self, response: Response, account: Account | None, at: Standing) -> None:
        if account is None:
            return
        is_throttled = f'"code":{self.throttle_code},' in bytes(response.body).decode("latin-1")
        now = self._world.clock.now()
        minutes = 0
        if is_throttled:
            until = at.reset - now.timestamp() if not at.allowed else _REFUSED_FOR.total_seconds()
            minutes = -(-int(until) // 60)
        used = 100 * (at.limit - at.remaining) // at.limit
        kind = {"instagram": "instagram", "facebook": "pages"}[self.platform]
        usage = _usage(100 if is_throttled else used)
        entry = {"type": kind} | usage | {"estimated_time_to_regain_access": minutes}
        response.headers["X-App-Usage"] = json.dumps(_usage(used))
        response.headers["X-Business-Use-Case-Usage"] = json.dumps({self.user_id(account): [entry]})


async def _parameters(
    request: Request,
) -> tuple[dict[str, str], dict[str, bytes], dict[str, str]]:
    """Texts, files, and what the files are called."""
    query: dict[str, str] = dict(request.query_params)
    files: dict[str, bytes] = {}
    called: dict[str, str] = {}
    kind = request.headers.get("content-type", "")
    if "json" in kind:
        query |= _texts(await request.body())
    elif "form" in kind:
        async with request.form() as parts:
            for name, part in parts.items():
                if isinstance(part, str):
                    query[name] = part
                else:
                    files[name], called[name] = await part.read(), part.filename or ""
    return query, files, called


def _texts(body: bytes) -> dict[str, str]:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        return {"body": "is no JSON"}  # refused as an unexpected parameter
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
    }


def _fetched(url: str) -> File | Unfetchable:
    try:
        return fetch(url)
    except Unfetchable as exc:
        return exc


def _refusal(error: GraphError) -> Response:
    body = {"error": error.error | {"fbtrace_id": "AsandboxTrace"}}
    return Response(
        json.dumps(body, separators=(",", ":")),
        status_code=error.status,
        media_type="application/json",
    )


def _usage(percent: int) -> dict[str, int]:
    return {"call_count": percent, "total_cputime": 1, "total_time": 1}
