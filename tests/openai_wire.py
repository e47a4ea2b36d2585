"""OpenAI's own spec as a judge of what the adapters ask and of what stand-ins answer.

Whatever the suite sends to one of the spec's paths is overheard at the HTTP clients and judged: the
body and fields of the request, and the body of an answer that went well. Of bodies that differ in
texts and numbers alone one is judged. Without the spec nothing is.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.specs import specs_folder

ROOT = "urn:openai"
VERSION = "/v1"
JSON, FORM = "application/json", "multipart/form-data"
_LINE_URL = "url"
_LLMOCK = (
    "$.choices[0]: 'logprobs' is a required property",
    "$.choices[0].message: 'refusal' is a required property",
    "$.choices[0].message.tool_calls: None is not of type 'array'",
    "$.usage.input_tokens_details: 'cache_write_tokens' is a required property",
)
"""What the spec has against the answers of llmock, which is not ours to mend."""
_JUDGED: set[str] = set()
"""The shapes that were judged in this process."""


class Spec:
    """The spec, with what each operation takes and gives."""

    def __init__(self, file: Path) -> None:
        self._spec = _without_nullable(json.loads(file.read_text("utf-8")))
        resource = Resource(self._spec, DRAFT202012)
        self._registry = Registry().with_resource(ROOT, resource)

    def knows(self, method: str, path: str) -> bool:
        """Whether it has such an operation, by the path of a request."""
        return self._operation(method, path) is not None

    def faults_of_request(self, method: str, path: str, body: Any) -> list[str]:
        """What the spec has against a body, fields that it does not name included."""
        operation = self._operation(method, path) or {}
        taken = operation.get("requestBody", {}).get("content", {}).get(JSON)
        if taken is None:
            return [] if body is None else [f"{method} {path} takes no {JSON}"]
        named = self._fields(taken["schema"])
        given = body if isinstance(body, dict) else {}
        unknown = [f"{name} is no field of {method} {path}" for name in given if name not in named]
        return unknown + self._faults(taken["schema"], body)

    def faults_of_answer(self, method: str, path: str, body: Any) -> list[str]:
        """What the spec has against the body of an answer with the status 200."""
        operation = self._operation(method, path) or {}
        told = operation.get("responses", {}).get("200", {}).get("content", {}).get(JSON)
        return self._faults(told["schema"], body) if told else []

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        if not path.startswith(f"{VERSION}/"):
            return None
        for known, operations in self._spec["paths"].items():
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(known))
            if re.fullmatch(pattern, path.removeprefix(VERSION)):
                found: dict[str, Any] | None = operations.get(method.lower())
                return found
        return None

    def _faults(self, schema: dict[str, Any], body: Any) -> list[str]:
        judge = Draft202012Validator({"$ref": _at(schema)}, registry=self._registry)
        return [f"{error.json_path}: {error.message[:300]}" for error in judge.iter_errors(body)]

    def _fields(self, schema: dict[str, Any]) -> set[str]:
        """All fields that a schema names, through its parts."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._fields(self._spec["components"]["schemas"][name])
        parts = [part for kind in ("allOf", "anyOf", "oneOf") for part in schema.get(kind, ())]
        own = {*schema.get("properties", ())}
        return own.union(*(self._fields(part) for part in parts))


def _at(schema: dict[str, Any]) -> str:
    """Where a schema of the spec lies; operations name theirs by reference."""
    return f"{ROOT}{schema['$ref']}"


def _without_nullable(value: Any) -> Any:
    """A spec of version 3.1 in which some places still say `nullable`, as 3.0 did."""
    if isinstance(value, list):
        return [_without_nullable(one) for one in value]
    if not isinstance(value, dict):
        return value
    plain = {key: _without_nullable(one) for key, one in value.items()}
    if plain.pop("nullable", False) is True:
        return {"anyOf": [plain, {"type": "null"}]}
    return plain


@cache
def spec_in(folder: Path) -> Spec:
    """The spec in a folder of platforms' specs, read once."""
    return Spec(folder / "openai" / "openapi.json")


@pytest.fixture
def openai_spec(shared_specs: Path) -> Spec:
    """The spec; the test is skipped where it is absent."""
    return spec_in(shared_specs)


