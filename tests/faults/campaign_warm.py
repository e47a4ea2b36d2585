"""What the forkserver of the campaign has ready, so that a worker process starts at once.

The processes are real all the same: each is forked, opens its own ledger and connections, and dies
by itself. No thread and no connection is opened here, for neither outlives a fork.
"""

import atexit
import gc

import cli.worker
import publishing.alerts
import publishing.interventions
import publishing.matters
import publishing.worker
import runtime.build
import runtime.connecting
import runtime.upkeep
from domain.brand import _zones
from publishing.platforms import registry
from publishing.platforms.egress import ssl_context
from tests.faults import campaign_cases

READY = (cli.worker, publishing, runtime, registry, campaign_cases)


def keep():
    """What is here stays: no process looks through it, or gets pages of its own for that."""
    gc.collect()
    gc.freeze()


ssl_context()  # reads the certificates of the machine, once
_zones()  # and the names of all time zones
keep()
atexit.register(gc.unfreeze)
