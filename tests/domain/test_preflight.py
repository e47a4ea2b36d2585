"""What a platform would refuse is told before the send, by name and with the remedy."""

import pytest

from domain.deliveries import DeliveryKind, Payload
from domain.media import Attachment
from domain.media_limits import MEDIA_LIMITS
from domain.platforms import TEXT_LIMITS, Platform
from domain.preflight import refusals


def picture(**changes):
    values = {"mime_type": "image/jpeg", "bytes": 200_000, "width": 1080, "height": 1080}
    return Attachment(sha256="0" * 64, **(values | changes))


def clip(**changes):
    values = {"mime_type": "video/mp4", "width": 720, "height": 1280, "seconds": 20.0}
    return picture(**(values | {"bytes": 3_000_000} | changes))


def rules(platform, *media, text="Fresh.", **more):
    return [one.rule for one in refusals(platform, Payload(text=text, media=media), **more)]


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

    assert [] == rules(platform, picture(), text="a" * limit)
    assert ["length"] == rules(platform, picture(), text="a" * (limit + 1))


@pytest.mark.parametrize(
    ("platform", "file", "rule"),
    [
        (Platform.INSTAGRAM, picture(mime_type="image/png"), "media_format"),
        (Platform.INSTAGRAM, picture(bytes=8_000_001), "media_bytes"),
        (Platform.INSTAGRAM, picture(width=1000, height=1300), "media_ratio"),
        (Platform.INSTAGRAM, picture(width=300, height=300), "media_width"),
        (Platform.INSTAGRAM, clip(seconds=2.9), "media_seconds"),
        (Platform.X, picture(bytes=5_000_001), "media_bytes"),
        (Platform.X, clip(seconds=140.1), "media_seconds"),
        (Platform.X, clip(width=2000, height=500), "media_ratio"),
        (Platform.LINKEDIN, picture(width=7000, height=6000), "media_pixels"),
        (Platform.LINKEDIN, clip(bytes=70_000), "media_bytes"),
        (Platform.LINKEDIN, clip(mime_type="video/webm"), "media_format"),
        (Platform.TIKTOK, picture(mime_type="image/png"), "media_format"),
        (Platform.TIKTOK, clip(width=300), "media_width"),
        (Platform.BLUESKY, picture(bytes=1_000_001), "media_bytes"),
        (Platform.BLUESKY, picture(alt_text="a" * 2001), "alt_text"),
        (Platform.MASTODON, clip(width=4000, height=4000), "media_pixels"),
        (Platform.FACEBOOK, picture(mime_type="image/webp"), "media_format"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(platform, file, rule):
    assert rule in rules(platform, file)


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
