"""Letting somebody in, on each platform against the sandbox's own shapes over real HTTP."""

from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml

from domain.brand import Account
from domain.errors import AuthExpired, ConfigError, Forbidden, InputError
from domain.platforms import Platform
from domain.tokens import Tokens
from publishing.oauth.bluesky import BLUESKY
from publishing.oauth.dialect import App, challenge_of
from publishing.oauth.facebook import FACEBOOK
from publishing.oauth.flow import Flow, lacking
from publishing.oauth.loopback import Return
from publishing.oauth.registry import dialect_of
from publishing.oauth.steps import STEPS
from publishing.oauth.wire import TokenWire
from runtime.clock import SandboxClock
from sandbox import process

REDIRECT = "http://127.0.0.1:1/callback"
PLATFORMS = [one for one in Platform if one is not Platform.BLUESKY]
RENEWED = [Platform.X, Platform.INSTAGRAM, Platform.LINKEDIN, Platform.TIKTOK]


class Town:
    """A sandbox, its clock, and log-ins to it."""

    def __init__(self, url: str) -> None:
        self.url, self.clock = url, SandboxClock(url, drives=True)

    def account(self, platform: Platform, handle: str = "bergquell", **more: str) -> Account:
        base = f"{self.url}/{platform}"
        return Account(platform=platform, handle=handle, time_zone="UTC", base_url=base, **more)

    def flow(self, platform: Platform, *, app: str = "a-partner", **more: str) -> Flow:
        account = self.account(platform, **more)
        return Flow(dialect_of(platform), account, App(app, "s3cret"), redirect_uri=REDIRECT)

    def decide(self, flow: Flow, **answer: str) -> str:
        """What somebody does on the page; gives the address that the browser ends at."""
        query = "".join(f"&{name}={value}" for name, value in answer.items())
        page = httpx.get(f"{flow.address}&auto=1{query}", trust_env=False)
        return page.headers["location"]

    def log_in(self, platform: Platform, *, as_whom: str = "bergquell", **more: str):
        flow = self.flow(platform, **more)
        try:
            code = flow.code_in(self.decide(flow, account=as_whom))
            return flow.finish(code, now=self.clock.now())
        finally:
            flow.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("oauth")
    with process.start(home / "sandbox", audience=audience(home)) as sandbox:
        made = Town(sandbox.url)
        yield made
        made.clock.close()


def audience(folder: Path) -> Path:
    """One account of the same handle on every platform that the sandbox has a wire for."""
    demo = yaml.safe_load(process.DEMO_AUDIENCE.read_text("utf-8"))
    bank = process.DEMO_AUDIENCE.with_name(demo["comment_bank"])
    first = demo["accounts"][0]
    demo |= {"comment_bank": yaml.safe_load(bank.read_text("utf-8")), "history_days": 2}
    demo["accounts"] = [
        first | {"platform": platform, "handle": "bergquell"}
        for platform in ("x", "mastodon", "facebook", "instagram")
    ]
    demo["accounts"] += [
        first | {"platform": "bluesky", "handle": "bergquell.test"},
        first | {"platform": "x", "handle": "somebodyelse"},
        first | {"platform": "instagram", "handle": "somebodyelse"},
    ]
    path = folder / "audience.yaml"
    path.write_text(yaml.safe_dump(demo, allow_unicode=True), "utf-8")
    return path


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_log_in_gives_tokens_with_their_scopes_and_whose_they_are(town, platform):
    connected = town.log_in(platform)

    wanted = dialect_of(platform).scopes(town.account(platform))
    assert (set(wanted), ()) == (set(connected.tokens.scopes), connected.lacks)
    assert connected.tokens.access
    assert connected.tokens.user_id


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_page_is_told_the_state_and_a_challenge_where_the_platform_has_one(town, platform):
    flow = town.flow(platform)
    asked = {name: one[0] for name, one in parse_qs(urlsplit(flow.address).query).items()}
    flow.close()
    assert (flow.request.state, REDIRECT) == (asked["state"], asked["redirect_uri"])
    form = {Platform.TIKTOK: "hex"}.get(platform, "S256")
    expected = challenge_of(flow.request.verifier, form)
    without = (Platform.INSTAGRAM, Platform.FACEBOOK, Platform.LINKEDIN)
    assert (None if platform in without else expected) == asked.get("code_challenge")
    assert flow.request.verifier not in flow.address


