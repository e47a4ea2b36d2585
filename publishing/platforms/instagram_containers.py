"""Instagram's containers: made, waited for, begun anew when they died; none of them is public."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from domain.clock import Clock
from domain.deliveries import full_text
from domain.errors import Processing, Rejected, Unreachable
from domain.media import Attachment
from publishing.platforms.base import MediaSource, Send, translated
from publishing.platforms.graph import Graph
from publishing.platforms.graph_errors import Meaning, by_subcode, is_absent, meaning_of
from publishing.platforms.media_files import content_of
from publishing.platforms.steps import Steps

CONTAINER, FAILURES = "container", "failures"
FINISHED, PUBLISHED, IN_PROGRESS = "FINISHED", "PUBLISHED", "IN_PROGRESS"
ERROR, EXPIRED, GONE = "ERROR", "EXPIRED", "GONE"
MOST_FILES = 10


@dataclass(frozen=True, slots=True)
class State:
    """Where a container stands; `status` is Meta's text, with the subcode of an error in it."""

    code: str
    status: str


class Containers:
    """The container of a post, with a child for each file where there are several."""

    def __init__(self, graph: Graph, *, media: MediaSource | None, clock: Clock) -> None:
        self._graph = graph
        self._media = media
        self._clock = clock

    def ready(self, send: Send, *, user: str) -> tuple[str, str]:
        """The post's container and its state: FINISHED, or PUBLISHED by an earlier attempt.

        Raises:
            Processing: Instagram still works on it.
            Rejected: the files are not what Instagram takes.
        """
        work = _Work(self, send, user)
        files = send.payload.media
        if not files:
            raise Rejected(
                f"{self._graph.account} takes no post without a picture or video; add one"
            )
        if len(files) > MOST_FILES:
            raise Rejected(
                f"{self._graph.account} takes {MOST_FILES} files in a post, not {len(files)}; "
                "leave some out"
            )
        if len(files) == 1:
            return work.settled(CONTAINER, lambda: work.single(files[0]))
        return work.settled(CONTAINER, lambda: work.carousel(files))

    def state(self, container: str) -> State:
        """Where a container stands; GONE where it cannot be seen."""
        try:
            answer = self._graph.get(container, fields="status_code,status")
        except Rejected as exc:
            if is_absent(exc):
                return State(GONE, "")
            raise
        return State(str(answer.get("status_code")), str(answer.get("status") or ""))

    def failed(self, send: Send, why: str) -> None:
        """Count a file that could not be used; raises Rejected where it was too often."""
        count_failure(Steps(send), why, graph=self._graph)

    def url_of(self, file: Attachment) -> str:
        """Where Meta can fetch the file."""
        url = self._media.url(file.sha256) if self._media else None
        if url is None:
            raise Rejected(
                f"{self._graph.account} fetches files by URL; set AMSEL_MEDIA_URL to where the "
                "media folder is served"
            )
        return url

    def bytes_of(self, file: Attachment) -> bytes:
        """The file itself."""
        return content_of(self._media, file, self._graph.account)


