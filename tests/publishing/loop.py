"""One account in a sandbox of its own, files to post, and the door between ledger and network."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import av
import httpx
import yaml
from PIL import Image

from domain.brand import Account
from domain.clock import Clock
from domain.deliveries import DeliveryKind, DeliveryState, NewDelivery, Payload
from domain.media import Attachment
from domain.platforms import Platform
from publishing.platforms.egress import PlatformTransport
from publishing.platforms.registry import connect
from publishing.worker import run_worker
from runtime.clock import SandboxClock
from sandbox import process
from sandbox.process import DEMO_AUDIENCE
from storage.blobs import Blobs
from storage.ledger import deliveries
from storage.ledger.database import Ledger


def film(
    size: tuple[int, int] = (540, 960),
    *,
    fps: int = 24,
    seconds: float = 3.5,
    codec: str = "libx264",
    kind: str = "mp4",
    least_bytes: int = 76_000,
) -> bytes:
    """A real clip of one colour, filled up with empty space to the least that LinkedIn takes."""
    made = BytesIO()
    with av.open(made, "w", format=kind) as container:
        quick = {"preset": "ultrafast"} if codec == "libx264" else {}
        stream = container.add_stream(codec, rate=fps, options=quick)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        frame = av.VideoFrame.from_image(Image.new("RGB", size, "teal")).reformat(format="yuv420p")
        for number in range(int(fps * seconds)):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    space = max(0, least_bytes - made.tell() - 8)
    return made.getvalue() + (8 + space).to_bytes(4) + b"free" + bytes(space)


CLIP = film()
"""A clip that every platform takes."""
_numbers = count()


def picture(colour: str = "teal", size: tuple[int, int] = (64, 48)) -> bytes:
    """A small real JPEG."""
    made = BytesIO()
    Image.new("RGB", size, colour).save(made, "JPEG")
    return made.getvalue()


def planted(folder: Path, platform: Platform, handle: str) -> Path:
    """An audience file with one talkative account of the demo's first brand."""
    demo = yaml.safe_load(DEMO_AUDIENCE.read_text("utf-8"))
    account = demo["accounts"][0] | {
        "platform": str(platform),
        "handle": handle,
        "level": 6.0,
        "noise_sd": 0.0,
        "saturation": {"strength": 0.0},
        "activity": [],
        "reply_propensity": 0.5,
    }
    bank = str(DEMO_AUDIENCE.with_name(demo["comment_bank"]))
    demo |= {"accounts": [account], "history_days": 2}
    demo["comment_bank"] = yaml.safe_load(Path(bank).read_text("utf-8"))
    path = folder / "audience.yaml"
    path.write_text(yaml.safe_dump(demo, allow_unicode=True), "utf-8")
    return path


@contextmanager
def sandbox(folder: Path, platform: Platform, handle: str):
    """A running sandbox with that account; gives its address."""
    audience = planted(folder, platform, handle)
    with process.start(folder / "sandbox", audience=audience, limit_factor=50) as running:
        yield running.url


class Asked(PlatformTransport):
    """Real requests, whose methods and last parts of the path are kept."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.paths: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Keep it and send it."""
        self.paths.append(request.url.path.rpartition("/")[2])
        return super().handle_request(request)