@pytest.mark.parametrize("platform", [Platform.X, Platform.INSTAGRAM, Platform.FACEBOOK])
def test_who_logs_in_as_somebody_else_is_told_before_anything_is_kept(town, platform):
    with pytest.raises(ConfigError, match=r"you logged in as somebodyelse .* log in as bergquell"):
        town.log_in(platform, as_whom="somebodyelse")


def test_a_user_id_of_the_brand_file_decides(town):
    known = town.log_in(Platform.FACEBOOK).tokens.user_id
    assert known == town.log_in(Platform.FACEBOOK, user_id=known).tokens.user_id
    with pytest.raises(ConfigError, match="put the right handle or user_id"):
        town.log_in(Platform.FACEBOOK, user_id="12345")


def test_an_address_of_another_log_in_is_refused(town):
    one, other = town.flow(Platform.X), town.flow(Platform.X)
    with pytest.raises(InputError, match="does not answer this log-in"):
        one.code_in(town.decide(other))
    one.close()
    other.close()


def test_who_says_no_is_believed(town):
    flow = town.flow(Platform.X)
    with pytest.raises(InputError, match=r"did not let the app in \(access_denied"):
        flow.code_in(town.decide(flow, deny="1"))
    flow.close()


def test_a_scope_that_was_not_granted_is_named(town):
    flow = town.flow(Platform.X)
    back = town.decide(flow, account="bergquell", grant_only="tweet.read,users.read,tweet.write")
    connected = flow.finish(flow.code_in(back), now=town.clock.now())
    flow.close()
    scopes, refresh = connected.lacks
    assert "not granted: media.write, tweet.moderate.write, offline.access" in scopes
    assert "no refresh token came along; connect again before" in refresh


def test_a_code_is_good_once(town):
    flow = town.flow(Platform.X)
    code = flow.code_in(town.decide(flow, account="bergquell"))
    flow.finish(code, now=town.clock.now())
    with pytest.raises(AuthExpired, match="invalid_grant"):
        flow.finish(code, now=town.clock.now())
    flow.close()


def test_x_gives_thirty_seconds_for_a_code(town):
    flow = town.flow(Platform.X)
    code = flow.code_in(town.decide(flow, account="bergquell"))
    town.clock.wait_until(town.clock.now() + timedelta(seconds=31))
    with pytest.raises(AuthExpired, match="too old"):
        flow.finish(code, now=town.clock.now())
    flow.close()


def test_another_secret_of_the_same_app_is_refused_without_being_shown(town):
    town.log_in(Platform.LINKEDIN, app="one-app")
    flow = Flow(
        dialect_of(Platform.LINKEDIN),
        town.account(Platform.LINKEDIN),
        App("one-app", "planted-other-secret"),
        redirect_uri=REDIRECT,
    )
    code = flow.code_in(town.decide(flow))
    with pytest.raises(Forbidden, match="does not know the app") as caught:
        flow.finish(code, now=town.clock.now())
    flow.close()
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("platform", RENEWED)
def test_tokens_are_renewed_in_the_platforms_own_way(town, platform):
    old = town.log_in(platform).tokens
    town.clock.wait_until(town.clock.now() + timedelta(hours=25))
    wire, now = TokenWire(town.account(platform)), town.clock.now()
    new = dialect_of(platform).renew(wire, App("a-partner", "s3cret"), old, now=now)
    wire.close()
    assert new.access not in ("", old.access)
    assert new.expires_at > now


