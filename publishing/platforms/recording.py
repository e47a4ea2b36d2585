"""What was said on the wire during one attempt, without secrets: for the person who looks later."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote_plus

import httpx
import structlog

LONGEST = 2000
"""Characters of a body that are kept."""
MOST = 40
"""Exchanges of one attempt that are kept: an upload in chunks has many."""
HIDDEN = "[hidden]"
SHORT = 5
"""Characters up to which a value is too common to be looked for."""
SECRET_URL = {"is_secret": True}
"""Extensions of a request whose whole URL is a key, such as an upload's: only its host is kept."""
GIVES_TOKENS = {"gives_tokens": True}
"""Extensions of a request for tokens: its answer may hold one that the request told already."""
SECRETS = re.compile(
    r"token|secret|password|jwt|authorization|signature|code_verifier|upload_?url|cookie|^code$|^sig$",
    re.IGNORECASE,
)
"""Names of fields and parameters whose values are never kept; an upload address is a key too."""
PASSWORDS = re.compile(r"password|secret", re.IGNORECASE)
LIMITS = re.compile(r"rate-?limit|retry-after|usage|x-app-limit|x-user-limit", re.IGNORECASE)
"""Headers that are kept, because they explain a wait."""
IDS = ("x-li-uuid", "x-request-id", "x-transaction-id", "x-fb-trace-id", "x-tt-logid")
"""Headers by which a platform's support finds the request again."""

_log = structlog.get_logger(__name__)
_exchanges: ContextVar[list[dict[str, Any]] | None] = ContextVar("exchanges", default=None)


@contextmanager
def recorded() -> Iterator[list[dict[str, Any]]]:
    """Collect the exchanges of this thread's requests.

    Each is a dict of `method`, `url`, `sent`, and, where an answer came, `status`, `answer` and
    the `limits` headers; a body is JSON data without secrets, or a text, or its length in bytes.
    """
    collected: list[dict[str, Any]] = []
    mark = _exchanges.set(collected)
    try:
        yield collected
    finally:
        _exchanges.reset(mark)


def on_request(request: httpx.Request) -> None:
    """An httpx event hook: note a request before it goes out."""
    collected = _exchanges.get()
    if collected is None or len(collected) >= MOST:
        return
    is_secret = bool(request.extensions.get("is_secret"))
    url = _host(request.url) if is_secret else without_secrets_in(request.url)
    exchange = {"method": request.method, "url": url}
    if (body := _body(request)) is not None:
        exchange["sent"] = body
    collected.append(exchange)
    request.extensions["exchange"] = exchange


def on_response(response: httpx.Response) -> None:
    """An httpx event hook: note the answer beside its request."""
    exchange = response.request.extensions.get("exchange")
    if exchange is None:
        return
    response.read()
    exchange["status"] = response.status_code
    kind = response.headers.get("content-type", "")
    exchange["answer"] = _shown(_unrepeated(response), kind)
    limits = {name: value for name, value in response.headers.items() if LIMITS.search(name)}
    if limits:
        exchange["limits"] = unrepeated(limits, response)


def log_refusal(response: httpx.Response, where: str) -> None:
    """Log an answer that is no success as it came, without secrets; `where` is the account."""
    request = response.request
    is_secret = bool(request.extensions.get("is_secret"))
    kind = response.headers.get("content-type", "")
    ids = {name: response.headers[name] for name in IDS if name in response.headers}
    _log.info(
        "a platform refused a request",
        account=where,
        method=request.method,
        url=_host(request.url) if is_secret else without_secrets_in(request.url),
        status=response.status_code,
        answer=_shown(_unrepeated(response), kind),
        **unrepeated(ids, response),
    )


def without_secrets_in(url: httpx.URL) -> str:
    """The URL with the values of secret parameters hidden, and without user and password."""
    if not url.query and not url.userinfo:
        return str(url)
    shown = url.copy_with(username=None, password=None, query=None)
    pairs = [
        f"{name}={HIDDEN if SECRETS.search(name) else value}"
        for name, value in url.params.multi_items()
    ]
    return str(shown) + (f"?{'&'.join(pairs)}" if pairs else "")


def _host(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.host}/{HIDDEN}"


