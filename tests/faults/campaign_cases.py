"""The cases of the campaign: each plays `n` rounds on a stage and gives what was counted."""

from domain.deliveries import DeliveryKind, DeliveryState, Payload
from domain.platforms import Platform
from publishing import interventions
from tests.faults import campaign_answers as answers
from tests.faults import campaign_bans as bans
from tests.faults import campaign_daemons as daemons
from tests.faults import campaign_dagster_home as dagster_home
from tests.faults import campaign_disks as disks
from tests.faults import campaign_edits as edits
from tests.faults import campaign_failover as failover
from tests.faults import campaign_planner as planner
from tests.faults import campaign_poison as poison
from tests.faults import campaign_races as races
from tests.faults import campaign_returns as returns
from tests.faults import campaign_speed as speed
from tests.faults import campaign_syncs as syncs
from tests.faults import campaign_tokens as tokens
from tests.faults import campaign_troubles as troubles
from tests.faults import campaign_versions as versions
from tests.faults.campaign_judge import Book
from tests.faults.campaign_points import ON_THE_WIRE, POINTS
from tests.faults.campaign_stage import MEMBER, PLATFORMS


class DarkBook(Book):
    """Where nobody can read back, a person looks at the profile and says what is there."""

    def finish(self, *, rounds=20):
        super().finish(rounds=rounds)
        asked = [row for row in self.stage.rows(states=[DeliveryState.UNKNOWN]) if not row.next_at]
        out = {self.key_of(line["text"]): line["id"] for line in self.stage.accepted()}
        for row in asked:
            found = out.get(self.key_of(row.payload.text))
            self.of(row.platform).by_hand += 1
            interventions.settle(self.stage.ledger, row.id, actor="anna", platform_id=found)
        if asked:
            super().finish(rounds=rounds)


LOOKED_UP = ("looked up, nothing written", "looked up, not committed")
THREAD = "second part sent, not written"
UNANSWERED = "accepted, not answered"
WIDTH = 4
"""Lost answers in a row on each platform: with more of them it would count as down."""
HIDDEN = ("accept_then_reset", "accept_then_500", "accept_then_garbage", "accept_then_timeout")
KILL_POINTS = (*POINTS, *ON_THE_WIRE, UNANSWERED)


def kills(stage, n, points=KILL_POINTS, book_of=Book):
    """Case 1: kill -9 at each point of a send.

    In a sample each database gets every other point, and one worker comes after all of them.
    """
    points = points[stage.database == "sqlite" :: 2] if stage.is_sample else points
    books = [book_of(f"1 kill -9: {point}", stage) for point in points]
    for _ in range(n):
        for number, (point, book) in enumerate(zip(points, books, strict=True)):
            for platform in stage.pick(number, _able(point)):
                _kill_once(book, point, platform)
            if not stage.is_sample:
                book.finish()
    if stage.is_sample:
        books[0].finish()
    return [one for book in books for one in book.judge()]


def kills_in_the_dark(stage, n):
    """Case 1 where nobody can read back: a member's posts on LinkedIn."""
    points = [one for one in KILL_POINTS if one not in (*LOOKED_UP, THREAD)]
    return kills(stage, n, points, DarkBook)


def _able(point):
    # nothing can be put below a video on TikTok
    return [one for one in PLATFORMS if point != THREAD or one != "tiktok"]


def _kill_once(book, point, platform):
    stage = book.stage
    (delivery_id, *rest) = book.plan(*_post_or_thread(stage, platform, point))
    if point in LOOKED_UP:
        stage.fault("accept_then_reset", platform=platform)
    if point == UNANSWERED:
        stage.fault("accept_then_timeout", platform=platform, seconds=30)
        at = stage.kill_when_accepted()
    else:
        at = stage.die(point, platform)
    book.note_kill(rest[0] if rest else delivery_id, platform, at)


def _post_or_thread(stage, platform, point):
    first = stage.new(platform)
    if point != THREAD:
        return [first]
    payload = Payload(text=stage.tag())
    kind = DeliveryKind.POST if platform in ("x", "bluesky", "mastodon") else DeliveryKind.REPLY
    second = stage.new(platform, payload=payload, kind=kind, after=first.key)
    return [first, second]


def hidden_answers(stage, n):
    """Case 2: the platform accepts, and the answer is lost in four ways."""
    books = [Book(f"2 {effect.replace('_', ' ')}", stage) for effect in HIDDEN]
    for _ in range(n):
        for number, (effect, book) in enumerate(zip(HIDDEN, books, strict=True)):
            chosen = stage.pick(number)
            width = 1 if stage.is_sample else WIDTH
            book.plan(*[stage.new(platform) for platform in chosen for _ in range(width)])
            for platform in chosen:
                stage.fault(effect, platform=platform, seconds=0.1, count=width)
            if not stage.is_sample:
                book.finish()
    if stage.is_sample:
        books[0].finish()
    stage.calm()
    return [one for book in books for one in book.judge()]


CASES = {
    "1": kills,
    "1 dark": kills_in_the_dark,
    "1 planner": planner.kills,
    "1 dagster": planner.dagster_kills,
    "2": hidden_answers,
    "2 silence": answers.silences,
    "3": troubles.refusals,
    "3 bans": bans.bans,
    "3 drains": bans.drains,
    "4": troubles.repeated_messages,
    "5": troubles.wall_clock_times,
    "6": troubles.wrong_clocks,
    "7": poison.poison,
    "7 worse": poison.worse_poison,
    "7 answers": answers.unusable_answers,
    "7 crowd": poison.crowds,
    "8": tokens.renewals,
    "9": races.outages,
    "9 failover": failover.failovers,
    "9 speed": speed.returns,
    "10": disks.full_disks,
    "10 dagster": dagster_home.full_homes,
    "10 sync": syncs.failing_syncs,
    "11": races.split_brains,
    "11 asleep": races.asleep,
    "11 runs": daemons.two_runs,
    "11 daemons": daemons.two_daemons,
    "12": races.cancels,
    "12 edits": edits.edits,
    "13": returns.upgrades,
    "13 beside": versions.both_versions,
    "15": returns.restores,
}
PLAYED_ON = {
    "1 dark": {"platforms": (Platform.LINKEDIN,), "handles": MEMBER},
    "3 bans": {"neighbours": bans.NEIGHBOURS},
    "3 drains": {"platforms": tuple(bans.QUOTAS), "limit_factor": bans.FACTOR},
    "7 crowd": {"in_flight": 8},  # or each clip that TikTok works on would be waited for alone
    "9 speed": {"platforms": speed.PLATFORMS, "in_flight": 8},
    "12 edits": {"platforms": edits.PLATFORMS},
}
"""Stages that are set otherwise."""
