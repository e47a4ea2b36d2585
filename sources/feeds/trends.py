"""Trends given as a file: YAML or CSV with topic, observed_at, volume, growth and source."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from domain.errors import ConfigError, InputError
from domain.trends import TrendingTopic
from sources.exports.csv_files import LINE, read_csv
from storage.yaml_files import line_of, load_yaml

_COLUMNS = ("topic", "observed_at", "volume", "growth", "source")


def read_trends(path: Path) -> list[TrendingTopic]:
    """The topics in a file, in its order; their text is data and never an instruction.

    Args:
        path: a `.csv` with a header, or YAML: a list of mappings.

    Returns:
        One entry per topic and observation; `volume` is a count of posts, `growth` the change
        against the usual volume as a ratio minus one.

    Raises:
        InputError: the file or a field of it is wrong; names file, line and field.
    """
    path = Path(path)
    entries = _from_csv(path) if path.suffix == ".csv" else _from_yaml(path)
    return [_topic(path, line, entry) for line, entry in entries]


def _from_csv(path: Path) -> list[tuple[int, Any]]:
    file = read_csv(path)
    if missing := [name for name in _COLUMNS if name not in file.header]:
        raise InputError(
            f"{path}: column {missing[0]!r} is missing; it needs {', '.join(_COLUMNS)}"
        )
    if file.ragged.height:
        line, _, fields = file.ragged.row(0)
        raise InputError(
            f"{path}, line {line}: {fields} fields, the header has {len(file.header)}; mend the row"
        )
    return [(row.pop(LINE), row) for row in file.rows.iter_rows(named=True)]


def _from_yaml(path: Path) -> list[tuple[int, Any]]:
    try:
        document, root = load_yaml(path)
    except ConfigError as error:
        raise InputError(str(error)) from error
    if not isinstance(document, list):
        raise InputError(f"{path}:1: a trends file is a list of topics; start each with `- topic:`")
    return [(line_of(root, [at]), entry) for at, entry in enumerate(document)]


def _topic(path: Path, line: int, entry: Any) -> TrendingTopic:
    try:
        return TrendingTopic.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(step) for step in first["loc"]) or "topic"
        raise InputError(
            f"{path}, line {line}, {field}: {first['msg'].lower()}; mend it, "
            f"an entry has {', '.join(_COLUMNS)}"
        ) from error
