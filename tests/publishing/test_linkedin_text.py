"""Little text: nothing that a brand writes may turn into markup or cut a post off."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing.platforms.linkedin_text import RESERVED, little_text, plain_text
from sandbox.linkedin_text import rendered

TEXTS = st.text(st.sampled_from([*RESERVED, *"a1 \nä💧&/-|:"]) | st.characters(codec="utf-8"))
HASHTAG = re.compile(r"\{hashtag\|\\#\|[^\W_]+\}")


@given(TEXTS)
def test_every_text_comes_back_as_it_was(text):
    assert text == plain_text(little_text(text))


@given(TEXTS)
def test_every_text_is_shown_whole_to_people(text):
    shown, kept = rendered(little_text(text))

    assert (text, little_text(text)) == (shown, kept)


@given(TEXTS)
def test_no_reserved_character_stands_bare_outside_a_hashtag(text):
    rest = re.sub(r"\\.", "", HASHTAG.sub("", little_text(text)), flags=re.DOTALL)

    assert set() == set(rest) & set(RESERVED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fresh (new)", r"Fresh \(new\)"),
        ("#quelle im #allgäu2", r"{hashtag|\#|quelle} im {hashtag|\#|allgäu2}"),
        ("No. #1, C# and a#b", r"No. \#1, C\# and a\#b"),
        ("#my_tag", r"\#my\_tag"),
        ("https://a.example/x_y#part", r"https://a.example/x\_y\#part"),
        ("@anna", r"\@anna"),
    ],
)
def test_hashtags_stay_hashtags_and_all_else_is_literal(text, expected):
    assert expected == little_text(text)


@pytest.mark.parametrize(
    ("commentary", "expected"),
    [
        (r"@[Anna \(HR\)](urn:li:person:1) said \#no", "Anna (HR) said #no"),
        (r"{hashtag|#|water}", "#water"),
        ("a lone \\", "a lone \\"),
    ],
)
def test_what_others_wrote_is_read_as_people_see_it(commentary, expected):
    assert expected == plain_text(commentary)
