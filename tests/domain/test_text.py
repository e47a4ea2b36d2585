# ruff: noqa: RUF001 - letters that look like others
"""Counting and finding in texts, against twitter-text and cases of our own."""

import os
from pathlib import Path

import pytest
import yaml

from domain.numbers import find_numbers
from domain.platforms import Platform
from domain.text import (
    find_account_names,
    find_emojis,
    find_handles,
    find_hashtags,
    find_links,
    find_urls,
    graphemes,
    length_for,
    utf16_units,
    visible,
    weighted_length,
)

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.fixture(scope="module")
def conformance() -> dict[str, list[dict]]:
    root = Path(os.environ.get("AMSEL_SHARED", Path(__file__).parents[2] / ".." / "shared"))
    file = root / "specs" / "twitter-text" / "conformance" / "validate.yml"
    if not file.exists():
        pytest.skip("the twitter-text conformance file is not here; set AMSEL_SHARED to its folder")
    return yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]


@pytest.mark.parametrize(
    ("section", "cases"),
    [
        ("WeightedTweetsWithDiscountedEmojiCounterTest", 22),
        ("UnicodeDirectionalMarkerCounterTest", 2),
    ],
)
def test_weighted_length_agrees_with_every_case_of_twitter_text(conformance, section, cases):
    expected = [case["expected"]["weightedLength"] for case in conformance[section]]
    actual = [weighted_length(case["text"]) for case in conformance[section]]
    assert len(actual) == cases
    assert expected == actual


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Grüße", 5),
        ("東京", 4),
        (FAMILY, 2),
        ("siehe bergquell.example/a.", 26),  # .example is no top-level domain
        ("siehe https://bergquell.de/a/very/long/path?with=query.", 6 + 23 + 1),
        ("info@bergquell.de", 17),  # a mail address is no link on X
        ("e\u0301", 1),
    ],
)
def test_x_counts_by_weight(text, length):
    assert length == weighted_length(text)


@pytest.mark.parametrize(
    ("platform", "text", "used", "unit"),
    [
        (Platform.X, "a" * 281, 281, "weighted"),
        (Platform.BLUESKY, FAMILY * 3, 3, "grapheme"),
        (Platform.BLUESKY, FAMILY * 130, 130 * len(FAMILY.encode()), "byte"),
        (Platform.TIKTOK, "a😀", 3, "utf16"),
        (Platform.MASTODON, "hi @me@example.social https://example.com/x", 2 + 1 + 3 + 1 + 23,
         "grapheme"),
        (Platform.LINKEDIN, "ab", 2, "character"),
    ],
)  # fmt: skip
def test_each_platform_counts_in_its_own_unit(platform, text, used, unit):
    count = length_for(platform, text)
    assert (used, unit) == (count.used, count.unit)


BY_CODE_POINT = (Platform.FACEBOOK, Platform.INSTAGRAM, Platform.LINKEDIN)
LINK = "https://example.com/a?b=1"


@pytest.mark.parametrize(
    ("text", "points", "units"),
    [
        ("", 0, 0),
        ("Grüße", 5, 5),
        ("a\u0308", 2, 2),  # a combining mark counts beside its letter
        ("\u00e4", 1, 1),
        ("😀", 1, 2),
        ("❤\ufe0f", 2, 2),
        ("👍🏽", 2, 4),  # a skin tone is a sign of its own
        ("🇩🇪", 2, 4),
        (FAMILY, 7, 11),
        ("1\ufe0f\u20e3", 3, 3),
        ("𝗟𝗶𝗺𝗼", 4, 8),
        ("水と羊毛", 4, 4),
        ("a\u200bb", 3, 3),
        ("zwei\n\nZeilen", 12, 12),
        (LINK, len(LINK), len(LINK)),  # no link is shortened, as X and Mastodon do
        (f"Mehr: {LINK} 😀 #Wolle @wool", 6 + len(LINK) + 15, 6 + len(LINK) + 16),
    ],
)
def test_facebook_instagram_and_linkedin_count_code_points_and_tiktok_utf16_units(
    text, points, units
):
    for platform in BY_CODE_POINT:
        count = length_for(platform, text)
        assert (points, "character") == (count.used, count.unit), platform
    count = length_for(Platform.TIKTOK, text)
    assert (units, "utf16") == (count.used, count.unit)


