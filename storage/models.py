"""The registry of fitted models: versions with their cards, one of them serving."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from domain.errors import ModelError, StoreError

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


class ModelCard(BaseModel):
    """What one version is: on which data, by which code, how good, when, by which decision.

    `version` and `sha256` are filled in by the registry. `scores` are rows of a back-test.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_hash: str
    code_version: str
    created_at: AwareDatetime
    scores: tuple[dict[str, str | float | int | None], ...] = ()
    decision: str = ""
    notes: Mapping[str, Any] = {}
    version: str = ""
    sha256: str = ""


class ModelRegistry:
    """Files under `root/NAME/`: `VERSION.model`, `VERSION.json` (the card), `serving.json`."""

    def __init__(self, root: Path) -> None:
        self._root = Path(root)

    def save(self, name: str, model: bytes, card: ModelCard) -> str:
        """Keep a new version and return its name; it does not serve until promoted.

        The same bytes under the same card are the same version: saving twice changes nothing.
        """
        folder = self._folder(name)
        digest = hashlib.sha256(model).hexdigest()
        version = f"{card.created_at:%Y%m%dT%H%M%S}-{digest[:12]}"
        kept = card.model_copy(update={"version": version, "sha256": digest})
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{version}.model", model)
        # the card comes last: a version without one does not exist
        _write(folder / f"{version}.json", kept.model_dump_json(indent=2).encode())
        return version

    def names(self) -> list[str]:
        """The models of which there is a version, by name."""
        return sorted({path.parent.name for path in self._root.glob("*/*-*.json")})

    def versions(self, name: str) -> list[ModelCard]:
        """All cards of the model, oldest first; none where it was never saved."""
        cards = self._folder(name).glob("*-*.json")
        return [self.card(name, path.stem) for path in sorted(cards)]

    def card(self, name: str, version: str) -> ModelCard:
        """The card of one version; raises ModelError where there is none or it is damaged."""
        path = self._folder(name) / f"{version}.json"
        try:
            return ModelCard.model_validate_json(path.read_bytes())
        except FileNotFoundError as error:
            raise ModelError(
                f"{name} has no version {version}; known: {self._known(name)}"
            ) from error
        except ValidationError as error:
            raise ModelError(f"{path} is not a model card; train {name} again") from error

    def serving(self, name: str) -> str | None:
        """The version that serves, or None where none was ever promoted."""
        history = self._history(name)
        return history[-1] if history else None

    def history(self, name: str) -> list[str]:
        """The versions by which one served after the other; the last one serves."""
        return self._history(name)

    def promote(self, name: str, version: str) -> None:
        """Let that version serve; raises ModelError where it does not exist or is damaged.

        Where it serves already nothing changes.
        """
        self.load(name, version)
        history = self._history(name)
        if history[-1:] != [version]:
            self._keep(name, [*history, version])

    def rollback(self, name: str, *, to: str | None = None) -> str | None:
        """Let the version before the serving one serve again, or `to`, and return it.

        None where the serving one was the first: nothing serves then and the brand's default
        times are used. Raises ModelError where nothing serves or `to` did not serve before the
        serving one, and StoreError where the older version is damaged; what serves stays then.
        """
        history = self._history(name)
        if not history:
            raise ModelError(f"no version of {name} serves; there is nothing to roll back")
        earlier = history[:-1]
        if to is not None and to not in earlier:
            raise ModelError(
                f"{to} did not serve before {history[-1]}; of {name} those did: "
                f"{', '.join(earlier) or 'none'}"
            )
        while to is not None and earlier[-1] != to:
            earlier.pop()
        if earlier:
            self.load(name, earlier[-1])
        self._keep(name, earlier)
        return earlier[-1] if earlier else None

    def load(self, name: str, version: str | None = None) -> bytes:
        """The bytes of a version, by default of the serving one.

        Raises ModelError where there is none, and StoreError where the file is not the one that
        its card names: a file from outside is never handed on to be read.
        """
        chosen = version or self.serving(name)
        if chosen is None:
            raise ModelError(f"no version of {name} serves; train one and promote it")
        card = self.card(name, chosen)
        path = self._folder(name) / f"{chosen}.model"
        try:
            model = path.read_bytes()
        except FileNotFoundError as error:
            raise StoreError(f"{path} is gone; roll back or train {name} again") from error
        if hashlib.sha256(model).hexdigest() != card.sha256:
            raise StoreError(
                f"{path} is not the file that was saved (its SHA-256 differs from the card); "
                f"roll back or train {name} again"
            )
        return model

    def _folder(self, name: str) -> Path:
        if not name or not set(name) <= _NAME:
            raise ModelError(f"{name!r} is no model name; use a-z, 0-9, _ and -")
        return self._root / name

    def _known(self, name: str) -> str:
        return ", ".join(sorted(p.stem for p in self._folder(name).glob("*-*.json"))) or "none"

    def _history(self, name: str) -> list[str]:
        try:
            found = json.loads((self._folder(name) / "serving.json").read_bytes())
        except FileNotFoundError:
            return []
        except ValueError as error:
            raise StoreError(
                f"serving.json of {name} is damaged; remove it and promote a version"
            ) from error
        return [str(version) for version in found["history"]]

    def _keep(self, name: str, history: list[str]) -> None:
        text = json.dumps({"history": history}, indent=2)
        _write(self._folder(name) / "serving.json", text.encode())


def _write(path: Path, content: bytes) -> None:
    """Replace the file in one step: a killed writer leaves the old one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise StoreError(f"could not write {path}: {error}; free some space and repeat") from error
