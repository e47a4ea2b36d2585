"""Pictures and clips of a post: drawn once for each shape, with a variant for every platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Protocol

from PIL import Image, ImageOps

from content.media.cards import HD, PORTRAIT, SQUARE, TALL, WIDE, render_card
from content.media.clips import FPS, render_clip
from content.media.confinement import open_confined
from content.media.footage import developed
from content.media.grounds import Size, look_of
from content.media.likeness import likeness_of
from content.media.makers.base import Made
from content.media.quality import pressed
from domain.brand import Brand
from domain.media import MediaAsset, MediaFile, MediaVariant
from domain.platforms import Platform
from domain.plugins import media_limit
from domain.visuals import Storyboard, VisualBrief

SHAPES: dict[Platform, Size] = {Platform.X: WIDE, Platform.MASTODON: WIDE, Platform.TIKTOK: TALL}
"""What a platform shows uncropped in its feed; the others show 4:5."""
CLIP_SHAPES: dict[Platform, Size] = {
    Platform.TIKTOK: TALL, Platform.INSTAGRAM: TALL,
    Platform.X: HD, Platform.BLUESKY: HD, Platform.MASTODON: HD,
}  # fmt: skip
"""How a platform shows a clip in full; the others, Facebook and LinkedIn first, show squares."""
THUMBNAIL = 480
"""Pixels of a thumbnail's longer side."""


class Store(Protocol):
    """Where files are kept by their SHA-256. Both raise StoreError where that fails."""

    def put(self, content: bytes) -> str:
        """Keep a file and return its hash."""

    def read(self, sha256: str) -> bytes:
        """The file of that hash."""


@dataclass(frozen=True, slots=True)
class _Film:
    """One rendering of a storyboard, and what was kept beside it."""

    file: MediaFile
    likeness: str
    thumbnail: str
    captions: str


