"""TikTok over HTTP: the Content Posting and Display APIs, and the host that takes uploads."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sandbox.audience import Account
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.fetched import File, Unfetchable, fetch
from sandbox.gate import pass_gate
from sandbox.store import Post
from sandbox.tiktok_posts import EVERYONE
from sandbox.tiktok_publish import Publish
from sandbox.tiktok_requests import Call, List, PhotoInit, Problem, Query, read_body
from sandbox.tiktok_shelf import Shelf
from sandbox.tiktok_uploads import Chunk, Uploads
from sandbox.world import World

PREFIX = "/tiktok"
PHOTOS = "/content/init/"
_MINUTE = 60
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")

Handler = Callable[[Call], dict[str, Any]]


class TikTokWire:
    """The endpoints of TikTok; `router` mounts them."""

    def __init__(self, world: World, *, base_url: str) -> None:
        self._world = world
        shelf = Shelf(world)
        self._publish = Publish(world, shelf, base_url=base_url)
        self._shelf, self._uploads = shelf, Uploads(world, shelf)

    def router(self) -> APIRouter:
        """The routes under /tiktok, with the documented limits per token and minute."""
        router = APIRouter(prefix=PREFIX)
        publish, start = self._publish, "/v2/post/publish"
        table: list[tuple[str, Handler, int, str]] = [
            (f"{start}/creator_info/query/", publish.creator_info, 20, "read"),
            (f"{start}/video/init/", publish.video, 6, "step"),
            (f"{start}{PHOTOS}", publish.photos, 6, "write"),
            (f"{start}/status/fetch/", publish.status, 30, "read"),
            ("/v2/video/list/", self._list, 600, "read"),
            ("/v2/video/query/", self._query, 600, "read"),
        ]
        for path, handler, limit, kind in table:
            router.add_api_route(path, self._endpoint(path, handler, limit, kind), methods=["POST"])
        router.add_api_route("/video/", self._upload, methods=["PUT"])
        unknown = self._endpoint("unknown", _unknown, 600, "read")
        router.add_api_route("/{path:path}", unknown, methods=list(_METHODS))
        return router

    def _endpoint(self, name: str, handler: Handler, limit: int, kind: str) -> Callable[..., Any]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            account = self._account(request)
            # the sandbox may be the very server that is asked: this thread must be free to answer
            photos = await asyncio.to_thread(_fetched, body) if name.endswith(PHOTOS) else None

            def work() -> Response:
                try:
                    known = self._admit(account, name, limit)
                    data = handler(Call(known, dict(request.query_params), body, photos))
                except Problem as problem:
                    return self._refused(problem.status, problem.code, problem.message)
                return JSONResponse({"data": data, "error": self._error("ok", "")})

            return pass_gate(
                self._world,
                platform="tiktok",
                handle=account.handle if account else None,
                kind=kind,
                work=work,
                refuse=self._refusal,
            )

        return endpoint

    async def _upload(self, request: Request) -> Response:
        content, query = await request.body(), request.query_params
        chunk = Chunk(
            upload_id=query.get("upload_id", ""),
            token=query.get("upload_token", ""),
            mime=request.headers.get("content-type", ""),
            range=request.headers.get("content-range", ""),
            content=content,
        )
        work = self._shelf.of_upload(chunk.upload_id)
        return pass_gate(
            self._world,
            platform="tiktok",
            handle=work["owner"] if work else None,
            kind="write" if self._uploads.is_last(chunk) else "step",
            work=lambda: Response(status_code=self._uploads.take(chunk)),
            refuse=lambda status: Response(status_code=503 if status == 429 else status),
        )

    def _account(self, request: Request) -> Account | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        tokens = self._world.tokens
        return tokens.account_of("tiktok", token) if scheme.lower() == "bearer" else None

    def _admit(self, account: Account | None, name: str, limit: int) -> Account:
        over = (Effect.TOKEN_EXPIRED, Effect.TOKEN_REVOKED)
        if account is None or any(self._quirk(account, effect) for effect in over):
            message = "The access token is invalid or not found in the request."
            raise Problem(401, "access_token_invalid", message)
        standing = self._world.limits.spend(
            f"tiktok {account.handle} {name}",
            now=self._world.clock.now(),
            limit=limit,
            window=_MINUTE,
        )
        if not standing.allowed:
            raise Problem(429, "rate_limit_exceeded", _TOO_FAST)
        return account

    def _list(self, call: Call) -> dict[str, Any]:
        """POST /v2/video/list/: public posts only, newest first."""
        wanted, fields = read_body(List, call.body), call.fields()
        posts = self._public(call.account, "1 = 1", ())
        page = posts[wanted.cursor : wanted.cursor + wanted.max_count]
        end = wanted.cursor + len(page)
        return {
            "videos": [self._view(post, fields) for post in page],
            "cursor": end,
            "has_more": end < len(posts),
        }

    def _query(self, call: Call) -> dict[str, Any]:
        """POST /v2/video/query/: the public ones of these."""
        ids, fields = read_body(Query, call.body).filters.video_ids, call.fields()
        posts = self._public(call.account, f"id in ({','.join('?' * len(ids))})", tuple(ids))
        if self._quirk(call.account, Effect.MISSING_COUNTS):
            fields = [name for name in fields if not name.endswith("_count")]
        return {"videos": [self._view(post, fields) for post in posts]}

    def _public(self, account: Account, where: str, values: tuple[str, ...]) -> list[Post]:
        posts = self._world.seen(
            f"platform = 'tiktok' and author = ? and parent is null and {where}",
            (account.handle, *values),
            tail="order by created_us desc, cast(id as integer) desc",
        )
        return [post for post in posts if post.wire["privacy"] == EVERYONE]

    def _view(self, post: Post, fields: list[str]) -> dict[str, Any]:
        counts = self._world.counts(post)
        kind = "video" if post.wire["media_type"] == "video" else "photo"
        shown = {
            "id": post.id,
            "create_time": micros(post.created) // 1_000_000,
            "title": post.wire["title"][:150],
            "video_description": post.text,
            "share_url": f"https://www.tiktok.com/@{post.author}/{kind}/{post.id}",
            "duration": 3 if kind == "video" else 0,
            "cover_image_url": "",
            "embed_link": f"https://www.tiktok.com/embed/v2/{post.id}",
            "view_count": counts.impressions,
            "like_count": counts.likes,
            "comment_count": counts.comments,
            "share_count": counts.shares,
        }
        return {name: shown[name] for name in fields}

    def _quirk(self, account: Account, effect: Effect) -> bool:
        return self._world.faults.quirk("tiktok", account.handle, effect) is not None

    def _error(self, code: str, message: str) -> dict[str, str]:
        log_id = f"{micros(self._world.clock.now()):x}"
        return {"code": code, "message": message, "log_id": log_id}

    def _refused(self, status: int, code: str, message: str) -> Response:
        return JSONResponse({"data": {}, "error": self._error(code, message)}, status_code=status)

    def _refusal(self, status: int) -> Response:
        if status == 429:
            return self._refused(429, "rate_limit_exceeded", _TOO_FAST)
        return self._refused(status, "internal_error", "Something went wrong")


_TOO_FAST = "The API rate limit was exceeded. Please try again later."


def _fetched(body: bytes) -> Sequence[File] | None:
    try:
        return [fetch(url) for url in read_body(PhotoInit, body).source_info.photo_images]
    except (Unfetchable, Problem):
        return None


def _unknown(call: Call) -> dict[str, Any]:  # noqa: ARG001 - a handler like the others
    raise Problem(404, "unsupported_path", "Unsupported path(Janus)")
