"""Recovery, measured: workers killed again and again under a stream, in real time."""

import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
import yaml

from cli.bench_sending import quantile
from cli.bench_stage import NO_CAP, TEXT, brand_of, save_brand, worker
from domain.brand import Account
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.media import Attachment
from domain.platforms import Platform
from sandbox import process
from storage.blobs import Blobs
from storage.ledger import brands
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger.database import Ledger
from storage.ledger.tables import deliveries, in_state

ACCOUNTS = 4
"""Of each platform."""
PER_SECOND = 12.0
WORKERS = 2
BETWEEN = 4.0
"""Seconds between two kills, in which the worker in its place gets going."""
LATER = (0.0, 0.02, 0.04, 0.06, 0.08)
"""Seconds from a look at what a worker holds to its end, by turns: intents, requests, outcomes."""
STARTING = 30.0
PATIENCE = 600.0
SIZE = 640
KINDS = {
    Platform.MASTODON: "a key",
    Platform.INSTAGRAM: "a handle",
    Platform.X: "neither",
    Platform.FACEBOOK: "neither",
}
"""By what a platform recognises a repeat, at whom all is sent here."""
HELD = (DeliveryState.CLAIMED, DeliveryState.SENDING)
OPEN = (
    *HELD,
    DeliveryState.PLANNED,
    DeliveryState.DUE,
    DeliveryState.WAITING,
    DeliveryState.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class _World:
    """A sandbox in real time, a ledger and the variables of the workers."""

    home: Path
    ledger: Ledger
    url: str
    accounts: Sequence[Account]
    picture: Attachment
    variables: Mapping[str, str]


@dataclass(slots=True)
class _Losses:
    """What killed workers left behind: delivery ids with the instants of the kills."""

    kills: int = 0
    without_any: int = 0
    orphans: list[tuple[str, datetime]] = field(default_factory=list)


def after_kills(
    ledger: Ledger,
    home: Path,
    *,
    kills: int,
    platforms: Collection[Platform] = tuple(KINDS),
    between: float = BETWEEN,
) -> dict[str, Any]:
    """How long until what a killed worker held was known to be out, on the real clock.

    Two `amsel worker` send a steady stream to a sandbox. Again and again one of them is killed
    in the middle of its work, by turns where both have some, and another takes its place.
    """
    with _world(home, ledger, platforms) as world:
        losses = _Losses()
        until = _plan(world, seconds=kills * (between + 1))
        with ExitStack() as opened:
            standing = [opened.enter_context(_worker(world)) for _ in range(WORKERS)]
            for turn in range(kills):
                place = _busy(world, standing, first=turn % WORKERS)
                _kill(world, standing[place], losses)
                standing[place] = opened.enter_context(_worker(world))
                time.sleep(between)
            _wait(world, until)
        return _figures(world, losses)


@contextmanager
def _world(home: Path, ledger: Ledger, platforms: Collection[Platform]) -> Iterator[_World]:
    home.mkdir()
    running = process.start(
        home / "sandbox",
        audience=_audience(home, platforms),
        speed=1,
        start=datetime.now(UTC),
        limit_factor=100_000,
    )
    with running as sandbox:
        accounts = [
            Account(
                platform=platform,
                handle=f"kills{number}",
                time_zone="UTC",
                base_url=f"{sandbox.url}/{platform}",
                token_env=f"BENCH_{platform.upper()}_{number}",
                daily_cap=NO_CAP,
            )
            for platform in platforms
            for number in range(ACCOUNTS)
        ]
        brand = brand_of("kills", accounts)
        save_brand(home, brand)
        with ledger.transaction() as connection:
            brands.save(connection, brand, now=ledger.now(connection))
        variables = {
            str(one.token_env): f"sandbox-{one.platform}-{one.handle}" for one in accounts
        } | {"AMSEL_MEDIA_URL": f"{sandbox.url}/_sandbox/media"}
        picture = _picture(Blobs(home / "media"))
        yield _World(home, ledger, sandbox.url, accounts, picture, variables)


def _audience(home: Path, platforms: Collection[Platform]) -> Path:
    """The demo's first account, silent, as each of ours."""
    found = yaml.safe_load(process.DEMO_AUDIENCE.read_text("utf-8"))
    first = found["accounts"][0] | {"level": 0.0, "reply_propensity": 0.0}
    found["accounts"] = [
        first | {"platform": str(platform), "handle": f"kills{number}"}
        for platform in platforms
        for number in range(ACCOUNTS)
    ]
    bank = process.DEMO_AUDIENCE.with_name(found["comment_bank"])
    found |= {"comment_bank": yaml.safe_load(bank.read_text("utf-8")), "history_days": 2}
    path = home / "audience.yaml"
    path.write_text(yaml.safe_dump(found, allow_unicode=True), "utf-8")
    return path


def _picture(blobs: Blobs) -> Attachment:
    from PIL import Image

    made = BytesIO()
    Image.new("RGB", (SIZE, SIZE), "teal").save(made, "JPEG")
    content = made.getvalue()
    return Attachment(
        sha256=blobs.put(content),
        mime_type="image/jpeg",
        bytes=len(content),
        width=SIZE,
        height=SIZE,
        alt_text="",
    )


def _plan(world: _World, *, seconds: float) -> datetime:
    """Plan an even stream over all accounts; the instant of its last post."""
    with world.ledger.transaction() as connection:
        now = world.ledger.now(connection)
        new = [_post(world, number, now) for number in range(round(seconds * PER_SECOND))]
        ledger_deliveries.plan_many(connection, new, now=now)
    return new[-1].due_at


def _post(world: _World, number: int, now: datetime) -> NewDelivery:
    account = world.accounts[number % len(world.accounts)]
    is_pictured = account.platform is Platform.INSTAGRAM
    return NewDelivery(
        key=f"kill {number}",
        brand="kills",
        platform=account.platform,
        account=account.id,
        payload=Payload(
            text=TEXT.format(name=f"kill {number}"), media=(world.picture,) if is_pictured else ()
        ),
        due_at=now + timedelta(seconds=number / PER_SECOND),
    )


def _worker(world: _World) -> Any:
    return worker(world.home, world.ledger, world.variables)


def _busy(world: _World, standing: Sequence[Any], *, first: int) -> int:
    """Which worker holds something, `first` if it does; where nobody does for long, that one.

    Whoever was up first may have sent all that was due: to wait for the other would be in vain.
    """
    turns = [(first + number) % len(standing) for number in range(len(standing))]
    give_up_at = time.monotonic() + STARTING
    while time.monotonic() < give_up_at:
        for place in turns:
            if _held_by(world, standing[place]):
                return place
        time.sleep(0.01)
    return first


def _kill(world: _World, victim: Any, losses: _Losses) -> None:
    """Kill a worker soon after it was seen to hold something, and note what it held then."""
    time.sleep(LATER[losses.kills % len(LATER)])
    victim.kill()
    victim.wait()
    with world.ledger.reading() as connection:
        now = world.ledger.now(connection)
    left = _held_by(world, victim)
    losses.kills += 1
    losses.without_any += not left
    losses.orphans += [(delivery_id, now) for delivery_id in left]


def _held_by(world: _World, process: Any) -> list[str]:
    query = sa.select(deliveries.c.id).where(
        in_state(*HELD), deliveries.c.lease_owner.contains(f":{process.pid}:")
    )
    with world.ledger.reading() as connection:
        return list(connection.scalars(query))


def _wait(world: _World, until: datetime) -> None:
    """Wait until all is out, or nobody can hope for it any more."""
    ours = sa.and_(deliveries.c.key.startswith("kill "), deliveries.c.state.in_(OPEN))
    query = sa.select(sa.func.count()).select_from(deliveries).where(ours)
    while True:
        with world.ledger.reading() as connection:
            is_over = world.ledger.now(connection) > until + timedelta(seconds=PATIENCE)
            if is_over or not connection.scalar(query):
                return
        time.sleep(0.5)


def _figures(world: _World, losses: _Losses) -> dict[str, Any]:
    with world.ledger.reading() as connection:
        query = sa.select(deliveries).where(deliveries.c.key.startswith("kill "))
        rows = {row["id"]: row for row in connection.execute(query).mappings()}
    known = [(rows[one], at) for one, at in losses.orphans]
    out = [(row, at) for row, at in known if row["state"] == DeliveryState.SENT]
    found = {
        str(platform): _spread([pair for pair in out if pair[0]["platform"] == platform])
        | {"repeats_known_by": kind}
        for platform, kind in KINDS.items()
        if any(one.platform is platform for one in world.accounts)
    }
    doubled, lost = _judged(world, [str(row["key"]) for row in rows.values()])
    return (
        {"kills": losses.kills, "kills_without_orphans": losses.without_any, "posts": len(rows)}
        | {f"recovery_{name}": value for name, value in _spread(out).items()}
        | {"orphans": len(known), "unsettled": len(known) - len(out)}
        | {"platforms": found, "doubled": doubled, "lost": lost}
    )


def _spread(pairs: Sequence[tuple[Any, datetime]]) -> dict[str, Any]:
    """Seconds from the kill until it was known to be out."""
    seconds = sorted((row["updated_at"] - at) / timedelta(seconds=1) for row, at in pairs)
    return {
        "count": len(seconds),
        "sent_again": sum(row["attempts"] > 1 for row, _ in pairs),
        "p50_s": round(quantile(seconds, 0.5), 1),
        "p95_s": round(quantile(seconds, 0.95), 1),
        "most_s": round(seconds[-1], 1) if seconds else 0.0,
    }


def _judged(world: _World, keys: Sequence[str]) -> tuple[int, int]:
    """How many posts the sandbox accepted twice, and how many never: by its own list."""
    told = httpx.get(f"{world.url}/_sandbox/ledger", timeout=60, trust_env=False)
    words = json.dumps(told.json()["posts"])
    counts = [words.count(f'"{TEXT.format(name=key)}"') for key in keys]
    return sum(max(count - 1, 0) for count in counts), counts.count(0)
