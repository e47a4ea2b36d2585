"""Which platform is connected in which way."""

from datetime import datetime

from domain.brand import Account
from domain.errors import AuthExpired
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.bluesky import BLUESKY
from publishing.oauth.dialect import App, Challenge, Dialect, Renewer
from publishing.oauth.facebook import FACEBOOK
from publishing.oauth.instagram import INSTAGRAM
from publishing.oauth.linkedin import LINKEDIN
from publishing.oauth.mastodon import MASTODON
from publishing.oauth.tiktok import tiktok
from publishing.oauth.wire import TokenWire
from publishing.oauth.x import X
from publishing.platforms.bluesky import BASE_URL as BLUESKY_SERVER

DIALECTS: dict[Platform, Dialect] = {
    dialect.platform: dialect for dialect in (X, INSTAGRAM, FACEBOOK, LINKEDIN, MASTODON)
}


class Unrenewed:
    """The tokens of a platform that a package adds: the operator puts a new one in its place."""

    rotates = False

    def renew(self, wire: TokenWire, app: App, tokens: Tokens, *, now: datetime) -> Tokens:  # noqa: ARG002
        """None: there is nobody to ask."""
        raise AuthExpired(f"{wire.account.id}: its token is over; put a new one into token_env")


UNRENEWED = Unrenewed()


def dialect_of(platform: Platform, *, tiktok_challenge: Challenge = "hex") -> Dialect:
    """The platform's OAuth; raises KeyError for Bluesky, which has app passwords."""
    return tiktok(tiktok_challenge) if platform is Platform.TIKTOK else DIALECTS[platform]


def renewer_of(platform: Platform) -> Renewer:
    """How the platform's tokens are renewed."""
    if platform is Platform.BLUESKY:
        return BLUESKY
    known = platform in DIALECTS or platform is Platform.TIKTOK
    return dialect_of(platform) if known else UNRENEWED


def addressed(account: Account) -> Account:
    """The account with the server that its log-in goes to; OAuth's hosts stand in the dialects."""
    if account.base_url or account.platform is not Platform.BLUESKY:
        return account
    return account.model_copy(update={"base_url": BLUESKY_SERVER})