class Door:
    """A ledger, one account's network behind the door, and what was planned."""

    def __init__(
        self,
        account: Account,
        ledger_url: str,
        *,
        secret: str,
        clock: Clock,
        folder: Path,
        network: Callable[..., Any] | None = None,
    ) -> None:
        self.platform, self.id = account.platform, account.id
        self.clock = clock
        self.ledger = Ledger(ledger_url, clock=clock)
        self.ledger.upgrade()
        self.blobs = Blobs(folder / "media")
        self.account, self.connect = account, network or connect
        self.network = self.connect(
            account, secret=secret, clock=clock, sending_allowed=False, media=self.blobs
        )
        self.start = clock.now()

    def attach(
        self, content: bytes, alt_text: str = "", *, video: bool = False, captions: bytes = b""
    ) -> Attachment:
        """Put a file into the media folder; the attachment that names it."""
        return Attachment(
            sha256=self.blobs.put(content),
            mime_type="video/mp4" if video else "image/jpeg",
            bytes=len(content),
            width=64,
            height=48,
            seconds=3.0 if video else None,
            alt_text=alt_text,
            captions=self.blobs.put(captions) if captions else None,
        )

    def plan(
        self,
        text: str = "",
        *,
        kind: DeliveryKind = DeliveryKind.POST,
        after: str | None = None,
        **payload: Any,
    ) -> str:
        """Plan a delivery for now; returns its id."""
        now = self.clock.now()
        new = NewDelivery(
            key=f"{text} {next(_numbers)}",
            kind=kind,
            brand="bergquell",
            platform=self.platform,
            account=self.id,
            payload=Payload(text=text, **payload),
            due_at=now,
            after=after,
        )
        with self.ledger.transaction() as connection:
            return deliveries.plan(connection, new, now=now)

    def run(self) -> int:
        """Let the door work until it has nothing more to do."""
        networks = {self.id: self.network}
        return run_worker(self.ledger, networks=networks, clock=self.clock, until_idle=True)

    def look(self, delivery_id: str) -> Any:
        """The delivery as it stands."""
        with self.ledger.reading() as connection:
            return deliveries.load(connection, delivery_id)

    def sent(self, delivery_id: str) -> Any:
        """The delivery, which must be out."""
        delivery = self.look(delivery_id)
        assert DeliveryState.SENT == delivery.state, delivery.reason
        return delivery

    def delete_twice(self, text: str) -> str:
        """Send a post and take it down two times, each of which must count; the post's id."""
        post = self.plan(text)
        self.run()
        target = self.sent(post).platform_id
        twice = [self.plan(kind=DeliveryKind.DELETE, target=target) for _ in range(2)]
        self.run()
        for one in twice:
            self.sent(one)
        return target

    def close(self) -> None:
        """Give everything back."""
        self.network.close()
        self.ledger.close()


class Loop(Door):
    """The door on a sandbox and its clock."""

    def __init__(
        self,
        url: str,
        ledger_url: str,
        *,
        platform: Platform,
        handle: str,
        folder: Path,
        network: Callable[..., Any] | None = None,
        base_url: str | None = None,
    ) -> None:
        self.url, self.http = url, httpx.Client(base_url=url, trust_env=False)
        address = base_url or f"{url}/{platform}"
        account = Account(platform=platform, handle=handle, time_zone="UTC", base_url=address)
        super().__init__(
            account,
            ledger_url,
            secret=f"sandbox-{platform}-{handle}",
            clock=SandboxClock(url, drives=True),
            folder=folder,
            network=network,
        )

    def look_at_comments(self, **account: Any) -> tuple[list[Any], list[str]]:
        """What people wrote since the beginning, read anew, and the ends of the paths asked."""
        asked = Asked(str(self.account.base_url))
        network = self.connect(
            self.account.model_copy(update=account),
            secret=f"sandbox-{self.id.replace(':', '-')}",
            clock=self.clock,
            sending_allowed=False,
            transport=asked,
        )
        found = network.inbound(since=self.start)
        network.close()
        return found, asked.paths

    def fault(self, effect: str, **order: Any) -> None:
        """Order a fault for this platform."""
        order = {"platform": self.platform, "effect": effect, **order}
        assert 201 == self.http.post("/_sandbox/faults", json=order).status_code

    def pass_time(self, **span: float) -> None:
        """Move the sandbox's clock on."""
        self.clock.wait_until(self.clock.now() + timedelta(**span))

    def accepted(self, text: str) -> list[dict[str, Any]]:
        """The sandbox's ledger of posts whose text holds `text`."""
        posts = self.http.get("/_sandbox/ledger").json()["posts"]
        return [post for post in posts if text in post["text"]]

    def actions(self) -> list[dict[str, Any]]:
        """The sandbox's ledger of everything else."""
        return self.http.get("/_sandbox/ledger").json()["actions"]

    def first_message(self, below: str = "") -> Any:
        """What somebody wrote below a post (below any), waited for."""
        for _ in range(96):
            self.pass_time(hours=1)
            for message in self.network.inbound(since=self.start):
                if message.in_reply_to and message.in_reply_to.startswith(below):
                    return message
        raise AssertionError("nobody wrote anything in four days")

    def close(self) -> None:
        """Forget the faults and give everything back."""
        self.http.delete("/_sandbox/faults")
        self.http.close()
        self.clock.close()
        super().close()
