"""What HTTP libraries may log: that something was asked, and no header or address with a key."""

import logging
from urllib.parse import urlsplit

STEPS = [
    f"{library}.{part}"
    for library in ("httpcore", "httpcore2")
    for part in ("connection", "http11", "http2", "proxy", "socks")
]
"""They log each step with its values, an answer's headers among them."""
REQUESTS = ["httpx", "httpx2"]
"""They log each request with its whole address, of which an upload's is a key."""

SDKS = ["openai._base_client", "anthropic._base_client"]
"""They log each order, and an answer's headers."""


def hush() -> None:
    """Keep values off the logs of HTTP libraries, at any level and on any handler.

    Called where a client is built; the second time changes nothing.
    """
    for name in STEPS:
        logging.getLogger(name).addFilter(_without_values)
    for name in REQUESTS:
        logging.getLogger(name).addFilter(_without_addresses)
    for name in SDKS:
        logging.getLogger(name).addFilter(_without_arguments)


def _without_values(record: logging.LogRecord) -> bool:
    record.msg, record.args = record.getMessage().partition(" ")[0], ()
    return True


def _without_addresses(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(_origin(value) for value in record.args)
    return True


def _without_arguments(record: logging.LogRecord) -> bool:
    record.msg, record.args = str(record.msg).partition("%")[0], ()
    return True


def _origin(value: object) -> object:
    address = urlsplit(str(value))
    return f"{address.scheme}://{address.hostname}" if address.netloc else value
