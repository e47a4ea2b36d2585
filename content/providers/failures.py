"""The one place where the SDKs' errors become ours: both SDKs share names and status codes."""

from domain.errors import WriterError, WriterRefused, WriterUnavailable

_ADVICE = {
    400: "the request or the model's name is wrong; check the writer's settings",
    401: "the key is not accepted; check the writer's key",
    403: "the key may not use this model; check the writer's key",
    404: "there is no such model or address; check the writer's settings",
    413: "the order is too large; shorten the facts",
    422: "the request is not understood; check the model's name",
    429: "too many requests or no credit; wait or raise the limit",
}
_TROUBLE = 500


def from_status(status: int, *, writer: str, is_job: bool = False) -> WriterError:
    """The error for an HTTP status; an error answer is not billed.

    Of a job that was handed in nobody knows whether a server in trouble took it. The provider's own
    words are left out: they may repeat the key or the order.
    """
    advice = _ADVICE.get(status, "the provider is in trouble; try later")
    kind = WriterRefused if status in {400, 404, 413, 422} else WriterUnavailable
    is_lost = is_job and status >= _TROUBLE
    return kind(f"{writer} answered {status}: {advice}", cost_cents=None if is_lost else 0.0)


def from_silence(cause: BaseException, *, writer: str) -> WriterUnavailable:
    """The error for no answer: free where no connection was made, else of unknown cost."""
    if _never_connected(cause):
        return WriterUnavailable(
            f"{writer} cannot be reached; check the network and the base URL", cost_cents=0.0
        )
    return WriterUnavailable(
        f"{writer} gave no answer in time; raise the time-out or try later", cost_cents=None
    )


def _never_connected(error: BaseException | None) -> bool:
    while error is not None:
        if type(error).__name__ in {"ConnectError", "ConnectTimeout"}:
            return True
        error = error.__cause__ or error.__context__
    return False
