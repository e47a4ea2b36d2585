"""The core that every wire protocol shares: the clock, the ledger and an audience that reacts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Protocol

from domain.errors import ConfigError
from sandbox import (
    bluesky_posts,
    facebook_posts,
    instagram_posts,
    linkedin_posts,
    mastodon_posts,
    tiktok_posts,
    x_posts,
)
from sandbox.audience import Account, Audience, read_audience
from sandbox.bans import Bans
from sandbox.clock import SandboxClock, instant, micros
from sandbox.comments import Remark, plan_comments
from sandbox.faults import Faults
from sandbox.history import PastPost, crowding, history_csv, invent_history, later_posts
from sandbox.limits import Limits
from sandbox.store import Entry, Person, Post, Store
from sandbox.token_book import TokenBook
from sandbox.truth import (
    Counts,
    counts_at,
    draw_fate,
    expected_log_engagement,
    grown,
    reply_fate,
)

_CROWD = 50  # more posts than this within the saturation window change nothing any more


class Dialect(Protocol):
    """How one platform shapes people, comments and past posts."""

    def person(self, handle: str, name: str) -> Person:
        """Somebody of the audience."""

    def brand(self, handle: str, name: str) -> Person:
        """A brand's own account."""

    def comment(self, post: Post, author: Person, brand: Person, remark: Remark) -> Post:
        """A comment below `post`."""

    def past(self, author: Person, past: PastPost, language: str) -> Post:
        """A post of the invented past."""


DIALECTS: dict[str, Dialect] = {
    "x": x_posts,
    "bluesky": bluesky_posts,
    "mastodon": mastodon_posts,
    "instagram": instagram_posts,
    "facebook": facebook_posts,
    "linkedin": linkedin_posts,
    "tiktok": tiktok_posts,
}


