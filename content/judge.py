"""A writer as judge: it reads a draft that no rule stops for what rules cannot see.

It may hold a draft and never lets one go that a rule has held. Its evidence is a quotation; one
that does not stand in the draft makes the verdict invalid.
"""

import json
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal

import structlog
from pydantic import Field, ValidationError

from content.prompts import load
from content.providers.hosted import HostedWriter
from content.providers.orders import Order, Shape, fenced
from content.standing import Breaker
from domain.brand import Brand
from domain.compliance import ComplianceCheck
from domain.entity import Entity
from domain.errors import PolicyError, WriterError, WriterGarbled, WriterUnavailable
from domain.judging import JUDGE
from domain.languages import name_of
from domain.posts import ContentPost
from domain.rules import policy_version
from domain.rules.context import held, passed
from domain.wordings import fullest, wordings
from domain.writing import Purse

PROMPT = "judge_v2"
TIMEOUT_S = 60.0
_log = structlog.get_logger(__name__)
_KINDS = ("tone", "insinuation", "tactless", "implied_claim")
_FIELDS = ("kind", "quote", "why", "remedy")
_MOST_FINDINGS, _LENGTH = 3, 200
VERDICT = Shape(
    "verdict",
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["findings"],
        "properties": {
            "findings": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": [*_FIELDS],
                    "properties": {
                        name: {"type": "string"} | ({"enum": [*_KINDS]} if name == "kind" else {})
                        for name in _FIELDS
                    },
                },
            }
        },
    },
    tokens=2000,
)
"""What a judge must answer."""


class Finding(Entity):
    """One passage that a person should look at, in the judge's words."""

    kind: Literal["tone", "insinuation", "tactless", "implied_claim"]
    quote: str = Field(min_length=2, max_length=1000)
    why: str = Field(min_length=1, max_length=1000)
    remedy: str = Field(min_length=1, max_length=1000)


@dataclass(frozen=True)
class Judge:
    """A hosted writer that reads drafts; safe to use from several threads."""

    writer: HostedWriter
    purse: Purse
    timeout: float = TIMEOUT_S
    _breaker: Breaker = field(default_factory=Breaker, repr=False)

    def check(self, post: ContentPost, brand: Brand, *, seed: int) -> ComplianceCheck:
        """Its verdict; what the brand file states where there is none."""
        if not self._breaker.lets_through(monotonic()):
            return unasked(brand, f"{self.writer.name} has failed too often lately")
        try:
            findings = self._asked(post, brand, seed=seed)
        except WriterUnavailable as error:
            self._breaker.failed(monotonic())
            return unasked(brand, str(error))
        except WriterError as error:
            self._breaker.worked()
            return unasked(brand, str(error))
        except PolicyError as error:
            self._breaker.unused()
            return unasked(brand, str(error))
        self._breaker.worked()
        return self._signed(_verdict(findings), brand)

    def _asked(self, post: ContentPost, brand: Brand, *, seed: int) -> tuple[Finding, ...]:
        """What it finds, with the money set aside before and settled after."""
        order = order_for(post, brand)
        booking = self.purse.reserve(
            brand=brand.name,
            provider=self.writer.name,
            cents=self.writer.most_cents(order),
            purpose=f"judge {post.id}",
        )
        try:
            findings, billed = self.writer.converse(
                order,
                lambda text: read_findings(text, post=post),
                seed=seed,
                timeout=self.timeout,
            )
        except WriterError as error:
            if error.cost_cents is not None:  # else the reservation stands
                self.purse.settle(booking, cents=error.cost_cents)
            raise
        self.purse.settle(booking, cents=self.writer.cents(billed))
        return findings

    def _signed(self, check: ComplianceCheck, brand: Brand) -> ComplianceCheck:
        about = (f"{self.writer.name}/{self.writer.model}", PROMPT)
        return check.model_copy(update={"about": about, "policy_version": policy_version(brand)})


def unasked(brand: Brand, why: str) -> ComplianceCheck:
    """The verdict where no judge has read the draft: as the brand file says."""
    _log.warning("judge not heard", brand=brand.name, why=why)
    evidence = f"no judge has read it: {why[:_LENGTH]}"
    if brand.judge.without == "rules":
        check = passed(JUDGE, evidence)
    else:
        remedy = "read it yourself, or let the rules decide alone (`judge.without: rules`)"
        check = held(JUDGE, evidence=evidence, remedy=remedy)
    return check.model_copy(update={"policy_version": policy_version(brand)})


def order_for(post: ContentPost, brand: Brand) -> Order:
    """The order to the judge; its texts stand between fences, because a model wrote them."""
    samples = "".join(f"- Example: {example}\n" for example in brand.voice.examples)
    instructions = load(PROMPT).substitute(
        title=brand.title,
        about=brand.about,
        language=name_of(post.language),
        tone=brand.voice.tone,
        examples=samples,
        facts="\n".join(f"- {fact.text}" for fact in brand.facts),
    )
    fences = (
        fenced(one.text, key=f"{post.id} {place}" if place else post.id, name="post")
        for place, one in enumerate(fullest(post))
    )
    return Order(instructions, "\n".join(fences), VERDICT)


def read_findings(text: str, *, post: ContentPost) -> tuple[Finding, ...]:
    """The findings in a judge's answer.

    Raises:
        WriterGarbled: it does not fit the schema, or quotes what the draft does not say.
    """
    try:
        answer: Any = json.loads(text)
        found = tuple(Finding(**one) for one in answer["findings"])
    except (ValueError, TypeError, KeyError, ValidationError) as exc:
        raise WriterGarbled("the verdict does not fit the schema; set up another judge") from exc
    said = [_plain(one.text) for one in wordings(post)]
    for one in found:
        quote = _plain(one.quote)
        if not quote or not any(quote in text for text in said):
            raise WriterGarbled("the verdict quotes what the draft does not say; read it yourself")
    return found


def _verdict(findings: tuple[Finding, ...]) -> ComplianceCheck:
    if not findings:
        return passed(JUDGE, "nothing found")
    told = [
        f"{one.kind.replace('_', ' ')}: “{_short(one.quote)}” ({_short(one.why)})"
        for one in findings[:_MOST_FINDINGS]
    ]
    return held(JUDGE, evidence="; ".join(told), remedy=_short(findings[0].remedy))


def _short(text: str) -> str:
    return _plain(text)[:_LENGTH]


def _plain(text: str) -> str:
    return " ".join(text.split())
