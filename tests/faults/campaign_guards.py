"""Counter-runs: a case is played with one guard of the way out taken out, and must go wrong."""

from functools import partial

from tests.faults import campaign_races as races
from tests.faults import campaign_tokens as tokens
from tests.faults import campaign_troubles as troubles
from tests.faults.campaign_cases import hidden_answers, kills
from tests.faults.campaign_judge import Count, Stuck

TOLD_BY = ("doubled", "lost", "unlogged", "early", "other")
"""What a counter-run must show; one that only gets stuck shows nothing."""


def _renewals(stage, n):
    (platform,) = stage.platforms
    stage.run(tokens.connect, platform)
    return tokens.races(stage, n, [platform])


COUNTER_RUNS = {
    "attempt row": ("1", "facebook", partial(kills, points=("answer read",))),
    "fence": ("11", "facebook", races.two_pauses),
    "unique key": ("4", "facebook", troubles.repeated_messages),
    "database time": ("6", "facebook", partial(troubles.wrong_clocks, clocks=troubles.CLOCKS[:1])),
    "single-flight refresh": ("8", "x", _renewals),
    "look-up before resend": ("2", "facebook", hidden_answers),
}
"""For each guard the case that tells of it, and a platform that recognises no repeat itself."""


def without(guard, stage):
    """What the judge says of that case without that guard."""
    case, _, play = COUNTER_RUNS[guard]
    stage.variables["CAMPAIGN_WITHOUT"] = guard
    is_stuck = False
    try:
        play(stage, 1)
    except Stuck:
        is_stuck = True
    counts = [one for book in stage.books for one in book.judge()]
    broken = {name: sum(getattr(one, name) for one in counts) for name in Count.WRONG}
    seen = [words for one in counts for words in one.seen]
    return {
        "guard": guard,
        "case": case,
        "database": stage.database,
        "broken": {name: number for name, number in broken.items() if number},
        "is_stuck": is_stuck,
        "is_told": any(broken[name] for name in TOLD_BY),
        "seen": seen[:3],
    }
