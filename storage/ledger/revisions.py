"""Which shape the tables have, and how they come to the one this version needs."""

from pathlib import Path

import sqlalchemy as sa

from domain.errors import StoreError

MIGRATIONS = Path(__file__).parents[2] / "sql" / "migrations"
UPGRADE_LOCK = 0x616D73656C  # any number that only this product uses: "amsel" in ASCII


def known() -> tuple[str, ...]:
    """The revisions of this version, oldest first: the numbers before the file names' `_`."""
    files = sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
    return tuple(file.stem.partition("_")[0] for file in files)


def current(connection: sa.Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.scalar(sa.text("select version_num from alembic_version"))
    return None if revision is None else str(revision)


def lock(connection: sa.Connection) -> None:
    """Let one process migrate at a time; SQLite's write transaction does so by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))


def refuse_unknown(connection: sa.Connection, *, name: str) -> None:
    """Raise StoreError where a newer Amsel has written the tables."""
    revision = current(connection)
    if revision is not None and revision not in known():
        raise StoreError(
            f"the ledger {name} is at revision {revision}, but this version knows only up to "
            f"{known()[-1]}; update Amsel, or restore the backup taken before the update"
        )


def refuse_behind(connection: sa.Connection, *, name: str) -> None:
    """Raise StoreError where the tables are missing or old."""
    revision = current(connection)
    if revision != known()[-1]:
        raise StoreError(
            f"the ledger {name} is at revision {revision or 'none'}, not {known()[-1]}; "
            "run `amsel status` once: it brings the ledger up to date"
        )


def upgrade(connection: sa.Connection, revision: str) -> None:
    """Run the migrations up to `revision` inside the caller's transaction."""
    if revision == "head" and current(connection) == known()[-1]:
        return
    from alembic import command  # heavy, and needed only where tables change

    command.upgrade(_config(connection), revision)


def downgrade(connection: sa.Connection, revision: str) -> None:
    """Run the migrations down to `revision` inside the caller's transaction."""
    from alembic import command

    command.downgrade(_config(connection), revision)


def _config(connection: sa.Connection):  # type: ignore[no-untyped-def]
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
