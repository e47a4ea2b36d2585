"""A draft is held against what its own account takes."""

from domain.brand import Account, Brand
from domain.compliance import Verdict
from domain.platforms import Platform
from domain.rules import policy_version
from tests.domain.test_rules import WATER, draft


def length_of(text, platform, **options):
    """The verdict on a text's length for a brand with one account on the platform."""
    account = Account(platform=platform, handle="q", time_zone="UTC", options=options)
    brand = WATER.model_copy(update={"accounts": (account,)})
    return draft(text, brand, platforms=(platform,))["length"]


def test_a_draft_is_as_long_as_its_mastodon_server_says():
    text = "Wasser. " * 100
    assert Verdict.BLOCK is length_of(text, Platform.MASTODON)[0]
    assert Verdict.PASS is length_of(text, Platform.MASTODON, max_characters=5000)[0]
    assert Verdict.BLOCK is length_of("Wasser " * 50, Platform.MASTODON, max_characters=280)[0]


def test_a_draft_that_names_too_many_people_is_refused_before_instagram_does():
    verdict, evidence = length_of(" ".join(f"@quelle{at}" for at in range(25)), Platform.INSTAGRAM)
    assert (Verdict.BLOCK, "25 mentions, instagram takes 20") == (verdict, evidence)


def test_the_policy_version_changes_with_what_an_account_takes():
    account = Account(
        platform=Platform.MASTODON, handle="q", time_zone="UTC", options={"max_characters": 280}
    )
    shorter = WATER.model_copy(update={"accounts": (account,)})
    assert policy_version(WATER) != policy_version(shorter)
    assert policy_version(shorter) == policy_version(Brand.model_validate(shorter.model_dump()))
