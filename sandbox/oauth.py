"""The page where somebody lets an app in, and what all platforms' token endpoints share."""

import base64
import html
import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from sandbox.gate import pass_gate
from sandbox.token_book import Grant, Refused
from sandbox.world import World

CODE_LIVES = timedelta(minutes=10)
Form = dict[str, str]
Answer = dict[str, object]
Work = Callable[[Form], Answer]
Shape = Callable[[Refused], Response]
_PAGE = """<!doctype html><meta charset="utf-8"><title>Sandbox: let an app in</title>
<style>body{{font:16px system-ui;max-width:34em;margin:4em auto}}button{{font:inherit;margin:.3em 0;
padding:.5em 1em;display:block}}</style>
<h1>{platform}</h1><p>The app <b>{client}</b> wants to: {scopes}.</p>
<form method="post">{buttons}<button name="deny" value="1">Refuse</button></form>"""


class Door:
    """One platform's authorize page and its token calls, mounted below `/<platform>`."""

    def __init__(self, world: World, platform: str, *, client_name: str = "client_id") -> None:
        self.world, self.book, self.platform = world, world.tokens, platform
        self._client_name = client_name
        self.router = APIRouter(prefix=f"/{platform}")

    def authorize(
        self, path: str, *, lives: timedelta = CODE_LIVES, tail: str = "", comma: bool = False
    ) -> None:
        """The page at `path`; `tail` is what the platform hangs onto the address it sends to."""

        async def page(request: Request) -> Response:
            asked = dict(request.query_params)
            if request.method == "POST":
                asked |= dict(parse_qsl((await request.body()).decode()))
            elif not asked.get("auto"):
                return self._page(asked)
            return self._back(asked, lives=lives, tail=tail, comma=comma)

        self.router.add_api_route(path, page, methods=["GET", "POST"], include_in_schema=False)

    def call(self, method: str, path: str, work: Work, *, refusal: Shape) -> None:
        """A token call: form or query in, JSON out, with the faults that are on order for it."""

        async def endpoint(request: Request) -> Response:
            form = dict(request.query_params) | await _form(request)
            form |= {k: v for k, v in _basic(request).items() if v}
            form["bearer"] = request.headers.get("authorization", "").partition(" ")[2]

            def done() -> Response:
                try:
                    return JSONResponse(work(form), headers={"cache-control": "no-store"})
                except Refused as refused:
                    self.book.count(self.platform, "refused")
                    return refusal(refused)

            return pass_gate(
                self.world,
                platform=self.platform,
                handle=None,
                kind="token",
                work=done,
                refuse=lambda status: JSONResponse({"error": "server_error"}, status_code=status),
            )

        self.router.add_api_route(path, endpoint, methods=[method])

    def redeem(self, form: Form) -> Grant:
        """Check the app and spend the code. Raises Refused."""
        client = form.get(self._client_name, "")
        self.book.check_client(self.platform, client, form.get("client_secret", ""))
        self.book.count(self.platform, "code")
        return self.book.redeem(
            self.platform,
            form.get("code", ""),
            client=client,
            redirect=form.get("redirect_uri", ""),
            verifier=form.get("code_verifier", ""),
        )

    def refreshed(self, form: Form, *, rotates: bool) -> Grant:
        """Check the app and take the refresh token. Raises Refused."""
        client = form.get(self._client_name, "")
        self.book.check_client(self.platform, client, form.get("client_secret", ""))
        self.book.count(self.platform, "refresh")
        return self.book.spend(self.platform, form.get("refresh_token", ""), rotates=rotates)

    def user_id(self, handle: str) -> str:
        """The platform's own name of an account; of one that nobody planted, the handle itself."""
        person = self.world.store.person(self.platform, handle=handle)
        return person.ref if person else handle

    def _page(self, asked: Form) -> Response:
        planted = [a.handle for a in self.world.audience.accounts if a.platform == self.platform]
        names = [asked["account"]] if asked.get("account") else planted or ["sandbox"]
        button = '<button name="account" value="{0}">Allow as @{0}</button>'
        buttons = "".join(button.format(html.escape(one)) for one in names)
        shown = {
            "platform": self.platform,
            "client": html.escape(asked.get(self._client_name, "?")),
            "scopes": html.escape(asked.get("scope", "nothing")),
            "buttons": buttons,
        }
        return HTMLResponse(_PAGE.format(**shown))

    def _back(self, asked: Form, *, lives: timedelta, tail: str, comma: bool) -> Response:
        redirect, client = asked.get("redirect_uri", ""), asked.get(self._client_name, "")
        if not client or urlsplit(redirect).scheme not in ("http", "https"):
            return HTMLResponse("the app's id or its redirect address is missing", status_code=400)
        if asked.get("deny"):
            return _redirect(redirect, {"error": "access_denied", "state": asked.get("state", "")})
        planted = [a.handle for a in self.world.audience.accounts if a.platform == self.platform]
        handle = asked.get("account") or (planted[0] if planted else "sandbox")
        self.book.reopen(self.platform, handle)
        scopes = asked.get("scope", "").replace("," if comma else " ", " ")
        if kept := asked.get("grant_only"):  # a person who unticks a box: for tests
            scopes = kept.replace(",", " ")
        code = self.book.code(
            Grant(self.platform, handle, scopes, ""),
            client=client,
            redirect=redirect,
            challenge=asked.get("code_challenge", ""),
            lives=lives,
        )
        return _redirect(redirect, {"code": code, "state": asked.get("state", "")}, tail)


def plain_error(refused: Refused) -> Response:
    """RFC 6749, section 5.2."""
    status = 401 if refused.name == "invalid_client" else 400
    body = {"error": refused.name, "error_description": str(refused)}
    return JSONResponse(body, status_code=status)


def seconds(lives: timedelta) -> int:
    """Whole seconds, as `expires_in` tells them."""
    return int(lives.total_seconds())


def _redirect(where: str, query: Form, tail: str = "") -> Response:
    joint = "&" if "?" in where else "?"
    return RedirectResponse(f"{where}{joint}{urlencode(query)}{tail}", status_code=302)


async def _form(request: Request) -> Form:
    raw = await request.body()
    if "multipart/form-data" in request.headers.get("content-type", ""):
        async with request.form() as parts:
            return {name: str(value) for name, value in parts.items()}
    if "json" in request.headers.get("content-type", ""):
        return {name: str(value) for name, value in json.loads(raw or b"{}").items()}
    return dict(parse_qsl(raw.decode(errors="replace")))


def _basic(request: Request) -> Form:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    client, _, secret = base64.b64decode(value).decode(errors="replace").partition(":")
    return {"client_id": client, "client_secret": secret}
