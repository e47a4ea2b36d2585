"""Logging in where the platform charges for telling who it is."""

import httpx
import pytest
import sqlalchemy as sa

from domain.errors import Unpaid
from domain.platforms import Platform
from runtime.build import _migrated, open_ledger, open_vault
from runtime.connecting import account_of, begin, finish
from runtime.settings import Settings
from sandbox import process
from storage.ledger.tables import costs

REDIRECT = "http://127.0.0.1:1/callback"
BRAND = """\
name: acme
title: Acme
about: Acme makes soap in a small town.
facts:
  - {{id: soap, topic: soap, text: Our soap is made of olive oil.}}
topics: [soap]
accounts:
  - {{platform: x, handle: bergquell, time_zone: Europe/Berlin, base_url: "{url}/x"}}
posting:
  windows: [{{start: "07:00", end: "22:00"}}]
  default_times: ["09:00"]
budget: {{monthly_cents: {cents}}}
"""


@pytest.fixture
def log_in(tmp_path):
    """A log-in to X for a brand with so much money, up to what was booked."""
    settings = Settings(
        home=tmp_path,
        brands=tmp_path,
        x_client_id="sandbox-app",
        x_client_secret="sandbox-app-secret",
    )

    def connected(cents):
        (tmp_path / "acme.yaml").write_text(BRAND.format(url=running.url, cents=cents))
        vault, holder = (
            open_vault(settings),
            account_of(settings, Platform.X, brand="acme", handle=None),
        )
        flow = begin(settings, holder, redirect_uri=REDIRECT)
        back = httpx.get(f"{flow.address}&auto=1&account=bergquell", trust_env=False)
        code = flow.code_in(back.headers["location"])
        finish(flow, code, settings=settings, vault=vault, holder=holder)
        with open_ledger(settings).reading() as connection:
            return [*connection.execute(sa.select(costs.c.purpose, costs.c.settled_cents))]

    with process.start(tmp_path / "sandbox") as running:
        yield connected
    open_ledger(settings).close()
    _migrated.cache_clear()


def test_the_brand_pays_for_what_a_log_in_reads(log_in):
    assert [("user read", 1.0)] == log_in(cents=1)


def test_a_log_in_that_cannot_be_paid_says_what_to_raise(log_in):
    log_in(cents=1)
    with pytest.raises(Unpaid, match=r"raise budget\.monthly_cents"):
        log_in(cents=1)
