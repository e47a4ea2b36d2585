"""What dbt parsed of its project, which is the same in every home."""

import shutil
from pathlib import Path

from storage.warehouse import PARSED, dbt_target


def copy_parsed(home: Path, other: Path) -> None:
    """Have a new home begin with what dbt parsed under another; where that is nothing, without."""
    parsed, target = dbt_target(home) / PARSED, dbt_target(other)
    if parsed.exists():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(parsed, target)
