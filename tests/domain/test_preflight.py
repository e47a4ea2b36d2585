"""What a platform would refuse is told before the send, by name and with the remedy."""

from functools import partial

import pytest

from domain.allowances import allowance
from domain.deliveries import DeliveryKind, Payload
from domain.media import Attachment
from domain.media_limits import MEDIA_LIMITS
from domain.platforms import TEXT_LIMITS, Capabilities, Platform
from domain.preflight import losses, refusals
from publishing.platforms.tiktok import TikTok


def picture(**changes):
    values = {"mime_type": "image/jpeg", "bytes": 200_000, "width": 1080, "height": 1080}
    return Attachment(sha256="0" * 64, **(values | changes))


def clip(**changes):
    values = {"mime_type": "video/mp4", "width": 720, "height": 1280, "seconds": 20.0, "fps": 30}
    return picture(**(values | {"bytes": 3_000_000} | changes))


def rules(platform, *media, text="Fresh.", title=None, **more):
    payload = Payload(text=text, title=title, media=media)
    return [one.rule for one in refusals(platform, payload, **more)]


def test_every_platform_has_its_limits():
    assert set(Platform) == set(MEDIA_LIMITS) == set(TEXT_LIMITS)
    assert all(limit.source for limit in MEDIA_LIMITS.values())


@pytest.mark.parametrize("platform", Platform)
def test_an_ordinary_picture_is_taken_everywhere(platform):
    assert [] == rules(platform, picture())


@pytest.mark.parametrize("platform", Platform)
def test_an_ordinary_clip_is_taken_everywhere(platform):
    assert [] == rules(platform, clip())


@pytest.mark.parametrize("platform", [Platform.INSTAGRAM, Platform.TIKTOK])
def test_a_text_alone_is_refused_where_there_is_none(platform):
    assert ["media_where_needed"] == rules(platform)
    assert [] == rules(platform, kind=DeliveryKind.REPLY)


@pytest.mark.parametrize(("platform", "most"), [("linkedin", 1250), ("facebook", 8000)])
def test_a_comment_may_be_shorter_than_a_post(platform, most):
    said = "a" * (most + 1)

    assert [] == rules(Platform(platform), picture(), text=said)
    assert ["length"] == rules(Platform(platform), text=said, kind=DeliveryKind.REPLY)
    assert [] == rules(Platform(platform), text=said[:most], kind=DeliveryKind.REPLY)


@pytest.mark.parametrize("platform", Platform)
def test_one_character_too_many_is_refused(platform):
    limit = TEXT_LIMITS[platform].length

    assert [] == rules(platform, clip(), text="a" * limit)
    assert ["length"] == rules(platform, clip(), text="a" * (limit + 1))


@pytest.mark.parametrize(
    ("platform", "weight"),
    [("x", 2), ("facebook", 1), ("instagram", 1), ("linkedin", 1), ("tiktok", 2), ("mastodon", 1)],
)
def test_an_emoji_too_many_is_refused(platform, weight):
    most = TEXT_LIMITS[Platform(platform)].length // weight

    assert [] == rules(platform, clip(), text="😀" * most)
    assert ["length"] == rules(platform, clip(), text="😀" * (most + 1))


JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"
MP4, MOV, WEBM = "video/mp4", "video/quicktime", "video/webm"
X_GIF = {"mime_type": GIF, "width": 480, "height": 270}
LAST = [  # what is just taken and what is not any more, from the platforms' documents
    ("x", picture, "bytes", 5_000_000, 5_000_001),
    ("x", clip, "bytes", 512_000_000, 512_000_001),
    ("x", clip, "seconds", 0.5, 0.4),
    ("x", clip, "seconds", 140, 140.1),
    ("x", clip, "fps", 60.4, 61),
    ("x", clip, "codec", "h264", "hevc"),
    ("x", partial(clip, width=600), "ratio", ("height", 1280), ("height", 199)),
    ("x", partial(clip, height=480), "width", 1280, 1281),
    ("x", partial(clip, width=700), "height", 1280, 1281),
    ("x", partial(picture, **X_GIF), "bytes", 15_000_000, 15_000_001),
    ("x", partial(picture, **X_GIF), "width", 1280, 1281),
    ("x", partial(picture, **X_GIF), "height", 1080, 1081),
    ("instagram", picture, "bytes", 8_000_000, 8_000_001),
    ("instagram", picture, "ratio", ("height", 1350), ("height", 1351)),
    ("instagram", picture, "ratio", ("height", 566), ("height", 565)),
    ("instagram", partial(picture, height=300), "width", 320, 319),
    ("instagram", clip, "bytes", 300_000_000, 300_000_001),
    ("instagram", clip, "width", 1920, 1921),
    ("instagram", clip, "seconds", 3, 2.9),
    ("instagram", clip, "seconds", 900, 900.1),
    ("instagram", clip, "fps", 23, 22),
    ("instagram", clip, "fps", 60, 61),
    ("instagram", clip, "codec", "hevc", "mpeg4"),
    ("facebook", picture, "bytes", 10_000_000, 10_000_001),
    ("facebook", clip, "bytes", 10_000_000_000, 10_000_000_001),
    ("facebook", clip, "seconds", 14_400, 14_401),
    ("linkedin", partial(picture, width=6000), "pixels", ("height", 6025), ("height", 6026)),
    ("linkedin", clip, "bytes", 75_000, 74_999),
    ("linkedin", clip, "bytes", 500_000_000, 500_000_001),
    ("linkedin", clip, "seconds", 3, 2.9),
    ("linkedin", clip, "seconds", 1800, 1800.1),
    ("tiktok", picture, "bytes", 20_000_000, 20_000_001),
    ("tiktok", partial(picture, height=1000), "width", 1920, 1921),
    ("tiktok", partial(picture, width=1000), "height", 1920, 1921),
    ("tiktok", partial(picture, width=1300), "pixels", ("height", 1595), ("height", 1596)),
    ("tiktok", clip, "bytes", 4_000_000_000, 4_000_000_001),
    ("tiktok", clip, "width", 360, 359),
    ("tiktok", clip, "height", 4096, 4097),
    ("tiktok", clip, "seconds", 600, 600.1),
    ("tiktok", clip, "fps", 23, 22),
    ("tiktok", clip, "fps", 60, 61),
    ("tiktok", clip, "codec", "vp9", "av1"),
    ("bluesky", picture, "bytes", 1_000_000, 1_000_001),
    ("bluesky", clip, "bytes", 52_428_800, 52_428_801),
    ("bluesky", clip, "seconds", 180, 180.1),
    ("mastodon", picture, "bytes", 16_777_216, 16_777_217),
    ("mastodon", partial(picture, width=5760), "pixels", ("height", 5760), ("height", 5761)),
    ("mastodon", clip, "bytes", 103_809_024, 103_809_025),
    ("mastodon", partial(clip, width=2880), "pixels", ("height", 2880), ("height", 2881)),
    ("mastodon", clip, "fps", 120, 121),
]


@pytest.mark.parametrize(("platform", "file", "measure", "last", "beyond"), LAST)
def test_a_file_is_taken_up_to_its_limit_and_refused_by_name_beyond(
    platform, file, measure, last, beyond
):
    def refused(value):
        name, value = value if isinstance(value, tuple) else (measure, value)
        return rules(Platform(platform), file(**{name: value}))

    assert ([], [f"media_{measure}"]) == (refused(last), refused(beyond))


