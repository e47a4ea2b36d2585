"""X: OAuth 2.0 with PKCE; the refresh token is used once, a second use ends the whole family."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.dialect import Identity, Plain
from publishing.oauth.wire import TokenWire
from publishing.platforms import metering

API = "https://api.x.com"


@dataclass(frozen=True, slots=True)
class XDialect(Plain):
    """A confidential app is known by HTTP Basic, a public one by its id alone."""

    def identities(self, wire: TokenWire, tokens: Tokens) -> Sequence[Identity]:
        """The user who logged in."""
        with metering.page(user_read=1) as read:
            user = wire.get(wire.url(API, "/2/users/me"), token=tokens.access)["data"]
            read["user_read"] = [str(user["id"])]
        return [Identity(str(user["id"]), (str(user["username"]),))]


X = XDialect(
    platform=Platform.X,
    authorize_at=("https://x.com", "/i/oauth2/authorize"),
    token_at=(API, "/2/oauth2/token"),
    wanted=(
        "tweet.read",
        "tweet.write",
        "users.read",
        "media.write",
        "tweet.moderate.write",
        "offline.access",
    ),
    basic=True,
    rotates=True,
)
