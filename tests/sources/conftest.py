import os
from pathlib import Path

import pytest


@pytest.fixture
def shared_data() -> Path:
    """The folder of genuine data sets, or a skip that says where it was looked for."""
    root = Path(__file__).parents[2]
    shared = Path(os.environ.get("AMSEL_SHARED", root.parent / "shared"))
    data = shared if (shared / "CONTENTS.tsv").exists() else shared / "data"
    if not data.is_dir():
        pytest.skip(f"no data sets at {data}: name their folder in AMSEL_SHARED")
    return data
