"""A brief in a file, for trying a writer by hand."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from content.topics import facts_on
from domain.brand import Brand, Fact, Tone
from domain.entity import Entity
from domain.errors import InputError
from domain.languages import name_of
from domain.platforms import Platform
from domain.writing import Brief


class BriefFile(Entity):
    """What a brief file says; what it leaves out comes from the brand file.

    `facts` are ids of the brand's facts, the main one first; without them all facts of `topic`.
    `language` may only say again which one the brand speaks.
    """

    brand: str
    topic: str | None = None
    facts: tuple[str, ...] = ()
    platforms: tuple[Platform, ...] = ()
    language: str | None = None
    angle: str = "plain"
    tone: Tone | None = None
    trend: str | None = None
    variants: int = Field(default=2, ge=1, le=5)


def read_brief(path: Path, *, brands: Mapping[str, Brand], now: datetime) -> Brief:
    """The brief of a YAML file.

    Raises:
        InputError: the file is missing or wrong, or names a brand, topic or fact that is not there,
            or a language that the brand does not speak.
    """
    try:
        order = BriefFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as exc:
        raise InputError(f"{path} cannot be read: {exc}; name a YAML file with a brief") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{path}: {where}: {first['msg'].lower()}; mend that line") from exc
    if order.brand not in brands:
        raise InputError(f"{path}: no brand {order.brand!r}; there is {', '.join(brands)}")
    brand = brands[order.brand]
    _refuse_other_language(order, brand, path)
    facts = _facts(order, brand, path)
    return Brief(
        id=f"by-hand-{path.stem}",
        brand=brand.name,
        topic=facts[0].topic,
        why="tried by hand",
        facts=facts,
        platforms=order.platforms or (brand.accounts[0].platform,),
        language=brand.voice.language,
        due_at=now,
        **order.model_dump(include={"angle", "tone", "trend", "variants"}),
    )


def _refuse_other_language(order: BriefFile, brand: Brand, path: Path) -> None:
    """A brand's facts, rules and voice are of one language."""
    own = brand.voice.language
    if order.language in (None, own):
        return
    asked = name_of(str(order.language))
    raise InputError(
        f"{path}: language: {brand.name} speaks {name_of(own)} ({own}), not {asked}; leave "
        f"`language` out, or write a brand file whose `voice.language` and facts are {asked}"
    )


def _facts(order: BriefFile, brand: Brand, path: Path) -> tuple[Fact, ...]:
    known = {fact.id: fact for fact in brand.facts}
    if strange := [each for each in order.facts if each not in known]:
        raise InputError(
            f"{path}: {brand.name} has no fact {strange[0]!r}; add it to brands/{brand.name}.yaml"
        )
    if order.facts:
        return tuple(known[each] for each in order.facts)
    if order.topic is None:
        raise InputError(f"{path}: name a topic or facts; the topics are {', '.join(brand.topics)}")
    if not (found := facts_on(brand, order.topic)):
        raise InputError(
            f"{path}: {brand.name} has no facts on {order.topic!r}; the topics are "
            f"{', '.join(brand.topics)}"
        )
    return tuple(found)
