"""A file from outside, as it comes out of the confined process."""

from dataclasses import dataclass

from domain.media import MediaFile


@dataclass(frozen=True, slots=True)
class Received:
    """A file from outside as it may be kept, and what was made of it for a platform.

    Attributes:
        file: what it measures, `content` being it without its metadata.
        likeness: its perceptual hash; None for a clip.
        made: another form of a picture, which its platform wants, and `made_file` its measures.
    """

    file: MediaFile
    content: bytes
    likeness: str | None = None
    made: bytes | None = None
    made_file: MediaFile | None = None
