"""What an account is spoken for with: tokens, whose they are, and how long they last."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

SHORTEST_MARGIN = timedelta(seconds=60)
LONGEST_MARGIN = timedelta(days=7)
PART_OF_LIFE = 12
"""A token is renewed in the last twelfth of its life: X's two hours give ten minutes."""


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """Everything secret of one account, and what is known about it.

    Attributes:
        access: goes out with each request; empty where only a password is known.
        refresh: gives the next pair, where the platform has such a thing.
        password: an app password (Bluesky).
        client_id: the app that the tokens were given to, where it is not the operator's own
            (Mastodon registers one per server).
        client_secret: its secret.
        user_id: the platform's own name of the account.
        scopes: what was granted.
        expires_at: when `access` ends; None where it does not.
        refresh_until: when `refresh` ends; None where that is not known.
    """

    access: str
    refresh: str = ""
    password: str = ""
    client_id: str = ""
    client_secret: str = ""
    user_id: str | None = None
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    refresh_until: datetime | None = None

    def __repr__(self) -> str:
        return f"Tokens({self.user_id!r}, until {self.expires_at})"

    def succeeded_by(self, new: Self) -> Self:
        """The new pair, with what an answer leaves out kept: nothing is overwritten by nothing."""
        return replace(
            new,
            access=new.access or self.access,
            refresh=new.refresh or self.refresh,
            password=new.password or self.password,
            client_id=new.client_id or self.client_id,
            client_secret=new.client_secret or self.client_secret,
            user_id=new.user_id or self.user_id,
            scopes=new.scopes or self.scopes,
            refresh_until=new.refresh_until or self.refresh_until,
        )


def renewal_instant(expires_at: datetime | None, *, now: datetime, luck: float) -> datetime | None:
    """When a token that was got `now` is renewed: early, and not all accounts at once.

    `luck` between 0 and 1 spreads it over the second half of the margin before the end.
    """
    if expires_at is None:
        return None
    margin = min(max((expires_at - now) / PART_OF_LIFE, SHORTEST_MARGIN), LONGEST_MARGIN)
    return expires_at - margin * (1 - luck / 2)
