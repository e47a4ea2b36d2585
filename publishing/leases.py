"""How long a worker may hold a delivery before the others take it for dead."""

from datetime import timedelta

LEASE = timedelta(seconds=120)
"""Far longer than one request may take: a worker that outlives it was paused or is dead. Each step
that is kept prolongs it."""
