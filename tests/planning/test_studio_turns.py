"""Two brands are drawn at a time, and each shows what it would show alone."""

import threading

from planning.illustrating import illustrate, illustrate_in_turn, media_frame
from storage.blobs import Blobs
from storage.brand_files import load_brands
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.makers import Provider
from tests.planning.conftest import BRANDS, MORNING, seldom
from tests.planning.drawing import hiring, painterly, written


class Watched(Blobs):
    """A store that remembers which threads put files there."""

    def __init__(self, root):
        super().__init__(root)
        self.threads = set()

    def put(self, content):
        self.threads.add(threading.current_thread().name)
        return super().put(content)


def two_brands(path):
    ledger = Ledger(f"sqlite:///{path}", clock=SteppingClock(MORNING))
    ledger.upgrade()
    brands = [seldom(one) for one in load_brands(BRANDS).values()][:2]
    for brand in brands:
        written(ledger, brand)
    return ledger, brands


def test_brands_that_are_drawn_at_a_time_show_what_each_shows_alone(tmp_path):
    ledger, brands = two_brands(tmp_path / "together.db")
    blobs = Watched(tmp_path / "media")
    together = illustrate_in_turn(ledger, brands, blobs=blobs)
    ledger.close()

    ledger, brands = two_brands(tmp_path / "alone.db")
    alone = [illustrate(ledger, brand, blobs=Blobs(tmp_path / "own")) for brand in brands]
    ledger.close()

    assert 2 == len(blobs.threads)
    columns = ["brand", "media_type", "platforms", "bytes", "files", "alt_text", "trouble"]
    rows = [row for shown in alone for row in media_frame(shown).select(columns).rows()]
    assert rows
    assert rows == together.frame.select(columns).rows()
    assert {brand.name for brand in brands} == set(together.sheets)


def test_where_models_of_others_are_paid_brands_are_drawn_one_after_the_other(tmp_path):
    ledger, brands = two_brands(tmp_path / "paid.db")
    brands = [painterly(ledger, brand) for brand in brands]
    provider, blobs = Provider(), Watched(tmp_path / "media")
    atelier = hiring(ledger, blobs, provider, painter="openai/gpt-image-1")
    illustrate_in_turn(ledger, brands, blobs=blobs, atelier=atelier)
    provider.close()
    ledger.close()

    assert provider.billed
    assert {threading.current_thread().name} == blobs.threads