def test_instagram_extends_no_token_of_today_and_none_that_is_over(town):
    old = town.log_in(Platform.INSTAGRAM).tokens
    wire, dialect = TokenWire(town.account(Platform.INSTAGRAM)), dialect_of(Platform.INSTAGRAM)
    for days, why in ((0, "not yet 24 hours"), (61, "Error validating")):
        town.clock.wait_until(town.clock.now() + timedelta(days=days))
        with pytest.raises(AuthExpired, match=why):
            dialect.renew(wire, App("a-partner", "s3cret"), old, now=town.clock.now())
    wire.close()


def test_linkedin_without_a_partners_right_says_until_when(town):
    connected = town.log_in(Platform.LINKEDIN, app="no-friend")
    day = (town.clock.now() + timedelta(days=60)).date().isoformat()
    assert (f"no refresh token came along; connect again before {day}",) == connected.lacks


def test_a_refresh_token_of_x_shown_twice_ends_its_whole_family(town):
    first = town.log_in(Platform.X).tokens
    wire, app, now = TokenWire(town.account(Platform.X)), App("a-partner", "s3cret"), town.clock.now
    second = dialect_of(Platform.X).renew(wire, app, first, now=now())
    for spent in (first, second):
        with pytest.raises(AuthExpired, match="invalid_grant"):
            dialect_of(Platform.X).renew(wire, app, spent, now=now())
    wire.close()


def test_bluesky_opens_another_session_where_the_one_is_over(town):
    account = town.account(Platform.BLUESKY, "bergquell.test")
    wire = TokenWire(account)
    first = BLUESKY.log_in(wire, account, "sandbox-bluesky-bergquell.test")
    again = [BLUESKY.renew(wire, App(""), first, now=town.clock.now()) for _ in range(2)]
    wire.close()
    assert 3 == len({first.access, *(one.access for one in again)})
    assert {first.user_id} == {one.user_id for one in again}


def test_bluesky_refuses_another_password_without_showing_it(town):
    account = town.account(Platform.BLUESKY, "bergquell.test")
    wire = TokenWire(account)
    with pytest.raises(AuthExpired) as caught:
        BLUESKY.log_in(wire, account, "planted-password")
    wire.close()
    assert "planted" not in str(caught.value)


def test_what_a_person_must_do_is_told_for_every_platform():
    assert set(Platform) == set(STEPS)


def test_the_browser_comes_back_once_and_strangers_are_turned_away():
    def accept(address: str) -> str:
        if "state=mine" not in address:
            raise InputError("the address does not answer this log-in; start again")
        return "the-code"

    with Return("http://127.0.0.1:0/callback") as back:
        said = []
        asked = ("/favicon.ico", "/callback?state=theirs", "/callback?state=mine")
        base = back.redirect_uri.removesuffix("/callback")

        def browse() -> None:
            said.extend(httpx.get(base + path, trust_env=False).status_code for path in asked)

        browser = Thread(target=browse)
        browser.start()
        assert "the-code" == back.wait(accept, seconds=10)
        browser.join()
    assert [404, 400, 200] == said


def test_an_address_elsewhere_is_left_to_the_person():
    with Return("https://acme.example/back") as back:
        assert (False, "https://acme.example/back") == (back.is_here, back.redirect_uri)


def test_nobody_is_waited_for_for_ever():
    with (
        Return("http://127.0.0.1:0/callback") as back,
        pytest.raises(InputError, match="nobody came back"),
    ):
        back.wait(str, seconds=0.1)


def test_a_role_on_the_page_that_is_too_small_is_named():
    page = {"id": "7", "name": "bergquell", "access_token": "page", "tasks": ["MODERATE"]}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": [page]}))
    account = Account(platform=Platform.FACEBOOK, handle="bergquell", time_zone="UTC")
    user = Tokens("user")
    wire = TokenWire(account, transport)
    (mine,) = FACEBOOK.identities(wire, user)
    wire.close()
    (lack,) = lacking((), mine.tokens, mine, account)
    assert "your role on the page lacks CREATE_CONTENT, ANALYZE" in lack
