"""Writers from other packages: entry points of the group `amsel.writers`."""

from importlib.metadata import EntryPoint, entry_points
from inspect import signature

from content.providers.base import Writer
from domain.errors import ConfigError

GROUP = "amsel.writers"
ASKED_OF_ALL = ("name", "write", "estimate_cents")


def plugged_writers() -> list[Writer]:
    """What each entry point's function returns, by name.

    Raises:
        ConfigError: a package is broken, or brings no writer.
    """
    return [_made(each) for each in sorted(entry_points(group=GROUP), key=lambda each: each.name)]


def _made(entry: EntryPoint) -> Writer:
    remedy = "mend or uninstall that package"
    try:
        writer: Writer = entry.load()()
    except Exception as exc:
        raise ConfigError(f"{entry.value} ({GROUP}) cannot be loaded: {exc}; {remedy}") from exc
    if missing := [name for name in ASKED_OF_ALL if not hasattr(writer, name)]:
        raise ConfigError(f"{entry.value} ({GROUP}) is no writer: no {missing[0]}; {remedy}")
    try:
        signature(writer.estimate_cents).bind(None, brand=None)
    except TypeError as exc:
        raise ConfigError(
            f"{entry.value} ({GROUP}): estimate_cents(brief, *, brand) is asked for; {remedy}"
        ) from exc
    return writer
