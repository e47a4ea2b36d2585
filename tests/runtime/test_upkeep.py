"""What is kept fresh beside the work ends with it, and never amid a renewal."""

import time
from threading import Event

from domain.errors import Unreachable
from runtime.upkeep import kept_fresh


class Slow:
    """A keeper that stands in a renewal for longer than a moment."""

    def __init__(self):
        self.has_begun, self.has_ended = Event(), False

    def keep_fresh(self):
        self.has_begun.set()
        time.sleep(1.3)
        self.has_ended = True


def test_a_renewal_under_way_comes_to_its_end_and_no_other_is_begun():
    first, second = Slow(), Slow()

    with kept_fresh([first, second]):
        first.has_begun.wait(5)

    assert first.has_ended
    assert not second.has_begun.is_set()


def test_what_failed_in_the_last_moment_is_told_though_telling_failed_before():
    told, failed = [], []

    def tell():
        told.append(list(failed))
        if not failed:
            raise Unreachable("nobody listens")

    with kept_fresh([], tell=tell):
        failed.append("one")

    assert ["one"] == told[-1]
