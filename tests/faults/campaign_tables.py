"""Tables of what a campaign counted: for a reader, for a page, for other programs."""

import math
from collections import defaultdict
from dataclasses import dataclass

from tests.faults.campaign_judge import Count

HEADS = ("runs", "kills", "met", *Count.WRONG, "restarts", "by_hand")
ALONE, BESIDE = "7 a crowd alone", "7 a crowd beside poison"
READ = ("kills", "doubled", "lost", "stuck")
RECOVERY = "recovery p50, p95 seconds"
PROFILES = {
    "x": "blind",
    "facebook": "blind",
    "linkedin": "blind",
    "linkedin member": "dark",
    "instagram": "handle",
    "tiktok": "handle",
    "bluesky": "keyed",
    "mastodon": "keyed",
}
"""What a platform offers to find out an unknown fate by: a key held beforehand, an id given on the
way, its own list of posts alone, nothing."""


@dataclass(frozen=True)
class Wanted:
    """How much of a case the plan wants, on both databases together.

    Attributes:
        title: what the case is.
        number: so many.
        unit: of these.
        measure: the column that counts them; none where each round brings so many.
        a_round: how many of them a round on one database brings.
        of: the rounds of this case; of the one that bears the number alone where none is named.
        heads: what the counts of a part begin with, that is told apart from its case.
    """

    title: str
    number: int
    unit: str
    measure: str = ""
    a_round: int = 0
    of: str = ""
    heads: tuple[str, ...] = ()

    def played(self, counts, rounds):
        return _sum(counts, self.measure) if self.measure else rounds * self.a_round


PLAN = {
    1: Wanted("kill -9", 12_000, "kills", "kills"),
    2: Wanted("lost answers", 16_000, "posts", "runs"),
    3: Wanted("refusals", 20_000, "posts", "runs"),
    4: Wanted("repeated messages", 11_000, "messages and their posts", "runs"),
    5: Wanted("skipped and repeated hours", 140, "posts", "runs"),
    6: Wanted("wrong clocks", 2_000, "posts", "runs"),
    7: Wanted("poison", 101_000, "posts, a hundredth poison", a_round=707, of="7 crowd"),
    8: Wanted("tokens that end", 500, "batches of 20", a_round=6),
    9: Wanted("outages", 200, "outages", "met"),
    10: Wanted("full disks", 200, "workers", "met"),
    11: Wanted("pauses", 1_000, "pauses", a_round=28),
    12: Wanted("cancels", 10_000, "posts", "runs"),
    13: Wanted("upgrades", 100, "upgrades", a_round=1),
    15: Wanted("restores", 50, "restores", a_round=1),
}

PARTS = (
    Wanted("the client gives up", 4_000, "posts", "runs", heads=("2 accept then silence",)),
    Wanted("bans", 20_000, "posts", "runs", heads=("3 a ban",)),
    Wanted("drains within a limit", 80, "drains", "met", heads=("3 a drain",)),
    Wanted("worse poison", 1_000, "poison", "runs", heads=("7 worse poison",)),
    Wanted("good beside it", 1_000, "posts", "runs", heads=("7 good beside worse",)),
    Wanted("unusable answers", 1_000, "posts", "runs", heads=("7 answers",)),
    Wanted("speed after outages", 200, "outages", "met", heads=("9 the speed",)),
    Wanted("full disks of Dagster", 200, "runs of Dagster", "met", heads=("10 a full disk",)),
    Wanted("syncs that fail", 25, "servers", "met", heads=("10 a sync fails in the server",)),
    Wanted("leases slept through", 1_000, "posts", "runs", heads=("11 claimed twice",)),
    Wanted("edits, posts put away", 10_000, "posts", "runs", heads=("12 edit:", "12 put away:")),
    Wanted("two versions", 100, "upgrades", a_round=1, of="13 beside", heads=("13 the version",)),
)
"""Parts of cases that are counted by themselves."""


def summary(counts):
    """One row per case, profile and database: what `make faults` leaves for other programs."""
    groups = defaultdict(list)
    for one in sorted(counts, key=_number_of):
        name = one.case.partition(": ")[0]
        groups[name, PROFILES[one.platform], one.database].append(one)
    return [
        {"case": case, "profile": profile, "database": database}
        | {head: _sum(group, head) for head in HEADS}
        | {"recovery_seconds": _part(0.95, _recoveries(group))}
        for (case, profile, database), group in groups.items()
    ]


