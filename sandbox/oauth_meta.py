"""Instagram and Facebook: short tokens made long, page tokens, and the extension of sixty days."""

from datetime import timedelta

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from sandbox.oauth import Answer, Door, Form, seconds
from sandbox.token_book import Grant, Refused
from sandbox.world import World

SHORT, LONG = timedelta(hours=1), timedelta(days=60)
OLD_ENOUGH = timedelta(hours=24)
TASKS = ["CREATE_CONTENT", "MANAGE", "MODERATE", "MESSAGING", "ANALYZE", "ADVERTISE"]


def instagram_router(world: World) -> APIRouter:
    """Instagram Login: a token of sixty days that is extended, not refreshed."""
    door = Door(world, "instagram")

    def short(form: Form) -> Answer:
        grant = door.redeem(form)
        token = door.book.issue(grant, "access", lives=SHORT)
        names = grant.scopes.replace(" ", ",")
        row = {"access_token": token, "user_id": door.user_id(grant.handle), "permissions": names}
        return {"data": [row]}

    def long(form: Form) -> Answer:
        return _sixty_days(door, _owner(door, form))

    def extended(form: Form) -> Answer:
        door.book.count("instagram", "refresh")
        grant = _owner(door, form)
        if door.book.age(grant) < OLD_ENOUGH:
            raise Refused("100", "The access token is not yet 24 hours old")
        return _sixty_days(door, grant)

    door.authorize("/oauth/authorize", tail="#_", comma=True)
    door.call("POST", "/oauth/access_token", short, refusal=_graph_error)
    door.call("GET", "/access_token", long, refusal=_graph_error)
    door.call("GET", "/refresh_access_token", extended, refusal=_graph_error)
    return door.router


def facebook_router(world: World) -> APIRouter:
    """Facebook Login: a user token, made long, gives the tokens of the pages."""
    door = Door(world, "facebook")

    def token(form: Form) -> Answer:
        if form.get("grant_type") == "fb_exchange_token":
            door.book.check_client(
                "facebook", form.get("client_id", ""), form.get("client_secret", "")
            )
            grant = _owner(door, {"bearer": form.get("fb_exchange_token", "")})
            return _sixty_days(door, grant)
        grant = door.redeem(form)
        access = door.book.issue(grant, "access", lives=SHORT)
        return {"access_token": access, "token_type": "bearer", "expires_in": seconds(SHORT)}

    def pages(form: Form) -> Answer:
        grant = _owner(door, form)
        page = {
            "id": door.user_id(grant.handle),
            "name": grant.handle,
            "username": grant.handle,
            "access_token": door.book.issue(grant, "page", lives=None),
            "tasks": TASKS,
        }
        return {"data": [page]}

    def permissions(form: Form) -> Answer:
        names = _owner(door, form).scopes.split()
        return {"data": [{"permission": name, "status": "granted"} for name in names]}

    door.authorize("/v25.0/dialog/oauth", comma=True)
    door.call("GET", "/v25.0/oauth/access_token", token, refusal=_graph_error)
    door.call("GET", "/v25.0/me/accounts", pages, refusal=_graph_error)
    door.call("GET", "/v25.0/me/permissions", permissions, refusal=_graph_error)
    return door.router


def _owner(door: Door, form: Form) -> Grant:
    grant = door.book.look(door.platform, form.get("bearer") or form.get("access_token", ""))
    if grant is None:
        raise Refused("190", "Error validating access token")
    return grant


def _sixty_days(door: Door, grant: Grant) -> Answer:
    access = door.book.issue(grant, "access", lives=LONG)
    return {"access_token": access, "token_type": "bearer", "expires_in": seconds(LONG)}


def _graph_error(refused: Refused) -> Response:
    code = int(refused.name) if refused.name.isdigit() else 100
    error = {"message": str(refused), "type": "OAuthException", "code": code, "fbtrace_id": "A0"}
    return JSONResponse({"error": error}, status_code=400)
