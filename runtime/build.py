"""Ready parts out of settings: every store, network and writer that the rest is handed."""

import logging
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from domain.brand import Brand
from domain.contradictions import told
from domain.errors import ConfigError
from publishing.platforms.base import Network
from publishing.platforms.registry import connect
from publishing.tokens import TokenKeeper, Vault
from runtime.accounts import held_secret, keeper_of, named, placed
from runtime.clock import make_clock
from runtime.keyring import read_keyring
from runtime.music import read_music, when_changed
from runtime.settings import CHECKOUT, Settings
from storage.blobs import Blobs
from storage.brand_files import load_brands
from storage.ledger import brands as ledger_brands
from storage.ledger.database import Ledger
from storage.ledger.tokens import Holder
from storage.models import ModelRegistry

# lake, warehouse and writers bring libraries that take a second to import; `amsel stop` and its
# like need none of them
if TYPE_CHECKING:
    from content.media.makers.base import Makers
    from content.providers.base import Writer
    from storage.lake import Lake
    from storage.object_blobs import ObjectBlobs
    from storage.warehouse import Warehouse

logger = logging.getLogger(__name__)

Networks = Mapping[str, Network]
"""Account id to the adapter that speaks to it."""


def open_lake(settings: Settings) -> "Lake":
    """The lake under AMSEL_HOME."""
    from storage.lake import Lake

    return Lake(settings.home.resolve() / "lake")


def open_warehouse(settings: Settings) -> "Warehouse":
    """The warehouse under AMSEL_HOME."""
    from storage.warehouse import Warehouse

    return Warehouse(settings.home.resolve() / "warehouse", open_lake(settings))


def open_blobs(settings: Settings) -> "Blobs | ObjectBlobs":
    """The pictures and clips: in the bucket of the settings, or else under AMSEL_HOME.

    Raises:
        ConfigError: AMSEL_MEDIA_STORE is no URL of a store.
    """
    if settings.media_store:
        from storage.object_blobs import open_object_blobs

        return open_object_blobs(settings.media_store, base_url=settings.media_address)
    return Blobs(settings.home.resolve() / "media", base_url=settings.media_address)


def open_models(settings: Settings) -> ModelRegistry:
    """The registry of fitted models under AMSEL_HOME."""
    return ModelRegistry(settings.home.resolve() / "models")


def open_ledger(settings: Settings) -> Ledger:
    """The ledger with its tables brought up to date, on the sandbox's clock where there is one."""
    return _migrated(settings.ledger, settings)


@cache
def _migrated(url: str, settings: Settings) -> Ledger:
    ledger = Ledger(url, clock=make_clock(settings) if settings.sandbox_url else None)
    ledger.upgrade()
    return ledger


def read_brands(settings: Settings) -> dict[str, Brand]:
    """The brands of the brand folder, as their files stand now.

    The music that they name is taken into the store. Facts that contradict each other are told
    once.

    Raises:
        ConfigError: a file is wrong; the message names file, line and remedy.
    """
    brands = load_brands(settings.brands, take=partial(taken_music, settings=settings))
    for brand in brands.values():
        for line in told(brand.facts, language=brand.voice.language):
            _warn_once(f"{brand.name}: {line}")
    return brands


def taken_music(path: Path, *, settings: Settings) -> str:
    """The SHA-256 of a brand's music, which is in the store from then on.

    Raises:
        InputError: it is no music that can be used.
        StoreError: the store refuses.
    """
    return _kept_music(path, when_changed(path), settings)


@cache
def _kept_music(path: Path, _version: tuple[int, int], settings: Settings) -> str:
    return open_blobs(settings).put(read_music(path))


@cache
def _warn_once(message: str) -> None:
    logger.warning(message)


def sync_brands(settings: Settings, ledger: Ledger) -> dict[str, Brand]:
    """Read the brand files and record the versions that are served from now on."""
    brands = read_brands(settings)
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        for brand in brands.values():
            ledger_brands.save(connection, brand, now=now)
    return brands


