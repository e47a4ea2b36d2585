"""Rules on the shape of a draft: length, media, hashtags, emojis, looks and language."""

from itertools import groupby

import regex

from domain.allowances import allowances
from domain.compliance import ComplianceCheck
from domain.languages import FULL, name_of
from domain.links import inside_links
from domain.media import attachments
from domain.platforms import Platform, TextLimit
from domain.plugins import text_limit
from domain.preflight import media_refusals, text_refusals
from domain.rules.context import Draft, blocked, held, listed, passed
from domain.rules.dictionary import recognised, share_of_words
from domain.text import find_emojis, find_hashtags, find_links, length_for, visible, without

_SHOUTED = 0.6  # share of capitals among the letters from which a text shouts
_LETTERS_TO_JUDGE = 12
_MOST_EMOJIS = 5
_EMOJI_WALL = 4  # so many side by side are read out one by one

_FUNCTION_WORDS = {
    "de": "der die das und ist nicht ein eine einen mit für von auf im den dem des sie wir ihr "
    "du auch bei aus nach oder wie was sind wird noch nur zum zur unser unsere uns euch dich "
    "schon mehr über wenn aber als dass kein keine ohne",
    "en": "the and is not a an with for of on in to that this we you your our are it its at from "
    "or how what be have has more when but as no they can will by was if",
    "fr": "le la les et est pas une un avec pour de du des sur dans nous vous votre notre que qui "
    "ce cette sont plus mais ou au aux",
    "es": "el la los las y es no una un con para de del en que nosotros su sus son más pero o al "
    "por como este esta",
}
_WORD, _LETTER, _CAPITAL = (regex.compile(each) for each in (r"\p{L}+", r"\p{L}", r"\p{Lu}"))
_READABLE = regex.compile(r"[\p{L}\p{N}]")
_RUN = regex.compile(r"[!?]{3,}|(\p{L})\1{3,}")
FUNCTION_WORDS = {code: frozenset(words.split()) for code, words in _FUNCTION_WORDS.items()}
"""The small words of each language that every text is full of."""
_WORDS_TO_JUDGE = 3
_OWN_WORDS = 0.6
"""Of sentences in twelve languages at least 0.82 of the words were known, of an English one read as
Norwegian 0.56; Danish, Norwegian and Swedish are too alike to be told apart."""


def not_empty(draft: Draft) -> ComplianceCheck:
    """There is something to read."""
    body = without(draft.text, find_hashtags(draft.text))
    if _READABLE.search(visible(without(body, find_links(body)))):
        return passed("not_empty")
    return blocked(
        "not_empty",
        evidence="no words beside links and hashtags",
        remedy="write at least one sentence",
    )


def length(draft: Draft) -> ComplianceCheck:
    """The text fits on every platform it is meant for, as that platform counts; a reply as one.

    Where a platform takes only so many mentions and hashtags, there are no more of them.
    """
    limits = [(platform, _limit(draft, platform)) for platform in draft.platforms]
    counts = [
        (platform, length_for(platform, draft.text, is_comment=draft.is_reply, limit=limit))
        for platform, limit in limits
    ]
    shown = [f"{platform} {count.used}/{count.limit} {count.unit}" for platform, count in counts]
    over = max(count.used - count.limit for _, count in counts)
    if over > 0:
        return blocked("length", evidence=listed(shown), remedy=f"shorten the text by {over}")
    crowded = [
        refusal
        for platform, limit in limits
        for refusal in text_refusals(platform, draft.said, limit=limit, is_comment=draft.is_reply)
        if refusal.rule != "length"
    ]
    if not crowded:
        return passed("length", listed(shown))
    return blocked(
        "length",
        evidence=listed([refusal.evidence for refusal in crowded]),
        remedy=listed([refusal.remedy for refusal in crowded]),
    )


def _limit(draft: Draft, platform: Platform) -> TextLimit:
    """How long the draft may be there, on that of the brand's accounts that takes least."""
    files = attachments(draft.media, platform)
    found = [one.text_beside(files) for one in allowances(draft.brand.accounts, platform)]
    return min(found, key=lambda limit: limit.length)


def media_where_needed(draft: Draft) -> ComplianceCheck:
    """No text-only post where the platform has none; replies are text everywhere."""
    lacking = [
        platform
        for platform in draft.platforms
        if not text_limit(platform).text_only and not attachments(draft.media, platform)
    ]
    if lacking and draft.media_follows:
        return passed("media_where_needed", f"a picture follows for {listed([*lacking])}")
    if not lacking or draft.is_reply:
        return passed("media_where_needed", f"{len(draft.media)} media")
    return blocked(
        "media_where_needed",
        evidence=f"no picture or clip for {listed([*lacking])}",
        remedy="add a picture or clip, or leave the platform out",
    )


