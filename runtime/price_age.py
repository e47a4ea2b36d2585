"""How old the prices are by which writers and makers are booked."""

from collections.abc import Iterator
from datetime import date, timedelta

from domain.errors import ConfigError
from runtime.build import make_writers
from runtime.findings import Finding, Health
from runtime.settings import Settings

STALE = timedelta(days=365)
"""The age from which on a price is to be looked up again."""


def old_prices(settings: Settings, *, today: date) -> Iterator[Finding]:
    """A finding for each writer and maker that is booked at a price of ours of over a year ago.

    A price that the settings name is the operator's own, and has no age. A writer or maker that
    cannot be set up at all is a finding as well.
    """
    from content.media.makers import hosted as makers
    from content.providers import prices
    from content.providers.hosted import HostedWriter

    try:
        writers = make_writers(settings)
    except ConfigError as exc:
        yield Finding("writer", Health.BAD, str(exc))
        return
    for writer in writers:
        if isinstance(writer, HostedWriter) and writer.price is None:
            variable = f"AMSEL_{writer.name.partition('-')[0].upper()}_PRICE"
            yield from _aged(f"{writer.name}/{writer.model}", variable, prices.AS_OF, today)
    for name, own, variable in (
        (settings.picture_maker, settings.picture_cents, "AMSEL_PICTURE_CENTS"),
        (settings.clip_maker, settings.clip_cents, "AMSEL_CLIP_CENTS"),
    ):
        if name and own is None:
            yield from _aged(name, variable, makers.AS_OF, today)


def _aged(name: str, variable: str, as_of: date, today: date) -> Iterator[Finding]:
    if today - as_of > STALE:
        text = (
            f"{name} is booked at a price of {as_of:%Y-%m-%d}, over a year ago; look at the "
            f"provider's price page and set {variable} (docs/writers.md#money)"
        )
        yield Finding("price", Health.WARN, text)