@cache
def open_networks(settings: Settings) -> Networks:
    """Account id to its network, for every account whose platform can be spoken to.

    An account without a token is left out with a warning: what is planned on it waits, and the
    others go on.

    Raises:
        ConfigError: no account has a token; the message names the first one's variable.
        PolicyError: sending is off and an account lies beyond this machine.
    """
    clock, vault = make_clock(settings), open_vault(settings)
    known = vault.user_ids()
    networks: dict[str, Network] = {}
    missing: list[ConfigError] = []
    for brand in read_brands(settings).values():
        for account in brand.accounts:
            try:
                secret = held_secret(vault, Holder(account, brand.name), settings)
            except ConfigError as exc:
                missing.append(exc)
                continue
            networks[account.id] = connect(
                named(placed(account, settings), known),
                secret=secret,
                clock=clock,
                sending_allowed=settings.sending == "on",
                media=open_blobs(settings),
            )
    if missing and not networks:
        raise missing[0]
    for exc in missing:
        logger.warning("%s. Until then nothing of it goes out", exc)
    return networks


def open_keepers(settings: Settings) -> list[TokenKeeper]:
    """What renews the tokens of each account that is connected."""
    vault = open_vault(settings)
    return [
        keeper_of(vault, Holder(account, brand.name), settings)
        for brand in read_brands(settings).values()
        for account in brand.accounts
    ]


def open_vault(settings: Settings) -> Vault:
    """The accounts' tokens in the ledger, with the keys that open them."""
    return Vault(open_ledger(settings), partial(read_keyring, settings))


def make_writers(settings: Settings) -> "list[Writer]":
    """The writers with a key or a base URL, those of installed packages, and last the composer.

    Raises:
        ConfigError: nobody knows a model's price, so that no budget could be kept; or a package
            is broken.
    """
    from content.providers.anthropic_writer import AnthropicWriter
    from content.providers.composer import Composer
    from content.providers.openai_writer import OpenAIWriter
    from content.providers.plugins import plugged_writers
    from content.providers.prices import Price

    writers: list[Writer] = []
    told_apart = partial(OpenAIWriter, small=settings.openai_small)
    for kind, name in ((AnthropicWriter, "anthropic"), (told_apart, "openai")):
        key = _writer_key(settings, name)
        base_url = getattr(settings, f"{name}_base_url") or None
        price = getattr(settings, f"{name}_price")
        if key or base_url:
            model = getattr(settings, f"{name}_model")
            writer = kind(
                model,
                key or "none",
                base_url=base_url,
                price=Price(*price) if price else None,
                at_once=getattr(settings, f"{name}_at_once"),
            )
            writers.append(writer)
    return [*writers, *plugged_writers(), Composer()]


def _writer_key(settings: Settings, name: str) -> str:
    """The key of whoever answers at the writer's address: a provider's own goes to nobody else."""
    base_url = getattr(settings, f"{name}_base_url")
    given = getattr(settings, f"{name}_key").get_secret_value()
    own: str = getattr(settings, f"{name}_api_key").get_secret_value()
    host = urlsplit(base_url).hostname or ""
    if not base_url or host == f"{name}.com" or host.endswith(f".{name}.com"):
        return given or own
    if own and not given:
        _warn_once(
            f"{name.upper()}_API_KEY is not sent to {host}; set AMSEL_{name.upper()}_KEY if that "
            "address wants a key"
        )
    return str(given)


def make_makers(settings: Settings) -> "Makers":
    """The makers of AMSEL_PICTURE_MAKER and AMSEL_CLIP_MAKER, with the keys of their providers.

    Raises:
        ConfigError: nobody makes that, or its key or price is missing.
    """
    from content.media.makers.base import Makers

    if not settings.picture_maker and not settings.clip_maker:
        return Makers()
    from content.media.makers.hosted import clip_maker_of, maker_of

    painter = filmer = None
    if name := settings.picture_maker:
        url, cents = settings.picture_base_url or None, settings.picture_cents
        painter = maker_of(name, _maker_key(settings, name), base_url=url, cents=cents)
    if name := settings.clip_maker:
        url, cents = settings.clip_base_url or None, settings.clip_cents
        filmer = clip_maker_of(name, _maker_key(settings, name), base_url=url, cents=cents)
    return Makers(painter, filmer)


def _maker_key(settings: Settings, name: str) -> str:
    """The key of the provider that a maker's name begins with; empty where there is none."""
    keys = {
        "openai": settings.openai_api_key,
        "stability": settings.stability_api_key,
        "replicate": settings.replicate_api_token,
        "runway": settings.runway_api_key,
    }
    key = keys.get(name.partition("/")[0])
    return key.get_secret_value() if key else ""


@cache
def code_version() -> str:
    """The commit of this checkout; `unknown` where it is not a git checkout."""
    git = shutil.which("git")
    if git is None:
        return "unknown"
    command = [git, "-C", str(CHECKOUT), "rev-parse", "--short=12", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() or "unknown"
