"""The platforms' documented answers, where the folder with their specs is at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def samples(platform: str) -> dict[str, Any]:
    """The samples of one platform by name; skips the test where they are absent."""
    shared = Path(os.environ.get("AMSEL_SHARED", ROOT.parent / "shared"))
    path = shared / "specs" / "samples" / f"{platform}.json"
    if not path.is_file():
        pytest.skip("the platforms' samples are not here: set AMSEL_SHARED to the shared folder")
    return json.loads(path.read_text("utf-8"))
