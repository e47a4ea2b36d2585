"""Where the platforms' specs and samples are, if they are here at all."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def specs_folder() -> Path:
    """The folder of specs, named by AMSEL_SHARED or found beside the checkout."""
    return Path(os.environ.get("AMSEL_SHARED", ROOT.parent / "shared")) / "specs"
