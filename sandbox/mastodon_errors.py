"""Mastodon's refusals: a status and one sentence."""


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.body = {"error": said}


def invalid(said: str) -> Refusal:
    """422, as the server's models refuse."""
    return Refusal(422, f"Validation failed: {said}")


def missing() -> Refusal:
    """404."""
    return Refusal(404, "Record not found")
