"""Webhooks: signed as the platforms sign, after their handshake, to an app that checks both."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from PIL import Image

from domain.deliveries import Payload, fingerprint
from domain.errors import FateUnknown
from domain.media import Attachment
from publishing.platforms.base import Send
from publishing.platforms.registry import connect
from runtime.accounts import placed, secret_of
from runtime.clock import SandboxClock
from runtime.settings import CHECKOUT, Settings
from sandbox import process
from sandbox.webhook_signatures import SIGNATURES, expected
from storage.blobs import Blobs
from storage.brand_files import load_brand

SECRET, TOKEN = "test-secret", "ours"
HEADERS = {
    "x": "x-twitter-webhooks-signature",
    "instagram": "X-Hub-Signature-256",
    "facebook": "X-Hub-Signature-256",
    "linkedin": "X-LI-Signature",
    "tiktok": "TikTok-Signature",
}


def test_every_signature_is_the_one_of_the_vectors(shared_specs: Path) -> None:
    path = shared_specs / "samples" / "webhook_signature_vectors.json"
    known = json.loads(path.read_text("utf-8"))
    secret, body, unix = known["secret"], known["raw_body"].encode(), known["tiktok"]["t"]
    wanted = {
        "x": (known["x_post"]["header"], known["x_post"]["value"]),
        "instagram": (known["meta"]["header"], known["meta"]["value"]),
        "facebook": (known["meta"]["header"], known["meta"]["value"]),
        "linkedin": ("X-LI-Signature", known["linkedin_post"]["value_documented_form"]),
        "tiktok": (known["tiktok"]["header"], known["tiktok"]["value"]),
    }

    assert wanted == {name: sign(secret, body, unix) for name, sign in SIGNATURES.items()}
    crc, challenge = known["x_crc"], known["linkedin_challenge"]
    assert crc["response_body"] == expected("x", crc["crc_token"], secret)
    assert challenge["response_body"] == expected("linkedin", challenge["challengeCode"], secret)


class App(BaseHTTPRequestHandler):
    """Somebody's app: answers each handshake, and keeps what comes with the right signature."""

    def do_GET(self) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if "crc_token" in query:
            mac = hmac.digest(self.server.secret, query["crc_token"].encode(), "sha256")
            said = json.dumps({"response_token": f"sha256={base64.b64encode(mac).decode()}"})
        elif "challengeCode" in query:
            code = query["challengeCode"]
            mac = hmac.digest(self.server.secret, code.encode(), "sha256").hex()
            said = json.dumps({"challengeCode": code, "challengeResponse": mac})
        else:
            is_ours = query["hub.verify_token"] == TOKEN
            said = query["hub.challenge"] if is_ours else "who are you?"
        self._answer(200, said)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        platform = self.path.strip("/")
        if self.headers[HEADERS[platform]] != self._signed(platform, body):
            self._answer(401)
        elif self.server.fails:
            self.server.fails -= 1
            self._answer(503)
        else:
            self.server.events.append((platform, json.loads(body)))
            if platform == "tiktok":
                self.server.instants.append(self.headers[HEADERS[platform]][2:].partition(",")[0])
            self._answer(200)

    def _signed(self, platform: str, body: bytes) -> str:
        unix = self.headers.get("TikTok-Signature", "").partition(",")[0].removeprefix("t=")
        before = {"tiktok": f"{unix}.".encode(), "linkedin": b"hmacsha256="}.get(platform, b"")
        mac = hmac.new(self.server.secret, before + body, hashlib.sha256)
        if platform == "x":
            return f"sha256={base64.b64encode(mac.digest()).decode()}"
        prefix = {"tiktok": f"t={unix},s=", "linkedin": ""}.get(platform, "sha256=")
        return f"{prefix}{mac.hexdigest()}"

    def _answer(self, status: int, text: str = "") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def app():
    with ThreadingHTTPServer(("127.0.0.1", 0), App) as server:
        server.secret, server.events, server.fails = SECRET.encode(), [], 0
        server.instants = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server
        server.shutdown()


