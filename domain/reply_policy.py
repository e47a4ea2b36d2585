"""What is done about a message: the brand's reply policy as one table, read from the top."""

from dataclasses import dataclass
from typing import NamedTuple

from domain.brand import Autonomy, Brand, ReplyPolicy
from domain.community import ActionKind, Intent, Triage
from domain.platforms import Platform
from domain.risk import Risk

HIDES: frozenset[Platform] = frozenset(
    {Platform.X, Platform.INSTAGRAM, Platform.FACEBOOK, Platform.BLUESKY}
)
"""Where an account can hide what others write under its posts (PLATFORMS: capability table)."""

RISKS = {Intent.PRAISE: Risk.LOW, Intent.COMPLAINT: Risk.HIGH}
"""What is done about a message has the risk of its intent; of all others it is medium."""
_REPEATED_ANSWERS = (Intent.QUESTION,)


class Decision(NamedTuple):
    """What to do, whether it may be done without a person, and why."""

    kind: ActionKind
    automatic: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a message stands, and how much we have said there already.

    Attributes:
        platform: the network it came from.
        said_today: our automatic replies to its author on this UTC day.
        in_thread: our automatic replies in its thread.
        own: its author is an account of the brand.
        below_our_post: its thread began with a post of ours; elsewhere nothing can be hidden.
    """

    platform: Platform
    said_today: int = 0
    in_thread: int = 0
    own: bool = False
    below_our_post: bool = True


def decide(triage: Triage, *, brand: Brand, setting: Setting) -> Decision:
    """The decision about one message under a brand's policy and its autonomy at that risk."""
    autonomy = brand.autonomy_at(RISKS.get(triage.intent, Risk.MEDIUM))
    return decide_by(triage, policy=brand.replies, autonomy=autonomy, setting=setting)


def decide_by(
    triage: Triage, *, policy: ReplyPolicy, autonomy: Autonomy, setting: Setting
) -> Decision:
    """The same without a brand file at hand.

    Anything that is no plain question, praise, spam or abuse waits for a person, and so does
    everything the triage is not sure of; small talk it is sure of is left alone.
    """
    held = _must_wait(triage, policy=policy, setting=setting)
    if held is not None:
        return held
    trusted = autonomy is Autonomy.FULL and triage.intent in policy.answer
    if triage.confidence < policy.min_confidence and not trusted:
        return _wait(
            f"not sure enough: {triage.intent} at {triage.confidence:.2f}, "
            f"the brand asks for {policy.min_confidence:.2f}"
        )
    if triage.intent in {Intent.SPAM, Intent.ABUSE}:
        return _put_away(triage.intent, autonomy=autonomy, setting=setting)
    if triage.intent in policy.answer:
        return _answer(triage.intent, policy=policy, autonomy=autonomy, setting=setting)
    return Decision(ActionKind.IGNORE, True, f"{triage.intent}: nothing to answer")


def _must_wait(triage: Triage, *, policy: ReplyPolicy, setting: Setting) -> Decision | None:
    if setting.own:
        return Decision(ActionKind.IGNORE, True, "written by our own account")
    if triage.crisis:
        return _wait(f"crisis: {triage.reason}")
    if triage.hold:
        return _wait(triage.reason)
    if triage.intent is Intent.COMPLAINT or triage.intent.value in policy.escalate:
        return _wait(f"{triage.intent}: a person answers")
    return None


def _wait(reason: str) -> Decision:
    return Decision(ActionKind.ESCALATE, False, reason)


def _put_away(intent: Intent, *, autonomy: Autonomy, setting: Setting) -> Decision:
    if setting.platform not in HIDES or not setting.below_our_post:
        return Decision(ActionKind.IGNORE, True, f"{intent}: cannot be hidden there")
    if autonomy is Autonomy.MANUAL:
        return Decision(ActionKind.HIDE, False, f"{intent}: a person must confirm (manual)")
    return Decision(ActionKind.HIDE, True, f"{intent}: hidden from our thread")


def _answer(
    intent: Intent, *, policy: ReplyPolicy, autonomy: Autonomy, setting: Setting
) -> Decision:
    if setting.in_thread >= policy.max_per_thread:
        full = f"{setting.in_thread} replies of ours stand in this thread already"
    elif setting.said_today >= policy.max_per_person_per_day:
        full = f"{setting.said_today} replies to this person today already"
    else:
        full = ""
    if full:
        waits = intent in _REPEATED_ANSWERS
        return _wait(full) if waits else Decision(ActionKind.IGNORE, True, full)
    if autonomy is Autonomy.MANUAL:
        return Decision(ActionKind.ANSWER, False, f"{intent}: a person must confirm (manual)")
    how = "thanked" if intent is Intent.PRAISE else "answered from the brand's facts"
    return Decision(ActionKind.ANSWER, True, f"{intent}: {how}")
