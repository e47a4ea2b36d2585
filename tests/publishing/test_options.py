"""What an account's options in the brand file come to at its platform."""

from dataclasses import fields
from datetime import timedelta

import httpx
import pytest
from pydantic import ValidationError

from domain.brand import Account
from domain.options import GIVEN
from domain.platforms import Platform
from publishing.platforms.registry import OPTIONS, connect
from tests.clock import SteppingClock
from tests.publishing.conftest import NOON

HAVE_KEYS_OF_THEIR_OWN = {"version", "app_secret"}


def account(platform, **more):
    return Account(platform=platform, handle="bergquell", time_zone="UTC", user_id="7", **more)


@pytest.mark.parametrize("platform", OPTIONS)
def test_every_option_of_an_adapter_can_be_set_in_the_brand_file(platform):
    taken = {field.name for field in fields(OPTIONS[platform])} - HAVE_KEYS_OF_THEIR_OWN
    assert taken == set(GIVEN[platform].__annotations__)


def asked(made, answer):
    """The first request of a look at the account's own posts."""
    seen = []

    def wire(request):
        seen.append(request)
        return httpx.Response(200, json=answer)

    network = connect(
        made,
        secret="token",
        clock=SteppingClock(NOON),
        sending_allowed=True,
        transport=httpx.MockTransport(wire),
    )
    network.own_posts(NOON - timedelta(days=1))
    return seen[0]


def test_the_name_of_the_fields_on_x_is_what_the_brand_file_says():
    answer = {"data": [], "meta": {}}
    usual = asked(account(Platform.X), answer)
    told = asked(account(Platform.X, options={"fields": "post.fields"}), answer)
    assert "tweet.fields" in usual.url.params
    assert "post.fields" in told.url.params


def test_the_version_of_the_graph_api_is_what_the_brand_file_says():
    request = asked(account(Platform.FACEBOOK, api_version="v26.0"), {"data": []})
    assert request.url.path.startswith("/v26.0/")


def test_a_wait_is_given_in_seconds():
    made = account(Platform.INSTAGRAM, options={"poll_video": 60})
    assert timedelta(minutes=1) == made.options["poll_video"]
    assert made == Account.model_validate_json(made.model_dump_json())


def test_what_mastodon_does_not_leave_open_is_told_with_what_it_does():
    with pytest.raises(ValidationError, match="known: max_characters"):
        account(Platform.MASTODON, options={"page": 20})
