"""TikTok: `client_key`, scopes with commas, a challenge in hex, a pair that may change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.dialect import Challenge, Identity, Plain, Request
from publishing.oauth.wire import TokenWire

API = "https://open.tiktokapis.com"
PROFILE = "user.info.profile"


@dataclass(frozen=True, slots=True)
class TikTokDialect(Plain):
    """The creator's `open_id` comes with the tokens, the user name only with a scope."""

    def exchange(self, wire: TokenWire, request: Request, code: str, *, now: datetime) -> Tokens:
        """The tokens for a code, which arrives percent-encoded once more."""
        # zero-argument super() does not work in a dataclass with slots
        return Plain.exchange(self, wire, request, unquote(code), now=now)

    def identities(self, wire: TokenWire, tokens: Tokens) -> Sequence[Identity]:
        """The creator."""
        fields = ["open_id", *(["username"] if PROFILE in tokens.scopes else [])]
        where = wire.url(API, "/v2/user/info/")
        answer = wire.get(where, {"fields": ",".join(fields)}, token=tokens.access)
        user: dict[str, Any] = answer["data"]["user"]
        names = (str(user["username"]),) if user.get("username") else ()
        return [Identity(str(user["open_id"]), names)]


def tiktok(challenge: Challenge) -> TikTokDialect:
    """The dialect; documents and clients differ on how the challenge is written."""
    return TikTokDialect(
        platform=Platform.TIKTOK,
        authorize_at=("https://www.tiktok.com", "/v2/auth/authorize/"),
        token_at=(API, "/v2/oauth/token/"),
        wanted=("user.info.basic", PROFILE, "video.list", "video.upload", "video.publish"),
        separator=",",
        client_name="client_key",
        challenge=challenge,
        rotates=True,
    )