@pytest.mark.parametrize("platform", [*BY_CODE_POINT, Platform.TIKTOK])
@pytest.mark.parametrize("sign", ["a", "😀", "a\u0308", "🇩🇪", FAMILY])
def test_a_text_of_signs_fits_up_to_the_last_and_not_one_beyond(platform, sign):
    weight = len(sign.encode("utf-16-le")) // 2 if platform is Platform.TIKTOK else len(sign)
    most, rest = divmod(length_for(platform, "").limit, weight)

    full = sign * most + "a" * rest

    assert length_for(platform, full).fits
    assert not length_for(platform, full + "a").fits
    assert not length_for(platform, sign * (most + 1)).fits


@pytest.mark.parametrize(
    ("platform", "limit", "comment"),
    [
        (Platform.FACEBOOK, 63_206, 8000),
        (Platform.INSTAGRAM, 2200, 2200),
        (Platform.LINKEDIN, 3000, 1250),
        (Platform.TIKTOK, 2200, 2200),
    ],
)
def test_a_comment_has_its_own_limit_where_the_platform_gives_one(platform, limit, comment):
    assert limit == length_for(platform, "a").limit
    assert comment == length_for(platform, "a", is_comment=True).limit


def test_a_post_at_the_limit_fits_and_one_more_does_not():
    assert length_for(Platform.X, "a" * 280).fits
    assert not length_for(Platform.X, "a" * 281).fits
    assert length_for(Platform.BLUESKY, "ä" * 300).fits
    assert not length_for(Platform.BLUESKY, "ä" * 301).fits


def test_graphemes_and_utf16_units_differ_on_a_family():
    assert (graphemes(FAMILY), utf16_units(FAMILY)) == (1, 11)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Mehr: https://bergquell.de/pfand.", ["https://bergquell.de/pfand"]),
        ("bergquell.de und www.evil", ["bergquell.de", "www.evil"]),
        ("Das ist gut. Am Montag", []),
        ("Schreib an info@bergquell.de!", ["info@bergquell.de"]),
        ("http://127.0.0.1:80/x", ["http://127.0.0.1:80/x"]),
        ("ftp://evil.internal/x", ["ftp://evil.internal/x"]),
        ("EVIL.COM", ["EVIL.COM"]),
        ("(see https://en.wikipedia.org/wiki/Wool_(fibre))",
         ["https://en.wikipedia.org/wiki/Wool_(fibre)"]),
    ],
)  # fmt: skip
def test_links_are_found_with_and_without_scheme(text, links):
    assert links == [span.text for span in find_links(text)]


def test_a_host_in_the_query_of_a_link_is_no_second_link():
    assert ("x.org?a.de",) == tuple(span.text for span in find_urls("x.org?a.de"))
    assert 23 == weighted_length("x.org?a.de")


def test_handles_of_all_platforms_are_found_and_mail_addresses_are_not():
    text = "Hallo @bergquell, @wool.test. und @me@example.social, nicht info@bergquell.de"
    found = [span.text for span in find_handles(text)]
    assert found == ["bergquell", "wool.test", "me@example.social"]


def test_a_hashtag_needs_a_letter():
    assert [span.text for span in find_hashtags("#Grüße #2024 #Top10 a#b")] == ["Grüße", "Top10"]


def test_a_copyright_sign_is_no_emoji():
    assert find_emojis("© 2024 1 💧") == ("💧",)


@pytest.mark.parametrize(
    "dressed",
    ["ɴɪɴᴀ", "🅽🅸🅽🅰", "🅝🅘🅝🅐", "🄽🄸🄽🄰", "ⓃⒾⓃⒶ", "𝐍𝐈𝐍𝐀", "𝓝𝓘𝓝𝓐", "ＮＩＮＡ", "ᴺᴵᴺᴬ", "🄝🄘🄝🄐", "N̶I̶N̶A̶"],
)  # fmt: skip
def test_letters_that_only_look_like_others_are_read_as_those(dressed):
    assert "NINA" == visible(dressed)


