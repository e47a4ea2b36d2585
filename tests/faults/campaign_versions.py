"""Case 13 once more: a worker of the version before goes on while the new one moves the tables.

Its code is that version's own, taken out of the repository's history: the commit before the newest
migration. Where that history is not there (a download, a shallow clone), the case is not played.
"""

import io
import os
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from storage.ledger import revisions
from tests.faults.campaign_judge import CONCURRENCY, Book, Stuck
from tests.faults.campaign_points import ANY
from tests.faults.campaign_races import Held
from tests.faults.campaign_stage import ONE_AT_A_TIME, PATIENCE

ROOT = Path(__file__).parents[2]
MOMENTS = ("claim committed", "intent committed", "answer read", "outcome committed")
HELD = """
import sys
from pathlib import Path
from tests.faults.campaign_points import hold
from cli.worker import worker
from publishing import books
begin_all = books.begin_all
def begin_each(connection, now, intents, **more):
    return [begin_all(connection, now, [one], **more)[0] for one in intents]
books.begin_all = begin_each
point, platform, folder, most, concurrency = sys.argv[1:]
if point:
    hold(point, platform, folder, int(most))
worker(until_idle=True, concurrency=int(concurrency))
"""
"""A worker of whatever version lies in the folder that it is started in.

Of two of its hands on one delivery only one is let go: the version before 0009 takes both, and
doubles posts by itself so (case 11 plays that on our own workers).
"""


@cache
def code_before():
    """The files of the version before as an archive; None where nothing is known of it."""
    newest = f"sql/migrations/versions/{revisions.known()[-1]}_*.py"
    added = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", newest)
    if not added:
        return None
    return _git("archive", "--format=tar", f"{added.decode().strip()}^") or None


def _git(*words):
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    except FileNotFoundError:
        return b""
    return done.stdout if done.returncode == 0 else b""


class OldWorker(Held):
    """A worker of the version before, that stands at a point of its sends."""

    def __init__(self, stage, code, point=""):
        self.stage, self.folder = stage, Path(mkdtemp(dir=stage.home))
        words = [point, ANY, str(self.folder), "1", str(CONCURRENCY)]
        with (stage.home / "workers.log").open("ab") as said:
            self.worker = _Process(
                [sys.executable, "-c", HELD, *words],
                cwd=code,
                env=os.environ | stage.variables | {"PYTHONPATH": str(code)},
                stdout=said,
                stderr=said,
            )
        stage._started.append(self.worker)

    def end(self):
        try:
            return self.worker.wait(PATIENCE)
        except subprocess.TimeoutExpired as exc:
            raise Stuck(f"an old worker did not end: {self.stage.said()}") from exc


class _Process(subprocess.Popen):
    """With what a stage asks of its processes."""

    def is_alive(self):
        return self.poll() is None

    def join(self, timeout=None):
        self.wait(timeout)


def both_versions(stage, n):
    """Case 13: rows are in an old worker's hands while the tables change and new workers run."""
    archive = code_before()
    if archive is None:
        return []
    code = stage.home / "version before"
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(code, filter="data")
    books = [Book(f"13 the version before goes on: {moment}", stage) for moment in MOMENTS]
    for number in range(n):
        at = (number + (stage.database == "sqlite")) % len(MOMENTS)
        _play(books[at], code, MOMENTS[at], stage.pick(number))
    return [one for book in books for one in book.judge()]


def _play(book, code, moment, chosen):
    stage = book.stage
    count = book.of(chosen[0])
    book.plan(*[stage.new(platform) for platform in chosen])
    with ONE_AT_A_TIME:
        stage.ledger.downgrade(revisions.known()[-2])
    old = OldWorker(stage, code, moment)
    count.met += old.meets(1)
    with ONE_AT_A_TIME:
        stage.ledger.upgrade()
    book.plan(*[stage.new(platform) for platform in chosen for _ in range(2)])
    new = stage.start(concurrency=CONCURRENCY)
    old.go(1)
    codes = (old.end(), stage.end_of(new))
    if codes != (0, 0):
        words = f"the old worker ended with {codes[0]}, the new one with {codes[1]}: {stage.said()}"
        count.note("other", words)
    book.finish()
    book.plan(*[stage.new(platform) for platform in chosen])
    before = stage.accepted_count()
    code = OldWorker(stage, code).end()
    if code == 0 or stage.accepted_count() != before:
        count.note("other", f"an old worker took the new tables, and ended with {code}")
    book.finish()
