"""How long a worker may hold a delivery before the others take it for dead."""

from datetime import timedelta

LEASE = timedelta(seconds=40)
"""A worker that is silent for so long was paused or is dead; recovery takes a little longer than
that. Longer than one request usually takes: one that outlives it is looked up, not repeated."""
RENEW_EVERY = 10.0
"""Seconds between two signs of life of a worker that is busy."""
SEND_WITHIN = 4.0
"""Seconds from before the intent in which the request must start. Past them the lease is not
trusted, and an emergency stop has had its say: it halts every send within five seconds. Where a
send takes several steps, the ledger is asked again before each request that comes so long after its
last word."""
