"""The verdict of one rule on one draft. The rules themselves are `domain.rules`."""

from enum import StrEnum

from domain.entity import Entity


class Verdict(StrEnum):
    """`pass`; `hold`: a person must look; `block`: it may not go out as it is."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
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
    """The sternest verdict among the checks; `pass` where there is none."""
    order = (Verdict.PASS, Verdict.HOLD, Verdict.BLOCK)
    return max((check.verdict for check in checks), key=order.index, default=Verdict.PASS)
