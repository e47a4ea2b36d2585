"""A ledger with a scheduled post, a clock that jumps, and X's wire played in process."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.brand import Account, BrandVoice
from domain.deliveries import Delivery, NewDelivery, Payload
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from publishing.platforms.base import Network
from publishing.platforms.registry import connect
from storage.ledger import approvals, deliveries, posts
from storage.ledger.approvals import Approval, Decision
from storage.ledger.database import Ledger
from tests.clock import SteppingClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
X = "x:bergquell"


@dataclass
class XWire:
    """What X does, as far as one account needs it.

    `before` and `after` hold one fault per coming POST, played before or after the post is kept:
    an exception to raise, an answer to give, or None.
    """

    clock: SteppingClock
    posts: list[dict[str, Any]] = field(default_factory=list)
    before: list[Any] = field(default_factory=list)
    after: list[Any] = field(default_factory=list)
    reads: list[Any] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    on_post: Callable[[], None] = lambda: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.method == "POST":
            return self._post(request)
        if self.reads and (fault := _play(self.reads)):
            return fault
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": "7", "username": "bergquell"}})
        start = request.url.params["start_time"]
        found = [post for post in self.posts if post["created_at"] >= start]
        return httpx.Response(200, json={"data": found[::-1], "meta": {}})

    def _post(self, request: httpx.Request) -> httpx.Response:
        if fault := _play(self.before):
            return fault
        body = json.loads(request.content)
        at = self.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        post = {"id": str(1000 + len(self.posts)), "text": body["text"], "created_at": at}
        if "reply" in body:
            parent = body["reply"]["in_reply_to_tweet_id"]
            post["referenced_tweets"] = [{"type": "replied_to", "id": parent}]
        self.posts.append(post)
        self.on_post()
        return _play(self.after) or httpx.Response(201, json={"data": post})

    @property
    def texts(self) -> list[str]:
        return [post["text"] for post in self.posts]


def _play(faults: list[Any]) -> httpx.Response | None:
    fault = faults.pop(0) if faults else None
    if isinstance(fault, Exception):
        raise fault
    return fault


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock(NOON)


@pytest.fixture
def ledger(ledger_url: str, clock: SteppingClock) -> Iterator[Ledger]:
    made = Ledger(ledger_url, clock=clock)
    yield made
    made.close()


@pytest.fixture
def timely(ledger_url: str) -> Iterator[Ledger]:
    """A ledger that goes by its database's own time: several workers may wait beside each other."""
    made = Ledger(ledger_url)
    yield made
    made.close()


@pytest.fixture
def others(ledger_url: str, clock: SteppingClock) -> Iterator[list[Ledger]]:
    """Two more ledgers on the same server: one for who acts beside a worker, one to watch."""
    if not ledger_url.startswith("postgresql"):
        pytest.skip("one writer at a time: nothing is committed within another's transaction")
    made = [Ledger(ledger_url, clock=clock) for _ in range(2)]
    yield made
    for one in made:
        one.close()


@pytest.fixture
def wire(clock: SteppingClock) -> XWire:
    return XWire(clock)


@pytest.fixture
def networks(wire: XWire, clock: SteppingClock) -> dict[str, Network]:
    account = Account(platform=Platform.X, handle="bergquell", time_zone="Europe/Berlin")
    network = connect(
        account,
        secret="token",
        clock=clock,
        sending_allowed=True,
        transport=httpx.MockTransport(wire),
    )
    return {account.id: network}


@dataclass
class Desk:
    """Plans posts as the planner does, and looks at what became of them."""

    ledger: Ledger

    def plan(
        self,
        name: str = "p1",
        *,
        text: str = "Fresh.",
        after: float = 0,
        adaptations: dict[Platform, str] | None = None,
    ) -> str:
        """Plan a post on X; on the platforms of `adaptations` it is only said to go out."""
        post = ContentPost(
            id=name,
            brand="bergquell",
            text=text,
            platforms=(Platform.X, *(adaptations or {})),
            adaptations=adaptations or {},
            status=PostStatus.SCHEDULED,
            brand_voice=BrandVoice(),
            generated_by="composer",
        )
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            posts.save(connection, post, key=name, actor="planner", now=now)
            self.decide(connection, name, Decision.APPROVED)
            return deliveries.plan(
                connection, self.delivery(name, text, now + timedelta(seconds=after)), now=now
            )

    def delivery(self, name: str, text: str, due_at: datetime) -> NewDelivery:
        return NewDelivery(
            key=f"{name}:x",
            brand="bergquell",
            platform=Platform.X,
            account=X,
            payload=Payload(text=text),
            due_at=due_at,
            post_id=name,
            post_version=1,
        )

    def decide(self, connection: Any, name: str, decision: Decision) -> None:
        now = self.ledger.now(connection)
        approvals.decide(connection, Approval(name, 1, decision, "policy", "said so", now))

    def look(self, delivery_id: str) -> Delivery:
        with self.ledger.reading() as connection:
            return deliveries.load(connection, delivery_id)

    def attempts(self, delivery_id: str) -> list[str | None]:
        with self.ledger.reading() as connection:
            return [row["outcome"] for row in deliveries.attempts(connection, delivery_id)]

    def post(self, name: str = "p1") -> ContentPost:
        with self.ledger.reading() as connection:
            return posts.load(connection, name)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    return Desk(ledger)
