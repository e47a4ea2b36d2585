"""The content benchmark: a thousand posts led through the content path; a clip against PyAV.

The writer answers at once and gives back the facts of its order, so that what is measured is ours:
the plan, the orders, the router, the drafts, all rules, the ledger, the pictures with their
variants, the batch.
"""

import resource
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

from cli.bench_content_path import Night, Walked, lay_brands, walk
from cli.bench_folder import bench_folder
from cli.bench_machine import in_words, machine
from domain.brand import Brand
from domain.platforms import Platform
from domain.writing import Brief, Written, WrittenVariant
from runtime.settings import CHECKOUT

GUIDE_TEXT, GUIDE_PICTURES, GUIDE_CLIP = 15.0, 250.0, 1.3
"""Most milliseconds for a draft and for the pictures of a post; a clip over bare PyAV."""
_SEEN = (Platform.X, Platform.INSTAGRAM, Platform.LINKEDIN)
_PICTURE_SETS = 40
"""At most; not more than posts."""


@dataclass
class Stub:
    """A writer that answers at once, with the facts of the order in two turns of phrase."""

    name: str = "stub"
    asked: int = 0
    model: str = ""
    _openings: tuple[str, ...] = field(default=("Worth knowing.", "Read this twice."), repr=False)

    def estimate_cents(self, brief: Brief, *, brand: Brand) -> float:  # noqa: ARG002
        """It costs nothing."""
        return 0.0

    def write(self, brief: Brief, *, brand: Brand, seed: int, timeout: float) -> Written:  # noqa: ARG002
        """Two variants of the order."""
        self.asked += 1
        variants = tuple(
            WrittenVariant(text=f"{opening} {fact.text}", difference=opening)
            for opening, fact in zip(self._openings, [*brief.facts, *brief.facts], strict=False)
        )
        return Written(variants=variants, writer=self.name)


def bench_generate(*, posts: int = 1000, seconds: float = 10, rounds: int = 3) -> dict[str, Any]:
    """CPU time of the content path, of picture sets, and of a clip beside a bare encoder.

    Returns:
        `text_ms` (CPU of one core per draft for all steps of the path but `media`), `path_cpu_ms`
        by step and `path_counts` of what went through, `pictures_ms` (CPU per set of one post),
        `picture_sets` drawn one by one, `clip_ratio` (ours over bare PyAV for the same frames and
        sound, of the worst shape) with `clip_ratios` and `clip_cpu_by_shape` of each and both
        sides' seconds of the tall one, `memory_mb`, and the machine.
    """
    from storage.brand_files import load_brands

    brands = list(load_brands(CHECKOUT / "brands").values())
    walked = _path(posts)
    with bench_folder() as folder:
        sets = _picture_sets(brands, folder, min(posts, _PICTURE_SETS))
    drafts = walked.counts["drafts"]
    shapes = {name: _clips(brands[0], size, seconds, rounds) for name, size in _shapes().items()}
    ratios = {name: _ratio(ours, bare) for name, (ours, bare) in shapes.items()}
    ours, bare = shapes["tall"]
    return {
        "benchmark": "generate",
        "posts": posts,
        "drafts": drafts,
        "text_ms": round(1000 * walked.text_seconds / drafts, 2),
        "guide_text_ms": GUIDE_TEXT,
        "picture_sets": len(sets),
        "pictures_ms": round(1000 * statistics.median(sets), 1),
        "pictures_ms_worst": round(1000 * max(sets), 1),
        "guide_pictures_ms": GUIDE_PICTURES,
        "clip_seconds": seconds,
        "clip_ratio": max(ratios.values()),
        "clip_ratios": ratios,
        "clip_cpu_by_shape": {
            name: round(statistics.median(spent), 2) for name, (spent, _) in shapes.items()
        },
        "clip_cpu_seconds": round(statistics.median(ours), 2),
        "bare_cpu_seconds": round(statistics.median(bare), 2),
        "guide_clip_ratio": GUIDE_CLIP,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        **walked.figures(),
    } | machine()


