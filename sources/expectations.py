"""What must hold of the data that came from outside: suites as plain descriptions, and a judge."""

import warnings
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import polars.selectors as cs

from domain.canonical import MEDIA_TYPES
from domain.engagement import METRICS
from domain.plugins import known_platforms
from storage.lake_tables import KEYS

LONGEST_TEXT = 20_000
"""No platform takes comments of so many signs: longer ones are no comments."""
SAMPLE_ROWS = 100_000
"""More rows than this are judged by an even sample: Great Expectations reads pandas frames."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation: its name in Great Expectations in snake case, and its arguments."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What a person reads: the name and the columns that it is about."""
        columns = [
            column
            for key in ("column", "column_A", "column_B", "column_list")
            for column in _listed(self.arguments.get(key, ()))
        ]
        return f"{self.name}: {', '.join(columns)}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one expectation fared.

    Attributes:
        name: the expectation's title.
        success: whether it holds.
        unexpected_count: rows that break it; 0 where it could not be judged by rows.
        sample: a few offending values, or why it could not be judged.
    """

    name: str
    success: bool
    unexpected_count: int
    sample: tuple[str, ...]


def posts_suite() -> list[Expectation]:
    """What must hold of the lake table `posts`."""
    return [
        _present("platform"),
        _known("platform", tuple(str(platform) for platform in known_platforms())),
        _present("account"),
        _looks_like("account", r"^[a-z]+:.+$"),
        _present("post_id"),
        _present("published_at"),
        _present("observed_at"),
        _present("text"),
        _present("media_type"),
        _known("media_type", MEDIA_TYPES),
        *(_from_zero(metric) for metric in METRICS),
        _in_order("observed_at", "published_at"),
        _unique(KEYS["posts"]),
    ]


def snapshots_suite() -> list[Expectation]:
    """What must hold of the lake table `engagement_snapshots`."""
    return [
        *(_present(name) for name in (*KEYS["engagement_snapshots"], "source_metric")),
        _known("platform", tuple(str(platform) for platform in known_platforms())),
        _known("metric", METRICS),
        _from_zero("value"),
        _unique(KEYS["engagement_snapshots"]),
    ]


def trends_suite() -> list[Expectation]:
    """What must hold of the lake table `trends`."""
    return [
        *(_present(name) for name in ("topic", "observed_at", "volume", "source")),
        _from_zero("volume"),
        _unique(KEYS["trends"]),
    ]


def inbox_suite() -> list[Expectation]:
    """What must hold of messages that nobody has read yet.

    `created_latest` is the latest instant at which a message may claim to have been written.
    """
    return [
        *(_present(name) for name in ("platform", "account", "message_id", "created_at", "text")),
        _known("platform", tuple(str(platform) for platform in known_platforms())),
        _looks_like("account", r"^[a-z]+:.+$"),
        _looks_like("message_id", r"^\S+$"),
        _no_longer("text", LONGEST_TEXT),
        _in_order("created_latest", "created_at"),
        _unique(["platform", "message_id"]),
    ]


def validate(frame: pl.DataFrame, suite: list[Expectation]) -> list[Outcome]:
    """Judge a frame, or an even sample of a large one, by a suite; one outcome per expectation.

    A column that is missing is an outcome without success, not an exception. Empty values are
    left to `expect_column_values_to_not_be_null`: the other expectations pass over them.
    """
    with warnings.catch_warnings():
        # it imports a module of the standard library that Python has deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations as gx
        import great_expectations.expectations as gxe
        from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
        {"dataframe": _in_pandas(frame)}
    )
    expectations = [
        getattr(gxe, _class_name(expectation.name))(**expectation.arguments, meta={"place": place})
        for place, expectation in enumerate(suite)
    ]
    judged = batch.validate(gx.ExpectationSuite("suite", expectations=expectations)).results
    # judged together they share what they look up, and come back column by column
    by_place = {one.expectation_config.meta["place"]: one for one in judged}
    return [_outcome(expectation, by_place[place]) for place, expectation in enumerate(suite)]


def _listed(names: Any) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _outcome(expectation: Expectation, result: Any) -> Outcome:
    details = result.result or {}
    sample = tuple(str(value) for value in (details.get("partial_unexpected_list") or [])[:5])
    return Outcome(
        name=expectation.title,
        success=bool(result.success),
        unexpected_count=int(details.get("unexpected_count") or 0),
        sample=sample or _reasons(result.exception_info or {}),
    )


def _reasons(information: dict[str, Any]) -> tuple[str, ...]:
    entries = [information, *(part for part in information.values() if isinstance(part, dict))]
    messages = (entry.get("exception_message") for entry in entries)
    return tuple(dict.fromkeys(str(message) for message in messages if message))


def _in_pandas(frame: pl.DataFrame) -> Any:
    step = max(1, -(-frame.height // SAMPLE_ROWS))
    # pandas warns where two columns with zones are compared; all of ours are UTC
    naive = cs.datetime(time_zone="*").dt.replace_time_zone(None)
    return frame.gather_every(step).with_columns(naive).to_pandas()


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _present(column: str) -> Expectation:
    return Expectation("expect_column_values_to_not_be_null", {"column": column})


def _known(column: str, values: tuple[str, ...]) -> Expectation:
    return Expectation(
        "expect_column_values_to_be_in_set", {"column": column, "value_set": list(values)}
    )


def _looks_like(column: str, regex: str) -> Expectation:
    return Expectation("expect_column_values_to_match_regex", {"column": column, "regex": regex})


def _no_longer(column: str, most: int) -> Expectation:
    return Expectation(
        "expect_column_value_lengths_to_be_between", {"column": column, "max_value": most}
    )


def _from_zero(column: str) -> Expectation:
    return Expectation("expect_column_values_to_be_between", {"column": column, "min_value": 0})


def _in_order(later: str, earlier: str) -> Expectation:
    return Expectation(
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": later, "column_B": earlier, "or_equal": True},
    )


def _unique(columns: list[str]) -> Expectation:
    return Expectation("expect_compound_columns_to_be_unique", {"column_list": list(columns)})
