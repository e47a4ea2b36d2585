"""Pictures that look like others: somebody's known work, or what the brand showed a while ago."""

from domain.compliance import ComplianceCheck
from domain.media import MediaAsset
from domain.rules.context import Draft, blocked, held, listed, passed

_A_COPY = 30
"""Bits of 256. Scaled, pressed and brightened copies of our cards differ in 12 at most, cards with
other words on the same ground in 52 at least."""
_STRUCTURE = 16
"""Fewer bits than this that differ from the rest are noise on a flat ground."""
_DRAWN = ("card", "clip")
"""Cards show their fact, and when a fact may be said again is the plan's matter."""


def are_copies(one: str, other: str) -> bool:
    """Whether two perceptual hashes are of the same picture, as far as they can tell.

    Pictures in one colour all have the same hash, so it tells nothing of them.
    """
    if _is_flat(one) or _is_flat(other):
        return False
    return (int(one, 16) ^ int(other, 16)).bit_count() <= _A_COPY


def _is_flat(likeness: str) -> bool:
    """Whether the picture has no structure that a hash could hold: nearly all bits are the same."""
    ones = int(likeness, 16).bit_count()
    return min(ones, 4 * len(likeness) - ones) < _STRUCTURE


def known_works(draft: Draft) -> ComplianceCheck:
    """No picture looks like a work of `terms.works`: a competitor's, an artist's."""
    works = draft.brand.terms.works
    found = [
        work.title
        for _, likeness in _looks(draft.media)
        for work in works
        if are_copies(likeness, work.likeness)
    ]
    if found:
        return blocked(
            "known_works",
            evidence=f"a picture looks like {listed(found)}",
            remedy="take another picture; where you hold a licence, take the work out of "
            "terms.works of the brand file",
        )
    return passed("known_works", f"{len(draft.media)} media, {len(works)} works")


def repeated_picture(draft: Draft) -> ComplianceCheck:
    """No picture or clip that was brought or ordered is shown twice within the plan's window."""
    found = [
        post_id
        for asset, likeness in _looks(draft.media)
        if asset.made_by not in _DRAWN
        for post_id, earlier in draft.shown_lately
        if are_copies(likeness, earlier)
    ]
    if found:
        return held(
            "repeated_picture",
            evidence=f"the picture of {listed(found)} is shown again",
            remedy="take another picture, or approve it if the repetition is meant",
        )
    return passed("repeated_picture", f"{len(draft.shown_lately)} shown lately")


def _looks(media: tuple[MediaAsset, ...]) -> list[tuple[MediaAsset, str]]:
    return [(asset, asset.likeness) for asset in media if asset.likeness is not None]
