"""The clock and the platforms of a folder that a local social network lies in, as in the demo's."""

import os
from pathlib import Path


def adopt() -> None:
    """Speak to the sandbox of this home where one runs: its clock is the clock of the home.

    What the environment says already is left alone, and so is a ledger elsewhere: its posts are
    meant for the real platforms. Called before every command, so it looks at
    one file and imports nothing where that is absent.
    """
    if "AMSEL_SANDBOX_URL" in os.environ or not (_folder() / "server.json").exists():
        return
    from sandbox.process import running

    url = running(_folder())
    if url is not None and _is_ledger_of_home():
        os.environ["AMSEL_SANDBOX_URL"] = url


def refuse_asleep() -> None:
    """Refuse to decide by another clock than the home's.

    Raises:
        ConfigError: this home has a sandbox, and it does not run.
    """
    from domain.errors import ConfigError

    if "AMSEL_SANDBOX_URL" not in os.environ and (_folder() / "sandbox.db").exists():
        home = _folder().parent
        raise ConfigError(
            f"{home} lives on the clock of its own social network, which does not run now; start "
            f"it with `amsel up --home {home}` in another terminal, then type this again"
        )


def _is_ledger_of_home() -> bool:
    from runtime.settings import Settings

    return not Settings().ledger_url


def _folder() -> Path:
    return Path(os.environ.get("AMSEL_HOME", "var")) / "sandbox"
