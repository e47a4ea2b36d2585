"""Which platform is connected in which way."""

from domain.brand import Account
from domain.platforms import Platform
from publishing.oauth.bluesky import BLUESKY
from publishing.oauth.dialect import Challenge, Dialect, Renewer
from publishing.oauth.facebook import FACEBOOK
from publishing.oauth.instagram import INSTAGRAM
from publishing.oauth.linkedin import LINKEDIN
from publishing.oauth.mastodon import MASTODON
from publishing.oauth.tiktok import tiktok
from publishing.oauth.x import X
from publishing.platforms.bluesky import BASE_URL as BLUESKY_SERVER

DIALECTS: dict[Platform, Dialect] = {
    dialect.platform: dialect for dialect in (X, INSTAGRAM, FACEBOOK, LINKEDIN, MASTODON)
}


def dialect_of(platform: Platform, *, tiktok_challenge: Challenge = "hex") -> Dialect:
    """The platform's OAuth; raises KeyError for Bluesky, which has app passwords."""
    return tiktok(tiktok_challenge) if platform is Platform.TIKTOK else DIALECTS[platform]


def renewer_of(platform: Platform) -> Renewer:
    """How the platform's tokens are renewed."""
    return BLUESKY if platform is Platform.BLUESKY else dialect_of(platform)


def addressed(account: Account) -> Account:
    """The account with the server that its log-in goes to; OAuth's hosts stand in the dialects."""
    if account.base_url or account.platform is not Platform.BLUESKY:
        return account
    return account.model_copy(update={"base_url": BLUESKY_SERVER})
