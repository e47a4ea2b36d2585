"""What dbt parsed of its project, which is the same in every home."""

import shutil
from pathlib import Path

from runtime.locks import only_one
from storage.lake import Lake
from storage.warehouse import PARSED, Warehouse, dbt_target

PATIENCE = 200
"""Seconds, on a busy machine too."""


def parse(home: Path) -> None:
    """Have dbt parse its project under a home, unless another worker has done it or is at it."""
    with only_one(home, what="dbt", patience=PATIENCE):
        Warehouse(home / "warehouse", Lake(home / "lake")).manifest()


def copy_parsed(home: Path, other: Path) -> None:
    """Have a new home begin with what dbt parsed under another; where that is nothing, without."""
    target = dbt_target(other)
    for name in (PARSED, "manifest.json"):
        if (parsed := dbt_target(home) / name).exists():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(parsed, target)