class _Work:
    """The containers of one send."""

    def __init__(self, containers: Containers, send: Send, user: str) -> None:
        self._containers = containers
        self._graph = containers._graph
        self._clock = containers._clock
        self._steps = Steps(send)
        self._user = user
        self._caption = full_text(send.payload)
        self._is_paid = send.payload.paid_partnership
        videos = any(file.is_video for file in send.payload.media)
        options = self._graph.options
        self._poll = options.poll_video if videos else options.poll_picture

    def settled(self, name: str, make: Callable[[], str]) -> tuple[str, str]:
        """A container that Instagram is done with; made, or once begun anew, where need be."""
        for _ in range(2):
            container = self._steps.get(name) or self._made(name, make)
            state = self._containers.state(container)
            if state.code in (FINISHED, PUBLISHED):
                return container, state.code
            if state.code not in (ERROR, EXPIRED, GONE):
                raise Processing(
                    f"{self._graph.account} still works on a file ({state.code}); it goes out by "
                    "itself",
                    until=self._clock.now() + self._poll,
                )
            self._bury(name, state)
        raise Unreachable(
            f"{self._graph.account} lost a file twice ({state.code}); it is brought again by itself"
        )

    def single(self, file: Attachment) -> str:
        """The container of a post with one file."""
        if not file.is_video:
            return self._asked({"image_url": self._containers.url_of(file)} | self._texts(file))
        form = {"media_type": "REELS"} | self._texts(file)
        if self._graph.is_instagram_login:  # bytes are taken from Facebook Login alone
            return self._asked(form | {"video_url": self._containers.url_of(file)})
        return self._uploaded(form | {"upload_type": "resumable"}, file)

    def carousel(self, files: tuple[Attachment, ...]) -> str:
        """The container of a post with several files: its children come first."""
        makers = {f"child.{at}": self._child(file) for at, file in enumerate(files)}
        for name, make in makers.items():  # all are made before any is waited for
            if not self._steps.get(name):
                self._made(name, make)
        children = [self.settled(name, make)[0] for name, make in makers.items()]
        form = {"media_type": "CAROUSEL", "children": ",".join(children)}
        return self._asked(form | self._caption_and_label())

    def _child(self, file: Attachment) -> Callable[[], str]:
        form = {"is_carousel_item": "true"}
        if file.is_video:
            form |= {"media_type": "VIDEO", "video_url": self._containers.url_of(file)}
        else:
            form |= {"image_url": self._containers.url_of(file)} | _alt(file)
        return lambda: self._asked(form)

    def _texts(self, file: Attachment) -> dict[str, str]:
        return self._caption_and_label() | _alt(file)

    def _caption_and_label(self) -> dict[str, str]:
        caption = {"caption": self._caption} if self._caption else {}
        return caption | ({"is_paid_partnership": "true"} if self._is_paid else {})

    def _made(self, name: str, make: Callable[[], str]) -> str:
        try:
            container = make()
        except Unreachable as exc:
            if meaning_of(exc) is Meaning.FETCH:
                count_failure(self._steps, str(exc), graph=self._graph)
            raise
        self._steps.keep(name, container)
        return container

    def _asked(self, form: dict[str, str]) -> str:
        answer = self._graph.post(f"{self._user}/media", form)
        with translated(self._graph.account, changes_something=False):
            return str(answer["id"])

    def _uploaded(self, form: dict[str, str], file: Attachment) -> str:
        """A container with its bytes; it is kept only when they are there."""
        content = self._containers.bytes_of(file)
        answer = self._graph.post(f"{self._user}/media", form)
        with translated(self._graph.account, changes_something=False):
            container, url = str(answer["id"]), str(answer["uri"])
        self._graph.upload(url, content)
        return container

    def _bury(self, name: str, state: State) -> None:
        """Forget a container that died; refuse where no other would fare better."""
        self._steps.forget(name)
        if state.code != ERROR:
            return
        subcode = re.search(r"\b2207\d{3}\b", state.status)
        known = by_subcode(int(subcode.group())) if subcode else None
        if known and known[0] is Meaning.PERMANENT:
            raise Rejected(
                f"{self._graph.account} cannot use a file ({state.status[:200]}); {known[1]}"
            )
        count_failure(self._steps, state.status[:200] or state.code, graph=self._graph)


def count_failure(steps: Steps, why: str, *, graph: Graph) -> None:
    """Remember that a file could not be used; raises Rejected where it was too often."""
    failures = int(steps.get(FAILURES) or 0) + 1
    steps.keep(FAILURES, str(failures))
    if failures >= graph.options.attempts:
        raise Rejected(
            f"{graph.account} could not use a file {failures} times ({why}); see that "
            "AMSEL_MEDIA_URL can be reached from outside, and check the file"
        )


def _alt(file: Attachment) -> dict[str, str]:
    return {"alt_text": file.alt_text} if file.alt_text and not file.is_video else {}
