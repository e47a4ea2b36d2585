"""LinkedIn: sixty days; only approved partners get a refresh token, of a fixed year."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.brand import Account
from domain.errors import Forbidden
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.dialect import Identity, Plain
from publishing.oauth.wire import TokenWire
from publishing.platforms.linkedin_api import Options

API = "https://api.linkedin.com"
WWW = "https://www.linkedin.com"
ORGANISATION = "urn:li:organization:"
FOR_ORGANISATION = (
    "w_organization_social",
    "r_organization_social",
    "rw_organization_admin",
)


@dataclass(frozen=True, slots=True)
class LinkedInDialect(Plain):
    """A member, or an organisation that the member administers."""

    def scopes(self, account: Account) -> tuple[str, ...]:
        """More for an organisation, which the brand file names by its URN."""
        is_organisation = (account.user_id or "").startswith(ORGANISATION)
        return (*self.wanted, *FOR_ORGANISATION) if is_organisation else self.wanted

    def identities(self, wire: TokenWire, tokens: Tokens) -> Sequence[Identity]:
        """The member, then the organisations, where the scopes let them be seen."""
        member = wire.get(wire.url(API, "/v2/userinfo"), token=tokens.access)
        found = [Identity(f"urn:li:person:{member['sub']}", ())]
        if not set(FOR_ORGANISATION) & set(tokens.scopes):
            return found
        query = {"q": "roleAssignee", "role": "ADMINISTRATOR", "state": "APPROVED"}
        try:
            where = wire.url(API, "/rest/organizationAcls")
            version = wire.account.api_version or Options().version
            headers = {"linkedin-version": version, "x-restli-protocol-version": "2.0.0"}
            answer = wire.get(where, query, token=tokens.access, headers=headers)
        except Forbidden:
            return found
        urns = [str(one["organization"]) for one in answer.get("elements") or []]
        return [*found, *(Identity(urn, (urn,)) for urn in urns)]


LINKEDIN = LinkedInDialect(
    platform=Platform.LINKEDIN,
    authorize_at=(WWW, "/oauth/v2/authorization"),
    token_at=(WWW, "/oauth/v2/accessToken"),
    wanted=("openid", "profile", "w_member_social"),
    challenge="none",
)
