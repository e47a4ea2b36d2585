"""A stand-in for OpenAI, Stability, Replicate and Runway: their wires, bills and faults."""

import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from http.server import BaseHTTPRequestHandler

import av
import numpy as np
from PIL import Image

from tests.served import Served

JSON = "application/json"


@cache
def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1024, 1536), "navy").save(out, "JPEG")
    return out.getvalue()


@cache
def clip(size: tuple[int, int] = (360, 640), seconds: int = 4) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = Fraction(1, 24)
        for number in range(24 * seconds):
            still = np.full((size[1], size[0], 3), number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(still)))
        container.mux(stream.encode())
    return out.getvalue()


class Provider:
    """Answers as the four providers do.

    Attributes:
        asked: what was asked, as (path, headers, body).
        billed: what an order was billed for, by prompt.
        status: how orders are answered; an order with an error is billed where `bills_errors`.
        states: the states that looks at a job see, the last one for ever.
        output: what a finished job names instead of its file.
        content: the bytes of what is made.
        lists: whether Replicate's list shows the input; after an hour it does not.
        at: what is done when a point is reached and before it is answered: `order`, `look`,
            `file`, and `end`, where a test says so.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.billed: list[str] = []
        self.status, self.content, self.headers = 200, jpeg(), {}
        self.bills_errors = False
        self.states = ["succeeded"]
        self.output: object = None
        self.lists = True
        self.jobs: list[dict] = []
        self.at: dict[str, Callable[[], object]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                provider.asked.append((self.path, dict(self.headers), body))
                provider.reached("order", lambda: self.answer(*provider.ordered(self.path, body)))

            def do_GET(self):
                provider.asked.append((self.path, dict(self.headers), b""))
                known = {"/files/a": "file", "/end": "end"}
                point = known.get(self.path, "look")
                provider.reached(point, lambda: self.answer(*provider.told(self.path)))

            def answer(self, status, kind, content):
                self.send_response(status)
                headers = {"content-type": kind, "content-length": len(content)}
                for name, value in {**headers, **provider.headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.served = Served(Handler)
        self.url = self.served.url

    def close(self) -> None:
        self.served.close()

    def reached(self, point: str, answer: Callable[[], None]) -> None:
        if point not in self.at:
            answer()
            return
        if point == "order":
            path, _, body = self.asked[-1]
            self.ordered(path, body)
        self.at.pop(point)()

    def ordered(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        if self.status < 400 or self.bills_errors:
            self.billed.append(path)
            if "predictions" in path or "text_to_video" in path:
                self.jobs.append(self._job(path, body))
        if self.status >= 400:
            return self.status, JSON, self.content if self.content != jpeg() else b"{}"
        if path.startswith("/v1/images"):
            coded = base64.b64encode(self.content).decode()
            return 200, JSON, json.dumps({"created": 0, "data": [{"b64_json": coded}]}).encode()
        if "predictions" in path:
            return 201, JSON, json.dumps({**self.jobs[-1], "status": "starting"}).encode()
        if path.startswith("/v1/text_to_video"):
            return 200, JSON, json.dumps({"id": self.jobs[-1]["id"]}).encode()
        return 200, "image/jpeg", self.content

    def told(self, path: str) -> tuple[int, str, bytes]:
        if path.startswith("/files"):
            return 200, "application/octet-stream", self.content
        if path.partition("?")[0] == "/v1/predictions":
            return 200, JSON, json.dumps(self._list()).encode()
        known = [job for job in self.jobs if path.endswith(f"/{job['id']}")]
        if not known:
            return 404, JSON, b"{}"
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if path.startswith("/v1/tasks"):
            named = {"starting": "PENDING", "processing": "RUNNING"}.get(state, state.upper())
            seen = {"id": known[0]["id"], "createdAt": known[0]["created_at"], "status": named}
        else:
            seen = {**known[0], "status": state}
        if state == "succeeded":
            seen["output"] = self.output if self.output is not None else [f"{self.url}/files/a"]
        return 200, JSON, json.dumps(seen).encode()

    def _job(self, path: str, body: bytes) -> dict:
        given = json.loads(body)
        job = {"id": f"job{len(self.jobs) + 1}", "created_at": datetime.now(UTC).isoformat()}
        if path.startswith("/v1/models/"):
            model = path.removeprefix("/v1/models/").removesuffix("/predictions")
            return job | {"model": model, "input": given["input"], "data_removed": False}
        return job

    def _list(self) -> dict:
        shown = self.jobs[::-1]
        if not self.lists:
            shown = [{**job, "input": {}, "data_removed": True} for job in shown]
        return {"next": None, "previous": None, "results": shown}
