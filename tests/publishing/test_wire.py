"""The wire: requests under way, and no more intents ahead of them than get their turn in time."""

import threading
import time

from publishing.wire import Wire


def placed(wire, number, *, go_on):
    """Threads that queue and hold their place until they may go on; how many got one."""
    held = []

    def queue():
        with wire.place():
            held.append(1)
            go_on.wait(30)

    threads = [threading.Thread(target=queue) for _ in range(number)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    got = len(held)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert number == len(held)
    return got


def used(wire, seconds):
    """The wire after some sends that took so long each."""
    wire._seconds = seconds
    return wire


def test_before_quick_requests_many_intents_are_written():
    assert 40 == placed(used(Wire(2), 0.02), 40, go_on=threading.Event())


def test_before_slow_requests_few_intents_wait():
    assert 4 == placed(used(Wire(2), 1.0), 20, go_on=threading.Event())


def test_before_very_slow_requests_none_waits():
    assert 2 == placed(used(Wire(2), 30.0), 6, go_on=threading.Event())


def test_how_long_a_request_takes_is_learnt():
    wire = Wire(1)
    for _ in range(40):
        with wire.place(), wire.turn():
            time.sleep(0.001)

    assert wire.places > 50


def test_no_more_are_under_way_than_there_are_turns():
    wire, under_way, most = Wire(3), [], []

    def ask():
        with wire.place(), wire.turn():
            under_way.append(1)
            most.append(len(under_way))
            time.sleep(0.01)
            under_way.pop()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert 3 == max(most)
