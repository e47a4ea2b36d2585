"""Every refusal of LinkedIn is one error of ours."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain import errors
from publishing.platforms.linkedin_errors import TABLE, error_for
from tests.publishing.linkedin_stage import ANNA, NOON, Wire, linkedin, send
from tests.publishing.samples import samples

SAMPLES = {
    "duplicate_422": errors.Duplicate,
    "throttle_429": errors.RateLimited,
    "expired_401": errors.AuthExpired,
    "revoked_401": errors.AuthExpired,
    "forbidden_403": errors.Forbidden,
    "version_426": errors.VersionGone,
}


@pytest.fixture
def documented():
    return samples("linkedin")


@pytest.mark.parametrize("name", SAMPLES)
def test_every_documented_refusal_is_one_error_of_ours(documented, name):
    answer = httpx.Response(documented[name]["status"], json=documented[name]["body"])

    with pytest.raises(errors.NetworkError) as caught:
        linkedin(Wire(answer)).publish(send())

    assert SAMPLES[name] is type(caught.value)
    assert "s3cret" not in str(caught.value)


def test_no_documented_sample_is_left_out(documented):
    refusals = {name for name, one in documented.items() if one.get("status", 200) >= 400}

    assert refusals == set(SAMPLES)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.status} {row.code}")
def test_every_row_of_the_table_is_reached(row):
    code = {"code": row.code} if row.code else {}
    said = {"status": row.status, "message": "no"} | code
    asked = httpx.Request("POST", "https://api.linkedin.example/rest/posts")
    answer = httpx.Response(row.status, json=said, request=asked)

    found = error_for(answer, "linkedin:b", changes_something=True, now=NOON)

    assert row.leaf is type(found)
    assert str(found).endswith(row.remedy)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.Response(500, text="oops"), errors.FateUnknown),
        (httpx.Response(503, json={"message": "Service Unavailable"}), errors.FateUnknown),
        (httpx.Response(400, json={"message": "Unable to obtain activity"}), errors.FateUnknown),
        (httpx.Response(408), errors.FateUnknown),
        (httpx.Response(302, headers={"location": "https://a.example"}), errors.FateUnknown),
        (httpx.Response(201), errors.FateUnknown),
        (httpx.Response(201, text="<html>"), errors.FateUnknown),
        (httpx.Response(418), errors.Rejected),
        (httpx.ConnectError("refused"), errors.Unreachable),
        (httpx.ReadTimeout("slow"), errors.FateUnknown),
        (httpx.RemoteProtocolError("half an answer"), errors.FateUnknown),
    ],
)
def test_only_a_clear_refusal_is_certainly_not_sent(answer, expected):
    made = send()

    with pytest.raises(errors.NetworkError) as caught:
        linkedin(Wire(answer), ANNA).publish(made)

    assert expected is type(caught.value)
    assert ("yes" if expected is errors.FateUnknown else "") == made.steps["asked"]


@pytest.mark.parametrize(
    ("headers", "body", "until"),
    [
        ({}, {"message": "throttle MEMBER DAY limit"}, datetime(2026, 3, 3, tzinfo=UTC)),
        ({"retry-after": "30"}, {}, NOON + timedelta(seconds=30)),
        ({}, {"message": "throttle MEMBER MINUTE limit"}, None),
    ],
)
def test_a_throttle_says_until_when_to_wait(headers, body, until):
    with pytest.raises(errors.RateLimited) as caught:
        linkedin(Wire(httpx.Response(429, headers=headers, json=body)), ANNA).publish(send())

    assert until == caught.value.until
