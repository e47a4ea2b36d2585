"""Which writer writes: the first that can and may, the composer last, every cent booked."""

from collections.abc import Sequence

import structlog

from content.providers.base import Writer
from content.providers.composer import Composer
from domain.brand import Brand
from domain.errors import PolicyError, WriterError
from domain.writing import Brief, Purse, Written

_log = structlog.get_logger(__name__)
TIMEOUT_S = 60.0


def write(
    brief: Brief,
    *,
    brand: Brand,
    writers: Sequence[Writer],
    purse: Purse,
    seed: int,
    timeout: float = TIMEOUT_S,
) -> Written:
    """The brief's variants from the first writer in order that delivers.

    A billed call is reserved before and settled after, at what was really paid even where the
    output is useless; where nobody knows what was paid, the reservation stands. Over budget, a
    billed writer is passed over. The composer is asked last even where it is not listed, so that
    no outage empties the queue.

    Raises:
        WriterError: the composer, too, cannot write it (no fact fits the platform).
    """
    hosted = [writer for writer in writers if not isinstance(writer, Composer)]
    own = next((writer for writer in writers if isinstance(writer, Composer)), Composer())
    for writer in hosted:
        try:
            return _booked(writer, brief, brand=brand, purse=purse, seed=seed, timeout=timeout)
        except (WriterError, PolicyError) as error:
            _log.warning("writer passed over", writer=writer.name, brief=brief.id, why=str(error))
    return own.write(brief, brand=brand, seed=seed, timeout=timeout)


def _booked(
    writer: Writer, brief: Brief, *, brand: Brand, purse: Purse, seed: int, timeout: float
) -> Written:
    reserved = writer.estimate_cents(brief)
    if not reserved:
        return writer.write(brief, brand=brand, seed=seed, timeout=timeout)
    booking = purse.reserve(
        brand=brand.name, provider=writer.name, cents=reserved, purpose=f"write {brief.id}"
    )
    try:
        written = writer.write(brief, brand=brand, seed=seed, timeout=timeout)
    except WriterError as error:
        paid = reserved if error.cost_cents is None else error.cost_cents
        purse.settle(booking, cents=paid)
        raise
    purse.settle(booking, cents=written.cost_cents)
    return written
