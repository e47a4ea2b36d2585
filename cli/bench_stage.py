"""What the publishing benchmarks play on: a ledger, a bare wire, and accounts that speak to it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep

import httpx
import yaml

from domain.brand import Account, Brand, Fact, Posting, Window
from domain.deliveries import NewDelivery, Payload
from domain.platforms import Platform
from publishing.networks import Network, connect
from runtime.clock import SystemClock
from storage.ledger import brands, deliveries
from storage.ledger.database import Ledger

PATIENCE = 30.0
TEXT = "{name}: fresh from the spring, bottled in the hills, one crate for every sunny day."
"""As long as a usual post; nothing in it looks like a link."""

NO_CAP = 10_000
"""A daily cap that no round comes to, however late its posts are."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a benchmark runs."""

    home: Path
    ledger: Ledger
    url: str
    accounts: int
    clock: SystemClock

    def names(self) -> list[str]:
        """The accounts' ids."""
        return [f"x:bench{number}" for number in range(self.accounts)]

    def networks(self) -> AbstractContextManager[Mapping[str, Network]]:
        """X's adapter for each account, on the bare wire, for as long."""
        return networks(self.url, self.accounts)

    def plan(self, tag: str, count: int, *, due_at: Callable[[int], datetime]) -> None:
        """Plan `count` posts, turn by turn on all accounts."""
        names = self.names()
        new = (
            NewDelivery(
                key=f"{tag} {number}",
                brand="bench",
                platform=Platform.X,
                account=names[number % len(names)],
                payload=Payload(text=TEXT.format(name=f"{tag} {number}")),
                due_at=due_at(number),
            )
            for number in range(count)
        )
        with self.ledger.transaction() as connection:
            deliveries.plan_many(connection, new, now=self.ledger.now(connection))

    def judged(self, tag: str, count: int) -> tuple[int, int]:
        """How many posts of that tag the wire took twice, and how many never."""
        told = httpx.get(f"{self.url}/tally/{tag}", timeout=60, trust_env=False).json()
        return told["taken"] - told["different"], count - told["different"]

    def worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """`amsel worker` on this ledger and these accounts, for as long."""
        tokens = {f"BENCH_TOKEN_{number}": f"token {number}" for number in range(self.accounts)}
        return worker(self.home, self.ledger, tokens)


@contextmanager
def networks(url: str, accounts: int) -> Iterator[dict[str, Network]]:
    """X's adapter for each of so many accounts, for as long."""
    clock = SystemClock()
    with ExitStack() as opened:
        found = {}
        for number, account in enumerate(_accounts(url, accounts)):
            network = connect(account, secret=f"token {number}", clock=clock, sending_allowed=False)
            opened.callback(network.close)
            found[account.id] = network
        yield found


@contextmanager
def stage(folder: Path, ledger_url: str | None, *, accounts: int) -> Iterator[Stage]:
    """A ledger at its newest, SQLite in the folder by default, and a wire for as long."""
    ledger = Ledger(ledger_url or f"sqlite:///{folder / 'ledger.db'}")
    ledger.upgrade()
    with wire(folder) as url:
        with ledger.transaction() as connection:
            brand = brand_of("bench", _accounts(url, accounts))
            brands.save(connection, brand, now=ledger.now(connection))
        save_brand(folder, brand)
        yield Stage(folder, ledger, url, accounts, SystemClock())
    ledger.close()


def save_brand(home: Path, brand: Brand) -> None:
    """Lay the brand's file where workers with this home find it."""
    place = home / "brands" / f"{brand.name}.yaml"
    place.parent.mkdir(exist_ok=True)
    document = brand.model_dump(mode="json", exclude_defaults=True)
    place.write_text(yaml.safe_dump(document), encoding="utf-8")


@contextmanager
def worker(
    home: Path, ledger: Ledger, variables: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """`amsel worker` as anybody starts it; killed at the end where it has not ended before."""
    settings = {
        "AMSEL_HOME": str(home),
        "AMSEL_BRANDS": str(home / "brands"),
        "AMSEL_LEDGER_URL": ledger.url.render_as_string(hide_password=False),
    }
    with (home / "worker.log").open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", "from cli.main import run; run()", "worker"],
            cwd=Path(__file__).parents[1],
            env=os.environ | settings | dict(variables),
            stdout=said,
            stderr=said,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def wire(folder: Path) -> Iterator[str]:
    """The bare wire as a process of its own."""
    place = folder / "port"
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "cli.bench_wire", str(folder)], cwd=Path(__file__).parents[1]
    )
    try:
        give_up_at = monotonic() + PATIENCE
        while not place.exists() and process.poll() is None and monotonic() < give_up_at:
            sleep(0.02)
        yield f"http://127.0.0.1:{place.read_text()}"
    finally:
        process.kill()
        process.wait()


def in_an_hour(seconds: float) -> timedelta:
    """An instant that is not due while a benchmark runs."""
    return timedelta(hours=1, seconds=seconds)


def _accounts(url: str, number: int) -> list[Account]:
    return [
        Account(
            platform=Platform.X,
            handle=f"bench{one}",
            time_zone="UTC",
            base_url=url,
            token_env=f"BENCH_TOKEN_{one}",
            daily_cap=NO_CAP,
        )
        for one in range(number)
    ]


def brand_of(name: str, accounts: Sequence[Account]) -> Brand:
    """A brand file as there might be one, so that the door reads what it reads anywhere."""
    all_day = Window(start=time(0), end=time(23, 59))
    return Brand(
        name=name,
        title=name.title(),
        about="A brand that only posts.",
        facts=(Fact(id="spring", topic="water", text="The water is from the spring."),),
        topics=("water",),
        accounts=tuple(accounts),
        posting=Posting(windows=(all_day,), default_times=(time(9),)),
    )
