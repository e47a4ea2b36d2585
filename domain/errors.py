"""Everything that can go wrong, in one tree. Each message ends with the remedy.

AmselError
├── ConfigError            a setting, brand file or environment is wrong
├── InputError             a file from outside is not what it claims
├── StoreError             a database, lake or disk refused
├── ModelError             a model cannot answer (too little data, nothing promoted)
├── PolicyError            a rule of the brand forbids it
├── StateError             a move that the table of moves does not allow
├── WriterError            a writer gave nothing usable
│   ├── WriterRefused      it declined
│   ├── WriterUnavailable  throttled, timed out, down
│   └── WriterGarbled      its answer does not fit the schema
└── NetworkError           a platform did not do what was asked
    ├── NotSent            certainly nothing became public
    │   ├── RateLimited    wait until an instant
    │   ├── Processing     the platform works on what was uploaded: go on later
    │   ├── LeaseLost      this worker came too late and must not go on
    │   ├── AuthExpired    the token must be renewed
    │   ├── Forbidden      a permission is missing
    │   ├── Blocked        the platform blocks the account
    │   ├── Rejected       the content must be changed
    │   ├── Unpaid         the brand's budget does not cover the call
    │   ├── VersionGone    the platform retired this API version
    │   └── Unreachable    no connection, or a refusal before anything was done
    │       └── Misdirected  the address answers that it has moved: a person mends it
    ├── Duplicate          the platform says that it has this already
    └── FateUnknown        it may or may not be public: look it up
        └── InWork         the platform has it all, works on it and publishes by itself
"""

from datetime import datetime
from typing import Any


class AmselError(Exception):
    """The root: anything this product raises on purpose."""


class ConfigError(AmselError):
    """A setting, brand file or environment is wrong."""


class InputError(AmselError):
    """A file from outside is not what it claims to be."""


class StoreError(AmselError):
    """A database, the lake or the disk refused."""


class ModelError(AmselError):
    """A model cannot answer: too little data, or nothing was promoted."""


class PolicyError(AmselError):
    """A rule of the brand forbids it."""


class StateError(AmselError):
    """A state move that the table of moves does not allow."""


class WriterError(AmselError):
    """A writer gave nothing usable.

    Attributes:
        cost_cents: what the useless answer cost; None where nobody knows (no answer came, but
            the provider may have worked).
    """

    def __init__(self, message: str, *, cost_cents: float | None = 0.0) -> None:
        super().__init__(message)
        self.cost_cents = cost_cents


class WriterRefused(WriterError):
    """The writer declined the brief."""


class WriterUnavailable(WriterError):
    """The writer is throttled, timed out or down."""


class WriterGarbled(WriterError):
    """The answer does not fit the schema."""


class NetworkError(AmselError):
    """A platform did not do what was asked.

    Attributes:
        read: what had been read, and may have been paid for, before it refused.
        before: the id below which such a reading goes on; None where it begins anew.
    """

    read: tuple[Any, ...] = ()
    before: str | None = None


class NotSent(NetworkError):
    """Certainly nothing became public."""


class RateLimited(NotSent):
    """The platform asks to wait.

    Attributes:
        until: when to try again; None where the platform does not say.
        of_app: it is the app that has called too often, so it holds for all of its accounts.
    """

    def __init__(
        self, message: str, *, until: datetime | None = None, of_app: bool = False
    ) -> None:
        super().__init__(message)
        self.until, self.of_app = until, of_app


class Processing(NotSent):
    """The platform still works on what was uploaded; the next attempt goes on from there.

    Attributes:
        until: when to ask again.
    """

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class LeaseLost(NotSent):
    """This worker came too late: the delivery is somebody else's by now."""


class AuthExpired(NotSent):
    """The token must be renewed."""


class Forbidden(NotSent):
    """A permission is missing."""


class Blocked(NotSent):
    """The platform blocks the account."""


class Rejected(NotSent):
    """The content must be changed before it can be sent."""


class Unpaid(NotSent):
    """The brand's budget does not cover what the platform charges for the call."""


class VersionGone(NotSent):
    """The platform retired this version of its API."""


class Unreachable(NotSent):
    """No connection was made, or the platform refused before doing anything."""


class Misdirected(Unreachable):
    """The address leads somewhere else: waiting mends nothing where it always does."""


class Duplicate(NetworkError):
    """The platform says that it has this already.

    Attributes:
        platform_id: which one, where the platform names it: to be looked at before it is believed.
    """

    def __init__(self, message: str, *, platform_id: str | None = None) -> None:
        super().__init__(message)
        self.platform_id = platform_id


class FateUnknown(NetworkError):
    """The request may or may not have become public: look it up, never send blindly."""


class InWork(FateUnknown):
    """The platform has answered that it works on the post, and publishes it by itself."""
