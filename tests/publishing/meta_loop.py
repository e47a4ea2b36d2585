"""The loop with Meta's platforms: their files lie on an HTTP server of this machine."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from domain.media import Attachment
from publishing.platforms.registry import connect
from storage.blobs import Blobs
from storage.ledger import deliveries
from tests.publishing.loop import CLIP, Loop, picture


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_words):
        pass


@contextmanager
def served(folder: Path, handler: type[SimpleHTTPRequestHandler] = _Quiet):
    """Blobs whose folder is served on the loopback address."""
    folder.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Blobs(folder, base_url=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def a_picture(blobs: Blobs, colour="navy", *, size=(640, 640), alt_text="") -> Attachment:
    content = picture(colour, size)
    return Attachment(
        sha256=blobs.put(content),
        mime_type="image/jpeg",
        bytes=len(content),
        width=size[0],
        height=size[1],
        alt_text=alt_text,
    )


def a_clip(blobs: Blobs, *, size=(1080, 1920), seconds=8.0, content=CLIP) -> Attachment:
    return Attachment(
        sha256=blobs.put(content),
        mime_type="video/mp4",
        bytes=len(content),
        width=size[0],
        height=size[1],
        seconds=seconds,
    )


class MetaLoop(Loop):
    """A loop whose files can be fetched, and a look at more of what happened."""

    def __init__(self, url: str, ledger_url: str, *, platform: str, folder: Path, blobs: Blobs):
        def with_blobs(account, **options):
            return connect(account, **options | {"media": blobs})

        super().__init__(
            url,
            ledger_url,
            platform=platform,
            handle="bergquell",
            folder=folder,
            network=with_blobs,
        )
        self.blobs = blobs

    def settled(self, delivery_id: str):
        """The delivery after the door has worked, and waited where it was told to."""
        self.run()
        return self.look(delivery_id)

    def attempts(self, delivery_id: str) -> list[str | None]:
        with self.ledger.reading() as connection:
            return [row["outcome"] for row in deliveries.attempts(connection, delivery_id)]

    def done_to(self, object_id: str) -> list[tuple[str, str]]:
        return [(one["kind"], one["text"]) for one in self.actions() if one["id"] == object_id]

    def message_below(self, post, *, days: int = 4):
        """Somebody's comment below a post, waited for."""
        for _ in range(days * 24):
            self.pass_time(hours=1)
            for message in self.network.inbound(since=self.start):
                if message.thread_root == post.platform_id:
                    return message
        raise AssertionError(f"nobody wrote below {post.platform_id} in {days} days")


def waits_until(delivery, at, *, minutes: float) -> bool:
    """Whether a delivery waits for about so many minutes from an instant."""
    return abs(delivery.next_at - at - timedelta(minutes=minutes)) < timedelta(minutes=1)
