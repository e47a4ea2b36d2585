"""Reading of many accounts: whom their platforms let us ask, and what they answered to all."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from domain.errors import NetworkError
from publishing import limits
from publishing.limits import READS_KEEP
from publishing.polling import Answers, ask_each
from storage.ledger.database import Ledger

T = TypeVar("T")


def read_each(
    ledger: Ledger,
    accounts: Iterable[str],
    ask: Callable[[str], T],
    *,
    keep: float = READS_KEEP,
) -> Answers[T]:
    """Ask every account that may be asked now, side by side, and keep what refusals say.

    Args:
        ledger: what all workers know of limits, and where a refusal is noted for them.
        accounts: whom to ask; those that are closed, or have few calls left, are left out.
        ask: reads of one account.
        keep: the share of a window that is left to posts.

    Raises:
        StoreError: the ledger refused.
        Exception: what `ask` raises beyond NetworkError.
    """
    with ledger.reading() as connection:
        now = ledger.now(connection)
        why = {one: limits.why_unread(connection, one, now=now, keep=keep) for one in accounts}
    answers = ask_each([one for one, closed in why.items() if closed is None], ask)
    _note(ledger, answers)
    return replace(answers, left_out={one: closed for one, closed in why.items() if closed})


def _note(ledger: Ledger, answers: Answers[T]) -> None:
    heard: dict[str, NetworkError | None] = dict.fromkeys(answers.told)
    heard |= answers.refused
    if heard:
        with ledger.transaction() as connection:
            limits.note_reads(connection, heard, now=ledger.now(connection))
