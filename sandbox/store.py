"""The sandbox's durable store: one SQLite file in the home folder, committed before each answer."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.clock import instant, micros
from sandbox.truth import Fate

_SCHEMA = """
create table if not exists meta (key text primary key, value text not null) strict;
create table if not exists ledger (
    seq integer primary key autoincrement, platform text not null, account text not null,
    id text not null, kind text not null, text text not null, accepted_us integer not null,
    in_reply_to text) strict;
create trigger if not exists ledger_keeps before update on ledger
    begin select raise(abort, 'the ledger is append-only'); end;
create trigger if not exists ledger_stays before delete on ledger
    begin select raise(abort, 'the ledger is append-only'); end;
create table if not exists posts (
    platform text not null, id text not null, author text not null, source text not null,
    text text not null, created_us integer not null, parent text, root text not null,
    subject text, category text, wire text not null, fate text,
    hidden integer not null default 0, deleted_us integer,
    primary key (platform, id)) strict;
create index if not exists posts_by_author on posts (platform, author, created_us);
create index if not exists posts_by_text on posts (platform, author, text);
create index if not exists posts_by_root on posts (platform, root, created_us);
create index if not exists posts_by_parent on posts (platform, parent, created_us);
create index if not exists posts_by_subject on posts (platform, subject, created_us);
create table if not exists records (
    did text not null, collection text not null, rkey text not null, cid text not null,
    value text not null, primary key (did, collection, rkey)) strict;
create table if not exists people (
    platform text not null, handle text not null, ref text not null, name text not null,
    primary key (platform, handle)) strict;
create unique index if not exists people_by_ref on people (platform, ref);
create table if not exists blobs (
    platform text not null, id text not null, owner text not null, mime text not null,
    size integer not null, created_us integer not null, primary key (platform, id, owner)) strict;
create table if not exists sessions (jti text primary key, used integer not null) strict;
create table if not exists faults (
    id integer primary key autoincrement, platform text, account text, effect text not null,
    "on" text not null, remaining integer not null, seconds real not null) strict;
create table if not exists bans (
    platform text not null, account text, until_us integer not null, told text not null) strict;
"""


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a brand, of its past, or of somebody in the audience.

    Attributes:
        id: the platform's: an X id, or an AT URI.
        author: the handle of who wrote it.
        source: `brand` (came over the wire), `history` (the invented past) or `audience`.
        root: the post that the conversation hangs on; its own id where it starts one.
        subject: the brand's handle that an audience post speaks to.
        category: what an audience post is meant to be (planted truth).
        wire: what the protocol needs besides: a Bluesky record and its CID, an X post's media.
        fate: what it will gather in the end; None for audience posts.
    """

    platform: str
    id: str
    author: str
    source: str
    text: str
    created: datetime
    root: str
    parent: str | None = None
    subject: str | None = None
    category: str | None = None
    wire: dict[str, Any] = field(default_factory=dict)
    fate: Fate | None = None
    hidden: bool = False
    deleted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the append-only ledger: something that the wire accepted."""

    platform: str
    account: str
    id: str
    kind: str
    text: str
    accepted: datetime
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a handle; `ref` is the X user id or the DID."""

    platform: str
    handle: str
    ref: str
    name: str


_COLUMNS = (
    "platform, id, author, source, text, created_us, root, parent, subject, category, wire, fate,"
    " hidden, deleted_us"
)


class Store:
    """The tables of one sandbox. Each write commits before it returns, unless in `transaction`.

    WAL with synchronous=NORMAL: what is committed survives the death of the process (not of the
    machine).
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another one it joins that."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def execute(self, sql: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        """One statement."""
        return self._db.execute(sql, tuple(values))

    def get(self, key: str) -> str | None:
        """A lasting setting of this home, or None where it was never put."""
        row = self.execute("select value from meta where key = ?", (key,)).fetchone()
        return row[0] if row else None

    def put(self, key: str, value: str) -> None:
        """Keep a setting of this home."""
        self.execute("insert or replace into meta values (?, ?)", (key, value))

    def append(self, entry: Entry) -> None:
        """Add a line to the ledger."""
        self.execute(
            "insert into ledger (platform, account, id, kind, text, accepted_us, in_reply_to)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (
                entry.platform,
                entry.account,
                entry.id,
                entry.kind,
                entry.text,
                micros(entry.accepted),
                entry.in_reply_to,
            ),
        )

    def entries(self) -> list[Entry]:
        """The whole ledger in the order of acceptance."""
        rows = self.execute(
            "select platform, account, id, kind, text, accepted_us, in_reply_to from ledger"
            " order by seq"
        )
        return [
            Entry(
                platform=row[0],
                account=row[1],
                id=row[2],
                kind=row[3],
                text=row[4],
                accepted=instant(row[5]),
                in_reply_to=row[6],
            )
            for row in rows
        ]

    def add_posts(self, posts: Iterable[Post]) -> None:
        """Insert posts; one that exists already (same platform and id) is replaced."""
        self._db.executemany(
            f"insert or replace into posts ({_COLUMNS}) values ({','.join('?' * 14)})",  # noqa: S608
            [_row(post) for post in posts],
        )

    def post(self, platform: str, id: str) -> Post | None:
        """One post by its id, deleted or not, visible yet or not."""
        found = self.posts("platform = ? and id = ?", (platform, id))
        return found[0] if found else None

    def posts(self, where: str, values: Iterable[Any], *, tail: str = "") -> list[Post]:
        """The posts that fit a condition; `where` and `tail` are code, `values` data."""
        sql = f"select {_COLUMNS} from posts where {where} {tail}"  # noqa: S608
        return [_post(row) for row in self.execute(sql, values)]

    def add_people(self, people: Iterable[Person]) -> None:
        """Make people known; who is known already stays."""
        self._db.executemany(
            "insert or ignore into people values (?, ?, ?, ?)",
            [(p.platform, p.handle, p.ref, p.name) for p in people],
        )

    def person(self, platform: str, *, handle: str = "", ref: str = "") -> Person | None:
        """Somebody by handle, or by X user id or DID."""
        row = self.execute(
            "select platform, handle, ref, name from people"
            " where platform = ? and (handle = ? or ref = ?)",
            (platform, handle, ref),
        ).fetchone()
        return Person(*row) if row else None


def _row(post: Post) -> tuple[Any, ...]:
    return (
        post.platform,
        post.id,
        post.author,
        post.source,
        post.text,
        micros(post.created),
        post.root,
        post.parent,
        post.subject,
        post.category,
        json.dumps(post.wire, ensure_ascii=False),
        json.dumps(asdict(post.fate)) if post.fate else None,
        int(post.hidden),
        micros(post.deleted) if post.deleted else None,
    )


def _post(row: tuple[Any, ...]) -> Post:
    return Post(
        platform=row[0],
        id=row[1],
        author=row[2],
        source=row[3],
        text=row[4],
        created=instant(row[5]),
        root=row[6],
        parent=row[7],
        subject=row[8],
        category=row[9],
        wire=json.loads(row[10]),
        fate=Fate(**json.loads(row[11])) if row[11] else None,
        hidden=bool(row[12]),
        deleted=instant(row[13]) if row[13] is not None else None,
    )
