"""Accounts are asked side by side; what one platform refuses costs the others nothing."""

import threading

import pytest

from domain.errors import Unreachable
from publishing.polling import ask_each


def test_accounts_are_asked_at_the_same_time() -> None:
    all_there = threading.Barrier(3)

    def ask(account: str) -> str:
        all_there.wait(timeout=10)
        return account.upper()

    answers = ask_each(["x:a", "bluesky:a", "tiktok:a"], ask)
    assert list(answers.told.items()) == [
        ("x:a", "X:A"),
        ("bluesky:a", "BLUESKY:A"),
        ("tiktok:a", "TIKTOK:A"),
    ]
    answers.must_be_whole()


def test_a_platform_that_refuses_is_told_after_the_others_were_heard() -> None:
    def ask(account: str) -> int:
        if account == "x:a":
            raise Unreachable("X cannot be reached")
        return 1

    answers = ask_each(["x:a", "bluesky:a"], ask)
    assert answers.told == {"bluesky:a": 1}
    with pytest.raises(Unreachable, match="X cannot be reached"):
        answers.must_be_whole()


def test_a_fault_of_our_own_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        ask_each(["x:a"], lambda _: 1 // 0)
