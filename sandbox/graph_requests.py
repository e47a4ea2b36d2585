"""What the Graph API accepts: parameters and field lists, refused in its own words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import regex

from sandbox.audience import Account
from sandbox.fetched import File, Unfetchable

Fields = dict[str, "Field"]
_FIELD = regex.compile(
    r"(?P<name>\w+)(?P<modifiers>(?:\.\w+\([^()]*\))*)(?P<below>\{(?:[^{}]|(?&below))*\})?(?:,|$)"
)
_MODIFIER = regex.compile(r"\.(\w+)\(([^()]*)\)")
COMMON = frozenset({"access_token", "appsecret_proof", "fields", "limit", "after", "before"})


class GraphError(Exception):
    """An answer that is an error: its status and its body."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        status: int = 400,
        transient: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
        if subcode is not None:
            self.error["error_subcode"] = subcode
        if transient is not None:
            self.error["is_transient"] = transient


@dataclass(frozen=True, slots=True)
class Field:
    """One field asked for, with its modifiers and the fields below it."""

    modifiers: Mapping[str, str]
    below: str

    @property
    def fields(self) -> Fields:
        """The fields asked for below."""
        return parse(self.below)


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised call: an object (or `me`), an edge of it, and what came along.

    `fetched` holds what lies behind the parameters that are URLs of files, `called` the names of
    the files that came along.
    """

    account: Account
    object: str
    query: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)
    fetched: Mapping[str, File | Unfetchable] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> Fields:
        """The fields asked for."""
        return parse(self.query.get("fields", ""))

    def below(self, object_id: str, asked: Field) -> "Call":
        """The edge of an object that a field asks for along with it, as a call of its own."""
        return Call(self.account, object_id, {**asked.modifiers, "fields": asked.below})

    def takes(self, *names: str) -> None:
        """Refuse every parameter but these and those that any call may have.

        Raises:
            GraphError: 100, naming it.
        """
        for name in (*self.query, *self.files):
            if name not in names and name not in COMMON:
                raise invalid(f"Unexpected parameter {name}")

    def needs(self, name: str) -> str:
        """A parameter that must be there."""
        if not self.query.get(name):
            raise invalid(f"The parameter {name} is required.")
        return self.query[name]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A parameter that is true or false."""
        value = self.query.get(name)
        if value is None:
            return default
        if value not in ("true", "false", "1", "0"):
            raise invalid(f"Param {name} must be a boolean")
        return value in ("true", "1")

    def choice(self, name: str, *values: str) -> str:
        """A parameter that is one of some values; the first where it is absent."""
        value = self.query.get(name, values[0])
        if value not in values:
            raise invalid(f"Param {name} must be one of {{{', '.join(values)}}}")
        return value

    def number(self, name: str, *, default: int | None = None) -> int:
        """A parameter that is a whole number."""
        value = self.query.get(name, None if default is None else str(default))
        if value is None or not value.isdigit():
            raise invalid(f"Param {name} must be an integer")
        return int(value)


def invalid(message: str) -> GraphError:
    """Code 100."""
    return GraphError(100, f"(#100) {message}")


def absent(object_id: str) -> GraphError:
    """What Meta says of an object that is not there, or not to be seen."""
    return GraphError(
        100,
        f"Unsupported request. Object with ID '{object_id}' does not exist, cannot be loaded due"
        " to missing permissions, or does not support this operation",
        subcode=33,
    )


def parse(text: str) -> Fields:
    """`id,replies.limit(5){id}` as fields.

    Raises:
        GraphError: 2500 where it is no such list.
    """
    found: Fields = {}
    position = 0
    while position < len(text):
        match = _FIELD.match(text, position)
        if match is None:
            raise GraphError(
                2500, f"Syntax error in fields near '{text[position : position + 20]}'"
            )
        modifiers = dict(_MODIFIER.findall(match["modifiers"]))
        found[match["name"]] = Field(modifiers, (match["below"] or "")[1:-1])
        position = match.end()
    return found


def shape(
    kind: str,
    object_id: str,
    fields: Fields,
    makers: Mapping[str, Callable[[Field], Any]],
    *,
    usual: Iterable[str] = (),
) -> dict[str, Any]:
    """An object with the fields asked for (the usual ones where none is); None is left out.

    Raises:
        GraphError: 100 for a field that the kind does not have.
    """
    wanted = fields or {name: Field({}, "") for name in usual}
    for name in wanted:
        if name != "id" and name not in makers:
            raise invalid(f"Tried accessing nonexisting field ({name}) on node type ({kind})")
    shown = {name: makers[name](asked) for name, asked in wanted.items() if name != "id"}
    return {name: value for name, value in shown.items() if value is not None} | {"id": object_id}
