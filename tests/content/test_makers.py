"""Makers of pictures and clips on a local stand-in: what they send, and what comes of answers."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from content.media.makers.base import Made, MediaOrder, Untold
from content.media.makers.hosted import clip_maker_of, maker_of
from content.media.painting import clip_prompt, picture_prompt
from domain.errors import ConfigError, WriterGarbled, WriterRefused, WriterUnavailable
from domain.look import Look
from tests.makers import Provider, clip, jpeg

KEY = "planted-key"
AT_ONCE = ("openai/gpt-image-1", "stability/core")
FLUX = "replicate/black-forest-labs/flux-schnell"
NAMES = (*AT_ONCE, FLUX)
CLIPS = ("runway/veo3.1_fast", "replicate/bytedance/seedance-1-lite")
JOBS = (FLUX, *CLIPS)
EVERY = (*NAMES, *CLIPS)
SINCE = datetime.now(UTC)
LOOK = Look(
    ground="#ffffff", ink="#000000", accent="#b0452c", painting="Photograph in morning light.",
    filming="Slow drone shot.",
)  # fmt: skip


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


def maker(provider, name=NAMES[0]):
    of = clip_maker_of if name in CLIPS else maker_of
    provider.content = clip() if name in CLIPS and provider.content == jpeg() else provider.content
    return of(name, KEY, base_url=provider.url)


def made_by(hired):
    came = hired.order(MediaOrder("a spring"))
    return came if isinstance(came, Made) else hired.look(came)


@pytest.mark.parametrize("name", EVERY)
def test_what_was_ordered_comes_with_its_maker_and_its_price(provider, name):
    made = made_by(maker(provider, name))

    assert (clip() if name in CLIPS else jpeg(), name) == (made.content, made.made_by)
    assert made.cost_cents == maker(provider, name).cents > 0


@pytest.mark.parametrize("name", EVERY)
def test_the_order_and_the_key_go_to_the_provider(provider, name):
    maker(provider, name).order(MediaOrder("a spring at dawn"))

    _, headers, body = provider.asked[0]
    assert f"Bearer {KEY}" == headers["Authorization"]
    assert b"a spring at dawn" in body


def test_runway_is_told_which_version_of_its_api_is_meant(provider):
    maker(provider, CLIPS[0]).order(MediaOrder("x"))

    _, headers, body = provider.asked[0]
    assert "2024-11-06" == headers["X-Runway-Version"]
    assert "720:1280" == json.loads(body)["ratio"]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("status", "error"),
    [(400, WriterRefused), (401, WriterUnavailable), (429, WriterUnavailable)],
)
def test_a_refusal_of_the_provider_is_ours_free_and_tells_no_key(provider, name, status, error):
    provider.status, provider.content = status, json.dumps({"error": KEY}).encode()

    with pytest.raises(error, match=f"{name} answered {status}") as told:
        maker(provider, name).order(MediaOrder("a spring"))
    assert told.value.cost_cents == 0
    assert KEY not in str(told.value)


@pytest.mark.parametrize(
    ("name", "cents"), [*((n, 0) for n in AT_ONCE), *((n, None) for n in JOBS)]
)
def test_after_an_error_of_the_server_a_job_may_have_begun_but_no_picture_comes(
    provider, name, cents
):
    provider.status = 500

    with pytest.raises(WriterUnavailable, match="answered 500") as told:
        maker(provider, name).order(MediaOrder("a spring"))
    assert cents == told.value.cost_cents


@pytest.mark.parametrize("name", EVERY)
def test_where_no_answer_comes_nobody_knows_what_it_cost(provider, name):
    provider.at["order"] = lambda: None

    with pytest.raises(WriterUnavailable, match="no answer") as told:
        maker(provider, name).order(MediaOrder("a spring"))
    assert told.value.cost_cents is None


def test_what_a_moderator_declines_is_a_refusal(provider):
    provider.status = 400
    provider.content = json.dumps({"error": {"code": "moderation_blocked"}}).encode()

    with pytest.raises(WriterRefused, match="declined what was ordered"):
        maker(provider).order(MediaOrder("x"))


def test_a_filtered_picture_is_a_refusal_that_is_billed(provider):
    provider.headers = {"finish-reason": "CONTENT_FILTERED"}

    with pytest.raises(WriterRefused) as told:
        maker(provider, "stability/core").order(MediaOrder("x"))
    assert told.value.cost_cents == 3.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"<html>busy</html>", jpeg()[:900], clip()])
def test_what_is_no_picture_is_told_and_billed(provider, name, content):
    provider.content = content

    with pytest.raises(WriterGarbled, match="no picture") as told:
        made_by(maker(provider, name))
    assert told.value.cost_cents > 0


@pytest.mark.parametrize("name", JOBS)
def test_a_job_is_looked_at_until_it_is_done(provider, name):
    provider.states = ["starting", "processing", "succeeded"]
    hired = maker(provider, name)
    job = hired.order(MediaOrder("x"))

    assert [None, None] == [hired.look(job), hired.look(job)]
    assert provider.content == hired.look(job).content


@pytest.mark.parametrize("name", JOBS)
def test_a_job_that_fails_is_a_refusal_that_costs_nothing(provider, name):
    provider.states = ["failed"]

    with pytest.raises(WriterRefused, match="failed at what was ordered") as told:
        made_by(maker(provider, name))
    assert told.value.cost_cents == 0


@pytest.mark.parametrize("name", JOBS)
def test_a_job_that_is_billed_and_has_nothing_is_told_and_billed(provider, name):
    provider.output = []

    with pytest.raises(WriterGarbled, match="billed and there is nothing") as told:
        made_by(maker(provider, name))
    assert told.value.cost_cents > 0


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("point", ["look", "file"])
def test_a_look_that_goes_wrong_is_taken_again_later(provider, name, point):
    hired = maker(provider, name)
    job = hired.order(MediaOrder("x"))
    provider.at[point] = lambda: None

    with pytest.raises(WriterUnavailable):
        hired.look(job)
    assert provider.content == hired.look(job).content


def test_a_file_is_fetched_without_our_key(provider):
    made_by(maker(provider, FLUX))

    path, headers, _ = provider.asked[-1]
    assert "/files/a" == path
    assert KEY not in str(headers)


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "file:///etc/passwd", "x"])
def test_a_file_on_a_foreign_server_is_not_fetched(provider, url):
    provider.output = [url]

    with pytest.raises(WriterGarbled, match="foreign server"):
        made_by(maker(provider, FLUX))


def test_an_order_whose_answer_was_lost_is_found_by_its_words_and_its_seed(provider):
    hired = maker(provider, FLUX)
    jobs = [hired.order(MediaOrder("a spring", seed=seed)) for seed in (1, 2)]

    assert jobs == [hired.find(MediaOrder("a spring", seed=s), since=SINCE) for s in (1, 2)]
    assert hired.find(MediaOrder("a spring", seed=3), since=SINCE) is None


def test_a_list_without_the_words_does_not_prove_that_an_order_never_came(provider):
    hired = maker(provider, FLUX)
    hired.order(MediaOrder("a spring", seed=1))
    provider.lists = False

    with pytest.raises(Untold, match="look at its bill"):
        hired.find(MediaOrder("a spring", seed=1), since=SINCE)


@pytest.mark.parametrize("name", [*AT_ONCE, CLIPS[0]])
def test_a_provider_without_a_list_cannot_tell(provider, name):
    with pytest.raises(Untold, match="look at its bill"):
        maker(provider, name).find(MediaOrder("a spring"), since=SINCE - timedelta(days=1))


def test_a_provider_that_cannot_be_reached_costs_nothing():
    with pytest.raises(WriterUnavailable, match="cannot be reached") as told:
        maker_of(NAMES[0], KEY, base_url="http://127.0.0.1:9").order(MediaOrder("x"))
    assert told.value.cost_cents == 0


@pytest.mark.parametrize(
    ("of", "name", "key", "said"),
    [
        (maker_of, "nobody/model", KEY, "is no maker of pictures"),
        (maker_of, "openai", KEY, "is no maker of pictures"),
        (maker_of, "stability/core", "", "has no key"),
        (maker_of, "openai/unheard-of", KEY, "set AMSEL_PICTURE_CENTS"),
        (clip_maker_of, "openai/sora", KEY, "is no maker of clips"),
        (clip_maker_of, "runway/veo3.1_fast", "", "has no key"),
        (clip_maker_of, "runway/unheard-of", KEY, "set AMSEL_CLIP_CENTS"),
    ],
)
def test_a_maker_that_cannot_be_had_is_told(of, name, key, said):
    with pytest.raises(ConfigError, match=said):
        of(name, key)


@pytest.mark.parametrize("name", EVERY)
def test_a_maker_shows_no_key(provider, name):
    assert KEY not in repr(maker(provider, name))


@pytest.mark.parametrize(
    ("prompt_for", "manner"),
    [(picture_prompt, "Photograph in morning light."), (clip_prompt, "Slow drone shot.")],
)
def test_the_order_holds_the_brand_s_own_words_and_no_others(spring, prompt_for, manner):
    brand = spring.model_copy(update={"look": LOOK})
    prompt = prompt_for(brand.facts[0], brand)

    assert prompt.startswith(f"{manner} What is to be seen: Unser Wasser")
    assert "No words" in prompt