class Town:
    """The demo's first brand on all platforms of a sandbox, with files that are really fetched."""

    def __init__(self, home: Path, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=30)
        self.settings = Settings(home=home, sandbox_url=url)
        self.clock = SandboxClock(url, drives=True)
        self.blobs = Blobs(home / "media", base_url=self.settings.media_address)
        self.accounts = {
            str(account.platform): account
            for account in load_brand(CHECKOUT / "brands" / "bergquell.yaml").accounts
        }

    def picture(self) -> Attachment:
        made = BytesIO()
        Image.new("RGB", (1080, 1350), "teal").save(made, "JPEG")
        content = made.getvalue()
        return Attachment(
            sha256=self.blobs.put(content),
            mime_type="image/jpeg",
            bytes=len(content),
            width=1080,
            height=1350,
        )

    def post(self, platform: str, text: str) -> None:
        account = placed(self.accounts[platform], self.settings)
        network = connect(
            account,
            secret=secret_of(self.accounts[platform], self.settings),
            clock=self.clock,
            sending_allowed=False,
            media=self.blobs,
        )
        payload = Payload(text=text, media=(self.picture(),))
        now = self.clock.now()
        send = Send(payload, network.make_key(now, "d1"), fingerprint(text), now)
        try:
            network.publish(send)
        except FateUnknown:  # TikTok publishes by itself, a few seconds later
            assert platform == "tiktok"
        network.close()

    def subscribe(self, platform: str, app, **more: str) -> httpx.Response:
        hook = {
            "platform": platform,
            "account": self.accounts[platform].handle,
            "url": f"{app.url}/{platform}",
            "secret": SECRET,
            "verify_token": TOKEN,
        }
        return self.http.post("/_sandbox/webhooks", json=hook | more)

    def pass_days(self, to: str) -> None:
        self.clock.wait_until(datetime.fromisoformat(to))

    def send(self, **wanted: object) -> list[int]:
        return self.http.post("/_sandbox/webhooks/send", json=wanted).json()["answers"]


@pytest.fixture
def town(tmp_path: Path):
    with process.start(tmp_path / "sandbox") as sandbox:
        town = Town(tmp_path, sandbox.url)
        yield town
        town.http.close()
        town.clock.close()


def told(platform: str, event: dict) -> tuple[str, str]:
    """The id and the text of what an event tells."""
    match platform:
        case "x":
            payload = event["data"]["payload"]
            return payload["id"], payload["text"]
        case "linkedin":
            (one,) = event["notifications"]
            return one["generatedActivity"], one["decoratedGeneratedActivity"]["comment"]["text"]
        case "tiktok":
            return json.loads(event["content"])["post_id"], ""
    value = event["entry"][0]["changes"][0]["value"]
    return value.get("comment_id") or value["id"], value.get("message") or value["text"]


def test_all_five_tell_an_app_what_happened_below_the_posts(town: Town, app) -> None:
    for platform in HEADERS:
        assert 201 == town.subscribe(platform, app).status_code, platform
    for day in ("02", "03", "04", "05"):
        town.pass_days(f"2026-03-{day}T19:00:00Z")
        for platform in HEADERS:
            town.post(platform, f"Unser Wasser ist am {day}. März frisch. Wie trinkt ihr es?")
    town.pass_days("2026-03-07T05:00:00Z")

    answers = town.send()

    comments = town.http.get("/_sandbox/truth/comments").json()["comments"]
    there = {
        (one["platform"], one["id"], one["text"])
        for one in comments
        if one["platform"] in HEADERS and one["platform"] != "tiktok"
    }
    posts = town.http.get("/_sandbox/ledger").json()["posts"]
    there |= {("tiktok", one["id"], "") for one in posts if one["platform"] == "tiktok"}
    assert there == {(platform, *told(platform, event)) for platform, event in app.events}
    assert set(HEADERS) == {platform for platform, _ in app.events}
    assert [200] * len(there) == answers
    assert [] == town.send()


