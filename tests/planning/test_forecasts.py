"""What is forecast of a draft is asked about the very post that goes out."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from domain.media import MediaAsset
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from domain.schedule import PlatformSchedule, Strategy
from ml.engagement import EngagementModel
from planning.forecasts import forecast_drafts, planned_posts
from planning.formats import format_odds
from planning.scheduling import schedule_post
from planning.slots import PlannedSlot, by_brief
from publishing.published import published_posts
from storage.brand_files import load_brands
from storage.ledger import brands, deliveries, posts
from storage.ledger.database import Ledger
from tests.graph import SENT, move_delivery
from tests.ml.conftest import START, invent_posts
from tests.planning.conftest import BRANDS, MORNING

WATER = load_brands(BRANDS)["bergquell"]
X = next(account.id for account in WATER.accounts if account.platform is Platform.X)
DAY = date(2026, 3, 2)
LINK = "https://bergquell.example/tiefe"
PAST = invent_posts(accounts=1, posts=120, seed=3).with_columns(
    account=pl.lit(X),
    followers=1000 + pl.int_range(pl.len()) ** 2,
    media_type=pl.when(pl.int_range(pl.len()) % 3 == 0)
    .then(pl.lit("image"))
    .otherwise("media_type"),
    published_at=pl.col("published_at") - START + MORNING - timedelta(days=70),
)
MODEL = EngagementModel.fit(PAST)


def file(kind, number=1):
    video = kind == "video"
    return MediaAsset(
        id=f"m{number}", kind=kind, sha256=f"{number}" * 64, alt_text="a spring", made_by="card",
        mime_type="video/mp4" if video else "image/jpeg", bytes=9, width=9, height=9,
        seconds=9.0 if video else None,
    )  # fmt: skip


SHAPES = {
    "text": {},
    "link": {"link": LINK},
    "image": {"link": LINK, "media": (file("image"),)},
    "carousel": {"media": (file("image"), file("image", 2))},
    "video": {"hashtags": ("Quelle",), "media": (file("video"),)},
}


def draft(variant="a", **shape):
    return ContentPost(
        id=f"p-{variant}", brand=WATER.name, text="Was meint ihr dazu? #Wasser", language="de",
        hashtags=shape.pop("hashtags", ("Wasser", "Allgäu")), platforms=(Platform.X,),
        status=PostStatus.GENERATED, brief_id=f"{WATER.name}:{DAY}:1", variant=variant,
        brand_voice=WATER.voice, generated_by="test", **shape,
    )  # fmt: skip


SLOT = PlannedSlot(
    "s1", WATER.name, DAY, 1, Strategy.FIXED,
    PlatformSchedule(
        platform=Platform.X, account=X, local_time="2026-03-02T09:00",
        time_zone="Europe/Berlin", due_at=MORNING + timedelta(hours=3), reasoning="-", propensity=1,
    ),
)  # fmt: skip


@pytest.fixture
def send(sqlite_ledger_url, clock):
    """`send(post)`: it goes out in its slot; the rows that the lake gets of it."""
    ledger = Ledger(sqlite_ledger_url, clock=clock)

    def make(post):
        with ledger.transaction() as connection:
            brands.save(connection, WATER, now=MORNING)
            posts.save(connection, post, key=post.id, actor="test", now=MORNING)
            schedule_post(connection, post, [SLOT], actor="test", now=MORNING)
        with ledger.reading() as connection:
            (planned,) = deliveries.of_posts(connection, [post.id])
        clock.wait_until(SLOT.schedule.due_at)
        move_delivery(ledger, planned.id, *SENT, platform_id=post.id, sent_at=clock.now())
        with ledger.reading() as connection:
            return published_posts(deliveries.sent_since(connection, None))

    yield make
    ledger.close()


@pytest.mark.parametrize("kind", SHAPES)
def test_a_draft_is_forecast_by_the_features_of_the_post_that_it_becomes(send, kind):
    post = draft(**SHAPES[kind])
    planned = planned_posts([post], slots=by_brief([SLOT]))
    published = send(post)

    assert [kind] == published["media_type"].to_list()
    before, after = (MODEL.features_of(rows, history=PAST) for rows in (planned, published))
    assert_frame_equal(before, after)
    assert before["followers_change"][0] > 0


def test_text_link_and_hashtags_are_told_as_they_go_out():
    told = planned_posts([draft(link=LINK)], slots=by_brief([SLOT]))

    assert [f"Was meint ihr dazu? #Wasser {LINK} #Allgäu"] == told["text"].to_list()


def test_what_a_picture_brought_is_credited_to_pictures(send):
    published = send(draft(**SHAPES["image"]))
    won = pl.concat([published] * 30).select("account", "media_type", y=pl.lit(1.0))
    words = won.with_columns(media_type=pl.lit("text"), y=pl.lit(0.0))

    odds = format_odds(pl.concat([won, words]), WATER)[SLOT.schedule.platform]
    assert odds["pictures"] > 0.6


def test_a_draft_is_forecast_as_if_the_others_of_its_order_were_not_there():
    drafts = [draft("a"), draft("b", link=LINK), draft("c", **SHAPES["image"])]
    asked = {"slots": by_brief([SLOT]), "model": MODEL, "history": PAST}
    alone = pl.concat([forecast_drafts([each], **asked) for each in drafts])

    assert 3 == alone.height
    assert_frame_equal(alone, forecast_drafts(drafts, **asked))


def test_drafts_of_several_orders_are_forecast_at_once_as_they_were_one_round_at_a_time():
    """Each round holds one draft of every order, on every account it goes to."""
    later = replace(SLOT, id="s2", rank=2, schedule=SLOT.schedule.model_copy(
        update={"due_at": SLOT.schedule.due_at + timedelta(hours=5)}))  # fmt: skip
    slots = {f"{WATER.name}:{DAY}:1": [SLOT], f"{WATER.name}:{DAY}:2": [later]}
    second = [
        each.model_copy(update={"id": f"{each.id}-2", "brief_id": f"{WATER.name}:{DAY}:2"})
        for each in (draft("a"), draft("b", **SHAPES["video"]))
    ]
    drafts = [draft("a"), draft("b", link=LINK), draft("c", **SHAPES["image"]), *second]
    others = invent_posts(accounts=2, posts=90, seed=5).with_columns(
        published_at=pl.col("published_at") - START + MORNING - timedelta(days=50)
    )
    history = pl.concat([others, PAST], how="diagonal_relaxed")
    # half of the past is new to the model, so that intervals have moved since it was fitted
    model = EngagementModel.fit(history.filter(pl.col("published_at") < MORNING - timedelta(20)))

    rounds = [[drafts[0], second[0]], [drafts[1], second[1]], [drafts[2]]]
    apart = [
        model.predict(planned_posts(each, slots=slots), history=history, why=True)
        for each in rounds
    ]
    at_once = forecast_drafts(drafts, slots=slots, model=model, history=history)

    said = ["post_id", "predicted", "lower", "upper", "level", "reasons"]
    expected = pl.concat(apart).rename({"why": "reasons"}).select(said).sort("post_id")
    assert_frame_equal(expected, at_once.select(said).sort("post_id"), rel_tol=0, abs_tol=1e-9)
    assert 5 == at_once["predicted"].n_unique()


def test_each_forecast_says_what_raised_and_lowered_it():
    drafts = [draft("a"), draft("b", link=LINK, **SHAPES["carousel"])]
    told = forecast_drafts(drafts, slots=by_brief([SLOT]), model=MODEL, history=PAST)
    assert all(" by " in why or "Nothing about" in why for why in told["reasons"])
    assert 2 == told["reasons"].n_unique()


def test_where_no_model_serves_nothing_is_forecast():
    asked = {"slots": by_brief([SLOT]), "model": None, "history": PAST}
    assert 0 == forecast_drafts([draft()], **asked).height
