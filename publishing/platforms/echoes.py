"""Answers without the token of their request: some servers say again what they were told.

Taken out where an answer comes in, so that no id, text, error or traceback made of it can hold it.
"""

import httpx

from publishing.platforms.recording import HIDDEN, forms_of, told_secrets
from publishing.platforms.sizes import rebuilt


class Unrepeating(httpx.BaseTransport):
    """Hands requests on, and answers back without the secrets that the requests told."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; one that repeats nothing is passed on as it is."""
        response = self._inner.handle_request(request)
        forms = [form for secret in told_secrets(request) for form in forms_of(secret)]
        if not forms:
            return response
        content = response.read()
        headers = response.headers.multi_items()
        if not any(form.encode() in content or form in str(headers) for form in forms):
            return response
        for form in forms:
            content = content.replace(form.encode(), HIDDEN.encode())
            headers = [(name, value.replace(form, HIDDEN)) for name, value in headers]
        return rebuilt(response, headers, content)

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()