def overview(counts, rounds):
    """One row per case, both databases: what is wanted, what was played, what went wrong."""
    heads = ("case", "wanted", "played", *READ, "wrong otherwise", "by hand", RECOVERY)
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|" + "---:|" * (len(heads) - 2)
    apart = [(int(one.heads[0].split()[0]), one) for one in PARTS]
    rows = sorted([*PLAN.items(), *apart], key=lambda row: (row[0], bool(row[1].heads)))
    for number, wanted in rows:
        parted = [head for at, one in apart if at == number for head in one.heads]
        heads = wanted.heads or tuple(parted)
        same = [one for one in counts if _number_of(one)[0] == number]
        group = [one for one in same if one.case.startswith(heads) == bool(wanted.heads)]
        played = wanted.played(group, _rounds_of(wanted.of or str(number), rounds))
        wrong = sum(one.faults for one in group) - sum(_sum(group, name) for name in READ[1:])
        cells = [f"{number} {wanted.title}", f"{wanted.number:,} {wanted.unit}", f"{played:,}"]
        cells += [f"{_sum(group, name):,}" for name in READ]
        cells += [str(wrong), f"{_sum(group, 'by_hand'):,}", _recovery(_recoveries(group))]
        yield f"| {' | '.join(cells)} |"


def _rounds_of(name, rounds):
    """The rounds of a case on both databases."""
    return sum(each for key, each in rounds.items() if key.startswith(f"{name} ("))


def speed_beside_poison(counts):
    """How fast good posts go out beside poison, by database, as a part of their speed alone."""
    speeds = {}
    for kind in sorted({one.database for one in counts if one.seconds}):
        alone, beside = (_speed(counts, name, kind) for name in (ALONE, BESIDE))
        if alone:
            speeds[kind] = beside / alone
    return speeds


def _speed(counts, case, kind):
    same = [one for one in counts if (one.case, one.database) == (case, kind)]
    return _sum(same, "runs") / (_sum(same, "seconds") or math.inf)


def details(counts):
    """All columns: by case, by point of a send, by platform."""
    counts = sorted(counts, key=_number_of)
    at_points = [one for one in counts if ": " in one.case]
    yield from _table("case, database", counts, _case_of)
    yield ""
    yield from _table("point, both databases", at_points, lambda one: one.case)
    yield ""
    yield from _table("platform, database", counts, _platform_of)


def markdown(counts, counter_runs, rounds):
    """All tables, and what went wrong in words."""
    wrong = [f"- {one.case}, {_platform_of(one)}: {words}" for one in counts for words in one.seen]
    parts = (
        overview(counts, rounds),
        ratios(counts),
        details(counts),
        guards(counter_runs),
        wrong,
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def ratios(counts):
    """What was reached of what could be, the worst and the middle one, where a case measures it."""
    for one in sorted(counts, key=_number_of):
        if one.ratios:
            found = sorted(one.ratios)
            middle, number = found[len(found) // 2], len(found)
            told = f"from {found[0]} to {found[-1]}, {middle} in the middle of {number}"
            yield f"- {one.case}, {_platform_of(one)}: {told}"


def _number_of(one):
    return int(one.case.split()[0]), one.case.partition(": ")[0], one.database != "sqlite"


def _case_of(one):
    return f"{one.case.partition(': ')[0]} ({one.database})"


def _platform_of(one):
    return f"{one.platform}, {PROFILES[one.platform]} ({one.database})"


def _table(first, counts, name_of):
    heads = (*HEADS, RECOVERY)
    yield f"| {first} | " + " | ".join(name.replace("_", " ") for name in heads) + " |"
    yield "|---|" + "---:|" * len(heads)
    groups = defaultdict(list)
    for one in counts:
        groups[name_of(one)].append(one)
    for name, group in groups.items():
        cells = [str(_sum(group, head)) for head in HEADS]
        cells.append(_recovery(_recoveries(group)))
        yield f"| {name} | " + " | ".join(cells) + " |"


def _sum(counts, name):
    return sum(getattr(one, name) for one in counts)


def _recoveries(counts):
    return [seconds for one in counts for seconds in one.recovery]


def _recovery(seconds):
    return ", ".join(f"{_part(part, seconds):.0f}" for part in (0.5, 0.95)) if seconds else "–"


def _part(part, seconds):
    """The smallest of them that so large a part is no larger than; None where there are none."""
    return sorted(seconds)[math.ceil(part * len(seconds)) - 1] if seconds else None


def guards(counter_runs):
    """What the judge says where a guard is out."""
    yield "| guard taken out | case, database | what the judge counts |"
    yield "|---|---|---|"
    for one in sorted(counter_runs, key=lambda one: one["guard"]):
        broken = ", ".join(f"{number} {name}" for name, number in one["broken"].items())
        yield f"| {one['guard']} | {one['case']} ({one['database']}) | {broken or 'nothing'} |"
