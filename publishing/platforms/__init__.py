"""Adapters: one module per platform behind one small interface."""

import logging

import httpx


def _without_secrets(record: logging.LogRecord) -> bool:
    """Take query, user and password off the addresses that httpx logs: tokens stand in them."""
    if isinstance(record.args, tuple):
        bare: dict[str, None] = {"query": None, "username": None, "password": None}
        record.args = tuple(
            one.copy_with(**bare) if isinstance(one, httpx.URL) else one for one in record.args
        )
    return True


logging.getLogger("httpx").addFilter(_without_secrets)