@pytest.fixture(autouse=True)
def overheard(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever the test asks of OpenAI's paths keeps to the spec, where the spec is here.

    A test that is marked `breaks_the_wire` gives answers that do not; one that takes the spec
    judges for itself.
    """
    folder = specs_folder()
    if not folder.is_dir() or "openai_spec" in request.fixturenames:
        yield
        return
    is_sound = request.node.get_closest_marker("breaks_the_wire") is None
    heard = Overheard(lambda: spec_in(folder))
    with overhearing(heard, trusts_answers=is_sound):
        yield
    known = _LLMOCK if "mock" in request.fixturenames else ()
    faults = [fault for fault in heard.faults if not fault.endswith(known)]
    assert not faults, "\n".join(faults)


@dataclass
class Overheard:
    """What the spec has against what was overheard.

    Attributes:
        judged: shapes of bodies that need no second look.
    """

    spec: Callable[[], Spec]
    faults: list[str] = field(default_factory=list)
    judged: set[str] = field(default_factory=lambda: _JUDGED)

    def hear(self, request: Any, answer: Any, *, trusts_answers: bool) -> None:
        """Judge an exchange, if it is one of OpenAI's."""
        method, path = request.method, request.url.path
        if not path.startswith(f"{VERSION}/") or not self.spec().knows(method, path):
            return
        kind = request.headers.get("content-type", "").partition(";")[0]
        if kind == FORM:
            self._hear_lines(_lines(request.read()))
        else:
            body = _parsed(request.read())
            self._once(self.spec().faults_of_request, method, path, body)
        if answer.status_code == httpx.codes.OK and trusts_answers:
            if path.endswith("/content"):
                self._hear_lines(_lines(answer.read()))
            else:
                told = _parsed(answer.read())
                self._once(self.spec().faults_of_answer, method, path, told)

    def _hear_lines(self, lines: Iterator[dict[str, Any]]) -> None:
        """Judge the lines of a batch: each names its place, or holds what was answered there."""
        for line in lines:
            if _LINE_URL in line:
                place, body = line[_LINE_URL], line["body"]
                self._once(self.spec().faults_of_request, line["method"], place, body)
            elif reply := line.get("response"):
                kind = reply["body"].get("object") if reply["body"] else None
                place = {"response": "responses", "chat.completion": "chat/completions"}.get(kind)
                if reply["status_code"] == httpx.codes.OK and place:
                    place = f"{VERSION}/{place}"
                    self._once(self.spec().faults_of_answer, "POST", place, reply["body"])

    def _once(self, judge: Callable[..., list[str]], method: str, path: str, body: Any) -> None:
        shape = json.dumps([judge.__name__, method, path, _skeleton(body)], sort_keys=True)
        if shape not in self.judged:
            self.judged.add(shape)
            told = "asked" if judge.__name__ == "faults_of_request" else "answered"
            self.faults += [f"{told} {method} {path}: {one}" for one in judge(method, path, body)]


@contextmanager
def overhearing(heard: Overheard, *, trusts_answers: bool) -> Iterator[None]:
    """Listen at both libraries of HTTP: the SDK's own, and that of the makers of pictures."""
    with pytest.MonkeyPatch.context() as patch:
        for client in (httpx.Client, httpx2.Client):
            patch.setattr(client, "send", _heard(client.send, heard, trusts_answers))
        yield


def _heard(send: Any, heard: Overheard, trusts_answers: bool) -> Any:
    def listening(client: Any, request: Any, **options: Any) -> Any:
        answer = send(client, request, **options)
        heard.hear(request, answer, trusts_answers=trusts_answers)
        return answer

    return listening


def _skeleton(value: Any, name: str = "") -> Any:
    """What matters to a spec: fields and kinds, and such words as a list of them may hold."""
    if isinstance(value, dict):
        return {key: _skeleton(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(_skeleton(one, name), sort_keys=True) for one in value})
    is_word = isinstance(value, str) and bool(re.fullmatch(r"[\w./-]{1,40}", value))
    return value if is_word and name not in ("id", "text") else type(value).__name__


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")


def _lines(body: bytes) -> Iterator[dict[str, Any]]:
    """The lines of JSON in a file, or in a form that holds it."""
    for line in body.splitlines():
        found = _parsed(line) if line.startswith(b"{") else None
        if isinstance(found, dict):
            yield found