class World:
    """One sandbox: everything that happened in it and everything planted for it.

    Args:
        home: its folder, made if absent; a home that was used before goes on where it stopped.
        audience: the audience file. A home keeps the one that it was first started with.
        speed: 0 for a clock moved by hand, else sandbox seconds per real second.
        start: overrides `starts_at` of the file at the first start.
        limit_factor: multiplies every documented rate limit.

    Raises:
        ConfigError: the audience file is wrong, or not the one this home was started with.
    """

    def __init__(
        self,
        home: Path,
        *,
        audience: Path,
        speed: float = 0,
        start: datetime | None = None,
        limit_factor: float = 1,
    ) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.store = Store(home / "sandbox.db")
        self.audience = self._settle(audience, start)
        resumed = self.store.get("now")
        self.clock = SandboxClock(
            datetime.fromisoformat(resumed) if resumed else self.audience.starts_at,
            speed=speed,
            save=lambda moment: self.store.put("now", moment.isoformat()),
        )
        self.faults = Faults(self.store)
        self.bans = Bans(self.store)
        self.limits = Limits(limit_factor)
        self.tokens = TokenBook(self.store, self.clock, self.audience)

    def _settle(self, path: Path, start: datetime | None) -> Audience:
        kept = self.store.get("audience")
        if kept:
            audience = Audience.model_validate_json(kept)
            given = read_audience(path, starts_at=start or audience.starts_at)
            if given != audience:
                raise ConfigError(
                    f"{self.home} was started with another audience than {path}:"
                    " give it that file again, or use a new home"
                )
            return audience
        audience = read_audience(path, starts_at=start)
        with self.store.transaction():
            for account in audience.accounts:
                self._populate(audience, account)
            self.store.put("audience", audience.model_dump_json())
        return audience

    def _populate(self, audience: Audience, account: Account) -> None:
        dialect, brand = DIALECTS[account.platform], audience.brand_of(account)
        author = dialect.brand(account.handle, brand.display_name)
        self.store.add_people([author])
        self.store.add_posts(
            dialect.past(author, past, brand.language) for past in invent_history(audience, account)
        )

    def publish(self, account: Account, post: Post) -> Post:
        """Accept a post or reply of a brand: ledger, fate and comments to come, in one commit."""
        # seeded by the post's id: the same post meets the same luck after any restart
        rng = Random(f"{self.audience.seed}|{account.key}|{post.id}")  # noqa: S311
        brand = self.audience.brand_of(account)
        if post.parent is None:
            mean = expected_log_engagement(
                account,
                brand,
                post.text,
                at=post.created,
                media=post.wire.get("media_type", "text") in ("image", "video"),
                origin=self.audience.starts_at,
            )
            window = timedelta(hours=account.saturation.hours)
            earlier = self._own_times(post, post.created - window, post.created)
            mean -= crowding(account, post.created, earlier)
            post = replace(post, fate=draw_fate(account, mean, rng=rng))
        else:
            post = replace(post, fate=reply_fate(account, rng=rng))
        with self.store.transaction():
            self.log(account, post, "post" if post.parent is None else "reply")
            self.store.add_posts([post])
            self._plan(account, post, plan_comments(self.audience, account, post, rng=rng))
        return post

    def _plan(self, account: Account, post: Post, remarks: list[Remark]) -> None:
        dialect = DIALECTS[account.platform]
        brand = dialect.brand(account.handle, self.audience.brand_of(account).display_name)
        for remark in remarks:
            author = dialect.person(remark.handle, remark.name)
            self.store.add_people([author])
            self.store.add_posts([dialect.comment(post, author, brand, remark)])

    def log(self, account: Account, post: Post, kind: str) -> None:
        """Add a line to the ledger at the present instant."""
        self.store.append(
            Entry(
                platform=account.platform,
                account=account.key,
                id=post.id,
                kind=kind,
                text=post.text,
                accepted=self.clock.now(),
                in_reply_to=post.parent,
            )
        )

    def note(self, account: Account, id: str, *, kind: str, text: str = "") -> None:
        """Add a line for something accepted that is no post."""
        now = self.clock.now()
        self.store.append(Entry(account.platform, account.key, id, kind, text, now))

    def delete(self, account: Account, post: Post) -> None:
        """Take a brand's post down; the ledger keeps what it said."""
        with self.store.transaction():
            self.log(account, post, "delete")
            self.store.add_posts([replace(post, deleted=self.clock.now())])

    def visible(self, post: Post | None) -> bool:
        """Whether anybody can see it at the present instant."""
        return post is not None and post.deleted is None and post.created <= self.clock.now()

    def seen(self, where: str, values: Iterable[object], *, tail: str = "") -> list[Post]:
        """The visible posts that fit a condition."""
        return self.store.posts(
            f"({where}) and deleted_us is null and created_us <= ?",
            (*values, micros(self.clock.now())),
            tail=tail,
        )

    def find(self, platform: str, id: str) -> Post | None:
        """One visible post by its id."""
        post = self.store.post(platform, id)
        return post if self.visible(post) else None

    def counts(self, post: Post) -> Counts:
        """What a post has gathered up to now; counts never fall as the clock moves on."""
        account = self.audience.account(post.platform, post.author)
        replies = self._replies(post)
        if account is None or post.fate is None:
            return Counts(0, replies, 0, 0, 0, 0)
        now = self.clock.now()
        window = timedelta(hours=account.saturation.hours)
        after = self._own_times(post, post.created, min(now, post.created + window))
        later = later_posts(account, post.created, after) if post.parent is None else []
        age = (now - post.created).total_seconds() / 3600
        share = grown(age, half_life=account.half_life_hours, later=later)
        past = post.source == "history"
        counts = counts_at(post.fate, share)
        return replace(counts, comments=counts.comments + replies if past else replies)

    def _replies(self, post: Post) -> int:
        row = self.store.execute(
            "select count(*) from posts where platform = ? and parent = ? and deleted_us is null"
            " and created_us <= ?",
            (post.platform, post.id, micros(self.clock.now())),
        ).fetchone()
        return int(row[0])

    def _own_times(self, post: Post, since: datetime, until: datetime) -> list[datetime]:
        # a post that was deleted has crowded the others all the same
        rows = self.store.execute(
            "select created_us from posts where platform = ? and author = ? and parent is null"
            " and created_us between ? and ? and id <> ? order by created_us limit ?",
            (post.platform, post.author, micros(since), micros(until), post.id, _CROWD),
        )
        return [instant(row[0]) for row in rows]

    def keep_blob(self, platform: str, id: str, owner: str, mime: str, data: bytes) -> None:
        """Keep an uploaded file under `blobs/` of the home, and that it was uploaded."""
        folder = self.home / "blobs"
        folder.mkdir(exist_ok=True)
        (folder / f"{platform}-{id}").write_bytes(data)
        self.store.execute(
            "insert or replace into blobs values (?, ?, ?, ?, ?, ?)",
            (platform, id, owner, mime, len(data), micros(self.clock.now())),
        )

    def history(self, account: Account) -> str:
        """The account's invented past as a canonical posts CSV."""
        posts = self.store.posts(
            "platform = ? and author = ? and source = 'history'",
            (account.platform, account.handle),
            tail="order by created_us, id",
        )
        return history_csv(self.audience, account, posts)