def test_events_come_twice_backwards_and_again_until_the_app_takes_them(town: Town, app) -> None:
    town.subscribe("x", app)
    town.post("x", "Wie trinkt ihr euer Wasser?")
    town.pass_days("2026-03-04T05:00:00Z")
    app.fails = 1

    first = town.send()
    before = len(app.events)
    again = town.send(times=2, backwards=True)

    assert (1, len(first)) == (first.count(503), len(again) // 2)
    ids = [told("x", event)[0] for _, event in app.events[before:]]
    assert sorted(set(ids), key=ids.index) == sorted(set(ids), reverse=True)
    assert all(ids.count(one) == 2 for one in ids)


@pytest.mark.parametrize("platform", ["instagram", "facebook", "linkedin"])
def test_several_comments_come_in_one_body_where_the_platform_does_so(
    town: Town, app, platform: str
) -> None:
    town.subscribe(platform, app)
    for day in ("02", "03", "04", "05"):
        town.pass_days(f"2026-03-{day}T19:00:00Z")
        town.post(platform, f"Unser Wasser ist am {day}. März frisch. Wie trinkt ihr es?")
    town.pass_days("2026-03-07T05:00:00Z")

    answers = town.send(batched=True)

    ((_, event),) = app.events
    several = event.get("notifications") or event["entry"][0]["changes"]
    comments = town.http.get("/_sandbox/truth/comments").json()["comments"]
    assert [200] == answers
    assert len(several) == sum(one["platform"] == platform for one in comments) > 1


@pytest.mark.parametrize("platform", ["x", "facebook", "tiktok"])
def test_what_is_forged_an_app_refuses_and_the_truth_still_comes(
    town: Town, app, platform: str
) -> None:
    town.subscribe(platform, app)
    town.post(platform, "Wie trinkt ihr euer Wasser?")
    town.pass_days("2026-03-05T05:00:00Z")

    forged = town.send(forged=True)
    seen = len(app.events)
    true = town.send()

    assert ({401}, 0) == (set(forged), seen)
    assert [200] * len(forged) == true
    assert len(true) == len(app.events)


def test_what_the_account_writes_itself_is_told_too_where_that_is_asked_for(
    town: Town, app
) -> None:
    town.subscribe("facebook", app)
    town.post("facebook", "Wie trinkt ihr euer Wasser?")
    (post,) = town.http.get("/_sandbox/ledger").json()["posts"]
    town.pass_days("2026-03-02T05:20:00Z")
    said = {"message": "Am Morgen.", "access_token": "sandbox-facebook-bergquell"}
    answer = town.http.post(f"/facebook/v25.0/{post['id']}/comments", data=said)
    town.pass_days("2026-03-02T05:30:00Z")

    town.send(own=True)

    texts = [told("facebook", event)[1] for _, event in app.events]
    assert (200, 1) == (answer.status_code, texts.count("Am Morgen."))


def test_an_old_signature_of_tiktok_says_how_old_it_is(town: Town, app) -> None:
    town.subscribe("tiktok", app)
    town.post("tiktok", "Frisch.")
    town.pass_days("2026-03-03T05:00:00Z")

    town.send(late_by=600)

    now = datetime.fromisoformat("2026-03-03T05:00:00Z").timestamp()
    assert [now - 600] == [float(one) for one in app.instants]


@pytest.mark.parametrize("platform", ["x", "facebook", "linkedin"])
def test_an_app_that_fails_the_handshake_is_not_taken(town: Town, app, platform: str) -> None:
    app.secret = b"another"
    answer = town.subscribe(platform, app, verify_token="not ours")

    assert (400, True) == (answer.status_code, "handshake is wrong" in answer.text)


def test_nothing_is_sent_beyond_this_machine(town: Town, app) -> None:
    answer = town.subscribe("tiktok", app, url="https://example.com/hook")

    assert (400, True) == (answer.status_code, "this machine only" in answer.text)


def test_a_file_of_the_product_is_served_and_nothing_else_of_its_home(town: Town) -> None:
    picture = town.picture()
    served = town.http.get(town.blobs.url(picture.sha256))
    assert hashlib.sha256(served.content).hexdigest() == picture.sha256
    for path in ("00/" + "0" * 64, "..%2Fsandbox/sandbox.db", "aa/" + picture.sha256):
        assert 404 == town.http.get(f"/_sandbox/media/{path}").status_code
