"""How much time has passed for everybody else, this machine awake or asleep."""

import time

_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""`time.monotonic()` stands still while a machine is suspended: leases run out meanwhile. Linux
counts on in its own clock for that, macOS in its monotonic one."""


def seconds() -> float:
    """Seconds since some instant of the past; they never go back."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