def without_secrets(value: Any) -> Any:
    """JSON data with the values of secret fields hidden, at any depth."""
    if isinstance(value, dict):
        return {
            name: HIDDEN if SECRETS.search(str(name)) else without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(inner) for inner in value]
    if isinstance(value, str) and value.startswith("https://") and "?" in value:
        return _link(value)
    return value


def _link(text: str) -> str:
    try:
        return without_secrets_in(httpx.URL(text))
    except httpx.InvalidURL:
        return HIDDEN


def unrepeated(value: Any, response: httpx.Response) -> Any:
    """JSON data of an answer without the secrets of its request: some platforms repeat them."""
    try:
        return _replaced(value, _spoken(response.request))
    except RuntimeError:  # an answer that nobody asked for
        return value


def _spoken(request: httpx.Request) -> tuple[str, ...]:
    """The secrets of a request, longest first: its token, and what stands under a secret name."""
    found = {request.headers.get("authorization", "").rpartition(" ")[2]}
    if request.url.query:
        params = request.url.params.multi_items()
        found |= {value for name, value in params if SECRETS.search(name)}
    if request.extensions.get("is_secret"):
        found |= {str(request.url), request.url.raw_path.decode()}
    found |= set(_named(_parsed(request)))
    return tuple(sorted((one for one in found if len(one) > SHORT), key=len, reverse=True))


def _replaced(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(inner, secrets) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, secrets) for inner in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN).replace(quote_plus(secret), HIDDEN)
    return value


def _unrepeated(response: httpx.Response) -> bytes:
    content = response.content
    for secret in _spoken(response.request):
        for form in forms_of(secret):
            content = content.replace(form.encode(), HIDDEN.encode())
    return content


def forms_of(secret: str) -> tuple[str, ...]:
    """How a secret may stand in an answer: plain, as part of a URL, inside JSON."""
    return secret, quote_plus(secret), json.dumps(secret)[1:-1]


def told_secrets(request: httpx.Request) -> tuple[str, ...]:
    """What a request tells that no answer to it needs to say again: its token, its password.

    Cursors and upload addresses, which are as secret, come in answers for good reasons.
    """
    if request.extensions.get("gives_tokens"):
        return ()
    found = {request.headers.get("authorization", "").rpartition(" ")[2]}
    if "/json" in request.headers.get("content-type", ""):
        found |= set(_named(_parsed(request), PASSWORDS))
    return tuple(sorted((one for one in found if len(one) > SHORT), key=len, reverse=True))


def _named(value: Any, names: re.Pattern[str] = SECRETS) -> Iterator[str]:
    """The texts that stand under a secret name in JSON data."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one, names)
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and names.search(str(name)):
                yield inner
            yield from _named(inner, names)


def _parsed(request: httpx.Request) -> Any:
    """The fields of a request's body, read once; None where it has none."""
    if "fields" not in request.extensions:
        request.extensions["fields"] = _fields(request)
    return request.extensions["fields"]


def _fields(request: httpx.Request) -> Any:
    kind = request.headers.get("content-type", "")
    try:
        if "json" in kind:
            return json.loads(request.content)
        if "x-www-form-urlencoded" in kind:
            return dict(httpx.QueryParams(request.content.decode("utf-8", "replace")))
    except (ValueError, httpx.RequestNotRead):
        return None
    return None


def _body(request: httpx.Request) -> Any:
    try:
        content = request.content
    except httpx.RequestNotRead:
        return f"{request.headers.get('content-length', '?')} bytes"
    return _shown(content, request.headers.get("content-type", "")) if content else None


def _shown(content: bytes, kind: str) -> Any:
    if "json" in kind:
        try:
            return _short(without_secrets(json.loads(content)))
        except ValueError:
            return _short(content.decode("utf-8", "replace"))
    if "x-www-form-urlencoded" in kind:
        params = httpx.QueryParams(content.decode("utf-8", "replace"))
        return _short(without_secrets(dict(params.multi_items())))
    if kind.startswith("text/"):
        return _short(content.decode("utf-8", "replace"))
    return f"{len(content)} bytes"


def _short(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= LONGEST else f"{text[:LONGEST]}…"
