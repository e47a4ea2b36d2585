"""A stand-in for the batch interfaces of OpenAI and Anthropic: their wires, bills and faults."""

import json
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

from tests.openai_answers import completion, response
from tests.served import Served

TOKENS_IN, TOKENS_OUT = 900, 240
DOLLARS_IN, DOLLARS_OUT = 1.0, 10.0
CENTS = 100 * (DOLLARS_IN * TOKENS_IN + DOLLARS_OUT * TOKENS_OUT) / 1e6
"""What one answer costs at the usual price."""


class BatchProvider:
    """Answers as both providers do; what it bills stands in `invoice`, in cents.

    Attributes:
        fate: by the number of an order in its batch what becomes of it: `errored`, `expired`,
            `refusal`, `cut`, `garbled`, `missing`; others are answered from their facts.
        has_ended: whether batches have.
        status: how a batch that is handed in is answered; it is taken all the same where
            `takes_errors`.
        singles: the status of single calls.
        at: what is done when a point is reached and before it is answered: `create` (it is
            taken by then), `upload`, `look`, `results`.
    """

    def __init__(self) -> None:
        self.fate: dict[int, str] = {}
        self.has_ended, self.status, self.takes_errors, self.singles = True, 200, False, 200
        self.invoice: list[float] = []
        self.uploads: dict[str, str] = {}
        self.batches: list[dict] = []
        self.single_calls = 0
        self.at: dict[str, Callable[[], object]] = {}
        self.lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                point = {"/v1/files": "upload", "/v1/batches": "create"}.get(self.path, "single")
                if self.path == "/v1/messages/batches":
                    point = "create"
                provider.reached(point, lambda: provider.posted(self.path, body), self.answer)

            def do_GET(self):
                is_results = self.path.endswith(("/content", "/results"))
                point = "results" if is_results else "look"
                provider.reached(point, lambda: provider.told(self.path), self.answer)

            def answer(self, status, content):
                raw = content.encode() if isinstance(content, str) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_):
                pass

        self.served = Served(Handler)
        self.url = self.served.url

    def close(self) -> None:
        self.served.close()

    def reached(self, point, made, answer) -> None:
        with self.lock:
            content = made()
        if point in self.at:
            self.at.pop(point)()
        answer(*content)

    def posted(self, path: str, body: bytes) -> tuple[int, object]:
        if path == "/v1/files":
            name = f"file-{len(self.uploads)}"
            self.uploads[name] = body.decode()
            told = {"bytes": len(body), "created_at": 0, "filename": "a.jsonl", "purpose": "batch"}
            return 200, {"id": name, "object": "file", "status": "processed", **told}
        if path in ("/v1/batches", "/v1/messages/batches"):
            if self.status < 400 or self.takes_errors:
                self._take(path, json.loads(body))
            if self.status >= 400:
                return self.status, {"error": {"message": "no", "type": "x"}}
            return 200, self._shown(self.batches[-1])
        self.single_calls += 1
        if self.singles >= 400:
            return self.singles, {"error": {"message": "no"}}
        self.invoice.append(CENTS)
        return 200, _reply(path, json.loads(body))

    def told(self, path: str) -> tuple[int, object]:
        path, _, _ = path.partition("?")
        if path in ("/v1/batches", "/v1/messages/batches"):
            shown = [self._shown(batch) for batch in reversed(self.batches)]
            ends = {"first_id": shown[0]["id"], "last_id": shown[-1]["id"]} if shown else {}
            return 200, {"object": "list", "data": shown, "has_more": False, **ends}
        for batch in self.batches:
            if path.endswith(f"/{batch['id']}"):
                self._bill(batch)
                return 200, self._shown(batch)
            if path.endswith(f"/{batch['id']}/results"):
                return 200, self._lines(batch, errors=None)
            for errors in (False, True):
                if path == f"/v1/files/{_file(batch, errors=errors)}/content":
                    return 200, self._lines(batch, errors=errors)
        return 404, {"error": {"message": "not found"}}

    def _take(self, path: str, body: dict) -> None:
        is_claude = path.startswith("/v1/messages")
        if is_claude:
            orders = [(one["custom_id"], one["params"]) for one in body["requests"]]
        else:
            upload = self.uploads[body["input_file_id"]]
            rows = [json.loads(line) for line in upload.splitlines() if line.startswith('{"custom')]
            orders = [(row["custom_id"], row["body"]) for row in rows]
            assert {body["endpoint"]} == {row["url"] for row in rows}
        assert all(re.fullmatch("[A-Za-z0-9_-]{1,64}", key) for key, _ in orders)
        self.batches.append({
            "id": f"batch_{len(self.batches)}", "is_claude": is_claude, "orders": orders,
            "path": "/v1/messages" if is_claude else body["endpoint"],
            "metadata": body.get("metadata"), "at": time.time(), "billed": False,
        })  # fmt: skip

    def _bill(self, batch: dict) -> None:
        """An order is billed at half the price once its batch has ended, if it was answered."""
        if self.has_ended and not batch["billed"]:
            batch["billed"] = True
            free = ("errored", "expired", "missing")
            for number in range(len(batch["orders"])):
                if self.fate.get(number) not in free:
                    self.invoice.append(CENTS / 2)

    def _shown(self, batch: dict) -> dict:
        if batch["is_claude"]:
            born = datetime.fromtimestamp(batch["at"], UTC)
            url = f"{self.url}/v1/messages/batches/{batch['id']}/results"
            counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
            return {
                "id": batch["id"], "type": "message_batch", "created_at": born.isoformat(),
                "expires_at": (born + timedelta(days=1)).isoformat(), "archived_at": None,
                "processing_status": "ended" if self.has_ended else "in_progress",
                "ended_at": born.isoformat() if self.has_ended else None,
                "cancel_initiated_at": None, "request_counts": counts,
                "results_url": url if self.has_ended else None,
            }  # fmt: skip
        shown = {
            "id": batch["id"], "object": "batch", "endpoint": batch["path"],
            "completion_window": "24h", "created_at": int(batch["at"]), "input_file_id": "file-0",
            "status": "completed" if self.has_ended else "in_progress",
            "metadata": batch["metadata"],
        }  # fmt: skip
        if self.has_ended:
            shown["output_file_id"] = _file(batch, errors=False)
            if {"errored", "expired"} & {*self.fate.values()}:
                shown["error_file_id"] = _file(batch, errors=True)
        return shown

    def _lines(self, batch: dict, *, errors: bool | None) -> str:
        lines = []
        for number, (key, body) in reversed([*enumerate(batch["orders"])]):
            fate = self.fate.get(number, "")
            failed = fate in ("errored", "expired")
            if fate == "missing" or (errors is not None and failed != errors):
                continue
            row = _claude_row if batch["is_claude"] else _openai_row
            lines.append(json.dumps(row(key, fate, _reply(batch["path"], body, fate))))
        return "\n".join(lines)


