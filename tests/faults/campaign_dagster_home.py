"""Case 10 once more: the disk under Dagster's home is full, and only that one."""

import os
from contextlib import suppress

from tests.faults import campaign_kernel as kernel
from tests.faults.campaign_judge import Book
from tests.faults.campaign_points import ANY, at
from tests.faults.campaign_stage import playing

ROOM = 4 * 2**20
"""Bytes of the disk: enough for an instance and a run."""
START = "before the run"
MOMENTS = (START, "claim committed", "intent committed", "outcome committed")


def full_homes(stage, n):
    """Case 10: a run of the door whose instance can write nothing more; the next one goes on."""
    if not kernel.can_mount():
        return []
    moments = MOMENTS[2:3] if stage.is_sample else MOMENTS
    books = [Book(f"10 a full disk under Dagster's home: {moment}", stage) for moment in moments]
    for number in range(n):
        for book, moment in zip(books, moments, strict=True):
            chosen = stage.pick(number)
            book.plan(*[stage.new(platform) for platform in chosen])
            arguments = (stage.variables, moment)
            code = stage.end_of(stage.start(target=send_on_a_small_disk, arguments=arguments))
            # a run whose history is lost may end as if nothing were
            book.of(chosen[0]).met += 1
            book.of(chosen[0]).restarts += code != 0
            book.finish()
    return [one for book in books for one in book.judge()]


def send_on_a_small_disk(variables, moment):
    """A run of the door in an instance whose disk is full from a moment on."""
    with playing(variables):
        from runtime.dagster_home import prepare_home
        from runtime.settings import Settings

        home = prepare_home(Settings())
        settings = {one.name: one.read_bytes() for one in home.iterdir() if one.is_file()}
        kernel.mount_small(home, ROOM)
        for name, content in settings.items():
            (home / name).write_bytes(content)
        os.environ["DAGSTER_HOME"] = str(home)
        import dagster as dg

        from tests.faults.campaign_door import defs

        with dg.DagsterInstance.get() as instance:
            instance.get_runs(limit=1)
            if moment == START:
                fill(home)
            else:
                at(moment, ANY, lambda: fill(home))
            defs.resolve_job_def("send_due_posts").execute_in_process(instance=instance)


def fill(home):
    """Write until there is no room."""
    with (home / "ballast").open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
