"""Adapters: one module per platform behind one small interface."""

import logging

import httpx


def _without_query(record: logging.LogRecord) -> bool:
    """Take the query off the addresses that httpx logs: some platforms want tokens there."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            one.copy_with(query=None) if isinstance(one, httpx.URL) else one for one in record.args
        )
    return True


logging.getLogger("httpx").addFilter(_without_query)