def test_small_dressed_letters_stay_small_and_digits_are_digits():
    assert "nina nina 1234567" == visible("⒩⒤⒩⒜ ⁿⁱⁿᵃ ❶➁➌⑷⓹６𝟕")


def test_flags_stay_flags_and_single_letters_of_flags_are_letters():
    assert "🇩🇪 N I N A 🇨🇭" == visible("🇩🇪 🇳 🇮 🇳 🇦 🇨🇭")
    assert "NINA" == visible("🇳\u200b🇮\u200b🇳\u200b🇦")


@pytest.mark.parametrize(
    "word", ["evil_wool", "anna.k", "limo.liebe", "_nina_", "Wool_Fan", "max.k"]
)
def test_a_word_that_looks_like_an_account_is_found_without_its_at(word):
    assert (word,) == find_account_names(f"Danke {word}. Bis bald.")


def test_abbreviations_numbers_links_tags_and_all_genders_are_no_accounts():
    text = (
        "z.B. u.a. e.g. i.d.R. v.Chr. usw. 7.90 v2.0 A4.1 9.30Uhr Kund_innen Kund.innen jede_r "
        "@wool_fan #wool_care https://a.example/b_c shop.de __ ... a_b"
    )
    assert () == find_account_names(text)


def test_invisible_characters_are_not_visible():
    assert visible("g\u200bra\u00adtis \uff11\uff12") == "gratis 12"


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        ("de", "1.234,56 Liter", [("1234.56", "l")]),
        ("en", "1,234.56 litres", [("1234.56", "l")]),
        ("de", "1.234", [("1234", "")]),
        ("en", "1.234", [("1.234", "")]),
        ("de", "19,99 €", [("19.99", "EUR")]),
        ("de", "EUR 19,99", [("19.99", "EUR")]),
        ("en", "$5", [("5", "USD")]),
        ("de", "25 Prozent", [("25", "%")]),
        ("en", "25% off", [("25", "%")]),
        ("de", "am 12. Mai", [("12", "05.")]),
        ("en", "on May 12", [("12", "05.")]),
        ("de", "am 12.05.2026", [("2026-05-12", "")]),
        ("de", "um 18.30 Uhr", [("18:30", "clock")]),
        ("de", "kostet 7. Am Abend", [("7", "")]),
        ("de", "zwölf Monate", [("12", "month")]),
        ("de", "fünfundzwanzig", [("25", "")]),
        ("en", "twenty-five sheep", [("25", "")]),
        ("en", "a two-year promise", [("2", "year")]),
        ("en", "1\ufe0f\u20e3 and \uff15 and ٣", [("1", ""), ("5", ""), ("3", "")]),
        ("en", "1\u200b2", [("12", "")]),
        (
            "de",
            "Jeder Dritte, jeden dritten Tag",
            [("dritte", "share")] * 2 + [("dritte", "ordinal")] * 2,
        ),
        ("en", "every third one", [("third", "share"), ("third", "ordinal")]),
        ("de", "Zehntausende oder Tausende", [("zehntausend", "many"), ("tausend", "many")]),
        ("en", "Hundreds, thousands", [("hundreds", "many"), ("thousands", "many")]),
        ("de", "verdoppelt, halbierte", [("doppel", "change"), ("halbier", "change")]),
        ("en", "doubled and halving", [("doubl", "change"), ("halv", "change")]),
        ("de", "fünfzigmal, zehnfach", [("50", "x"), ("10", "x")]),
        ("en", "a threefold gain", [("3", "x")]),
        ("en", "every second counts, like every other mill", []),
        ("de", "am Viertel nach eins, das Denkmal", []),
        ("de", "ein Wasser, eine Quelle", []),
        ("en", "https://a.de/5 by @x5", []),
    ],
)
def test_numbers_are_read_in_both_languages(language, text, keys):
    assert keys == [number.key for number in find_numbers(text, language=language)]
