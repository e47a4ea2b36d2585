"""Answers as OpenAI gives them, whole: every field that its spec asks for."""

from typing import Any


def completion(
    text: str | None, *, tokens: tuple[int, int] = (100, 10), end: str = "stop", refusal: str = ""
) -> dict[str, Any]:
    """The answer of chat completions; `tokens` in and out."""
    message = {"role": "assistant", "content": text, "refusal": refusal or None}
    if refusal:
        message["content"] = None
    into, out = tokens
    return {
        "id": "c", "object": "chat.completion", "created": 0, "model": "mock",
        "choices": [{"index": 0, "message": message, "finish_reason": end, "logprobs": None}],
        "usage": {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out},
    }  # fmt: skip


def response(
    text: str, *, tokens: tuple[int, int] = (100, 10), cut: bool = False, refusal: str = ""
) -> dict[str, Any]:
    """The answer of the Responses API; `cut` where it reached its length limit."""
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    if refusal:
        part = {"type": "refusal", "refusal": refusal}
    status = "incomplete" if cut else "completed"
    message = {"id": "m", "type": "message", "role": "assistant", "status": status}
    into, out = tokens
    return {
        "id": "r", "object": "response", "created_at": 0, "model": "mock", "status": status,
        "error": None, "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "instructions": None, "metadata": {}, "temperature": 1, "top_p": 1,
        "tools": [], "tool_choice": "auto", "parallel_tool_calls": True,
        "output": [message | {"content": [part]}],
        "usage": {
            "input_tokens": into, "output_tokens": out, "total_tokens": into + out,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }  # fmt: skip
