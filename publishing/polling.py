"""Reading many accounts at once: each waits for its own platform, and none for another's fault."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from domain.errors import NetworkError

AT_ONCE = 8
"""Accounts that are asked at the same time."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """What the accounts told, in the order in which they were named.

    Attributes:
        told: account id to its answer.
        refused: account id to why it could not be asked.
        left_out: account id to why it was not asked at all.
    """

    told: dict[str, T]
    refused: dict[str, NetworkError]
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def in_words(self) -> dict[str, str]:
        """Who was left out and why, for the evidence of a run; empty where all were asked."""
        unasked = "; ".join(f"{account}: {why}" for account, why in self.left_out.items())
        return {"not asked": unasked} if unasked else {}

    def must_be_whole(self) -> None:
        """Raises the first refusal, if there is one; to be called when what was told is kept."""
        for refusal in self.refused.values():
            raise refusal


def ask_each(accounts: Iterable[str], ask: Callable[[str], T]) -> Answers[T]:
    """Ask every account, side by side; raises what `ask` raises beyond NetworkError."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="poll") as pool:
        asked = {account: pool.submit(ask, account) for account in accounts}
    answers: Answers[T] = Answers({}, {})
    for account, answer in asked.items():
        try:
            answers.told[account] = answer.result()
        except NetworkError as refusal:
            answers.refused[account] = refusal
    return answers
