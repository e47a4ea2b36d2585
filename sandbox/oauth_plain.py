"""X, LinkedIn, TikTok and Mastodon: how each gives tokens and takes them back."""

from datetime import timedelta

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from sandbox.linkedin_posts import member_urn
from sandbox.oauth import Answer, Door, Form, plain_error, seconds
from sandbox.token_book import Refused
from sandbox.world import World

X_LIVES, X_REFRESH = timedelta(hours=2), timedelta(days=180)
X_CODE = timedelta(seconds=30)
LINKEDIN_LIVES, LINKEDIN_REFRESH = timedelta(days=60), timedelta(days=365)
TIKTOK_LIVES, TIKTOK_REFRESH = timedelta(days=1), timedelta(days=365)
PARTNER = "partner"
"""LinkedIn gives refresh tokens to approved partners only: here, to apps with this in their id."""


def x_router(world: World) -> APIRouter:
    """X: a refresh token is used once; a second use ends the whole family."""
    door = Door(world, "x")

    def token(form: Form) -> Answer:
        if form.get("grant_type") == "refresh_token":
            grant = door.refreshed(form, rotates=True)
        else:
            grant = door.redeem(form)
        answer: Answer = {
            "token_type": "bearer",
            "expires_in": seconds(X_LIVES),
            "access_token": door.book.issue(grant, "access", lives=X_LIVES),
            "scope": grant.scopes,
        }
        if "offline.access" in grant.scopes.split():
            answer["refresh_token"] = door.book.issue(grant, "refresh", lives=X_REFRESH)
        return answer

    door.authorize("/i/oauth2/authorize", lives=X_CODE)
    door.call("POST", "/2/oauth2/token", token, refusal=plain_error)
    door.call("POST", "/2/oauth2/revoke", lambda f: _revoked(door, f), refusal=plain_error)
    return door.router


def linkedin_router(world: World) -> APIRouter:
    """LinkedIn: sixty days, and a refresh token of fixed life for partners."""
    door = Door(world, "linkedin")

    def token(form: Form) -> Answer:
        renewing = form.get("grant_type") == "refresh_token"
        grant = door.refreshed(form, rotates=False) if renewing else door.redeem(form)
        answer: Answer = {
            "access_token": door.book.issue(grant, "access", lives=LINKEDIN_LIVES),
            "expires_in": seconds(LINKEDIN_LIVES),
            "scope": grant.scopes.replace(" ", ","),
        }
        if PARTNER in form.get("client_id", ""):
            refresh = form.get("refresh_token") or door.book.issue(
                grant, "refresh", lives=LINKEDIN_REFRESH
            )
            answer |= {
                "refresh_token": refresh,
                "refresh_token_expires_in": seconds(LINKEDIN_REFRESH),
            }
        return answer

    def who(form: Form) -> Answer:
        handle = _signed(door, form)
        own = door.user_id(handle)
        person = own if ":organization:" not in own else member_urn(handle)
        return {"sub": person.rpartition(":")[2], "name": handle}

    def organisations(form: Form) -> Answer:
        urn = door.user_id(_signed(door, form))
        if ":organization:" not in urn:
            return {"elements": []}
        element = {"organization": urn, "role": "ADMINISTRATOR", "state": "APPROVED"}
        return {"elements": [element]}

    door.authorize("/oauth/v2/authorization")
    door.call("POST", "/oauth/v2/accessToken", token, refusal=plain_error)
    door.call("GET", "/v2/userinfo", who, refusal=_unauthorized)
    door.call("GET", "/rest/organizationAcls", organisations, refusal=_unauthorized)
    return door.router


def tiktok_router(world: World) -> APIRouter:
    """TikTok: `client_key`, flat answers, a pair that may change with each refresh."""
    door = Door(world, "tiktok", client_name="client_key")

    def token(form: Form) -> Answer:
        if form.get("grant_type") == "refresh_token":
            grant = door.refreshed(form, rotates=True)
        else:
            grant = door.redeem(form)
        return {
            "access_token": door.book.issue(grant, "access", lives=TIKTOK_LIVES),
            "expires_in": seconds(TIKTOK_LIVES),
            "refresh_token": door.book.issue(grant, "refresh", lives=TIKTOK_REFRESH),
            "refresh_expires_in": seconds(TIKTOK_REFRESH),
            "open_id": door.user_id(grant.handle),
            "scope": grant.scopes.replace(" ", ","),
            "token_type": "Bearer",
        }

    def who(form: Form) -> Answer:
        handle = _signed(door, form)
        user = {"open_id": door.user_id(handle), "display_name": handle, "username": handle}
        return {"data": {"user": user}, "error": {"code": "ok", "message": "", "log_id": "0"}}

    door.authorize("/v2/auth/authorize/", comma=True)
    door.call("POST", "/v2/oauth/token/", token, refusal=_tiktok_error)
    door.call("POST", "/v2/oauth/revoke/", lambda f: _revoked(door, f), refusal=_tiktok_error)
    door.call("GET", "/v2/user/info/", who, refusal=_tiktok_unauthorized)
    return door.router


def mastodon_router(world: World) -> APIRouter:
    """Mastodon: an app registers itself, and its tokens have no end."""
    door = Door(world, "mastodon")

    def apps(form: Form) -> Answer:
        number = world.store.execute("select count(*) from oauth_apps").fetchone()[0] + 1
        client, secret = f"mastodon-app-{number}", f"mastodon-app-secret-{number}"
        door.book.register("mastodon", client, secret)
        door.book.count("mastodon", "app")
        name = form.get("client_name", "")
        return {"id": str(number), "name": name, "client_id": client, "client_secret": secret}

    def token(form: Form) -> Answer:
        grant = door.redeem(form)
        return {
            "access_token": door.book.issue(grant, "access", lives=None),
            "token_type": "Bearer",
            "scope": grant.scopes,
            "created_at": int(door.book.now().timestamp()),
        }

    door.authorize("/oauth/authorize")
    door.call("POST", "/api/v1/apps", apps, refusal=plain_error)
    door.call("POST", "/oauth/token", token, refusal=plain_error)
    door.call("POST", "/oauth/revoke", lambda f: _revoked(door, f), refusal=plain_error)
    return door.router


def _revoked(door: Door, form: Form) -> Answer:
    door.book.count(door.platform, "revoke")
    door.book.revoke(door.platform, form.get("token", ""))
    return {"revoked": True} if door.platform == "x" else {}


def _signed(door: Door, form: Form) -> str:
    handle = door.book.handle_of(door.platform, form["bearer"] or form.get("access_token", ""))
    if handle is None:
        raise Refused("invalid_token", "The access token is invalid")
    return handle


def _unauthorized(refused: Refused) -> Response:
    body = {"status": 401, "serviceErrorCode": 65600, "message": str(refused)}
    return JSONResponse(body, status_code=401)


def _tiktok_error(refused: Refused) -> Response:
    body = {"error": refused.name, "error_description": str(refused), "log_id": "0"}
    return JSONResponse(body, status_code=400 if refused.name == "invalid_client" else 200)


def _tiktok_unauthorized(refused: Refused) -> Response:
    error = {"code": "access_token_invalid", "message": str(refused), "log_id": "0"}
    return JSONResponse({"data": {}, "error": error}, status_code=401)
