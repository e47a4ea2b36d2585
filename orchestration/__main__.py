"""`python -m orchestration --days N --log FILE`: the demo's days, as a process of its own."""

import argparse
import logging
from pathlib import Path

from orchestration.terminal import take_terminal
from runtime.lifeline import end_with_parent


def main() -> None:
    """Play the days that the command line asks for; ends with the process that started it."""
    # before the long imports: whoever started us may be killed while they last
    end_with_parent()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    options = parser.parse_args()
    console = take_terminal(options.log)
    logging.getLogger("dagster").setLevel(logging.ERROR)

    from orchestration.rehearsal import Rehearsal
    from runtime.settings import Settings

    Rehearsal(Settings(), days=options.days, console=console).run()


if __name__ == "__main__":
    main()
