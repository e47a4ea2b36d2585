"""What a platform would refuse, told before the send, by name and with the remedy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.deliveries import DeliveryKind, Payload, full_text
from domain.links import inside_links
from domain.media import Attachment
from domain.media_limits import FileLimit, MediaLimit, Span
from domain.platforms import Platform
from domain.plugins import media_limit, text_limit
from domain.text import length_for


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that would be refused: which rule, what was found, what to do."""

    rule: str
    evidence: str
    remedy: str


def refusals(
    platform: Platform, payload: Payload, *, kind: DeliveryKind = DeliveryKind.POST
) -> tuple[Refusal, ...]:
    """Everything about a payload that its platform would refuse; empty where it can go out.

    What only the platform knows (the account's quota, whether the app is still in review) is not
    in here: the adapter asks for it.
    """
    if kind in (DeliveryKind.HIDE, DeliveryKind.DELETE):
        return ()
    found = [*_text(platform, payload, kind), *media_refusals(platform, payload.media)]
    if kind is DeliveryKind.POST and not payload.media and not text_limit(platform).text_only:
        remedy = "add a picture or clip, or leave the platform out"
        found.append(Refusal("media_where_needed", f"{platform} has no text-only posts", remedy))
    return tuple(found)


def _text(platform: Platform, payload: Payload, kind: DeliveryKind) -> Iterator[Refusal]:
    text = full_text(payload)
    count = length_for(platform, text, is_comment=kind is DeliveryKind.REPLY)
    if not count.fits:
        evidence = f"{count.used} of at most {count.limit} ({count.unit})"
        yield Refusal("length", evidence, f"shorten the text by {count.used - count.limit}")
    if not text.strip() and not payload.media:
        yield Refusal("not_empty", "neither text nor media", "write at least one sentence")
    for link in inside_links(text, [payload.link] if payload.link else []):
        evidence = f"{link} leads into your own network"
        yield Refusal("link", evidence, "give an address that everybody can open")


def media_refusals(platform: Platform, media: Sequence[Attachment]) -> Iterator[Refusal]:
    """What a platform would refuse about the files of a post."""
    limit = media_limit(platform)
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
