"""How one field of a file becomes a typed column, and what can be wrong with it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import polars as pl

from storage.lake_tables import INSTANT

EARLIEST = datetime(2006, 1, 1, tzinfo=UTC)
"""No post of any platform that we read is older: the first of them opened in 2006."""

_ABSENT = ["", "-"]
_ZONED = r"(Z|[+-]\d{2}:?\d{2})$"


@dataclass(frozen=True, slots=True)
class Problem:
    """A way for a field to be wrong: a Boolean over the rows, and what to say of such a row."""

    where: pl.Expr
    reason: pl.Expr


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical column, out of one column of the file.

    Attributes:
        name: the canonical column.
        source: the column's name in the file.
        value: its typed value, null where the file gives none or a wrong one.
        problems: what is checked; a row with any of them is set aside.
    """

    name: str
    source: str
    value: pl.Expr
    problems: tuple[Problem, ...] = ()


def count(name: str, source: str, dtype: pl.DataType) -> Field:
    """A whole number from 0; empty or "-" is null; "5.0" is 5."""
    raw = pl.col(source)
    if dtype == pl.String:
        text = raw.str.strip_chars()
        given = raw.is_not_null() & ~text.is_in(_ABSENT)
        exact = text.cast(pl.Int64, strict=False)
        value = pl.coalesce(exact, _whole(text.cast(pl.Float64, strict=False)))
    else:
        given = raw.is_not_nan() & raw.is_not_null() if dtype.is_float() else raw.is_not_null()
        value = _whole(raw) if dtype.is_float() else raw.cast(pl.Int64, strict=False)
    problems = [Problem(value < 0, pl.format("{} is negative", raw.cast(pl.String)))]
    if not dtype.is_signed_integer():
        strange = Problem(
            given & value.is_null(), pl.format("{} is not a whole number", _quoted(raw))
        )
        problems.append(strange)
    return Field(name, source, value, tuple(problems))


def _whole(number: pl.Expr) -> pl.Expr:
    return pl.when(number == number.floor()).then(number.cast(pl.Int64, strict=False))


def instant(
    name: str, source: str, dtype: pl.DataType, *, now: datetime, default: datetime | None = None
) -> Field:
    """An instant between 2006 and `now`, from text with a zone or from a typed column."""
    raw = pl.col(source)
    problems: list[Problem] = []
    if dtype == pl.String:
        given = raw.is_not_null() & (raw.str.strip_chars() != "")
        value = _parsed(raw)
        zoned = raw.str.strip_chars().str.contains(_ZONED)
        bare = pl.format("{} has no time zone", _quoted(raw))
        problems.append(Problem(given & ~zoned, bare))
        problems.append(Problem(given & value.is_null(), pl.format("{} is no time", _quoted(raw))))
    else:
        given, value = raw.is_not_null(), raw.cast(INSTANT)
    if default is None:
        problems.append(Problem(~given, pl.lit("is missing")))
    else:
        value = pl.when(given).then(value).otherwise(pl.lit(default, INSTANT))
    shown = value.dt.to_string("iso")
    problems.append(Problem(value < EARLIEST, pl.format("{} is before 2006", shown)))
    problems.append(Problem(value > now, pl.format("{} is in the future", shown)))
    return Field(name, source, value, tuple(problems))


def _parsed(raw: pl.Expr) -> pl.Expr:
    text = (
        raw.str.strip_chars()
        .str.replace(r"Z$", "+00:00")
        .str.replace("T", " ", literal=True)
        .str.replace(r" ?([+-]\d{2}):?(\d{2})$", "$1$2")
    )
    return pl.coalesce(
        text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
        for form in ("%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M%z")
    )


def required_text(name: str, source: str, *, pattern: str | None = None, what: str = "") -> Field:
    """A text that must be there and, if a pattern is given, look like it (`what` says how)."""
    raw = pl.col(source).cast(pl.String)
    missing = raw.is_null() | (raw == "")
    problems = [Problem(missing, pl.lit("is missing"))]
    if pattern:
        strange = ~missing & ~raw.str.contains(pattern)
        problems.append(Problem(strange, pl.format("{} is not {}", _quoted(raw), pl.lit(what))))
    return Field(name, source, raw, tuple(problems))


def one_of(name: str, source: str, known: tuple[str, ...]) -> Field:
    """A text out of a closed list."""
    raw = pl.col(source).cast(pl.String)
    problem = Problem(
        ~raw.is_in(known).fill_null(False),
        pl.format("unknown {} {}; known: {}", pl.lit(name), _quoted(raw), pl.lit(", ".join(known))),
    )
    return Field(name, source, raw, (problem,))


def not_before(observed: Field, published: Field, *, why: str) -> Field:
    """The instant of an observation, refused in rows whose post came out after it."""
    early = Problem(observed.value < published.value, pl.lit(why))
    return replace(observed, problems=(*observed.problems, early))


def _quoted(raw: pl.Expr) -> pl.Expr:
    shown = raw.cast(pl.String).fill_null("").str.slice(0, 80)
    return pl.format("'{}'", shown)


def newest(
    rows: pl.LazyFrame, source: str, dtype: pl.DataType, *, now: datetime
) -> datetime | None:
    """The latest possible instant in a column, or None where there is none."""
    raw = pl.col(source)
    value = _parsed(raw) if dtype == pl.String else raw.cast(INSTANT)
    within = value.filter(value.is_between(EARLIEST, now))
    latest: datetime | None = rows.select(within.max()).collect().item()
    return latest
