"""Brand files: YAML in, a checked `Brand` out, or a message with file, line, field and remedy."""

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml.nodes import Node

from domain.brand import Brand
from domain.errors import ConfigError, InputError
from storage.yaml_files import line_of, load_yaml

Take = Callable[[Path], str]
"""Looks at a sound file and returns its SHA-256; raises InputError where it is no music."""
_SHOWN = 80
"""So many signs of a wrong value are told."""


def load_brand(path: Path, *, take: Take | None = None) -> Brand:
    """Read one brand file. The music that it names is given to `take`; without it, left unread.

    Raises:
        ConfigError: one line for each thing that is wrong: file, line, field, what, remedy.
    """
    path = Path(path)
    document, root = load_yaml(path)
    if not isinstance(document, dict):
        raise ConfigError(f"{path}:1: a brand file is a list of `key: value` lines; see brands/")
    try:
        brand = Brand.model_validate(document)
    except ValidationError as error:
        found = sorted(_complaint(path, root, detail) for detail in error.errors())
        raise ConfigError("\n".join(text for _, text in found)) from error
    return brand if take is None else _with_music(brand, take, path, root)


def load_brands(folder: Path, *, take: Take | None = None) -> dict[str, Brand]:
    """All brand files right in a folder (`*.yaml`), by the brand's name.

    Raises:
        ConfigError: as `load_brand`, or there is none, or two files carry one name.
    """
    folder = Path(folder)
    brands: dict[str, Brand] = {}
    for path in sorted(folder.glob("*.yaml")):
        brand = load_brand(path, take=take)
        if brand.name in brands:
            raise ConfigError(f"{path}: another file names its brand {brand.name!r}; rename one")
        brands[brand.name] = brand
    if not brands:
        raise ConfigError(f"{folder} holds no brand file; write one, like those in brands/")
    return brands


def _with_music(brand: Brand, take: Take, path: Path, root: Node) -> Brand:
    if brand.look is None or not brand.look.music:
        return brand
    try:
        sha256 = take(path.parent / brand.look.music)
    except InputError as error:
        line = line_of(root, ("look", "music"))
        raise ConfigError(f"{path}:{line}: look.music: {error}") from error
    look = brand.look.model_copy(update={"music_sha256": sha256})
    return brand.model_copy(update={"look": look})


def _complaint(path: Path, root: Node, detail: ErrorDetails) -> tuple[int, str]:
    place = detail["loc"]
    message = detail["msg"].removeprefix("Value error, ")
    if not place and ":" in message:
        # a rule over the whole brand names its field first
        field, _, message = message.partition(": ")
        place = tuple(int(step) if step.isdigit() else step for step in field.split("."))
    line = line_of(root, place)
    field = ".".join(str(step) for step in place) or "brand"
    return line, f"{path}:{line}: {field}: {_remedied(message, detail)}"


def _remedied(message: str, detail: ErrorDetails) -> str:
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    if detail["type"] == "extra_forbidden":
        known = sorted(set(_fields_at(detail["loc"][:-1])) - {"schema_version"})
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        return f"unknown key {name!r}; {hint}"
    if detail["type"] == "missing":
        return f"is missing; add `{name}: ...` here"
    if detail["type"] == "value_error":
        return message
    given = detail["input"]
    shown = repr(given) if isinstance(given, str | int | float | bool) else "this"
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return f"{message[:1].lower()}{message[1:]}, but it is {shown}; change it"


def _fields_at(place: Sequence[str | int]) -> Iterator[str]:
    """The keys that the model at that place knows."""
    model: Any = Brand
    for step in place:
        if isinstance(step, str):
            model = _model_in(model.model_fields[step].annotation)
    yield from model.model_fields


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(_model_in(part) for part in get_args(annotation))
