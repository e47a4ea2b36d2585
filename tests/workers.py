"""How the tests are shared out: whole files, and folders that share what is slow to make."""

from xdist.scheduler import LoadFileScheduling

TOGETHER = {"tests/assets": "graph", "tests/orchestration": "graph", "tests/cli": "command"}
"""One worker loads the graph and builds a warehouse, one has the command warm: not each of them."""


EARLY = (*TOGETHER, "tests/storage/test_disk_full.py", "tests/storage/test_warehouse.py")
"""What takes longest comes first: else one worker would be at it when the other has no more."""


def is_late(nodeid: str) -> bool:
    """Whether a test may come after those that take long."""
    return not nodeid.startswith(EARLY)


class LoadFolderScheduling(LoadFileScheduling):
    """A file goes to a worker as a whole, and these folders do."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER.get(file.rpartition("/")[0], file)