def _file(batch: dict, *, errors: bool) -> str:
    return f"file-{batch['id']}-{'errors' if errors else 'output'}"


def _claude_row(key: str, fate: str, reply: dict) -> dict:
    if fate == "errored":
        error = {"type": "invalid_request_error", "message": "bad"}
        return {"custom_id": key, "result": {"type": fate, "error": {"type": "error",
                "error": error, "request_id": None}}}  # fmt: skip
    if fate == "expired":
        return {"custom_id": key, "result": {"type": fate}}
    return {"custom_id": key, "result": {"type": "succeeded", "message": reply}}


def _openai_row(key: str, fate: str, reply: dict) -> dict:
    row = {"id": f"batch_req_{key}", "custom_id": key, "response": None, "error": None}
    if fate == "expired":
        return row | {"error": {"code": "batch_expired", "message": "too late"}}
    if fate == "errored":
        told = {"error": {"message": "bad"}}
        return row | {"response": {"status_code": 400, "request_id": "r", "body": told}}
    return row | {"response": {"status_code": 200, "request_id": "r", "body": reply}}


def _reply(path: str, body: dict, fate: str = "") -> dict:
    """An answer that says the facts of the order."""
    told = json.dumps(body, ensure_ascii=False)
    facts = [line[2:] for line in json.loads(f'"{_message(told)}"').split("\n") if line[:2] == "- "]
    texts = [facts[0], f"{facts[0]} Was meint ihr dazu?", *facts[1:]]
    variants = [{"text": text, "hashtags": [], "difference": "fact"} for text in texts[:2]]
    text = "no json" if fate == "garbled" else json.dumps({"variants": variants})
    if path.endswith("messages"):
        end = {"refusal": "refusal", "cut": "max_tokens"}.get(fate, "end_turn")
        return {
            "id": "m", "type": "message", "role": "assistant", "model": "mock",
            "content": [{"type": "text", "text": text}], "stop_reason": end, "stop_sequence": None,
            "usage": {"input_tokens": TOKENS_IN, "output_tokens": TOKENS_OUT},
        }  # fmt: skip
    told_off = {"refusal": "no"} if fate == "refusal" else {}
    tokens, is_cut = (TOKENS_IN, TOKENS_OUT), fate == "cut"
    if path.endswith("completions"):
        return completion(text, tokens=tokens, end="length" if is_cut else "stop", **told_off)
    return response(text, tokens=tokens, cut=is_cut, **told_off)


def _message(told: str) -> str:
    """The user's message in a body of any of the three wires, still escaped."""
    found = re.search(r'"content": "(Topic: (?:[^"\\]|\\.)*)"', told)
    assert found, told
    return found[1]
