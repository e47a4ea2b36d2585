"""What is kept fresh beside the work ends with it, and never amid a renewal."""

import time
from threading import Event

from structlog.testing import capture_logs

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


class Broken:
    """A keeper that always ends in an error that nobody foresaw."""

    def __init__(self):
        self.tries = 0

    def keep_fresh(self):
        self.tries += 1
        raise KeyError("a row that cannot be read")


def test_an_error_that_nobody_foresaw_is_logged_and_neither_ends_the_others_nor_the_work():
    broken, looks, enough = Broken(), [], Event()

    def tell():
        looks.append(broken.tries)
        if len(looks) >= 6:
            enough.set()
        if len(looks) == 1:
            raise ValueError("a row that cannot be read")

    with capture_logs() as logs, kept_fresh([broken], tell=tell, every=0.001):
        assert enough.wait(5)

    assert broken.tries > 1, "it was never tried again"
    assert broken.tries < len(looks), "it does not sit out any look"
    assert {"KeyError", "ValueError"} == {one["error"] for one in logs}
    assert {"error"} == {one["log_level"] for one in logs}
