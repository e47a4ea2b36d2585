"""An experiment on pictures: the same words, one of two cards, and no forecast that chooses."""

from collections import Counter

import polars as pl

from content.drafts import make_drafts
from domain.platforms import Platform
from domain.writing import Written, WrittenVariant
from planning.batch import settle_batch
from planning.experiments import draw_picture, experiment_odds
from storage.ledger import briefs, choices, experiments, posts
from tests.planning.conftest import MORNING
from tests.planning.orders import BRAND, NOTHING, brief_of

ASKING = BRAND.model_copy(update={"experiment": "picture"})
EVEN = {"usual": 0.5, "other": 0.5}


def order_of(number, shown="pictures"):
    update = {"formats": {Platform.X: shown}, "angle": "lead"}
    return draw_picture(brief_of(f"o{number}").model_copy(update=update), EVEN, MORNING,
                        brand=ASKING)  # fmt: skip


def drafts_of(brief):
    texts = ("Eleven farms, and a name for every flock.", "Who knows a sheep by name? We do.")
    variants = tuple(WrittenVariant(text=text, angle="lead") for text in texts)
    return make_drafts(brief, Written(variants=variants, writer="w"), brand=ASKING)


def test_only_who_asks_for_it_tries_pictures(ledger):
    with ledger.transaction() as connection:
        assert ["angle"] == [*experiment_odds(connection, BRAND, past=NOTHING, now=MORNING)]
        odds = experiment_odds(connection, ASKING, past=NOTHING, now=MORNING)
        kept = experiments.latest(connection, brand=ASKING.name, factor="picture")
    assert {"usual", "other"} == set(odds["picture"])
    assert ("usual", "other") == kept.arms
    assert 1 == len(set(odds["angle"].values()))


def test_an_order_says_which_picture_was_drawn_and_one_without_cards_draws_none():
    drawn = [order_of(number) for number in range(40)]
    assert {"usual", "other"} == {choice.chosen for _, choice in drawn}
    assert all(brief.picture == choice.chosen for brief, choice in drawn)
    assert "Picture other: drawn at even odds of 50%." in {b.why[2:] for b, _ in drawn}

    assert ("", None) == (order_of(1, "words")[0].picture, order_of(1, "words")[1])


def test_the_drawn_picture_goes_out_whatever_a_forecast_likes(ledger):
    went = Counter()
    for number in range(12):
        brief, choice = order_of(number)
        drafts = drafts_of(brief)
        likes = pl.DataFrame(
            [(each.id, float(each.variant == "b")) for each in drafts],
            schema=["post_id", "predicted"], orient="row",
        )  # fmt: skip
        with ledger.transaction() as connection:
            experiment_odds(connection, ASKING, past=NOTHING, now=MORNING)
            briefs.save(connection, brief, now=MORNING)
            choices.log(connection, choice)
            for each in drafts:
                posts.save(connection, each, key=each.id, actor="test", now=MORNING)
            (one,) = settle_batch(
                connection, ASKING, forecasts=likes, model_version="m", now=MORNING
            )
        assert brief.picture == ("other" if one.post.shown_as else "usual")
        assert drafts[0].text == one.post.text
        went[brief.picture] += 1
    assert min(went.values()) > 0 and len(went) == 2
