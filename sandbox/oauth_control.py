"""The sandbox's controls of tokens: how often they were asked for, and taking them away."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from domain.platforms import Platform
from sandbox.oauth_meta import facebook_router, instagram_router
from sandbox.oauth_plain import linkedin_router, mastodon_router, tiktok_router, x_router
from sandbox.world import World


class Order(BaseModel):
    """Body of POST /_sandbox/tokens.

    `expire` ends the access tokens that are out, `close` takes every right away until somebody
    lets an app in again, `reopen` gives it back.
    """

    model_config = ConfigDict(extra="forbid")

    platform: Platform
    account: str
    do: Literal["expire", "close", "reopen"]


def oauth_routers(world: World) -> list[APIRouter]:
    """The token endpoints of all platforms and their controls; to be mounted before the wires."""
    control = APIRouter(prefix="/_sandbox/tokens")

    async def calls() -> dict[str, Any]:
        return {"calls": world.tokens.calls()}

    async def order(wanted: Order) -> dict[str, Any]:
        does = {
            "expire": world.tokens.expire_all,
            "close": world.tokens.close,
            "reopen": world.tokens.reopen,
        }
        does[wanted.do](wanted.platform, wanted.account.split(":", 1)[-1])
        return {"calls": world.tokens.calls()}

    control.get("")(calls)
    control.post("", status_code=201)(order)
    makers = (
        x_router,
        instagram_router,
        facebook_router,
        linkedin_router,
        tiktok_router,
        mastodon_router,
    )
    return [control, *(make(world) for make in makers)]