class Studio:
    """Draws for one brand; what was drawn before is not drawn again."""

    def __init__(self, brand: Brand, store: Store) -> None:
        self._brand = brand
        self._look = look_of(brand)
        self._store = store
        self._pictures = lru_cache(maxsize=256)(self._draw)
        self._films = lru_cache(maxsize=256)(self._film)

    def pictures(
        self, visual: VisualBrief, platforms: Sequence[Platform]
    ) -> tuple[MediaAsset, ...]:
        """One asset per slide, each with a variant for every platform.

        Raises:
            InputError: no font has some of the signs.
            StoreError: the disk refuses.
        """
        return self._pictures(visual, tuple(sorted(platforms)))

    def cards(
        self,
        visual: VisualBrief,
        platforms: Sequence[Platform],
        *,
        pages: VisualBrief,
        paged: Sequence[Platform],
    ) -> tuple[MediaAsset, ...]:
        """One card for the platforms, and the carousel `pages` for those of them that are `paged`.

        What has several slides by itself is a carousel everywhere.

        Raises:
            InputError: no font has some of the signs.
            StoreError: the disk refuses.
        """
        if not paged or len(visual.slides) > 1:
            return self.pictures(visual, platforms)
        rest = [platform for platform in platforms if platform not in paged]
        return (*(self.pictures(visual, rest) if rest else ()), *self.pictures(pages, paged))

    def clip(self, storyboard: Storyboard, platforms: Sequence[Platform]) -> MediaAsset:
        """The clip of a storyboard, rendered once in each shape that the platforms want.

        Raises:
            InputError: no font has some of the signs, or the music cannot be read.
            StoreError: the disk refuses, or the music is not in the store.
        """
        where = tuple(sorted(platforms))
        films = {size: self._films(storyboard, size) for size in map(clip_shape, where)}
        shown = films[TALL] if TALL in films else next(iter(films.values()))
        return MediaAsset(
            **_fields(shown.file),
            id=shown.file.sha256[:16],
            kind="video",
            alt_text=" ".join(scene.slide.words for scene in storyboard.scenes),
            made_by="clip",
            platforms=where,
            likeness=shown.likeness,
            thumbnail=shown.thumbnail,
            captions=shown.captions,
            music=storyboard.music,
            variants=tuple(
                MediaVariant(**_fields(films[clip_shape(one)].file), platform=one) for one in where
            ),
        )

    def painting(
        self, made: Made, platforms: Sequence[Platform], *, alt: str, prompt_sha256: str
    ) -> MediaAsset:
        """A picture that a model made, cut to the shape of every platform, and who made it.

        Raises:
            InputError: it cannot be opened.
            StoreError: the disk refuses.
        """
        image = open_confined(made.content, name=f"the picture of {made.made_by}")
        shapes = dict.fromkeys(SHAPES.get(platform, PORTRAIT) for platform in platforms)
        cut = {size: ImageOps.fit(image, size, Image.Resampling.LANCZOS) for size in shapes}
        return self._asset(
            cut, tuple(sorted(platforms)), alt=alt, made_by=made.made_by, prompt=prompt_sha256
        )

    def footage(
        self, made: Made, platforms: Sequence[Platform], *, alt: str, prompt_sha256: str
    ) -> MediaAsset:
        """A clip that a model made, coded anew, and who made it.

        Raises:
            InputError: it cannot be shown where it is meant for.
            StoreError: the disk refuses.
        """
        content, file, poster = developed(made.content, name=f"the clip of {made.made_by}")
        self._store.put(content)
        return MediaAsset(
            **_fields(file),
            id=file.sha256[:16],
            kind="video",
            alt_text=alt,
            made_by=made.made_by,
            platforms=tuple(sorted(platforms)),
            likeness=likeness_of(poster),
            thumbnail=self._store.put(thumbnail_of(poster)),
            prompt_sha256=prompt_sha256,
        )

    def _draw(self, visual: VisualBrief, platforms: tuple[Platform, ...]) -> tuple[MediaAsset, ...]:
        count = len(visual.slides)
        return tuple(
            self._slide(visual, at, f"{at + 1}/{count}" if count > 1 else "", platforms)
            for at in range(count)
        )

    def _slide(
        self, visual: VisualBrief, at: int, place: str, platforms: tuple[Platform, ...]
    ) -> MediaAsset:
        slide = visual.slides[at]
        look = self._look.on_accent if visual.on_accent else self._look
        shapes = dict.fromkeys(SHAPES.get(platform, PORTRAIT) for platform in platforms)
        drawn = {
            size: render_card(
                slide, look=look, title=self._brand.title, size=size, place=place,
                language=visual.language,
            )
            for size in shapes
        }  # fmt: skip
        return self._asset(drawn, platforms, alt=slide.words, made_by="card")

    def _asset(
        self,
        drawn: Mapping[Size, Image.Image],
        platforms: tuple[Platform, ...],
        *,
        alt: str,
        made_by: str,
        prompt: str | None = None,
    ) -> MediaAsset:
        files = {size: self._kept(drawn[size], size, platforms) for size in drawn}
        shown = PORTRAIT if PORTRAIT in drawn else next(iter(drawn))
        return MediaAsset(
            **_fields(files[shown]),
            id=files[shown].sha256[:16],
            kind="image",
            alt_text=alt,
            made_by=made_by,
            platforms=platforms,
            likeness=likeness_of(drawn[shown]),
            thumbnail=self._store.put(thumbnail_of(drawn[shown])),
            prompt_sha256=prompt,
            variants=tuple(
                MediaVariant(**_fields(files[SHAPES.get(p, PORTRAIT)]), platform=p)
                for p in platforms
            ),
        )

    def _film(self, storyboard: Storyboard, size: Size) -> _Film:
        music = self._store.read(storyboard.music) if storyboard.music else None
        clip = render_clip(
            storyboard, look=self._look, title=self._brand.title, size=size, music=music
        )
        wide, tall = size
        file = MediaFile(
            sha256=self._store.put(clip.content),
            mime_type="video/mp4",
            bytes=len(clip.content),
            width=wide,
            height=tall,
            seconds=storyboard.seconds,
            codec="h264",
            fps=FPS,
        )
        return _Film(
            file,
            likeness=likeness_of(clip.poster),
            thumbnail=self._store.put(thumbnail_of(clip.poster)),
            captions=self._store.put(clip.captions.encode()),
        )

    def _kept(self, image: Image.Image, size: Size, platforms: Sequence[Platform]) -> MediaFile:
        """The picture pressed as every platform of its shape takes it, and stored."""
        here = [platform for platform in platforms if SHAPES.get(platform, PORTRAIT) == size]
        most = min(media_limit(platform).picture.bytes.most or inf for platform in here)
        content = pressed(image, most_bytes=most, name="a picture")
        return MediaFile(
            sha256=self._store.put(content),
            mime_type="image/jpeg",
            bytes=len(content),
            width=image.width,
            height=image.height,
        )


def clip_shape(platform: Platform) -> Size:
    """Width and height of our clips on a platform."""
    return CLIP_SHAPES.get(platform, SQUARE)


def is_upright(platform: Platform) -> bool:
    """Whether clips are watched upright there, as models make them."""
    return clip_shape(platform) == TALL


def thumbnail_of(image: Image.Image) -> bytes:
    """A small JPEG of a picture, for galleries."""
    small = image.convert("RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS, reducing_gap=1.0)
    return pressed(small)


def _fields(file: MediaFile) -> dict[str, object]:
    return {name: getattr(file, name) for name in MediaFile.model_fields}
