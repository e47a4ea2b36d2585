"""One order, one matter: every platform has it in the text that is usual there."""

import json

import pytest

from content.adapting import LEFT_OUT
from content.drafts import make_drafts
from content.providers.composer import Composer
from content.providers.orders import order_for, read_answer
from domain.compliance import Verdict, worst
from domain.platforms import Platform
from domain.rules import Said
from domain.text import find_hashtags, find_links, length_for
from domain.writing import Written, WrittenVariant

EVERYWHERE = tuple(Platform)
ROOMY = [one for one in Platform if one not in (Platform.X, Platform.BLUESKY)]


@pytest.fixture(params=["spring", "loom"])
def brand(request):
    found = request.getfixturevalue(request.param)
    voice = found.voice.model_copy(update={"max_hashtags": 5})
    return found.model_copy(update={"voice": voice})


@pytest.fixture
def orders(brand, briefs):
    """Orders for all platforms."""
    return [
        brief.model_copy(update={"platforms": EVERYWHERE, "variants": 3})
        for brief in briefs(brand, 24)
    ]


@pytest.fixture
def drafts(brand, orders):
    return [
        (brief, draft)
        for brief in orders
        for draft in make_drafts(brief, Composer().write(brief, brand=brand, seed=5), brand=brand)
    ]


def written(text, *, hashtags=(), **texts):
    own = {Platform(name): said for name, said in texts.items()}
    variant = WrittenVariant(text=text, texts=own, hashtags=hashtags)
    return Written(variants=(variant,), writer="w")


def test_every_composed_text_fits_and_passes_where_it_goes(drafts):
    for _, draft in drafts:
        assert Verdict.PASS is worst(draft.compliance_checks), draft.compliance_checks
        for platform in EVERYWHERE:
            assert length_for(platform, draft.text_for(platform)).fits


def test_the_hook_and_the_main_fact_are_the_same_everywhere(drafts):
    for brief, draft in drafts:
        hook = draft.text.split("\n\n")[0]
        for text in draft.adaptations.values():
            assert text.startswith(hook)
            assert brief.facts[0].text in text


@pytest.mark.parametrize("brand", ["spring"], indirect=True)
def test_where_there_is_room_a_second_fact_of_the_brief_is_told(drafts):
    longer = [
        draft
        for brief, draft in drafts
        if brief.facts[1].text in draft.text_for(Platform.LINKEDIN)
        and brief.facts[1].text not in draft.text
    ]
    assert longer
    assert all("short" not in draft.angle for draft in longer)


@pytest.mark.parametrize("brand", ["spring"], indirect=True)
def test_hashtags_are_as_many_as_is_the_custom(drafts):
    most = dict.fromkeys(Platform, 0)
    for _, draft in drafts:
        for platform in Platform:
            count = len(find_hashtags(draft.text_for(platform)))
            most[platform] = max(most[platform], count)
    assert 0 == most[Platform.FACEBOOK]
    assert {2} == {most[Platform.X], most[Platform.BLUESKY]}
    assert most[Platform.LINKEDIN] == most[Platform.MASTODON] == 3
    assert most[Platform.INSTAGRAM] == most[Platform.TIKTOK] >= 3


def test_no_link_stands_where_nobody_can_follow_it_and_nothing_leads_to_one(drafts):
    linked = [draft for _, draft in drafts if draft.link]
    assert linked
    for draft in linked:
        assert draft.link in draft.text_for(Platform.FACEBOOK)
        for platform in (Platform.INSTAGRAM, Platform.TIKTOK):
            body = draft.text_for(platform)
            assert not find_links(body)
            assert not any(part.endswith(":") for part in body.split("\n\n"))


def test_where_nothing_differs_no_adaptation_is_kept(brand, briefs):
    for brief in briefs(brand, 8):
        composed = Composer().write(brief, brand=brand, seed=5)
        assert all(not draft.adaptations for draft in make_drafts(brief, composed, brand=brand))


