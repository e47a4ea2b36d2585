"""Each guard of the way out, taken out of a process: so the campaign shows that it would tell."""

from uuid import uuid4

from domain.deliveries import DeliveryState
from publishing import books, reconcile
from publishing.attempts import Attempt, Ending
from publishing.tokens import TokenKeeper, Turn
from storage.ledger import deliveries
from storage.ledger.database import Ledger
from tests.networks import blind


def _attempt_row():
    """Nothing is written before the request."""
    real = books.finish_all

    def begin_all(_connection, now, intents, **_more):
        return [Attempt(one.claimed, 1, now, one.claimed.payload) for one in intents]

    def finish_all(connection, now, endings):
        rows = deliveries.load_all(connection, [one.attempt.delivery.id for one in endings])
        for row in rows.values():
            if row.state == DeliveryState.CLAIMED:
                deliveries.move(connection, row, DeliveryState.SENDING, now=now, actor="door")
        return real(connection, now, endings)

    books.begin_all, books.finish_all = begin_all, finish_all
    books.keep = lambda *_given: None


def _fence():
    """The word of a worker that was paused counts, whoever has the delivery by then."""
    Ending.is_ours = lambda _self, row: row.state == DeliveryState.SENDING


def _unique_key():
    """What is planned again is planned beside what was planned."""
    real = deliveries.plan

    def plan(connection, delivery, *, now):
        other = delivery.model_copy(update={"key": f"{delivery.key} {uuid4().hex}"})
        return real(connection, other, now=now)

    deliveries.plan = plan


def _database_time():
    """The machine's own clock decides what is due."""
    from runtime import clock
    from runtime.settings import Settings

    own = []

    def now(_ledger, _connection):
        own[:] = own or [clock.make_clock(Settings())]
        return own[0].now()

    Ledger.now = now


def _single_flight():
    """Everybody renews a token who finds it over."""

    def take_turn(keeper, _seen, **_more):
        kept, now = keeper._vault.read(keeper._holder.account.id)
        return Turn.OURS, kept, now

    TokenKeeper._take_turn = take_turn
    TokenKeeper._may_ask = lambda *_given: True


def _look_up():
    """What is unknown counts as not there."""
    real = reconcile._answer

    def answer(ledger, question, network):
        return real(ledger, question, blind(network))

    reconcile._answer = answer


GUARDS = {
    "attempt row": _attempt_row,
    "fence": _fence,
    "unique key": _unique_key,
    "database time": _database_time,
    "single-flight refresh": _single_flight,
    "look-up before resend": _look_up,
}


def take_out(guard):
    """Take this guard out of this process; none where `guard` is None."""
    if guard is not None:
        GUARDS[guard]()
