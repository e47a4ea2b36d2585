"""The user's own X analytics export in the place of the demo's invented past."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer

from domain.brand import Brand

BRAND = "northloom"
ACCOUNT = ("x", "northloom")


def lay_own_history(home: Path, posts: Sequence[Path], *, brands: Path) -> None:
    """Copy the export into the demo's drop folder, and the one brand played into `home/brands`.

    The example brand posts on its X account alone: the past is the user's, the audience is still
    the sandbox's. A kill leaves the export laid whole or not at all. Raises typer.BadParameter
    where a path is not there or holds no CSV file.
    """
    import yaml

    from storage.atomic import write_atomically
    from storage.brand_files import load_brand

    files = export_files(posts)
    draft = home / ".own-history"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for file in files:
        shutil.copy(file, draft)
    alone = _alone(load_brand(brands / f"{BRAND}.yaml"), brands)
    text = yaml.safe_dump(alone.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    write_atomically(home / "brands" / f"{BRAND}.yaml", text.encode())
    # comes last and at once: only with it does the brand count
    laid = _laid(home)
    shutil.rmtree(laid, ignore_errors=True)
    laid.parent.mkdir(parents=True, exist_ok=True)
    draft.rename(laid)


def own_brands(home: Path) -> Path | None:
    """The folder of the one brand that is played on the user's own past, if it is."""
    return home / "brands" if _laid(home).exists() else None


def refuse_broken(posts: Sequence[Path]) -> None:
    """Read the whole export once, before anything is laid: a mended file is then taken next time.

    Raises:
        InputError: a file is no X analytics export; names it as the user did.
        typer.BadParameter: a path is not there or holds no CSV file.
    """
    from sources.exports import read

    now, account = datetime.now(UTC), ":".join(ACCOUNT)
    read("x-analytics", export_files(posts), account=account, brand=BRAND, now=now)


def export_files(posts: Sequence[Path]) -> list[Path]:
    """The CSV files of an export; raises typer.BadParameter where there is none."""
    if missing := [path for path in posts if not path.exists()]:
        raise typer.BadParameter(f"{missing[0]} is not there; give an X analytics export")
    files = [file for path in posts for file in _files(path)]
    if not files:
        named = ", ".join(map(str, posts))
        raise typer.BadParameter(f"{named}: there is no .csv file; give an X analytics export")
    return files


def _alone(brand: Brand, folder: Path) -> Brand:
    """The brand on that account alone, with the duties that can be met there."""
    if brand.look is not None and brand.look.music:
        music = str((folder / brand.look.music).resolve())
        brand = brand.model_copy(update={"look": brand.look.model_copy(update={"music": music})})
    account = brand.account(":".join(ACCOUNT))
    there = [one for one in brand.duties if not one.platforms or account.platform in one.platforms]
    duties = (one.model_copy(update={"platforms": (account.platform,)}) for one in there)
    return brand.model_copy(update={"accounts": (account,), "duties": tuple(duties)})


def _laid(home: Path) -> Path:
    return home.joinpath("exports", "x-analytics", *ACCOUNT)


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.csv")) if path.is_dir() else [path]
