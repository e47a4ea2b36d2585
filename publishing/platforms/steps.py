"""What a send has reached on a platform: read first, kept before the next step is taken."""

from publishing.platforms.base import Send


class Steps:
    """The steps of one send, of earlier attempts and of this one; a forgotten one is empty."""

    def __init__(self, send: Send) -> None:
        self._keep = send.keep
        self._known = dict(send.steps)

    def get(self, name: str) -> str | None:
        """What was kept under the name; None where there is nothing, or nothing any more."""
        return self._known.get(name) or None

    def keep(self, name: str, value: str) -> None:
        """Write it down durably. Raises LeaseLost where this worker came too late."""
        self._keep(name, value)
        self._known[name] = value

    def forget(self, *names: str) -> None:
        """Let the next attempt begin these anew."""
        for name in names:
            if self.get(name):
                self.keep(name, "")
