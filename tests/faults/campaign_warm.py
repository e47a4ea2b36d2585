"""What the forkserver of the campaign has ready, so that a worker process starts at once.

The processes are real all the same: each is forked, opens its own ledger and connections, and dies
by itself. No thread and no connection is opened here, for neither outlives a fork.
"""

import cli.worker
import publishing.worker
import runtime.build
import runtime.connecting
import runtime.upkeep
import tests.faults.campaign_stage
from publishing.platforms import registry
from publishing.platforms.egress import ssl_context

READY = (cli.worker, publishing.worker, runtime, registry, tests.faults.campaign_stage)
ssl_context()  # reads the certificates of the machine, once
