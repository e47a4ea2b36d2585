"""The base of every entity: frozen, strict about unknown fields, and versioned."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def _to_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An aware instant, always kept in UTC."""


class Entity(BaseModel):
    """A value that crosses a boundary: API, event, file or database document.

    `schema_version` says by which shape a stored document was written. A new shape raises it, and
    then readers lift the old one and nothing rewrites it; the shape of a newer Amsel is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="iso8601")

    schema_version: int = Field(default=1, ge=1, le=1)
