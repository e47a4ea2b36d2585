"""One log-in, from its first address to the tokens and to whose account it is."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from domain.brand import Account
from domain.errors import ConfigError, InputError
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.dialect import App, Dialect, Identity, Request
from publishing.oauth.wire import TokenWire


@dataclass(frozen=True, slots=True)
class Connected:
    """What a log-in came to; `lacks` is what will not work, each with what to do."""

    tokens: Tokens
    lacks: tuple[str, ...]


class Flow:
    """A person lets the app in. `address` is to be opened in a browser.

    Raises:
        ConfigError: the account cannot be connected as it stands in the brand file.
        NetworkError: the platform could not be asked.
    """

    def __init__(
        self,
        dialect: Dialect,
        account: Account,
        app: App,
        *,
        redirect_uri: str,
        scopes: tuple[str, ...] = (),
    ) -> None:
        self._dialect, self._account = dialect, account
        self._wire = TokenWire(account)
        self.request = Request(
            app=dialect.prepare(self._wire, app, redirect_uri),
            redirect_uri=redirect_uri,
            state=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            scopes=scopes or dialect.scopes(account),
        )
        self.address = dialect.authorization(self._wire, self.request)

    def code_in(self, address: str) -> str:
        """The code in the address that the browser was sent to.

        Raises:
            InputError: it is not the answer to this log-in, or the person refused.
        """
        answer = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if not secrets.compare_digest(
            answer.get("state", "").encode(), self.request.state.encode()
        ):
            raise InputError(
                "the address does not answer this log-in; start `amsel connect` again and use the "
                "address that it shows"
            )
        if "code" not in answer:
            why = answer.get("error_description") or answer.get("error") or "no code came back"
            raise InputError(
                f"{self._account.platform} did not let the app in ({why[:200]}); start "
                "`amsel connect` again and allow it"
            )
        return answer["code"]

    def finish(self, code: str, *, now: datetime) -> Connected:
        """The tokens for a code, once they are seen to speak for the account of the brand file.

        Raises:
            ConfigError: the person logged in as somebody else.
            NetworkError: the platform refused, or did not answer.
            Unpaid: the platform charges for telling who it is, and no money is left for it.
        """
        tokens = self._dialect.exchange(self._wire, self.request, code, now=now)
        mine = chosen(self._dialect.identities(self._wire, tokens), self._account)
        own = replace(mine.tokens or tokens, user_id=mine.user_id)
        return Connected(own, tuple(lacking(self.request.scopes, own, mine, self._account)))

    def close(self) -> None:
        """Give the connections back."""
        self._wire.close()


def chosen(found: Sequence[Identity], account: Account) -> Identity:
    """The identity that is the account; raises ConfigError where it is not among them."""
    named = [one for one in found if _is_meant(one, account)]
    if named:
        return named[0]
    shown = ", ".join(" ".join((*one.names[:1], f"({one.user_id})")) for one in found) or "nobody"
    raise ConfigError(
        f"{account.id}: you logged in as {shown}; log in as {account.handle}, or put the right "
        "handle or user_id into the brand file"
    )


def lacking(wanted: tuple[str, ...], tokens: Tokens, mine: Identity, account: Account) -> list[str]:
    """What will not work with these tokens, each with what to do about it."""
    lacks = []
    missing = [scope for scope in wanted if tokens.scopes and scope not in tokens.scopes]
    if missing:
        lacks.append(f"not granted: {', '.join(missing)}; connect again and allow them")
    if mine.lacks:
        lacks.append(
            f"your role on the page lacks {', '.join(mine.lacks)}; have its owner give you more"
        )
    if tokens.expires_at and not tokens.refresh and account.platform is not Platform.INSTAGRAM:
        day = tokens.expires_at.date().isoformat()
        lacks.append(f"no refresh token came along; connect again before {day}")
    return lacks


def _is_meant(one: Identity, account: Account) -> bool:
    if account.user_id:
        return one.user_id == account.user_id
    handle = account.handle.lstrip("@")
    wanted = {handle.casefold(), handle.partition("@")[0].casefold()}
    # LinkedIn tells no name that a brand file could hold
    return not one.names or bool(wanted & {name.casefold() for name in one.names})
