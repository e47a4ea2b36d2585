"""The peers are built by `make peers`; without them these tests are skipped, and say so."""

import pytest

from deploy import peers


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    if remedy := peers.missing():
        pytest.skip(remedy)
