"""What `amsel doctor` looks at, in the order in which one thing needs another."""

import platform
import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile

from domain.brand import Account, Brand
from domain.clock import Clock
from domain.contradictions import told
from domain.errors import AmselError, ConfigError, PolicyError, RateLimited, Unpaid
from domain.languages import name_of
from publishing.money import payer
from publishing.platforms.base import Foretelling
from publishing.platforms.metering import metered
from publishing.platforms.registry import adapter_of, connect
from publishing.policies import by_account
from publishing.purses import purse_in
from runtime.accounts import placed
from runtime.build import make_writers, open_lake, open_models, open_warehouse
from runtime.clock import SystemClock, make_clock
from runtime.findings import Finding, Health
from runtime.music import read_music
from runtime.price_age import old_prices
from runtime.settings import Settings
from runtime.token_check import as_it_stands
from storage.brand_files import load_brand, load_brands
from storage.ledger import brands as ledger_brands
from storage.ledger import writer_calls
from storage.ledger.database import Ledger

OLDEST_PYTHON = (3, 11)
MEGABYTE = 1024 * 1024
FULL = 100 * MEGABYTE
TIGHT = 1024 * MEGABYTE


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, one after the other; nothing but reads is asked.

    Nothing is changed, but that reads which a platform charges for are booked.
    """
    yield _python()
    yield from _home(settings.home.resolve())
    yield _ledger(settings)
    yield from _kept(settings)
    yield from old_prices(settings, today=SystemClock().now().date())
    found, brands = _brands(settings)
    yield from found
    yield from _accounts(brands, settings)
    yield from _lake(settings)
    yield from _warehouse(settings)
    yield from _models(settings)
    yield _sending(settings)


def _python() -> Finding:
    has = platform.python_version()
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Finding("python", Health.BAD, f"{has} is too old; install Python 3.11 or later")
    return Finding("python", Health.OK, has)


def _home(home: Path) -> Iterator[Finding]:
    there = next(path for path in (home, *home.parents) if path.exists())
    try:
        with TemporaryFile(dir=there):
            pass
    except OSError as exc:
        yield Finding(
            "home",
            Health.BAD,
            f"{there} cannot be written ({exc.strerror}); mend its permissions, or set AMSEL_HOME "
            "to a folder that can",
        )
        return
    note = "" if there == home else " (not made yet)"
    free = shutil.disk_usage(there).free
    health = Health.BAD if free < FULL else Health.WARN if free < TIGHT else Health.OK
    remedy = "" if health is Health.OK else "; free some space, or move AMSEL_HOME"
    yield Finding("home", health, f"{home}{note}, {free // MEGABYTE:,} MB free{remedy}")


def _ledger(settings: Settings) -> Finding:
    path = Path(settings.ledger.removeprefix("sqlite:///"))
    if settings.ledger.startswith("sqlite:") and not path.exists():
        return Finding(
            "ledger", Health.WARN, f"{path} is not made yet; `amsel status` or `make demo` makes it"
        )
    try:
        ledger = Ledger(settings.ledger)
        with ledger.reading() as connection:
            ledger.now(connection)
        ledger.close()
    except AmselError as exc:
        return Finding("ledger", Health.BAD, str(exc))
    return Finding("ledger", Health.OK, ledger.name)


def _kept(settings: Settings) -> Iterator[Finding]:
    """What the ledger tells of writers and brands; that it is not well is told elsewhere."""
    path = Path(settings.ledger.removeprefix("sqlite:///"))
    if settings.ledger.startswith("sqlite:") and not path.exists():
        return
    try:
        ledger = Ledger(settings.ledger)
        with ledger.reading() as connection:
            failing = writer_calls.failing(connection, now=ledger.now(connection))
            known = ledger_brands.known(connection)
        ledger.close()
    except AmselError:
        return
    for one in failing:
        text = (
            f"{one.writer}: its last {one.calls} calls failed, {one.last_at:%Y-%m-%d %H:%M} UTC: "
        )
        remedy = "; until then others write, and the composer last (docs/writers.md)"
        yield Finding("writer", Health.WARN, f"{text}{one.why}{remedy}")
    for name in sorted(known.unread.keys() - known.newer):
        text = f"what the ledger holds of {name} cannot be read, so nothing of it goes out"
        yield Finding("brand", Health.BAD, f"{text}; {ledger_brands.remedy_of(name)}")


def _brands(settings: Settings) -> tuple[list[Finding], list[Brand]]:
    brands, found, folder = [], [], settings.brands
    for path in sorted(folder.glob("*.yaml")):
        try:
            brands.append(load_brand(path, take=_heard))
            found += _brand(brands[-1], path, settings)
        except ConfigError as exc:
            found += [Finding("brand", Health.BAD, line) for line in str(exc).splitlines()]
    if all(one.health is not Health.BAD for one in found):
        try:
            load_brands(folder)
        except ConfigError as exc:
            found.append(Finding("brand", Health.BAD, str(exc)))
    return found, brands


def _heard(path: Path) -> str:
    return sha256(read_music(path)).hexdigest()


def _brand(brand: Brand, path: Path, settings: Settings) -> Iterator[Finding]:
    yield Finding("brand", Health.OK, f"{brand.name}, {path}")
    for line in told(brand.facts, language=brand.voice.language):
        yield Finding("brand", Health.WARN, f"{path}: {line}")
    from content.providers.composer import Composer

    code = brand.voice.language
    if not Composer.speaks(code) and len(make_writers(settings)) == 1:
        text = (
            f"{path}: voice.language is {code} ({name_of(code)}), which the composer does not "
            "write, and no other writer is set up; set up one (docs/writers.md)"
        )
        yield Finding("brand", Health.BAD, text)


def _accounts(brands: list[Brand], settings: Settings) -> Iterator[Finding]:
    clock, known = make_clock(settings), by_account(brands)
    books = None
    if _ledger(settings).health is Health.OK:
        books = Ledger(settings.ledger, clock=clock if settings.sandbox_url else None)
    for account, policy in known.items():
        if books is None and payer(account, known, bills=not settings.sandbox_url):
            text = f"{account}: not asked, as it charges for that and no ledger is there to book it"
            yield Finding("platform", Health.WARN, f"{text}; `amsel status` makes one")
            continue
        with metered(purse_in(books, known, account) if books else None):
            yield from _account(policy.account, settings, clock)
    if books is not None:
        books.close()


def _account(account: Account, settings: Settings, clock: Clock) -> Iterator[Finding]:
    """The account's token, then whether its platform answers to a harmless read."""
    try:
        adapter_of(account.platform)
    except ConfigError as exc:
        yield Finding("platform", Health.WARN, f"{account.id}: {exc}")
        return
    token, secret = as_it_stands(account, settings, now=clock.now)
    try:
        network = connect(
            placed(account, settings),
            secret=secret,
            clock=clock,
            sending_allowed=settings.sending == "on",
        )
    except PolicyError as exc:
        yield Finding("platform", Health.WARN, str(exc))
        return
    yield token
    if token.health is Health.BAD:
        network.close()
        return
    try:
        network.own_posts(clock.now() - timedelta(hours=1))
        better = network.foretell() if isinstance(network, Foretelling) else None
    except (RateLimited, Unpaid) as exc:
        yield Finding("platform", Health.WARN, f"{account.id}: {exc}")
    except AmselError as exc:
        yield Finding("platform", Health.BAD, f"{account.id}: {exc}")
    else:
        yield Finding("platform", Health.OK, f"{account.id}: answers")
        if better is not None:
            yield Finding("platform", Health.WARN, better)
    finally:
        network.close()