def test_where_no_platform_is_short_of_room_the_richer_text_is_the_main_one(orders, brand):
    for order in orders:
        alone = order.model_copy(update={"platforms": (Platform.LINKEDIN, Platform.MASTODON)})
        composed = Composer().write(alone, brand=brand, seed=5)
        first = make_drafts(alone, composed, brand=brand)[0]
        assert {} == first.adaptations
        assert composed.variants[0].texts.get(Platform.LINKEDIN, "") in first.text


def test_a_hosted_text_is_completed_for_each_platform_too(orders, brand):
    brief = next(one for one in orders if one.facts[0].link)
    fact, link = brief.facts[0].text, brief.facts[0].link
    (draft,) = make_drafts(brief, written(fact, hashtags=("One", "Two", "Three")), brand=brand)
    assert f"{fact}\n\n{link}\n\n#One #Two" == draft.text
    assert f"{fact}\n\n{link}" == draft.text_for(Platform.FACEBOOK)
    assert f"{fact}\n\n#One #Two #Three" == draft.text_for(Platform.INSTAGRAM)


@pytest.mark.parametrize(
    "planted", ["777", "https://evil.example/a", "@evil_wool", "Huber-Kaulbach"]
)
def test_a_text_of_one_platform_that_says_what_no_fact_gives_never_goes_out(orders, brand, planted):
    brief = orders[0]
    fact = brief.facts[0].text
    (draft,) = make_drafts(
        brief, written(fact, linkedin=f"{fact} {planted}", facebook=fact), brand=brand
    )
    assert planted not in str([draft.text, draft.adaptations])
    assert draft.text == draft.text_for(Platform.LINKEDIN)
    told = next(one for one in draft.compliance_checks if one.rule == LEFT_OUT)
    assert told.evidence.startswith("the main text stands for linkedin (")
    assert Verdict.PASS is told.verdict


def test_a_second_fact_that_was_said_there_lately_is_left_out(orders, brand):
    brief = orders[0]
    main, second = (fact.text for fact in brief.facts[:2])
    said = [Said(second, brief.due_at, (Platform.LINKEDIN,), "another")]
    (draft,) = make_drafts(
        brief,
        written(main, linkedin=f"{main} {second}", mastodon=f"{main} {second}"),
        brand=brand,
        said=said,
    )
    assert second not in draft.text_for(Platform.LINKEDIN)
    assert second in draft.text_for(Platform.MASTODON)


def test_two_variants_that_differ_only_on_one_platform_are_one(orders, brand):
    brief, text = orders[0], orders[0].facts[0].text
    variants = tuple(
        WrittenVariant(text=text, texts={Platform.LINKEDIN: f"{text} {more}"})
        for more in ("", brief.facts[1].text)
    )
    assert 1 == len(make_drafts(brief, Written(variants=variants, writer="w"), brand=brand))


def test_a_hosted_writer_is_asked_for_longer_texts_where_there_is_room(orders, brand):
    told = order_for(orders[0], brand=brand).instructions
    assert f"give each of {', '.join(ROOMY)} a longer text" in told
    assert "at most 420 characters" in told
    assert "Readers of instagram, tiktok cannot follow links" in told


@pytest.mark.parametrize("platforms", [(Platform.X,), (Platform.LINKEDIN, Platform.FACEBOOK)])
def test_a_hosted_writer_is_asked_for_none_where_all_have_the_same_room(orders, brand, platforms):
    brief = orders[0].model_copy(update={"platforms": platforms})
    assert "Leave `texts` empty." in order_for(brief, brand=brand).instructions


def test_of_an_answer_only_texts_that_were_asked_for_are_taken(orders):
    brief = orders[0].model_copy(
        update={"variants": 1, "platforms": (Platform.X, Platform.LINKEDIN)}
    )
    given = {"linkedin": "Long.", "x": "Short.", "facebook": "Elsewhere.", "myspace": "Nowhere."}
    texts = [{"platform": name, "text": text} for name, text in given.items()]
    one = {"text": "Gut.", "texts": texts, "hashtags": [], "difference": "x"}
    (variant,) = read_answer(json.dumps({"variants": [one]}), brief=brief)
    assert {Platform.LINKEDIN: "Long."} == variant.texts
