"""Which languages each rule reads: what it cannot read it does not pass, but is skipped."""

from domain.compliance import ComplianceCheck, Verdict
from domain.languages import FULL, LANGUAGES, has_capitals, name_of
from domain.rules.context import Draft, held, passed
from domain.rules.dictionary import has_dictionary, recognised

_WITH_FRENCH = FULL | {"fr"}
_READS: dict[str, frozenset[str]] = {
    "address": FULL,
    "quotation_marks": FULL,
    "dates": FULL,
    "statements": FULL,
    "health": _WITH_FRENCH,
    "finance": _WITH_FRENCH,
    "superlatives": _WITH_FRENCH,
    "environment": _WITH_FRENCH,
    "offers": _WITH_FRENCH,
    "profanity": _WITH_FRENCH,
    "disclosure": _WITH_FRENCH,
    "news": _WITH_FRENCH,
    "hashtag_case": frozenset(filter(has_dictionary, LANGUAGES)),
    "names": frozenset(filter(has_capitals, LANGUAGES)),
    "language": frozenset(filter(recognised, LANGUAGES)),
}
"""Rules that rest on words or habits of languages; the others read them all."""


def reads(rule: str, language: str) -> bool:
    """Whether a rule can tell anything of a text in that language."""
    return language in _READS.get(rule, LANGUAGES)


def as_read(check: ComplianceCheck, draft: Draft) -> ComplianceCheck:
    """The verdict of a rule, or `skip` where it found nothing since it does not read the language.

    What it found all the same counts: an English insult is one in a Spanish text too.
    """
    if check.verdict is not Verdict.PASS or reads(check.rule, draft.language):
        return check
    if check.rule == "news" and not draft.news:
        return check
    evidence = f"it does not read {name_of(draft.language)}"
    return check.model_copy(update={"verdict": Verdict.SKIP, "evidence": evidence})


def unread(draft: Draft) -> ComplianceCheck:
    """What rules read only in part a person reads, unless the brand lets the others decide."""
    if draft.language in FULL:
        return passed("unread")
    blind = [rule for rule in _READS if not reads(rule, draft.language)]
    blind.append("numbers in words")
    evidence = f"{name_of(draft.language)} is read in part, without {', '.join(blind)}"
    if draft.generated_by == "person" or draft.brand.voice.unread == "rules":
        return passed("unread", evidence)
    return held(
        "unread",
        evidence=evidence,
        remedy="let a person read it, or let the other rules decide (`voice.unread: rules`)",
    )
