"""The base of every entity: frozen, strict about unknown fields, and versioned."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _to_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An aware instant, always kept in UTC."""


def later(default: Any, **limits: Any) -> Any:
    """A field that came after its entity's first documents were written.

    It stands in a document only where it differs from `default`: while an upgrade goes on, workers
    of the version before, which know no such field, read whatever makes no use of it. `limits` are
    those of pydantic's `Field`.
    """
    return Field(default=default, exclude_if=lambda value: value == default, **limits)


class Entity(BaseModel):
    """A value that crosses a boundary: API, event, file or database document.

    `schema_version` says by which shape a stored document was written. A new shape raises it, and
    then readers lift the old one and nothing rewrites it; the shape of a newer Amsel is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="iso8601")

    schema_version: int = Field(default=1, ge=1, le=1)

    def amended(self, changes: dict[str, Any]) -> Self:
        """A copy with other values of some fields, unchecked as those of `model_copy` are.

        It shares the names of the fields that were set: of a row of thirty fields `model_copy`
        takes three times as long, and several times the memory.
        """
        names = self.model_fields_set
        copy = type(self).__new__(type(self))
        parts = {
            "__dict__": self.__dict__ | changes,
            "__pydantic_fields_set__": names if changes.keys() <= names else names | changes.keys(),
            "__pydantic_extra__": None,
            "__pydantic_private__": None,
        }
        for name, value in parts.items():
            object.__setattr__(copy, name, value)
        return copy
