"""How far a text is from a brand's accepted ones, and what that looks like over weeks."""

import io
from datetime import UTC, datetime, timedelta

from PIL import Image

from content.manner import distance, distances
from domain.brand import BrandVoice
from domain.posts import ContentPost, PostStatus
from insights.manner import voice_by_week, voice_chart, voice_distances

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
CALM = [f"Our wool comes from {number} farms. We weave it in Cumbria." for number in range(30)]
LOUD = "WOW!!! Wool!!! 🐑🐑🐑 Buy? Buy! Now! #wool #sale #now #wow"


def post(number, text, *, status=PostStatus.PUBLISHED):
    return ContentPost(
        id=f"p{number:02}", brand="loom", text=text, platforms=("x",), status=status,
        scheduled_for=MONDAY + timedelta(days=number), brand_voice=BrandVoice(), generated_by="c",
    )  # fmt: skip


def test_a_text_in_the_brand_s_manner_is_near_and_a_loud_one_far():
    assert distance("Our yarn comes from 4 mills. We spin it in Kendal.", CALM) < 0.1
    assert distance(LOUD, CALM) > 0.6


def test_what_a_brand_itself_varies_counts_little():
    varied = [text + " #wool" * (number % 5) for number, text in enumerate(CALM)]

    assert distance(CALM[0] + " #wool" * 4, varied) < distance(CALM[0] + " #wool" * 4, CALM)


def test_without_eight_accepted_texts_there_is_no_manner():
    assert distance(LOUD, CALM[:7]) is None
    assert [None] * 8 == distances(CALM)[:8]
    assert distances(CALM)[8] is not None


def test_only_what_was_accepted_is_measured_week_by_week():
    texts = [*CALM[:21], *[LOUD] * 7]
    told = [post(number, text) for number, text in enumerate(texts)]
    turned_down = post(99, LOUD, status=PostStatus.ARCHIVED)
    measured = voice_distances([*told, turned_down])
    weeks = voice_by_week(measured)

    assert 28 == measured.height
    assert [(MONDAY + timedelta(weeks=n)).date() for n in (1, 2, 3)] == weeks["week"].to_list()
    assert [6, 7, 7] == weeks["posts"].to_list()
    assert weeks["distance"][2] > 0.5 > 0.1 > weeks["distance"][1]


def test_the_weeks_can_be_seen():
    measured = voice_distances([post(number, text) for number, text in enumerate(CALM)])

    with Image.open(io.BytesIO(voice_chart(measured))) as drawn:
        assert ("PNG", (990, 286)) == (drawn.format, drawn.size)
        assert drawn.convert("L").getextrema()[0] < 100
