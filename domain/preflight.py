"""What a platform would refuse, told before the send, by name and with the remedy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from domain.allowances import Allowance, allowance, shows_pictures
from domain.deliveries import DeliveryKind, Payload, full_text
from domain.links import inside_links
from domain.media import Attachment
from domain.media_limits import FileLimit, MediaLimit, Span
from domain.platforms import Capabilities, Platform, TextLimit
from domain.plugins import media_limit
from domain.text import find_handles, find_hashtags, length_for

LONGEST = 100_000
"""Characters of a text beyond which nothing is counted: no platform takes as many, and to look for
links and names in megabytes would hold a sender up for minutes."""
SAME_RATIO = 0.01
"""Proportions that differ by no more are the same: whole pixels miss them by a little."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that would be refused: which rule, what was found, what to do."""

    rule: str
    evidence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that a platform would leave out or change without a word."""

    rule: str
    evidence: str


def refusals(
    platform: Platform,
    payload: Payload,
    *,
    kind: DeliveryKind = DeliveryKind.POST,
    by: Allowance | None = None,
) -> tuple[Refusal, ...]:
    """Everything about a payload that its platform would refuse; empty where it can go out.

    `by` is what the account takes; its platform's usual limits without it. What only the platform
    knows (the account's quota, whether the app is still in review) is not in here: the adapter
    asks for it.
    """
    by = by or allowance(platform)
    is_comment = kind is DeliveryKind.REPLY or payload.reply_to is not None
    if not _is_possible(kind, by.can, is_comment=is_comment):
        what = _DEEDS[DeliveryKind.REPLY if is_comment else kind]
        evidence = f"no app can {what} on {platform}"
        instead = by.can.instead_of_hiding if by.can and kind is DeliveryKind.HIDE else ""
        return (Refusal("kind", evidence, instead or f"{what} in the app of {platform} itself"),)
    if kind in (DeliveryKind.HIDE, DeliveryKind.DELETE):
        return ()
    found = [
        *_text(platform, payload, by, is_comment=is_comment),
        *media_refusals(platform, payload.media, limit=by.media),
    ]
    if not is_comment and not payload.media and not by.text.text_only:
        remedy = "add a picture or clip, or leave the platform out"
        found.append(Refusal("media_where_needed", f"{platform} has no text-only posts", remedy))
    return tuple(found)


_DEEDS = {
    DeliveryKind.POST: "post",
    DeliveryKind.REPLY: "answer a comment",
    DeliveryKind.HIDE: "hide a comment",
    DeliveryKind.DELETE: "delete anything",
}


def _is_possible(kind: DeliveryKind, can: Capabilities | None, *, is_comment: bool) -> bool:
    if can is None:
        return True
    if kind is DeliveryKind.HIDE:
        return can.hide
    if kind is DeliveryKind.DELETE:
        return can.delete or can.replies  # an own comment goes where no post does
    return not is_comment or can.replies or can.threads


def _text(
    platform: Platform, payload: Payload, by: Allowance, *, is_comment: bool
) -> Iterator[Refusal]:
    text, limit = full_text(payload), by.text_beside(payload.media)
    if len(text) > LONGEST:
        evidence = f"{len(text)} characters, where {platform} takes {limit.length} ({limit.unit})"
        yield Refusal("length", evidence, "shorten the text to a post")
        return
    if not all(map(_is_sound, (text, payload.title, *(one.alt_text for one in payload.media)))):
        evidence = "half of a character, which cannot be written out"
        yield Refusal("characters", evidence, "write the text again")
        return
    yield from text_refusals(platform, text, limit=limit, is_comment=is_comment)
    if payload.title and limit.title is not None and shows_pictures(payload.media):
        count = length_for(platform, payload.title, limit=replace(limit, length=limit.title))
        if not count.fits:
            evidence = f"title of {count.used}, at most {count.limit} ({count.unit})"
            over = count.used - count.limit
            yield Refusal("title", evidence, f"shorten the title by {over}")
    if not text.strip() and not payload.media:
        yield Refusal("not_empty", "neither text nor media", "write at least one sentence")
    for link in inside_links(text, [payload.link] if payload.link else []):
        evidence = f"{link} leads into your own network"
        yield Refusal("link", evidence, "give an address that everybody can open")


def _is_sound(text: str | None) -> bool:
    """Whether a text is made of whole characters: JSON can hold half of one."""
    try:
        (text or "").encode()
    except UnicodeEncodeError:
        return False
    return True


def text_refusals(
    platform: Platform, text: str, *, limit: TextLimit, is_comment: bool = False
) -> Iterator[Refusal]:
    """What a platform would refuse about the length of a text, its mentions and hashtags."""
    count = length_for(platform, text, is_comment=is_comment, limit=limit)
    if not count.fits:
        evidence = f"{count.used} of at most {count.limit} ({count.unit})"
        yield Refusal("length", evidence, f"shorten the text by {count.used - count.limit}")
    if is_comment:
        return
    for name, found, most in (
        ("mentions", find_handles(text), limit.mentions),
        ("hashtags", find_hashtags(text), limit.hashtags),
    ):
        if most is not None and len(found) > most:
            evidence = f"{len(found)} {name}, {platform} takes {most}"
            yield Refusal(name, evidence, f"take {len(found) - most} of the {name} out")


def media_refusals(
    platform: Platform, media: Sequence[Attachment], *, limit: MediaLimit | None = None
) -> Iterator[Refusal]:
    """What a platform would refuse about the files of a post."""
    limit = limit or media_limit(platform)
    alone = [one for one in media if limit.of(one.mime_type) is not limit.picture]
    if len(media) > limit.pictures:
        evidence = f"{len(media)} files, {platform} takes {limit.pictures}"
        yield Refusal("media_count", evidence, f"take away {len(media) - limit.pictures}")
    if alone and len(media) > 1 and not limit.mixed:
        what = "clip" if alone[0].is_video else "GIF"
        evidence = f"a {what} beside {len(media) - 1} other files"
        yield Refusal("media_mix", evidence, f"post the {what} alone")
    for number, one in enumerate(media, start=1):
        yield from _file(f"file {number}", one, limit, platform)


def losses(platform: Platform, media: Sequence[Attachment]) -> tuple[Loss, ...]:
    """What a platform would leave out or change about the files of a post, refusing nothing."""
    limit, found = media_limit(platform), []
    for number, one in enumerate(media, start=1):
        is_shown = limit.alt_text is not None and (limit.clip_alt_text or not one.is_video)
        if one.alt_text and not is_shown:
            what = "a clip" if limit.alt_text is not None else "a file"
            evidence = f"file {number}: {platform} has no description of {what}; it is left out"
            found.append(Loss("alt_text", evidence))
    ratios = [one.width / one.height for one in media]
    others = [at for at, one in enumerate(ratios, start=1) if abs(one / ratios[0] - 1) > SAME_RATIO]
    if limit.crops_to_first and others:
        which = ", ".join(str(at) for at in others)
        evidence = f"{platform} crops file {which} to the proportions of file 1"
        found.append(Loss("media_crop", evidence))
    return tuple(found)


def _file(name: str, one: Attachment, limit: MediaLimit, platform: Platform) -> Iterator[Refusal]:
    what = limit.of(one.mime_type)
    if one.mime_type not in what.formats:
        evidence = f"{name} is {one.mime_type}, {platform} takes {_listed(what.formats)}"
        yield Refusal("media_format", evidence, "convert it")
    if what.codecs is not None and one.codec is not None and one.codec not in what.codecs:
        evidence = f"{name} is coded as {one.codec}, {platform} takes {_listed(what.codecs)}"
        yield Refusal("media_codec", evidence, "convert it")
    for rule, value, span, remedy in _measures(one, what):
        if not span.holds(value):
            evidence = f"{name}: {rule} {value:g}, {platform} takes {span}"
            yield Refusal(f"media_{rule}", evidence, remedy)
    if limit.alt_text is not None and len(one.alt_text) > limit.alt_text:
        evidence = f"{name}: description of {len(one.alt_text)} characters of {limit.alt_text}"
        yield Refusal("alt_text", evidence, "shorten the description")


def _measures(one: Attachment, what: FileLimit) -> Iterator[tuple[str, float, Span, str]]:
    yield "bytes", one.bytes, what.bytes, "make the file smaller or larger"
    yield "ratio", one.width / one.height, what.ratio, "crop it"
    yield "width", one.width, what.width, "scale it"
    yield "height", one.height, what.height, "scale it"
    yield "pixels", one.width * one.height, what.pixels, "scale it down"
    if one.seconds is not None:
        yield "seconds", one.seconds, what.seconds, "cut it, or make it longer"
    if one.fps is not None:
        yield "fps", round(one.fps), what.fps, "export it with 30 frames a second"


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"
