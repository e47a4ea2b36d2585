"""The verdict on invented ledgers: what was doubled, lost, unplanned or unknown is named so."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.deliveries import Delivery, DeliveryKind, DeliveryState, Payload, fingerprint, full_text
from domain.media import Attachment
from domain.platforms import Platform
from orchestration.verdict import judge

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
X, OTHER = "x:bergquell", "x:northloom"


def delivery(number=1, state=DeliveryState.SENT, *, text="Fresh.", account=X, **more):
    payload = Payload(text=text, reply_to=more.pop("reply_to", None))
    values = {
        "id": f"d{number}",
        "key": f"d{number}",
        "brand": "bergquell",
        "platform": Platform.X,
        "account": account,
        "payload": payload,
        "fingerprint": fingerprint(full_text(payload)),
        "due_at": NOON,
        "state": state,
        "platform_id": str(number) if state is DeliveryState.SENT else None,
        "sent_at": NOON if state is DeliveryState.SENT else None,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Delivery.model_validate(values | more)


def line(number=1, *, text="Fresh.", account=X, in_reply_to=None):
    return {"id": str(number), "text": text, "account": account, "in_reply_to": in_reply_to}


def counts(planned, lines, *, now=NOON):
    verdict = judge(planned, lines, now=now)
    names = ("doubled", "lost", "unplanned", "unknown", "waiting", "failed")
    return {name: getattr(verdict, name) for name in names if getattr(verdict, name)}


def test_what_was_sent_once_is_neither_doubled_nor_lost():
    assert {} == counts([delivery()], [line()])


def test_a_post_that_is_there_twice_is_doubled():
    assert {"doubled": 1} == counts([delivery()], [line(1), line(2)])


def test_a_post_called_sent_that_is_not_there_is_lost():
    assert {"lost": 1} == counts([delivery()], [])


@pytest.mark.parametrize("state", ["planned", "due", "claimed"])
def test_a_due_post_that_was_never_tried_is_lost(state):
    assert {"lost": 1} == counts([delivery(state=DeliveryState(state))], [])


def test_a_post_that_is_not_due_yet_is_not_missed():
    later = delivery(state=DeliveryState.PLANNED, due_at=NOON + timedelta(hours=1))
    assert {} == counts([later], [])


@pytest.mark.parametrize("state", ["sending", "unknown"])
@pytest.mark.parametrize("lines", [[], [line()]])
def test_a_send_whose_fate_is_open_is_shown_as_unknown_whether_it_is_there_or_not(state, lines):
    assert {"unknown": 1} == counts([delivery(state=DeliveryState(state))], lines)


def test_what_is_unknown_and_there_twice_is_doubled():
    found = counts([delivery(state=DeliveryState.UNKNOWN)], [line(1), line(2)])
    assert {"unknown": 1, "doubled": 1} == found


def test_a_post_that_nobody_planned_is_unplanned():
    assert {"unplanned": 1} == counts([delivery()], [line(1), line(2, text="Who said that?")])


@pytest.mark.parametrize("state", ["failed", "waiting"])
def test_a_post_that_is_there_though_the_ledger_says_it_is_not_is_unplanned(state):
    found = counts([delivery(state=DeliveryState(state))], [line()])
    assert {state: 1, "unplanned": 1} == found


def test_the_same_text_on_two_accounts_is_two_posts():
    planned = [delivery(1), delivery(2, account=OTHER)]
    assert {} == counts(planned, [line(1), line(2, account=OTHER)])


def test_a_double_on_one_account_does_not_make_up_for_a_loss_on_the_other():
    planned = [delivery(1), delivery(2, account=OTHER)]
    assert {"doubled": 1, "lost": 1} == counts(planned, [line(1), line(2)])


def test_a_doubled_reply_does_not_make_up_for_the_same_words_lost_under_another_comment():
    planned = [
        delivery(1, text="Thank you!", kind=DeliveryKind.REPLY, reply_to="at://a/1#cid"),
        delivery(2, text="Thank you!", kind=DeliveryKind.REPLY, reply_to="at://a/2#cid"),
    ]
    said = [line(n, text="Thank you!", in_reply_to="at://a/1") for n in (1, 2)]
    assert {"doubled": 1, "lost": 1} == counts(planned, said)


def test_two_deliveries_that_name_the_same_post_have_lost_one():
    planned = [delivery(1), delivery(2, platform_id="1")]
    assert {"lost": 1} == counts(planned, [line(1)])


def test_posts_are_counted_late_after_a_minute():
    planned = [delivery(n, sent_at=NOON + timedelta(seconds=n)) for n in (1, 61)]
    verdict = judge(planned, [line(1), line(61)], now=NOON)
    assert (2, 2, 1, 31.0) == (
        verdict.planned,
        verdict.published,
        verdict.late,
        verdict.late_p50_s,
    )


def test_what_must_never_be_is_named():
    verdict = judge([delivery()], [line(1), line(2), line(3, text="Who?")], now=NOON)
    assert ["1 doubled", "1 unplanned"] == verdict.broken


def test_posts_are_counted_by_platform_and_one_without_any_breaks_the_promise():
    there = "mastodon:bergquell"
    mastodon = {"account": there, "platform": Platform.MASTODON}
    planned = [delivery(), delivery(2, DeliveryState.WAITING, **mastodon)]
    reply = delivery(3, text="Thanks!", kind=DeliveryKind.REPLY, reply_to="9", **mastodon)
    lines = [line(), line(3, text="@a Thanks!", account=there, in_reply_to="9")]
    verdict = judge([*planned, reply], lines, now=NOON, platforms={"x", "mastodon", "tiktok"})

    assert {
        "mastodon": {"planned": 1, "published": 0},
        "tiktok": {"planned": 0, "published": 0},
        "x": {"planned": 1, "published": 1},
    } == verdict.platforms
    assert ["no post on mastodon", "no post on tiktok"] == verdict.broken


def test_where_every_platform_got_a_post_nothing_is_broken():
    assert [] == judge([delivery()], [line()], now=NOON, platforms={"x"}).broken


def test_a_brand_without_a_clip_where_clips_are_wanted_breaks_the_promise():
    there = {"account": "tiktok:bergquell", "platform": Platform.TIKTOK}
    clip = Attachment(
        sha256="0" * 64, mime_type="video/mp4", bytes=9, width=9, height=16, seconds=5.0
    )
    picture = clip.model_copy(update={"mime_type": "image/jpeg", "seconds": None})

    def told(media, state=DeliveryState.SENT):
        planned = [delivery(state=state, **there).model_copy(
            update={"payload": Payload(text="Fresh.", media=(media,))}
        )]  # fmt: skip
        wanted = [("bergquell", "tiktok"), ("northloom", "tiktok")]
        return judge(planned, [line(account="tiktok:bergquell")], now=NOON, clips=wanted)

    shown = told(clip)
    assert {"bergquell": {"tiktok": 1}, "northloom": {"tiktok": 0}} == shown.clips
    assert ["no clip of northloom on tiktok"] == shown.broken
    both = ["no clip of bergquell on tiktok", "no clip of northloom on tiktok"]
    assert both == told(picture).broken
    assert ["no post on tiktok", *both] == told(clip, DeliveryState.UNKNOWN).broken


def test_a_reply_on_mastodon_is_known_though_it_names_whom_it_answers():
    there = "mastodon:bergquell"
    planned = [delivery(account=there, kind=DeliveryKind.REPLY, reply_to="7")]

    assert {} == counts(planned, [line(text="@a@b.example Fresh.", account=there, in_reply_to="7")])
    lost = {"lost": 1, "unplanned": 1}
    assert lost == counts(planned, [line(text="@a@b.example Old.", account=there, in_reply_to="7")])
    assert lost == counts(planned, [line(text="@a Fresh.", account=there)])
