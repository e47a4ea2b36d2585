"""SQL from a person or a machine over Parquet files: it can read those tables and nothing else."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow
import pyarrow.dataset as arrow_dataset

from domain.errors import AmselError, InputError, PolicyError, StoreError
from storage.lake_tables import TABLES


def run_read_only(sql: str, *, tables: Mapping[str, Sequence[Path]]) -> pl.DataFrame:
    """The rows of one SELECT (or WITH ... SELECT, DESCRIBE, SHOW TABLES) over the given tables.

    The tables are handed to a DuckDB in memory as Arrow datasets, so that DuckDB itself needs no
    file: its access to files, network, extensions and Python variables is off, and locked. (Views
    over `read_parquet` would need their folders allowed, and what is allowed can also be written:
    `with x as (copy posts to '...') select ...` counts as a SELECT.)

    Args:
        sql: one statement.
        tables: each table's Parquet files; a table of the lake without any has no rows.

    Raises:
        PolicyError: the statement would write, or reach for a file or the network.
        InputError: the statement is not valid SQL, or names a table that there is not.
        StoreError: a file of a table is broken.
    """
    # without a temporary folder no folder at all is open to the query
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        try:
            query = _only_select(sql, connection)
            for name, files in tables.items():
                connection.register(name, _dataset(name, files))
            for setting in _LOCKED_DOWN:
                connection.execute(setting)
            rows: pl.DataFrame = connection.sql(query).pl()
            return rows
        except (duckdb.Error, pyarrow.ArrowException, OSError) as error:
            raise _translated(error, names=", ".join(sorted(tables))) from error


def _translated(error: Exception, *, names: str) -> AmselError:
    text = str(error)
    if isinstance(error, duckdb.PermissionException):
        return PolicyError(
            "the query reaches for a file, the network or a setting; "
            f"it may only read the tables {names}"
        )
    if isinstance(error, duckdb.CatalogException):
        missing = text.splitlines()[0].removeprefix("Catalog Error: ").rstrip("!.")
        return InputError(f"{missing}; the tables are {names}")
    if not isinstance(error, duckdb.Error) or "reading the stream" in text:
        return StoreError(
            f"a file of a table cannot be read: {text}; "
            "move it away and import or materialize again"
        )
    return InputError(f"the query cannot be run: {text}; correct it")


_LOCKED_DOWN = (
    "set TimeZone = 'UTC'",
    "set python_enable_replacements = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)


_TABLE_FUNCTIONS = {"unnest", "range", "generate_series"}
"""The table functions that make rows of their arguments alone; the others reach further."""


def _only_select(sql: str, connection: duckdb.DuckDBPyConnection) -> str:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise InputError(f"expected one statement, found {len(statements)}; run them one by one")
    query, kind = statements[0].query, statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise PolicyError(f"{kind.name} is not allowed: queries only read; write one SELECT")
    [(serialized,)] = connection.execute("select json_serialize_sql(?)", [query]).fetchall()
    tree = json.loads(serialized)
    if tree["error"]:
        raise InputError("the query cannot be checked; write PIVOT as grouped sums, by SELECT")
    for node in _nodes(tree):
        kind_of_node = str(node.get("type"))
        if kind_of_node.endswith("_QUERY_NODE"):
            verb = kind_of_node.removesuffix("_QUERY_NODE")
            raise PolicyError(f"{verb} is not allowed: queries only read; write one SELECT")
        if kind_of_node == "TABLE_FUNCTION":
            _check_function(node["function"]["function_name"])
    return query


def _check_function(name: str) -> None:
    if name.lower() not in _TABLE_FUNCTIONS:
        raise PolicyError(
            f"the table function {name} is not allowed: queries read only tables; "
            "`show tables` lists them"
        )


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    if isinstance(tree, dict | list):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from _nodes(part)


def _dataset(name: str, files: Sequence[Path]) -> arrow_dataset.Dataset:
    if name not in TABLES:
        return arrow_dataset.dataset([str(file) for file in files], format="parquet")
    empty = pl.DataFrame(schema=TABLES[name]).to_arrow()
    if not files:
        return arrow_dataset.dataset(empty)
    # columns that older files lack are null
    paths = [str(file) for file in files]
    return arrow_dataset.dataset(paths, schema=empty.schema, format="parquet")
