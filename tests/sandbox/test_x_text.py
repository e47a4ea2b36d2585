"""Text as X counts it."""

import pytest
import yaml

from sandbox.x_text import shorten, weighted_length


@pytest.mark.parametrize(
    "section",
    ["WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"],
)
def test_lengths_agree_with_the_conformance_cases(shared_specs, section):
    path = shared_specs / "twitter-text" / "conformance" / "validate.yml"
    cases = yaml.safe_load(path.read_text("utf-8"))["tests"][section]
    expected = {c["description"]: c["expected"]["weightedLength"] for c in cases}
    assert expected == {c["description"]: weighted_length(c["text"]) for c in cases}


def test_a_bare_domain_is_a_link_and_a_word_with_a_dot_is_not():
    assert weighted_length("bergquell.de") == 23
    assert len("z.B. so") == weighted_length("z.B. so")
    text, urls = shorten("Siehe bergquell.de, bitte")
    assert [url["expanded_url"] for url in urls] == ["http://bergquell.de"]
    assert text.endswith(", bitte")
