"""X API v2 over HTTP: posts, timelines, mentions, conversations, hiding and media."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from sandbox.audience import Account
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.gate import pass_gate
from sandbox.identity import snowflake
from sandbox.limits import Standing
from sandbox.store import Post
from sandbox.world import World
from sandbox.x_media import Media
from sandbox.x_reads import Reads
from sandbox.x_requests import (
    HideRequest,
    Problem,
    TweetCreateRequest,
    invalid,
    read_body,
)
from sandbox.x_text import LIMIT, weighted_length
from sandbox.x_views import shown_text

PREFIX = "/x"
_WINDOW = 15 * 60
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
_DUPLICATES_FOR = timedelta(hours=24)
_BIG_REPLY = "Reply to this conversation is not allowed because you have not been mentioned or"


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised call."""

    account: Account
    path: dict[str, str]
    query: dict[str, str]
    body: bytes
    form: dict[str, Any]


Handler = Callable[[Call], tuple[int, dict[str, Any]]]


class XWire:
    """The endpoints of X, each a method; `router` mounts them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._media = Media(world)
        self._reads = Reads(world, self._media)
        row = world.store.execute(
            "select max(cast(id as integer)) from posts where platform = 'x' and source = 'brand'"
        ).fetchone()
        self._last_id = int(row[0] or 0)

    def router(self) -> APIRouter:
        """The routes under /x, with the documented limits per user and 15 minutes."""
        router = APIRouter(prefix=f"{PREFIX}/2")
        reads, media = self._reads, self._media
        table: list[tuple[str, str, Handler, int]] = [
            ("POST", "/tweets", self.create, 100),
            ("GET", "/tweets", lambda c: reads.look_up(c.query), 5000),
            (
                "GET",
                "/tweets/search/recent",
                lambda c: reads.search(c.query),
                300,
            ),
            ("DELETE", "/tweets/{id}", self.delete, 50),
            ("PUT", "/tweets/{id}/hidden", self.hide, 50),
            ("GET", "/users/me", lambda c: reads.me(c.account, c.query), 75),
            ("GET", "/users/{id}/tweets", lambda c: reads.timeline(c.path["id"], c.query), 900),
            ("GET", "/users/{id}/mentions", lambda c: reads.mentions(c.path["id"], c.query), 300),
            ("POST", "/media/upload", lambda c: media.one_shot(c.account, c.form), 500),
            ("GET", "/media/upload", lambda c: media.status(c.account, c.query), 1875),
            (
                "POST",
                "/media/upload/initialize",
                lambda c: media.initialize(c.account, c.body),
                1875,
            ),
            (
                "POST",
                "/media/upload/{id}/append",
                lambda c: media.append(c.account, c.path["id"], c.form),
                1875,
            ),
            (
                "POST",
                "/media/upload/{id}/finalize",
                lambda c: media.finalize(c.account, c.path["id"]),
                1875,
            ),
            ("POST", "/media/metadata", lambda c: media.describe(c.account, c.body), 500),
            ("POST", "/media/subtitles", lambda c: media.subtitle(c.account, c.body), 500),
            *((method, "/{path:path}", _unknown, 75) for method in _METHODS),
        ]
        for method, path, handler, limit in table:
            router.add_api_route(
                path, self._endpoint(f"{method} {path}", handler, limit), methods=[method]
            )
        return router

    def _endpoint(self, name: str, handler: Handler, limit: int) -> Callable[..., Any]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            form: dict[str, Any] = {}
            if "multipart/form-data" in request.headers.get("content-type", ""):
                form = await _read_form(request)
            account = self._account(request)
            kind = "read" if request.method == "GET" else "write"
            handle = account.handle if account else None
            standing = self._stand(f"x {handle} {name}", limit, 0)

            def work() -> Response:
                nonlocal standing
                if account is None:
                    return _problem(Problem(401, "Unauthorized", "Unauthorized"))
                standing = self._stand(f"x {handle} {name}", limit, 1)
                if not standing.allowed:
                    return _refusal(429)
                call = Call(account, request.path_params, dict(request.query_params), body, form)
                try:
                    self._check_app(account)
                    status, answer = handler(call)
                except Problem as problem:
                    return _problem(problem)
                return JSONResponse(answer, status_code=status)

            response = pass_gate(
                self._world, platform="x", handle=handle, kind=kind, work=work, refuse=_refusal
            )
            if response.status_code == 429:
                standing = replace(standing, remaining=0)
            response.headers["x-rate-limit-limit"] = str(standing.limit)
            response.headers["x-rate-limit-remaining"] = str(standing.remaining)
            response.headers["x-rate-limit-reset"] = str(standing.reset)
            return response

        return endpoint

    def _check_app(self, account: Account) -> None:
        if self._world.faults.quirk("x", account.handle, Effect.APP_LIMIT) is not None:
            said = "Usage cap exceeded: Daily product cap"
            more = {"period": "Daily", "scope": "Product"}
            raise Problem(429, "UsageCapExceeded", said, kind="usage-capped", **more)

    def _stand(self, key: str, limit: int, points: int) -> Standing:
        now = self._world.clock.now()
        return self._world.limits.spend(key, now=now, limit=limit, window=_WINDOW, points=points)

    def _account(self, request: Request) -> Account | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self._world.tokens.account_of("x", token) if scheme.lower() == "bearer" else None

    def create(self, call: Call) -> tuple[int, dict[str, Any]]:
        """POST /2/tweets."""
        wanted = read_body(TweetCreateRequest, call.body)
        text = unicodedata.normalize("NFC", (wanted.text or "").strip())
        if weighted_length(text) > LIMIT:
            raise invalid(
                "Your Tweet text is too long. For more information on how Twitter determines text"
                " length see https://github.com/twitter/twitter-text.",
                {"text": [text]},
            )
        if wanted.quote_tweet_id or wanted.edit_options:
            raise _forbidden("Quotes and edits are not permitted on this access level.")
        parent = self._parent(
            call.account, wanted.reply.in_reply_to_tweet_id if wanted.reply else None
        )
        self._check_duplicate(call.account, text, parent)
        media = self._media.attached(call.account, wanted.media.media_ids if wanted.media else [])
        id = self._next_id()
        post = self._world.publish(
            call.account,
            Post(
                platform="x",
                id=id,
                author=call.account.handle,
                source="brand",
                text=text,
                created=self._world.clock.now(),
                root=parent.root if parent else id,
                parent=parent.id if parent else None,
                wire={
                    "lang": self._world.audience.brand_of(call.account).language,
                    "reply_settings": wanted.reply_settings or "everyone",
                    "made_with_ai": wanted.made_with_ai,
                    "paid_partnership": wanted.paid_partnership,
                    **media,
                },
            ),
        )
        data = {"id": id, "text": shown_text(post)[0], "edit_history_tweet_ids": [id]}
        return 201, {"data": data}

    def _next_id(self) -> str:
        self._last_id = max(snowflake(self._world.clock.now()), self._last_id + 1)
        return str(self._last_id)

    def _parent(self, account: Account, id: str | None) -> Post | None:
        if id is None:
            return None
        parent = self._world.find("x", id)
        if parent is None:
            raise _forbidden(
                "You attempted to reply to a Tweet that is deleted or not visible to you."
            )
        summoned = f"@{account.handle}".lower() in parent.text.lower()
        if parent.author != account.handle and not summoned:
            raise Problem(
                403,
                "Forbidden",
                f"{_BIG_REPLY} otherwise engaged by the author of the post you are replying to.",
                kind="not-authorized-for-resource",
                parameter="reply.in_reply_to_tweet_id",
                resource_id=id,
                resource_type="tweet",
                section="data",
                value=id,
            )
        return parent

    def _check_duplicate(self, account: Account, text: str, parent: Post | None) -> None:
        since = self._world.clock.now() - _DUPLICATES_FOR
        same = self._world.seen(
            "platform = 'x' and author = ? and text = ? and parent is ? and created_us >= ?"
            " and source = 'brand'",
            (account.handle, text, parent.id if parent else None, micros(since)),
        )
        if same and text:
            raise _forbidden("You are not allowed to create a Tweet with duplicate content.")

    def delete(self, call: Call) -> tuple[int, dict[str, Any]]:
        """DELETE /2/tweets/:id."""
        post = self._reads.existing(call.path["id"], "id")
        if post.author != call.account.handle:
            raise _forbidden("You are not authorized to delete this Tweet.")
        self._world.delete(call.account, post)
        return 200, {"data": {"deleted": True}}

    def hide(self, call: Call) -> tuple[int, dict[str, Any]]:
        """PUT /2/tweets/:id/hidden."""
        wanted = read_body(HideRequest, call.body)
        post = self._reads.existing(call.path["id"], "tweet_id")
        root = self._world.find("x", post.root)
        if post.parent is None or root is None or root.author != call.account.handle:
            raise _forbidden("You can only hide replies in conversations that you started.")
        if post.hidden != wanted.hidden:
            with self._world.store.transaction():
                self._world.store.add_posts([replace(post, hidden=wanted.hidden)])
                self._world.log(call.account, post, "hide" if wanted.hidden else "unhide")
        return 200, {"data": {"hidden": wanted.hidden}}


def _unknown(call: Call) -> tuple[int, dict[str, Any]]:
    raise Problem(404, "Not Found", f"The sandbox has no /2/{call.path['path']}")


def _forbidden(detail: str) -> Problem:
    return Problem(403, "Forbidden", detail)


def _problem(problem: Problem) -> Response:
    return JSONResponse(
        problem.body, status_code=problem.status, media_type="application/problem+json"
    )


def _refusal(status: int) -> Response:
    titles = {429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
    return _problem(Problem(status, titles[status], titles[status]))


async def _read_form(request: Request) -> dict[str, Any]:
    form: dict[str, Any] = {}
    async with request.form() as parts:
        for name, part in parts.items():
            if isinstance(part, str):
                form[name] = part
            else:
                form[name] = (await part.read(), part.content_type or "application/octet-stream")
    return form