def in_a_line(figures: dict[str, Any]) -> str:
    """What a person reads."""
    return (
        f"generate  {figures['path_counts']['decided']:,} posts from plan to batch, "
        f"{figures['text_ms']} ms a draft (guide {GUIDE_TEXT:g}), "
        f"{figures['pictures_ms']} ms a picture set (guide {GUIDE_PICTURES:g}), a clip at "
        f"{figures['clip_ratio']} times bare PyAV (guide {GUIDE_CLIP:g}); {in_words(figures)}"
    )


def _path(posts: int) -> Walked:
    """The path of so many posts.

    What a process does once, such as reading its dictionaries, is done before for a post of each
    brand of the examples: it is no draft's.
    """
    from storage.ledger.database import Ledger

    walked = Walked()
    for count in (4, posts):
        brands, days = lay_brands(count)
        with bench_folder() as folder:
            ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}", clock=Night())
            ledger.upgrade()
            walked = walk(ledger, folder, brands=brands, days=days, writer=Stub())
            ledger.close()
    return walked


def _picture_sets(brands: Sequence[Brand], folder: Path, count: int) -> list[float]:
    """CPU seconds of each post's picture in all the shapes that its platforms want."""
    from content.media.direction import visual_of
    from content.media.pictures import Studio
    from storage.blobs import Blobs

    blobs, spent = Blobs(folder / "media"), []
    for brand in brands:
        studio = Studio(brand, blobs)
        for fact in brand.facts[: count // len(brands)]:
            language = brand.voice.language
            visual = visual_of(fact.text, [fact], language=language, topic=fact.topic)
            start = process_time()
            studio.pictures(visual, _SEEN)
            spent.append(process_time() - start)
    return spent


def _shapes() -> dict[str, tuple[int, int]]:
    from content.media.cards import HD, SQUARE, TALL

    return {"tall": TALL, "square": SQUARE, "wide": HD}


def _ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    return round(statistics.median(ours) / statistics.median(bare), 2)


def _clips(
    brand: Brand, size: tuple[int, int], seconds: float, rounds: int
) -> tuple[list[float], list[float]]:
    """CPU seconds of our clips, and of PyAV coding the very same frames, by turns."""
    from content.media.clips import render_clip
    from content.media.grounds import look_of
    from domain.visuals import Scene, Slide, Storyboard

    facts = brand.facts[:4]
    scenes = tuple(
        Scene(slide=Slide(headline=fact.text, kicker=fact.topic), seconds=seconds / len(facts))
        for fact in facts
    )
    board, look = Storyboard(language=brand.voice.language, scenes=scenes), look_of(brand)
    ours, bare = [], []
    for _ in range(rounds):
        start = process_time()
        render_clip(board, look=look, title=brand.title, size=size)
        ours.append(process_time() - start)
        bare.append(_bare(board, look, brand.title, size))
    return ours, bare


def _bare(board: Any, look: Any, title: str, size: tuple[int, int]) -> float:
    """CPU seconds of a loop that gives arrays to PyAV's coders: the same frames, a silent track."""
    import av
    import numpy as np

    from content.media.cards import backdrop
    from content.media.clips import CODER, FPS, THREADS, shots_of
    from content.media.motion import frames
    from content.media.sound import BITS, RATE

    shots = shots_of(board, look=look, title=title, size=size)
    drawn = [*frames(backdrop(look, title=title, size=size), shots, fps=FPS)]
    planes = {key: frame.to_ndarray() for key, frame in {id(one): one for one in drawn}.items()}
    quiet = np.zeros((2, 1024), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        start = process_time()
        with av.open(f"{folder}/bare.mp4", "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=FPS, options=CODER)
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            stream.thread_count = THREADS
            sound = container.add_stream("aac", rate=RATE, layout="stereo", bit_rate=BITS)
            for frame in drawn:
                picture = av.VideoFrame.from_ndarray(planes[id(frame)], format="yuv420p")
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
            for _ in range(round(len(drawn) / FPS * RATE / 1024)):
                heard = av.AudioFrame.from_ndarray(quiet, format="fltp", layout="stereo")
                heard.sample_rate = RATE
                container.mux(sound.encode(heard))
            container.mux(sound.encode())
        return process_time() - start
