"""The verdict of one rule on one draft. The rules themselves are `domain.rules`."""

from collections.abc import Sequence
from enum import StrEnum

from domain.entity import Entity, later
from domain.platforms import Platform


class Verdict(StrEnum):
    """`pass`; `hold`: a person must look; `block`: it may not go out as it is.

    `skip`: the rule does not read the draft's language, and says nothing for or against it.
    """

    PASS = "pass"  # noqa: S105 - a verdict, no password
    SKIP = "skip"
    HOLD = "hold"
    BLOCK = "block"


class ComplianceCheck(Entity):
    """One rule's verdict, with what it saw and what would mend it.

    `about` names what it rests on outside the draft, such as the ids of headlines. `platforms` are
    those whose text it is about, where the post says something else on others; none means all.
    """

    rule: str
    verdict: Verdict
    evidence: str = ""
    remedy: str = ""
    policy_version: str = ""
    about: tuple[str, ...] = ()
    platforms: tuple[Platform, ...] = later(())

    def is_on(self, platform: Platform) -> bool:
        """Whether it is about what the post says on that platform."""
        return not self.platforms or platform in self.platforms


def worst(checks: tuple[ComplianceCheck, ...]) -> Verdict:
    """The sternest verdict among the checks; `pass` where there is none but skipped ones."""
    order = (Verdict.PASS, Verdict.HOLD, Verdict.BLOCK)
    said = (check.verdict for check in checks if check.verdict is not Verdict.SKIP)
    return max(said, key=order.index, default=Verdict.PASS)


def merged(
    judged: Sequence[tuple[Sequence[Platform], Sequence[ComplianceCheck]]],
) -> tuple[ComplianceCheck, ...]:
    """One check per rule out of those of a post's texts, each told with its platforms.

    Of a rule the sternest verdict counts; its evidence names the platforms of each text that it is
    about. Where it is about all of them, what is said of the first needs no names.
    """
    most = max((checks for _, checks in judged), key=len, default=())
    by_rule: dict[str, list[tuple[Sequence[Platform], ComplianceCheck]]] = {
        check.rule: [] for check in most
    }
    for platforms, checks in judged:
        for check in checks:
            by_rule.setdefault(check.rule, []).append((platforms, check))
    return tuple(map(_sternest, by_rule.values()))


def _sternest(told: Sequence[tuple[Sequence[Platform], ComplianceCheck]]) -> ComplianceCheck:
    if len(told) == 1 and told[0][1].verdict in (Verdict.PASS, Verdict.SKIP):
        return told[0][1]  # nearly all that is ever judged
    verdict = max((check.verdict for _, check in told), key=_STERNNESS.index)
    first = next(check for _, check in told if check.verdict is verdict)
    if verdict in (Verdict.PASS, Verdict.SKIP):
        return first
    seen: dict[str, list[Platform]] = {}
    for platforms, check in told:
        if check.verdict is verdict:
            seen.setdefault(check.evidence, []).extend(platforms)
    named = [f"on {', '.join(where)}: {evidence}" for evidence, where in seen.items()]
    stopped = dict.fromkeys(one for where in seen.values() for one in where)
    if all(check.verdict is verdict for _, check in told):
        named[0], stopped = first.evidence, {}
    about = dict.fromkeys(one for _, check in told for one in check.about)
    fresh = {"evidence": "; ".join(named), "about": tuple(about), "platforms": tuple(stopped)}
    return first.model_copy(update=fresh)


_STERNNESS = (Verdict.SKIP, Verdict.PASS, Verdict.HOLD, Verdict.BLOCK)


def held_today(check: ComplianceCheck) -> str:
    """Why a post that was approved does not go out: what today's rules say of it."""
    return f"rule {check.rule} {_TODAY[check.verdict]}: {check.evidence}"


def is_held_today(reason: str | None) -> bool:
    """Whether that is a reason of `held_today`, and a person may let the post pass."""
    return bool(reason) and f" {_TODAY[Verdict.HOLD]}: " in str(reason)


_TODAY = {verdict: f"would {verdict} it today" for verdict in Verdict}
