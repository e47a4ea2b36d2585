"""Case 7 of the campaign: what cannot be sent, beside what can."""

import random
import sqlite3
import struct
import time
import zlib
from contextlib import closing
from functools import partial

import sqlalchemy as sa

from domain.deliveries import DeliveryState, Payload
from domain.errors import AmselError
from domain.media import Attachment
from domain.platforms import Platform
from tests.faults.campaign_files import CIRCLING, LOST, spoil
from tests.faults.campaign_judge import Book

REFUSED = (AmselError, ValueError, sa.exc.SQLAlchemyError)
"""What keeps a post out from the beginning."""
CROWD = 700
"""Good posts of a round on all platforms, and beside them one poison a platform: a hundredth."""
SELDOM = 5
"""One crowd of so many is sent alone too, to compare the speeds."""
FETCHING = (Platform.INSTAGRAM, Platform.FACEBOOK)
"""Platforms that fetch a picture from where it lies."""
SIDE = 40_000
"""Pixels of a side of the picture that unpacks to 1.6 gigabytes."""


def poison(stage, n):
    """Case 7: what cannot be sent ends with a reason, and what stands beside it goes out."""
    good, bad = Book("7 good beside poison", stage), Book("7 poison", stage)
    for _ in range(n):
        for platform in stage.pick(0):
            for made in _poisons(stage, platform):
                good.plan(*[stage.new(platform) for _ in range(1 if stage.is_sample else 10)])
                _slip_in(bad, platform, made)
        good.finish()
    _judge_poison(good, bad)
    return good.judge() + bad.judge()


def worse_poison(stage, n):
    """Case 7 once more: megabytes of text, pictures that unpack without end or are not given, and
    rows whose content is no text or of no known shape."""
    good, bad = Book("7 good beside worse poison", stage), Book("7 worse poison", stage)
    spoilt = []
    for number in range(n):
        for platform in stage.pick(number):
            for made in _worse(stage, platform):
                good.plan(stage.new(platform))
                _slip_in(bad, platform, made)
            for content in _contents(stage):
                good.plan(stage.new(platform))
                new = stage.new(platform)
                (delivery_id,) = bad.plan(new)
                _spoil_row(stage, delivery_id, content.replace(b"TAG", new.payload.text.encode()))
                spoilt.append((platform, new.payload.text))
        good.finish()
    _judge_poison(good, bad)
    out = {line["text"] for line in stage.accepted()}
    for platform, tag in spoilt:
        if any(text.startswith(tag) for text in out):
            bad.of(platform).note("other", f"{tag!r} was spoilt and went out")
    return good.judge() + bad.judge()


def crowds(stage, n):
    """Case 7 with its numbers: many good posts with a hundredth of poison, and some without."""
    alone, beside = Book("7 a crowd alone", stage), Book("7 a crowd beside poison", stage)
    bad = Book("7 poison in a crowd", stage)
    for number in range(n):
        books = [beside] if number % SELDOM else [beside, alone]
        # in any order: a machine that grows busier meanwhile must not tell for or against
        random.shuffle(books)
        for book in books:
            _play_crowd(stage, book, bad if book is beside else None, number)
    _judge_poison(beside, bad)
    return alone.judge() + beside.judge() + bad.judge()


def _play_crowd(stage, good, bad, number):
    chosen = stage.pick(0)
    each = (35 if stage.is_sample else CROWD) // len(chosen)
    for platform in chosen:
        posts = [stage.new(platform) for _ in range(each)]
        good.plan(*posts[: each // 2])
        if bad is not None:
            poisons = [*_poisons(stage, platform)]
            _slip_in(bad, platform, poisons[number % len(poisons)])
        good.plan(*posts[each // 2 :])
    begun = time.monotonic()
    good.finish()
    good.of(chosen[0]).seconds += time.monotonic() - begun


def _slip_in(bad, platform, make):
    try:
        bad.plan(bad.stage.new(platform, payload=make()))
    except REFUSED:
        bad.of(platform).runs += 1  # it never came in


def _judge_poison(good, bad):
    for row in good.rows():
        if row.state != DeliveryState.SENT:
            good.of(row.platform).note("other", f"{row.key} is {row.state}: {row.reason}")
    for row in bad.rows():
        if row.state not in (DeliveryState.SENT, DeliveryState.FAILED) or row.attempts > 5:
            words = f"{row.key} is {row.state} after {row.attempts} attempts: {row.reason}"
            bad.of(row.platform).note("other", words)


def _poisons(stage, platform):
    missing = Attachment(
        sha256="0" * 64, mime_type="image/jpeg", bytes=9, width=64, height=64, alt_text="gone"
    )
    broken = missing.model_copy(update={"sha256": stage.blobs.put(b"no picture"), "bytes": 10})
    media = stage.media(platform)
    yield partial(Payload, text=f"{stage.tag()} {'long ' * 20_000}", media=media)
    yield partial(Payload, text=stage.tag(), media=(missing,))
    yield partial(Payload, text=stage.tag(), media=(broken,))
    yield partial(Payload, text=f"{stage.tag()} a\x00b", media=media)
    yield partial(Payload, text="", media=())


def _worse(stage, platform):
    media = stage.media(platform)
    # links are what is looked for longest
    yield partial(Payload, text=f"{stage.tag()} {'https://a.example/b ' * 500_000}", media=media)
    yield partial(Payload, text=f"{stage.tag()} \ud800", media=media)
    content = bomb_picture()
    # the file says of itself what the row does not: how large it gets
    packed = Attachment(
        sha256=stage.blobs.put(content),
        mime_type="image/png",
        bytes=len(content),
        width=640,
        height=640,
        alt_text="white",
    )
    yield partial(Payload, text=stage.tag(), media=(packed,))
    if platform in FETCHING:
        for number, how in enumerate((LOST, CIRCLING)):
            (picture,) = media
            content = stage.blobs.read(picture.sha256) + stage.tag().encode() + bytes([number])
            change = {"sha256": stage.blobs.put(content), "bytes": len(content)}
            spoil(stage.home / "media", how, change["sha256"])
            yield partial(Payload, text=stage.tag(), media=(picture.model_copy(update=change),))


def bomb_picture():
    """A white PNG of 40,000 pixels a side, in a few kilobytes."""
    row, packer = bytes(SIDE // 8 + 1), zlib.compressobj(9)
    content = b"".join(packer.compress(row) for _ in range(SIDE)) + packer.flush()
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", content), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _contents(stage):
    """What may stand in the place of a row's content; a server takes documents only."""
    yield b'{"text": "TAG", "from_the_future": 1}'
    yield b'{"text": ["TAG"]}'
    if stage.database == "sqlite":
        yield b'{"text": "TAG \xff\xfe"}'
        yield b'{"text": "TAG \\ud800"}'
        yield b'{"text": "TAG'


def _spoil_row(stage, delivery_id, content):
    if stage.database == "sqlite":
        with closing(sqlite3.connect(stage.ledger.url.database, timeout=15)) as other, other:
            query = "update deliveries set payload = cast(? as text) where id = ?"
            other.execute(query, (content, delivery_id))
        return
    with stage.ledger.transaction() as connection:
        query = sa.text("update deliveries set payload = cast(:content as jsonb) where id = :id")
        connection.execute(query, {"content": content.decode(), "id": delivery_id})