TAKEN = {
    "x": {JPEG, PNG, GIF, WEBP, MP4, MOV},
    "instagram": {JPEG, MP4, MOV},
    "facebook": {JPEG, PNG, GIF, "image/bmp", "image/tiff", MP4, MOV},
    "linkedin": {JPEG, PNG, GIF, MP4},
    "tiktok": {JPEG, WEBP, MP4, MOV, WEBM},
    "bluesky": {JPEG, PNG, GIF, WEBP, MP4},
    "mastodon": {JPEG, PNG, GIF, WEBP, MP4, MOV, WEBM},
}
KINDS = {*set().union(*TAKEN.values()), "image/avif", "video/x-matroska"}


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("platform", TAKEN)
def test_a_kind_of_file_is_taken_where_the_platform_names_it(platform, kind):
    file = clip(mime_type=kind) if kind.startswith("video/") else picture(mime_type=kind)
    wanted = [] if kind in TAKEN[platform] else ["media_format"]
    assert wanted == rules(Platform(platform), file)


@pytest.mark.parametrize(
    ("platform", "most"),
    [("x", 1000), ("instagram", 1000), ("linkedin", 4086), ("bluesky", 2000), ("mastodon", 1500)],
)
def test_a_description_is_taken_up_to_its_limit(platform, most):
    found = [rules(Platform(platform), picture(alt_text="a" * size)) for size in (most, most + 1)]
    assert [[], ["alt_text"]] == found


@pytest.mark.parametrize(
    ("platform", "most"),
    [
        *(("x", 4), ("instagram", 10), ("facebook", 10), ("linkedin", 20)),
        *(("tiktok", 35), ("bluesky", 4), ("mastodon", 4)),
    ],
)
def test_so_many_files_are_taken_and_not_one_more(platform, most):
    found = [rules(Platform(platform), *[picture()] * number) for number in (most, most + 1)]
    assert [[], ["media_count"]] == found


def test_a_gif_stands_alone_on_x_and_is_a_picture_elsewhere():
    gif = picture(mime_type=GIF)
    assert ["media_mix"] == rules(Platform.X, gif, picture())
    assert [] == rules(Platform.BLUESKY, gif, picture())


def test_too_many_files_are_counted():
    (refusal,) = refusals(Platform.X, Payload(text="a", media=(picture(),) * 5))

    assert ("media_count", "take away 1") == (refusal.rule, refusal.remedy)


def test_a_clip_stands_alone_except_in_a_carousel():
    assert ["media_mix"] == rules(Platform.MASTODON, clip(), picture())
    assert [] == rules(Platform.INSTAGRAM, clip(), picture())


def test_a_refusal_says_what_is_allowed():
    (refusal,) = refusals(Platform.INSTAGRAM, Payload(text="a", media=(clip(seconds=2),)))

    assert "file 1: seconds 2, instagram takes 3 to 900" == refusal.evidence


def test_hiding_and_deleting_carry_nothing_that_could_be_refused():
    assert [] == rules(Platform.TIKTOK, text="", kind=DeliveryKind.DELETE)


@pytest.mark.parametrize("most", [280, 5000])
def test_a_text_on_mastodon_may_be_as_long_as_its_server_says(most):
    by = allowance(Platform.MASTODON, {"max_characters": most})
    found = [rules(Platform.MASTODON, text="a" * size, by=by) for size in (most, most + 1)]
    assert [[], ["length"]] == found


def test_a_clip_on_bluesky_may_be_larger_where_the_service_encodes_it():
    by = allowance(Platform.BLUESKY, {"video": "service"})
    sizes = (60_000_000, 100_000_001)

    assert ["media_bytes"] == rules(Platform.BLUESKY, clip(bytes=sizes[0]))
    found = [rules(Platform.BLUESKY, clip(bytes=size), by=by) for size in sizes]
    assert [[], ["media_bytes"]] == found


def test_photos_on_tiktok_carry_more_words_than_a_clip():
    found = [rules(Platform.TIKTOK, picture(), text="a" * size) for size in (4000, 4001)]
    assert [[], ["length"]] == found
    assert ["length"] == rules(Platform.TIKTOK, clip(), text="a" * 4000)


