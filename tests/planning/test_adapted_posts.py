"""From the order to what each platform was given: one post, in the text that fits there."""

import httpx
import pytest

from domain.brand import Autonomy
from domain.deliveries import DeliveryState
from domain.platforms import Platform
from domain.text import find_hashtags, find_links, length_for
from publishing.worker import run_worker
from runtime.build import open_ledger, open_networks
from runtime.clock import make_clock
from runtime.settings import Settings
from sandbox import process
from storage.brand_files import load_brands
from storage.ledger import deliveries, posts
from tests.planning.conftest import BRANDS, MORNING
from tests.planning.mornings import morning

HERE = (Platform.X, Platform.FACEBOOK, Platform.LINKEDIN, Platform.INSTAGRAM)


@pytest.fixture
def town(tmp_path):
    with process.start(tmp_path / "sandbox", start=MORNING) as running:
        yield Settings(home=tmp_path, sandbox_url=running.url, clock="drive")


def one_a_day(name):
    """The example brand with a post a day on four platforms, all of which go out."""
    brand = load_brands(BRANDS)[name]
    accounts = tuple(each for each in brand.accounts if each.platform in HERE)
    posting = brand.posting.model_copy(update={"posts_per_day": 1})
    return brand.model_copy(
        update={
            "accounts": accounts, "posting": posting, "autonomy": Autonomy.FULL, "duties": (),
        }
    )  # fmt: skip


def go_out(town, ledger, brand):
    """What is planned falls due, and a worker sends it."""
    clock = make_clock(town)
    with ledger.reading() as connection:
        clock.wait_until(max(one.due_at for one in deliveries.list(connection, brand=brand.name)))
    networks = open_networks(town)
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)
    for each in (*networks.values(), clock):
        each.close()


@pytest.fixture
def ledger(town):
    opened = open_ledger(town)
    yield opened
    for each in (opened.clock, opened):
        each.close()


@pytest.mark.parametrize("name", ["bergquell", "northloom"])
def test_each_platform_is_given_the_text_that_fits_it(town, ledger, tmp_path, name):
    brand = one_a_day(name)
    (chosen,) = morning(ledger, brand, tmp_path)
    go_out(town, ledger, brand)

    with ledger.reading() as connection:
        post = posts.load(connection, chosen.post.id)
        sent = deliveries.list(connection, brand=brand.name)
    assert {DeliveryState.SENT} == {one.state for one in sent}
    seen = httpx.get(f"{town.sandbox_url}/_sandbox/ledger", trust_env=False).json()["posts"]
    got = {one["platform"]: one["text"] for one in seen}
    assert got == {platform: post.text_for(platform) for platform in HERE}
    assert got[Platform.X] == post.text
    assert length_for(Platform.X, post.text).fits
    assert not find_hashtags(got[Platform.FACEBOOK])
    assert not find_links(got[Platform.INSTAGRAM])
    assert len(set(got.values())) > 2
