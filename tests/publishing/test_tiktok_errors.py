"""What TikTok refuses: each code, reason and documented answer is one error of ours."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import structlog

from domain import errors
from publishing.platforms.tiktok_errors import CODES, REASONS
from tests.publishing.samples import samples
from tests.publishing.tiktok_stage import (
    HANDED,
    ID,
    NOON,
    POST,
    URL,
    Wire,
    creator,
    no,
    ok,
    send,
    status,
    tiktok,
)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("http", [200, 400])
def test_every_code_is_one_error_of_ours_also_inside_a_200(code, http):
    with pytest.raises(errors.NetworkError) as caught:
        tiktok(Wire(no(http, code))).publish(send())

    assert CODES[code].leaf is type(caught.value)
    assert str(caught.value).endswith(CODES[code].remedy)


@pytest.mark.parametrize("reason", [*REASONS, "something_new", ""])
def test_every_reason_of_a_failed_post_is_one_error_of_ours(reason):
    made = send(steps=HANDED)

    with pytest.raises(errors.NetworkError) as caught:
        tiktok(Wire(status("FAILED", fail_reason=reason))).publish(made)

    expected = REASONS[reason].leaf if reason in REASONS else errors.Rejected
    assert expected is type(caught.value)
    assert {""} == {made.steps[name] for name in ("publish_id", "upload_url", "handed_over")}


@pytest.mark.parametrize(
    ("code", "until"),
    [
        ("spam_risk_too_many_posts", datetime(2026, 3, 3, tzinfo=UTC)),
        ("rate_limit_exceeded", NOON + timedelta(minutes=1)),
    ],
)
def test_a_limit_says_until_when_to_wait(code, until):
    with pytest.raises(errors.RateLimited) as caught:
        tiktok(Wire(no(429, code))).publish(send())

    assert until == caught.value.until


REFUSALS = {
    "creator_info_blocked_200": errors.RateLimited,
    "rate_429": errors.RateLimited,
    "token_401": errors.AuthExpired,
    "unaudited_403": errors.Forbidden,
}


@pytest.mark.parametrize("name", REFUSALS)
def test_every_documented_refusal_is_one_error_of_ours(name):
    given = samples("tiktok")[name]

    with pytest.raises(errors.NetworkError) as caught:
        tiktok(Wire(httpx.Response(given["status"], json=given["body"]))).publish(send())

    assert REFUSALS[name] is type(caught.value)
    assert "s3cret" not in str(caught.value)


def test_the_documented_states_are_understood():
    given = samples("tiktok")
    complete, failed = (
        httpx.Response(200, json=given[name]["body"])
        for name in ("status_complete", "status_failed")
    )

    assert POST == tiktok(Wire(complete)).publish(send(steps=HANDED)).platform_id
    with pytest.raises(errors.Rejected, match="picture_size_check_failed"):
        tiktok(Wire(failed)).publish(send(steps=HANDED))


def test_no_documented_refusal_is_left_out():
    given = samples("tiktok").items()
    refusals = {
        name
        for name, one in given
        if isinstance(one.get("body", {}).get("error"), dict)
        and one["body"]["error"]["code"] != "ok"
    }

    assert refusals == set(REFUSALS)


def test_neither_token_nor_upload_url_shows_in_errors_and_logs():
    wire = Wire(creator(), ok(publish_id=ID, upload_url=URL), httpx.Response(500))

    with structlog.testing.capture_logs() as logs, pytest.raises(errors.Unreachable) as caught:
        tiktok(wire).publish(send())

    said = f"{caught.value} {logs} {tiktok(wire)!r}"
    assert not [one for one in ("s3cret", "t0psecret") if one in said]
