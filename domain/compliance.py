"""The verdict of one rule on one draft. The rules themselves are `domain.rules`."""

from enum import StrEnum

from domain.entity import Entity


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

    `about` names what it rests on outside the draft, such as the ids of headlines.
    """

    rule: str
    verdict: Verdict
    evidence: str = ""
    remedy: str = ""
    policy_version: str = ""
    about: tuple[str, ...] = ()


def worst(checks: tuple[ComplianceCheck, ...]) -> Verdict:
    """The sternest verdict among the checks; `pass` where there is none but skipped ones."""
    order = (Verdict.PASS, Verdict.HOLD, Verdict.BLOCK)
    said = (check.verdict for check in checks if check.verdict is not Verdict.SKIP)
    return max(said, key=order.index, default=Verdict.PASS)


def held_today(check: ComplianceCheck) -> str:
    """Why a post that was approved does not go out: what today's rules say of it."""
    return f"rule {check.rule} {_TODAY[check.verdict]}: {check.evidence}"


def is_held_today(reason: str | None) -> bool:
    """Whether that is a reason of `held_today`, and a person may let the post pass."""
    return bool(reason) and f" {_TODAY[Verdict.HOLD]}: " in str(reason)


_TODAY = {verdict: f"would {verdict} it today" for verdict in Verdict}
