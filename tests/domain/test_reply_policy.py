"""The table of decisions, row by row."""

import pytest

from domain.brand import Autonomy, ReplyPolicy
from domain.community import ActionKind, Intent, Triage
from domain.platforms import Platform
from domain.reply_policy import Decision, Setting, decide, decide_by
from domain.risk import ByRisk
from tests.domain.test_rules import WATER


def _triage(intent: Intent, *, confidence: float = 0.9, **changes: bool) -> Triage:
    return Triage(
        language="de",
        intent=intent,
        confidence=confidence,
        sentiment=0,
        p_spam=0.0,
        p_offensive=0.0,
        reason="test",
        **changes,
    )


def _decide(
    triage: Triage, *, autonomy: Autonomy = Autonomy.GUARDED, **setting: object
) -> Decision:
    place = Setting(**({"platform": Platform.X} | setting))  # type: ignore[arg-type]
    return decide_by(triage, policy=ReplyPolicy(), autonomy=autonomy, setting=place)


@pytest.mark.parametrize(
    ("intent", "kind", "automatic"),
    [
        (Intent.QUESTION, ActionKind.ANSWER, True),
        (Intent.PRAISE, ActionKind.ANSWER, True),
        (Intent.COMPLAINT, ActionKind.ESCALATE, False),
        (Intent.SPAM, ActionKind.HIDE, True),
        (Intent.ABUSE, ActionKind.HIDE, True),
        (Intent.OTHER, ActionKind.IGNORE, True),
    ],
)
def test_each_intent_has_its_action(intent: Intent, kind: ActionKind, automatic: bool) -> None:
    assert (kind, automatic) == _decide(_triage(intent))[:2]


@pytest.mark.parametrize("intent", list(Intent))
def test_whatever_is_not_sure_waits_for_a_person(intent: Intent) -> None:
    assert (ActionKind.ESCALATE, False) == _decide(_triage(intent, confidence=0.7))[:2]


@pytest.mark.parametrize("intent", list(Intent))
@pytest.mark.parametrize("mark", ["crisis", "hold"])
@pytest.mark.parametrize("autonomy", list(Autonomy))
def test_a_crisis_or_a_hold_waits_whatever_else_is_true(
    intent: Intent, mark: str, autonomy: Autonomy
) -> None:
    decision = _decide(_triage(intent, confidence=1.0, **{mark: True}), autonomy=autonomy)
    assert (ActionKind.ESCALATE, False) == decision[:2]


@pytest.mark.parametrize(
    ("intent", "automatic"),
    [(Intent.PRAISE, True), (Intent.QUESTION, False), (Intent.SPAM, False)],
)
def test_a_reply_has_the_risk_of_its_intent(intent: Intent, automatic: bool) -> None:
    split = ByRisk(low=Autonomy.FULL, medium=Autonomy.MANUAL, high=Autonomy.FULL)
    brand = WATER.model_copy(update={"autonomy": split})
    decision = decide(_triage(intent), brand=brand, setting=Setting(Platform.X))
    assert automatic is decision.automatic


def test_a_complaint_waits_however_much_of_its_risk_goes_out_alone() -> None:
    brand = WATER.model_copy(update={"autonomy": Autonomy.FULL})
    decision = decide(_triage(Intent.COMPLAINT), brand=brand, setting=Setting(Platform.X))
    assert (ActionKind.ESCALATE, False) == decision[:2]


def test_our_own_words_are_never_answered() -> None:
    assert (ActionKind.IGNORE, True) == _decide(_triage(Intent.QUESTION), own=True)[:2]


@pytest.mark.parametrize("setting", [{"platform": Platform.LINKEDIN}, {"below_our_post": False}])
def test_what_cannot_be_hidden_is_left_alone(setting: dict[str, object]) -> None:
    assert ActionKind.IGNORE is _decide(_triage(Intent.ABUSE), **setting).kind


@pytest.mark.parametrize("full", [{"said_today": 2}, {"in_thread": 3}])
def test_beyond_a_cap_a_question_waits_and_praise_is_left(full: dict[str, object]) -> None:
    kinds = [_decide(_triage(i), **full).kind for i in (Intent.QUESTION, Intent.PRAISE)]
    assert [ActionKind.ESCALATE, ActionKind.IGNORE] == kinds


@pytest.mark.parametrize("intent", [Intent.QUESTION, Intent.PRAISE, Intent.SPAM, Intent.ABUSE])
def test_a_manual_brand_does_nothing_by_itself(intent: Intent) -> None:
    assert not _decide(_triage(intent), autonomy=Autonomy.MANUAL).automatic


def test_full_autonomy_answers_unsure_questions_but_hides_nothing_unsure() -> None:
    unsure = [
        _decide(_triage(intent, confidence=0.5), autonomy=Autonomy.FULL).automatic
        for intent in (Intent.QUESTION, Intent.ABUSE, Intent.COMPLAINT)
    ]
    assert [True, False, False] == unsure