def test_the_title_of_photos_on_tiktok_is_held_to_its_own_limit():
    found = [rules(Platform.TIKTOK, picture(), title="😀" * size) for size in (45, 46)]
    assert [[], ["title"]] == found
    assert [] == rules(Platform.TIKTOK, clip(), title="a" * 91)  # no clip shows one


@pytest.mark.parametrize(("sign", "rule", "most"), [("@", "mentions", 20), ("#", "hashtags", 30)])
def test_instagram_counts_mentions_and_hashtags(sign, rule, most):
    def named(count):
        return " ".join(f"{sign}name{number}" for number in range(count))

    found = [rules(Platform.INSTAGRAM, picture(), text=named(size)) for size in (most, most + 1)]
    assert [[], [rule]] == found
    assert [] == rules(Platform.MASTODON, text=named(most + 1))


def test_hashtags_beside_the_text_count_as_those_in_it():
    payload = Payload(text="a", hashtags=tuple(f"t{at}a" for at in range(31)), media=(picture(),))
    (refusal,) = refusals(Platform.INSTAGRAM, payload)
    assert ("31 hashtags, instagram takes 30", "take 1 of the hashtags out") == (
        refusal.evidence,
        refusal.remedy,
    )


@pytest.mark.parametrize("kind", [DeliveryKind.REPLY, DeliveryKind.HIDE, DeliveryKind.DELETE])
def test_what_a_platform_cannot_do_is_refused_before_the_send(kind):
    by = allowance(Platform.TIKTOK, can=TikTok.capabilities)
    assert ["kind"] == rules(Platform.TIKTOK, kind=kind, by=by)
    assert [] == rules(Platform.TIKTOK, clip(), by=by)


def test_what_can_be_done_instead_of_hiding_is_the_remedy():
    can = Capabilities(source="here", instead_of_hiding="mute or report its author")
    by = allowance(Platform.MASTODON, can=can)
    (refusal,) = refusals(Platform.MASTODON, Payload(target="1"), kind=DeliveryKind.HIDE, by=by)
    assert "mute or report its author" == refusal.remedy


def test_a_first_comment_is_a_comment_and_needs_a_platform_that_takes_them():
    first = Payload(text="More below.", reply_to="17", reply_root="17")
    can = allowance(Platform.INSTAGRAM, can=Capabilities(source="here", replies=True))
    cannot = allowance(Platform.INSTAGRAM, can=Capabilities(source="here"))

    assert () == refusals(Platform.INSTAGRAM, first, by=can)
    assert ["kind"] == [one.rule for one in refusals(Platform.INSTAGRAM, first, by=cannot)]


@pytest.mark.parametrize(
    ("platform", "file", "rules"),
    [
        ("tiktok", picture, ["alt_text"]),
        ("tiktok", clip, ["alt_text"]),
        ("instagram", picture, []),
        ("instagram", clip, ["alt_text"]),
        ("facebook", clip, ["alt_text"]),
        ("mastodon", clip, []),
    ],
)
def test_a_description_that_nobody_will_hear_is_told(platform, file, rules):
    found = losses(Platform(platform), (file(alt_text="A bar of soap"),))
    assert rules == [one.rule for one in found]
    assert () == losses(Platform(platform), (file(),))


def test_a_carousel_that_is_cropped_to_its_first_file_is_told():
    files = (picture(), picture(width=1079), picture(height=1350), clip())
    (loss,) = losses(Platform.INSTAGRAM, files)

    assert "instagram crops file 3, 4 to the proportions of file 1" == loss.evidence
    assert () == losses(Platform.MASTODON, files)


def test_megabytes_of_links_are_refused_without_looking_at_each():
    (found,) = refusals(Platform.X, Payload(text="https://a.example/b " * 500_000))

    assert ("length", "10000000 characters, where x takes 280 (weighted)") == (
        found.rule,
        found.evidence,
    )


def test_half_a_character_is_refused_wherever_it_stands():
    (in_text,) = refusals(Platform.X, Payload(text="Fresh \ud800"))

    assert "characters" == in_text.rule
    assert "half of a character" in in_text.evidence
