"""`python -m sandbox --home DIR --port N --audience FILE`."""

import argparse
import fcntl
import os
import select
import sys
from datetime import datetime
from pathlib import Path

from domain.errors import AmselError
from sandbox.server import fail, serve

DEMO = Path(__file__).parent / "audiences" / "demo.yaml"


def main() -> int:
    """Run the sandbox until it is stopped; 2 if it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of this sandbox")
    parser.add_argument("--port", type=int, default=8400, help="0 takes a free one")
    parser.add_argument("--audience", type=Path, default=DEMO, help="audience file (YAML)")
    parser.add_argument("--speed", type=float, default=0, help="0: by hand; 1: real time")
    parser.add_argument("--start", type=datetime.fromisoformat, help="first instant (ISO, zone)")
    parser.add_argument("--limit-factor", type=float, default=1, help="times the rate limits")
    parser.add_argument(
        "--with-parent", action="store_true", help="end at once when standard input closes"
    )
    args = parser.parse_args()
    if args.with_parent:
        _end_with_parent()
    try:
        serve(
            args.home,
            args.port,
            args.audience,
            args.speed,
            start=args.start,
            limit_factor=args.limit_factor,
        )
    except AmselError as exc:
        return fail(str(exc))
    return 0


def _end_with_parent() -> None:
    """Have the system end this process when the parent's end of standard input closes.

    That happens even after kill -9 of the parent, and needs no thread that waits for its turn.
    """
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, os.O_ASYNC)  # SIGIO ends whoever does not handle it
    if select.select([0], [], [], 0)[0]:
        os._exit(1)  # it was closed before


if __name__ == "__main__":
    sys.exit(main())