def _lake(settings: Settings) -> Iterator[Finding]:
    import polars as pl

    from storage.lake_tables import TABLES

    lake = open_lake(settings)
    there = [table for table in TABLES if lake.exists(table)]
    if not there:
        text = f"{lake.root} is empty; bring history in with `amsel import`, or run `make demo`"
        yield Finding("lake", Health.WARN, text)
        return
    whole = True
    for table in there:
        try:
            lake.scan(table).select(pl.len()).collect()
        except (AmselError, OSError, pl.exceptions.PolarsError) as exc:
            whole = False
            yield Finding(
                "lake",
                Health.BAD,
                f"table {table} cannot be read: {exc}; move the broken file away and import or "
                "materialize again",
            )
    if whole:
        yield Finding("lake", Health.OK, f"{lake.root}, {len(there)} tables")


def _warehouse(settings: Settings) -> Iterator[Finding]:
    from storage.warehouse import MARTS

    missing = []
    try:
        warehouse = open_warehouse(settings)
        missing = [name for name in MARTS if not warehouse.has(name)]
    except AmselError as exc:
        yield Finding("warehouse", Health.BAD, str(exc))
        return
    if missing:
        text = f"not built: {', '.join(missing)}; materialize the warehouse group in `make up`"
        yield Finding("warehouse", Health.WARN, text)
    else:
        yield Finding("warehouse", Health.OK, f"{warehouse.root}, {len(MARTS)} marts")


def _models(settings: Settings) -> Iterator[Finding]:
    models = open_models(settings)
    if not models.names():
        text = "none is fitted yet: default times are used; `make demo` fits some"
        yield Finding("models", Health.WARN, text)
    for name in models.names():
        try:
            version = models.serving(name)
            if version is None:
                text = f"{name}: no version was good enough to serve; more history may help"
                yield Finding("models", Health.WARN, text)
                continue
            models.load(name, version)
        except AmselError as exc:
            yield Finding("models", Health.BAD, str(exc))
        else:
            yield Finding("models", Health.OK, f"{name} {version} serves")


def _sending(settings: Settings) -> Finding:
    if settings.sending == "on":
        return Finding("sending", Health.OK, "on: posts go out to the real platforms")
    text = "off: nothing leaves this machine; set AMSEL_SENDING=on where posts are to go out"
    return Finding("sending", Health.OK if settings.sandbox_url else Health.WARN, text)
