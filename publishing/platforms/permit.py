"""Whether a send may still ask for anything: looked up anew where its steps take their time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx

from publishing.platforms import stopwatch


class Permit:
    """The leave to make requests: good for some seconds, then the ledger has its say again.

    Args:
        look: raises LeaseLost where nothing more may be asked for.
        since: `stopwatch.seconds()` of the last look.
        good_for: seconds.
    """

    def __init__(self, look: Callable[[], None], *, since: float, good_for: float) -> None:
        self._look, self._good_for = look, good_for
        self._looked_at = since

    def kept(self, keep: Callable[[str, str], None]) -> Callable[[str, str], None]:
        """`keep`, which looks as well: after a step that was kept the permit is fresh."""

        def keep_and_note(name: str, value: str) -> None:
            asked_at = stopwatch.seconds()
            keep(name, value)
            self._looked_at = asked_at

        return keep_and_note

    def check(self) -> None:
        """Look anew where the last look is too old; raises LeaseLost."""
        now = stopwatch.seconds()
        if now - self._looked_at > self._good_for:
            self._look()
            self._looked_at = now


_permit: ContextVar[Permit | None] = ContextVar("permit", default=None)


@contextmanager
def held(permit: Permit) -> Iterator[None]:
    """Have this thread's requests go by a permit."""
    mark = _permit.set(permit)
    try:
        yield
    finally:
        _permit.reset(mark)


def on_request(_request: httpx.Request) -> None:
    """An httpx event hook: the last word before a request goes out. Raises LeaseLost."""
    permit = _permit.get()
    if permit is not None:
        permit.check()
