"""`python -m orchestration.ui --port N`: the Dagster UI and all its servers, for one folder."""

import argparse
import os
import signal
import sys

from runtime.lifeline import end_with_parent


def main() -> None:
    """End what runs a killed UI left, and become `dagster dev`; ends with whoever started it."""
    # its servers stay in this process group, and standard input stays the same pipe
    end_with_parent()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port

    import dagster as dg

    from orchestration.dead_runs import end_dead_runs

    with dg.DagsterInstance.get() as instance:
        end_dead_runs(instance)
    # a script's `&` has it ignored, and Dagster then ignores SIGTERM as well
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml"]
    os.execv(sys.executable, [*command, "-h", "127.0.0.1", "-p", str(port)])  # noqa: S606


if __name__ == "__main__":
    main()
