"""Which writer writes: whom the strategy prefers and who can and may, the composer last."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Lock
from time import monotonic

import structlog

from content.answers import Answers, key_of
from content.providers.base import Writer
from content.providers.composer import Composer
from content.standing import Breaker, Standing
from domain.brand import Brand, Strategy
from domain.compliance import Verdict, worst
from domain.contradictions import agreeing
from domain.errors import PolicyError, WriterError, WriterUnavailable
from domain.posts import ContentPost
from domain.writing import Brief, Purse, WriterCall, Written

_log = structlog.get_logger(__name__)
TIMEOUT_S = 60.0
LEFT_ALONE = "it failed several times in a row, and is left alone for a while"
IN_FLIGHT = 32
"""So many briefs are with one hosted writer at a time, of all brands together."""
AHEAD = 4 * IN_FLIGHT
"""So many briefs of a brand are handed out before the first of them has come back."""


@dataclass
class Router:
    """Asks writers in the order that the brand's strategy gives, and remembers how they did.

    A billed call is reserved before and settled after, at what was really paid even where the
    output is useless; where nobody knows what was paid, the reservation stands. Over budget, a
    billed writer is passed over. The composer is asked last even where it is not listed, so that
    no outage empties the queue. Safe to use from several threads.

    Attributes:
        timeout: seconds for each call.
        timer: seconds that only go up; for latency, pauses and the lifetime of answers.
        passed_over: by brand, writer and kind of trouble: how many orders went to another writer,
            and why the last one did.
    """

    writers: Sequence[Writer]
    purse: Purse
    timeout: float = TIMEOUT_S
    timer: Callable[[], float] = monotonic
    answers: Answers = field(default_factory=Answers)
    passed_over: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)
    _calls: list[WriterCall] = field(default_factory=list, repr=False)
    _standings: dict[tuple[str, str], Standing] = field(
        default_factory=lambda: defaultdict(Standing), repr=False
    )
    _breakers: dict[str, Breaker] = field(default_factory=dict, repr=False)
    _seats: dict[str, BoundedSemaphore] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        self._breakers = {writer.name: Breaker() for writer in self.hosted}
        self._seats = {writer.name: BoundedSemaphore(IN_FLIGHT) for writer in self.hosted}

    @property
    def hosted(self) -> list[Writer]:
        """The writers but the composer, as listed."""
        return [writer for writer in self.writers if not isinstance(writer, Composer)]

    def write(
        self, brief: Brief, *, brand: Brand, seed: int, failed: Collection[str] = ()
    ) -> Written:
        """The brief's variants from the first writer that delivers, without those that `failed`.

        They are in the tone of the brief.

        Raises:
            WriterError: the composer, too, cannot write it (no fact fits the platform).
        """
        brand = brand.in_tone(brief.tone)
        for writer in self.in_order(brief, brand):
            if writer.name in failed:
                continue
            kept = self.answers.find(writer, brief, brand=brand, now=self.timer())
            if kept is not None:
                return kept
            if not self._breakers[writer.name].lets_through(self.timer()):
                self._pass_over(writer, brief, LEFT_ALONE, kind="LeftAlone")
                continue
            try:
                return self._called(writer, brief, brand=brand, seed=seed)
            except (WriterError, PolicyError) as error:
                self._pass_over(writer, brief, str(error), kind=type(error).__name__)
        own = next((each for each in self.writers if isinstance(each, Composer)), Composer())
        return own.write(brief, brand=brand, seed=seed, timeout=self.timeout)

    def write_all(
        self,
        briefs: Sequence[Brief],
        *,
        brand: Brand,
        seed_of: Callable[[str], int],
        failed: Mapping[str, str] | None = None,
    ) -> Iterator[tuple[Brief, Written]]:
        """Each brief with its variants, in order; with hosted writers many are under way at a time.

        Briefs are handed out as others are taken, so that no more than `AHEAD` wait to be taken.
        `failed` names for orders the writer that has failed on them already.

        Raises:
            WriterError: nobody can write a brief; all that could be written have been given.
        """
        trouble: WriterError | None = None
        for brief, written in self._each(briefs, brand=brand, seed_of=seed_of, failed=failed or {}):
            if isinstance(written, Written):
                yield brief, written
            else:
                trouble = trouble or written
        if trouble is not None:
            raise trouble

    def _each(
        self,
        briefs: Sequence[Brief],
        *,
        brand: Brand,
        seed_of: Callable[[str], int],
        failed: Mapping[str, str],
    ) -> Iterator[tuple[Brief, Written | WriterError]]:
        if not self.hosted:
            for brief in briefs:
                yield brief, self._tried(brief, brand=brand, seed=seed_of(brief.id))
            return
        under_way: deque[tuple[Brief, Future[Written | WriterError]]] = deque()
        pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="writer")
        try:
            for brief in briefs:
                seed, without = seed_of(brief.id), (failed.get(brief.id, ""),)
                asked = pool.submit(self._tried, brief, brand=brand, seed=seed, failed=without)
                under_way.append((brief, asked))
                if len(under_way) == AHEAD:
                    first, answer = under_way.popleft()
                    yield first, answer.result()
            while under_way:
                first, answer = under_way.popleft()
                yield first, answer.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _tried(
        self, brief: Brief, *, brand: Brand, seed: int, failed: Collection[str] = ()
    ) -> Written | WriterError:
        try:
            return self.write(brief, brand=brand, seed=seed, failed=failed)
        except WriterError as error:
            return error

    def judge(self, brief: Brief, written: Written, drafts: Sequence[ContentPost]) -> None:
        """Remember how many of a writer's drafts no rule stopped."""
        passed = sum(worst(d.compliance_checks) is Verdict.PASS for d in drafts)
        with self._lock:
            standing = self._standings[written.writer, _task(brief)]
            standing.accepted += passed
            standing.judged += len(drafts)

    def in_order(self, brief: Brief, brand: Brand) -> list[Writer]:
        """The hosted writers, those that the brand's strategy prefers first; equals as listed.

        An order that must do `without` a paid writer is open to those alone that cost nothing.
        """
        strategy = brand.strategy
        may = [
            writer
            for writer in self.hosted
            if "writer" not in brief.without or not writer.estimate_cents(brief, brand=brand)
        ]

        def rank(writer: Writer) -> float:
            standing = self._standings[writer.name, _task(brief)]
            if strategy is Strategy.CHEAPEST:
                return standing.price(writer.estimate_cents(brief, brand=brand))
            if strategy is Strategy.FASTEST:
                return standing.latency
            return -standing.acceptance if strategy is Strategy.BEST_QUALITY else 0.0

        with self._lock:
            return sorted(may, key=rank)

    def remember(
        self,
        calls: Sequence[WriterCall],
        *,
        accepted: Mapping[tuple[str, str], tuple[int, int]],
        answers: Sequence[tuple[str, Written, float]] = (),
    ) -> None:
        """Begin with what earlier runs have measured.

        Args:
            calls: earlier calls, oldest first.
            accepted: by writer and language how many drafts were approved, of how many decided.
            answers: the order's key, its answer, and how many seconds ago that came.
        """
        failures: Counter[str] = Counter()
        for call in calls:
            self._standings[call.writer, call.language].note(call, timeout=self.timeout)
            failures[call.writer] = failures[call.writer] + 1 if call.is_down else 0
        for key, (approved, decided) in accepted.items():
            self._standings[key].accepted += approved
            self._standings[key].judged += decided
        for name, breaker in self._breakers.items():
            breaker.recall(failures[name])
        for order_key, written, age in answers:
            self.answers.recall(order_key, written, at=self.timer() - age)

    def take_calls(self) -> list[WriterCall]:
        """The calls since this was asked last, for the record."""
        with self._lock:
            taken, self._calls = self._calls, []
        return taken

    def _called(self, writer: Writer, brief: Brief, *, brand: Brand, seed: int) -> Written:
        with self._seats[writer.name]:
            return self._seated(writer, brief, brand=brand, seed=seed)

    def _seated(self, writer: Writer, brief: Brief, *, brand: Brand, seed: int) -> Written:
        begin, breaker = self.timer(), self._breakers[writer.name]
        call = WriterCall(writer.name, brand.name, brief.id, brief.language, seconds=0.0)
        try:
            written = self.booked(writer, brief, brand=brand, seed=seed)
        except PolicyError:
            breaker.unused()
            raise
        except WriterError as error:
            is_down = isinstance(error, WriterUnavailable)
            if is_down:
                breaker.failed(self.timer())
            else:
                breaker.worked()  # it is there; the brief was the trouble
            took, paid = self.timer() - begin, error.cost_cents or 0.0
            told = {"trouble": str(error), "is_down": is_down}
            self._note(replace(call, seconds=took, cents=paid, **told))
            raise
        breaker.worked()
        call = replace(call, seconds=self.timer() - begin, cents=written.cost_cents)
        if writer.estimate_cents(brief, brand=brand):
            self.answers.keep(writer, brief, written, brand=brand, now=self.timer())
            call = replace(call, order_key=key_of(writer, brief, brand), answer=written)
        self._note(call)
        return written

    def _note(self, call: WriterCall) -> None:
        with self._lock:
            self._calls.append(call)
            self._standings[call.writer, call.language].note(call, timeout=self.timeout)

    def _pass_over(self, writer: Writer, brief: Brief, why: str, *, kind: str) -> None:
        _log.warning("writer passed over", writer=writer.name, brief=brief.id, why=why)
        with self._lock:
            count, _ = self.passed_over.get((brief.brand, writer.name, kind), (0, ""))
            self.passed_over[brief.brand, writer.name, kind] = (count + 1, why)

    def booked(self, writer: Writer, brief: Brief, *, brand: Brand, seed: int) -> Written:
        """One writer's answer or error, with what it costs set aside before and settled after.

        Of facts that contradict each other the writer sees the first.

        Raises:
            PolicyError: the brand's budget does not cover it.
            WriterError: the writer gave nothing usable.
        """
        brand = brand.in_tone(brief.tone)
        brief = brief.model_copy(update={"facts": agreeing(brief.facts, language=brief.language)})
        reserved = writer.estimate_cents(brief, brand=brand)
        if not reserved:
            return writer.write(brief, brand=brand, seed=seed, timeout=self.timeout)
        booking = self.purse.reserve(
            brand=brand.name, provider=writer.name, cents=reserved, purpose=f"write {brief.id}"
        )
        try:
            written = writer.write(brief, brand=brand, seed=seed, timeout=self.timeout)
        except WriterError as error:
            paid = reserved if error.cost_cents is None else error.cost_cents
            self.purse.settle(booking, cents=paid)
            raise
        self.purse.settle(booking, cents=written.cost_cents)
        return written


def write(
    brief: Brief,
    *,
    brand: Brand,
    writers: Sequence[Writer],
    purse: Purse,
    seed: int,
    timeout: float = TIMEOUT_S,
) -> Written:
    """One brief from a router of its own: see `Router.write`."""
    return Router(writers, purse, timeout=timeout).write(brief, brand=brand, seed=seed)


def _task(brief: Brief) -> str:
    """What a writer may be good or bad at: a language."""
    return brief.language
