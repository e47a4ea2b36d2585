"""Labelled drafts: texts with the verdict that each rule ought to give, and how the rules fare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from domain.brand import Brand
from domain.compliance import ComplianceCheck, Verdict
from domain.entity import Entity
from domain.errors import InputError
from domain.media import MediaAsset
from domain.news import Headline, Tone
from domain.platforms import Platform
from domain.posts import ContentPost
from domain.rules import Lately, Said, check_draft
from domain.rules.themes import headline_of
from domain.writing import Brief

_ANY_DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


class LabelledDraft(Entity):
    """One draft with the verdicts that it deserves; a rule that is not named ought to pass.

    `alt` gives it a picture so described, `made_by` says by whom; `trend` is what the writer was
    shown from outside. `news` are headlines of its day, `regions` and `freeze` what the brand file
    says of them. `earlier` are texts, or ids of facts, that posts of the day before said.
    """

    brand: str
    text: str
    expect: Mapping[str, Verdict] = Field(default_factory=dict)
    platform: Platform = Platform.X
    country: str | None = None
    alt: str | None = None
    made_by: str = "person"
    writer: str = "labelled"
    trend: str | None = None
    news: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    freeze: tuple[Tone, ...] = ()
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Miss:
    """A verdict that differs from its label."""

    draft: LabelledDraft
    rule: str
    wanted: Verdict
    given: Verdict
    evidence: str


@dataclass(slots=True)
class RuleScore:
    """How one rule fared.

    Attributes:
        bad: drafts that it ought to stop.
        good: drafts that it ought to let pass.
        false_passes: of the bad, those that it let pass.
        false_blocks: of the good, those that it held or blocked.
        other: of the bad, those that it held instead of blocking, or the other way round.
    """

    rule: str
    bad: int = 0
    good: int = 0
    false_passes: int = 0
    false_blocks: int = 0
    other: int = 0

    def note(self, wanted: Verdict, given: Verdict) -> None:
        """Count one verdict."""
        if wanted is Verdict.PASS:
            self.good += 1
            self.false_blocks += given is not Verdict.PASS
            return
        self.bad += 1
        self.false_passes += given is Verdict.PASS
        self.other += given not in (Verdict.PASS, wanted)


def read_labels(path: Path) -> list[LabelledDraft]:
    """The labelled drafts of a YAML file, whose name is the brand's where a draft names none.

    Raises:
        InputError: the file is missing, no list of drafts, or one of them is wrong.
    """
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as exc:
        raise InputError(f"{path} cannot be read: {exc}; name a YAML list of drafts") from exc
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path} is no list of drafts; write one entry with `text` for each")
    try:
        return [LabelledDraft(**{"brand": path.stem, **row}) for row in rows]
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{path}: {where}: {first['msg'].lower()}; mend that entry") from exc


def judge_labels(
    drafts: Iterable[LabelledDraft], *, brands: Mapping[str, Brand]
) -> tuple[list[RuleScore], list[Miss]]:
    """How each rule fares on labelled drafts, and every verdict that differs from its label.

    Raises:
        InputError: a draft names a brand that is not there, or a rule that is none.
    """
    scores: dict[str, RuleScore] = {}
    misses = []
    for draft in drafts:
        if draft.brand not in brands:
            raise InputError(f"no brand file for {draft.brand!r}; name one of {', '.join(brands)}")
        checks = {check.rule: check for check in _checks(draft, brands[draft.brand])}
        if unknown := sorted(set(draft.expect) - set(checks)):
            raise InputError(f"{unknown[0]!r} is no rule; the rules are {', '.join(checks)}")
        for rule, check in checks.items():
            wanted = draft.expect.get(rule, Verdict.PASS)
            scores.setdefault(rule, RuleScore(rule)).note(wanted, check.verdict)
            if wanted is not check.verdict:
                misses.append(Miss(draft, rule, wanted, check.verdict, check.evidence))
    return list(scores.values()), misses


def _checks(draft: LabelledDraft, brand: Brand) -> tuple[ComplianceCheck, ...]:
    if draft.country:
        brand = brand.model_copy(update={"country": draft.country})
    if draft.news:
        watch = brand.news.model_copy(update={"regions": draft.regions, "freeze": draft.freeze})
        brand = brand.model_copy(update={"news": watch})
    brief = Brief(
        id="labelled",
        brand=brand.name,
        topic=brand.topics[0],
        why="labelled",
        facts=brand.facts,
        platforms=(draft.platform,),
        language=brand.voice.language,
        due_at=_ANY_DAY,
        trend=draft.trend,
    )
    post = ContentPost(
        id="labelled",
        brand=brand.name,
        text=draft.text,
        platforms=(draft.platform,),
        language=brand.voice.language,
        brand_voice=brand.voice,
        generated_by=draft.writer,
        media=() if draft.alt is None else (_picture(draft),),
    )
    lately = Lately(said=_said(draft, brand))
    return check_draft(post, brand=brand, brief=brief, lately=lately, news=_headlines(draft))


def _said(draft: LabelledDraft, brand: Brand) -> list[Said]:
    facts = {fact.id: fact.text for fact in brand.facts}
    before = _ANY_DAY - timedelta(days=1)
    return [Said(facts.get(one, one), before, (draft.platform,)) for one in draft.earlier]


def _headlines(draft: LabelledDraft) -> list[Headline]:
    """What the news of the day are of the draft's headlines; harmless ones are none."""
    found = (headline_of(text, source="labelled", seen_at=_ANY_DAY) for text in draft.news)
    return [headline for headline in found if headline is not None]


def _picture(draft: LabelledDraft) -> MediaAsset:
    return MediaAsset(
        id="labelled",
        kind="image",
        sha256="0" * 64,
        mime_type="image/jpeg",
        bytes=100_000,
        width=1080,
        height=1080,
        alt_text=draft.alt or "",
        made_by=draft.made_by,
    )
