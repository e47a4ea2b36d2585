"""How the tests are shared out: whole files, and folders that share what is slow to make."""

from xdist.scheduler import LoadFileScheduling

TOGETHER = {"tests/assets": "graph", "tests/orchestration": "graph", "tests/cli": "command"}
"""One worker loads the graph and builds a warehouse, one has the command warm: not each of them."""

LONG = (
    *TOGETHER,
    "tests/faults/test_campaign.py",
    "tests/content/test_injection.py",
    "tests/notebooks/",
    "tests/faults/",
    "tests/storage/test_warehouse.py",
    "tests/storage/test_disk_full.py",
    "tests/planning/test_morning.py",
    "tests/planning/test_turns.py",
    "tests/planning/test_uploads.py",
    "tests/ml/test_poisoning.py",
    "tests/content/test_strategies.py",
    "tests/content/test_labels.py",
)
"""What takes longest comes first: else one worker would be at it when the other has no more."""


def turn(nodeid: str) -> int:
    """When a test is shared out: those that take long in their order, then all others."""
    return next((at for at, name in enumerate(LONG) if nodeid.startswith(name)), len(LONG))


class LoadFolderScheduling(LoadFileScheduling):
    """A file goes to a worker as a whole, and these folders do."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TOGETHER.get(file.rpartition("/")[0], file)