def media_fits(draft: Draft) -> ComplianceCheck:
    """Every platform takes the pictures and clips as they are: kind, size, ratio, length."""
    found = [
        (platform, refusal)
        for platform in draft.platforms
        for limit in allowances(draft.brand.accounts, platform)
        for refusal in media_refusals(
            platform, attachments(draft.media, platform), limit=limit.media
        )
    ]
    if not found:
        return passed("media_fits", f"{len(draft.media)} media")
    return blocked(
        "media_fits",
        evidence=listed([f"{platform}: {refusal.evidence}" for platform, refusal in found]),
        remedy=listed([refusal.remedy for _, refusal in found]),
    )


def open_links(draft: Draft) -> ComplianceCheck:
    """No link into one's own network, which nobody outside can follow."""
    inside = inside_links(draft.text, draft.links)
    if not inside:
        return passed("open_links")
    return blocked(
        "open_links",
        evidence=f"{listed(inside)} leads into your own network",
        remedy="give an address that everybody can open",
    )


def hashtags(draft: Draft) -> ComplianceCheck:
    """No more hashtags than the brand wants."""
    found = [span.text for span in find_hashtags(draft.said)]
    count, most = len({tag.casefold() for tag in found}), draft.brand.voice.max_hashtags
    if count <= most:
        return passed("hashtags", f"{count} of at most {most}")
    return blocked(
        "hashtags",
        evidence=f"{count} hashtags: {listed(found)}",
        remedy=f"keep at most {most}",
    )


def emojis(draft: Draft) -> ComplianceCheck:
    """No emoji where the voice has none, and never a wall of them."""
    found = find_emojis(draft.said)
    if found and not draft.brand.voice.emojis:
        return blocked("emojis", evidence=listed([*found]), remedy="take the emojis out")
    if len(found) > _MOST_EMOJIS:
        return held(
            "emojis", evidence=f"{len(found)} emojis", remedy=f"keep at most {_MOST_EMOJIS}"
        )
    if len(found) >= _EMOJI_WALL and (wall := _wall(draft.said, found)):
        return held("emojis", evidence=wall, remedy="do not put them side by side")
    return passed("emojis", f"{len(found)} emojis")


def calm(draft: Draft) -> ComplianceCheck:
    """It neither shouts nor looks like spam."""
    signs = [sign for sign in (_capitals(draft), _repeats(draft.text)) if sign]
    if not signs:
        return passed("calm")
    return held("calm", evidence="; ".join(signs), remedy="write it in an ordinary tone")


def language(draft: Draft) -> ComplianceCheck:
    """The text is in the language that was ordered, judged by its function words.

    Of other languages than German and English a dictionary must have most of the words; one without
    a dictionary is not judged.
    """
    if draft.language not in FULL:
        return _by_dictionary(draft)
    words = [word.casefold() for word in _WORD.findall(draft.text)]
    counts = {code: sum(word in known for word in words) for code, known in FUNCTION_WORDS.items()}
    likely = max(counts, key=lambda code: (counts[code], code == draft.language))
    if counts[likely] < _WORDS_TO_JUDGE or counts[likely] <= counts[draft.language]:
        return passed("language", f"{counts[draft.language]} function words of {draft.language}")
    return held(
        "language",
        evidence=f"{counts[likely]} function words of {likely}, "
        f"{counts[draft.language]} of {draft.language}",
        remedy=f"write it in {draft.language}",
    )


def _by_dictionary(draft: Draft) -> ComplianceCheck:
    code, body = draft.language, without(draft.text, find_hashtags(draft.text))
    body = without(body, find_links(body))
    if not recognised(code) or len(_WORD.findall(body)) < _WORDS_TO_JUDGE:
        return passed("language", "too few words to judge")
    share = share_of_words(body, code)
    evidence = f"{share:.0%} of its words are {name_of(code)}"
    if share >= _OWN_WORDS:
        return passed("language", evidence)
    return held("language", evidence=evidence, remedy=f"write it in {name_of(code)}")


def _wall(text: str, found: tuple[str, ...]) -> str:
    """The first emojis that stand side by side, as many as make a wall; empty where none do."""
    tight = "".join(text.split())
    for at in range(len(found) - _EMOJI_WALL + 1):
        wall = "".join(found[at : at + _EMOJI_WALL])
        if wall in tight:
            return wall
    return ""


def _capitals(draft: Draft) -> str:
    body = without(draft.text, find_links(draft.text))
    letters = _LETTER.findall(body)
    capitals = _CAPITAL.findall(body)
    if len(letters) < _LETTERS_TO_JUDGE or len(capitals) / len(letters) < _SHOUTED:
        return ""
    return f"{len(capitals)} of {len(letters)} letters are capitals"


def _repeats(text: str) -> str:
    if run := _RUN.search(text):
        return f"{run.group()!r} is repeated"
    words = [word.casefold() for word in _WORD.findall(text)]
    longest = max((len([*group]) for _, group in groupby(words)), default=0)
    return f"one word stands {longest} times in a row" if longest > 2 else ""
