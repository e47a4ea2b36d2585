"""Transcoding: a clip from outside as the H.264 and AAC that a platform takes."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.video.stream import VideoStream

from content.media.sound import BITS, RATE, add_track, silence, write_sound
from domain.errors import InputError
from domain.media_limits import FileLimit, Span

QUALITY = "21"
LONGEST_SIDE = 1920
"""Pixels; more than that nobody sees on a telephone."""
FPS = Fraction(30)
_TURNS = {90: "cclock", -270: "cclock", -90: "clock", 270: "clock"}
"""How `transpose` calls a turn; FFmpeg counts the degrees against the clock."""


def transcode(source: Path, target: Path, limit: FileLimit, *, name: str) -> None:
    """Write the clip upright as an MP4 that the limit allows, scaled and slowed where it must be.

    Length and proportions are the author's: what is too long or too wide is told, not cut.

    Raises:
        InputError: it is broken, or no scaling and coding makes it fit.
    """
    try:
        with av.open(str(source)) as clip:
            video = _film_of(clip, limit, name)
            seconds = float((clip.duration or 0) / av.time_base)
            _recode(clip, video, target, limit, rate=None)
        most = limit.bytes.most
        if most is not None and target.stat().st_size > most:
            rate = int(most * 8 * 0.92 / max(seconds, 0.1)) - BITS
            with av.open(str(source)) as clip:
                _recode(clip, clip.streams.video[0], target, limit, rate=max(rate, 100_000))
    except av.FFmpegError as exc:
        raise InputError(f"{name} cannot be decoded ({exc.strerror}); export it again") from exc


def fitted_size(width: int, height: int, limit: FileLimit) -> tuple[int, int]:
    """The even size, in the same proportions, that every bound of the limit allows."""
    most = (
        LONGEST_SIDE / max(width, height),
        _most(limit.width) / width,
        _most(limit.height) / height,
        (_most(limit.pixels) / (width * height)) ** 0.5,
    )
    least = ((limit.width.least or 0) / width, (limit.height.least or 0) / height)
    share = max(min(1.0, *most), *least)
    return max(2, int(width * share) // 2 * 2), max(2, int(height * share) // 2 * 2)


def _film_of(clip: InputContainer, limit: FileLimit, name: str) -> VideoStream:
    if not clip.streams.video or clip.duration is None:
        raise InputError(f"{name} holds no moving picture; export it again as MP4")
    video = clip.streams.video[0]
    seconds = clip.duration / av.time_base
    if not limit.seconds.holds(seconds):
        raise InputError(f"{name} lasts {seconds:.1f} s, allowed are {limit.seconds}; cut it")
    return video


def _recode(
    clip: InputContainer, video: VideoStream, target: Path, limit: FileLimit, *, rate: int | None
) -> None:
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        pictures = _upright(clip, video, limit)
        first = next(pictures, None)
        if first is None:
            raise InputError("there is no picture in it that can be shown; export it again")
        fps = _fps(video, limit)
        stream = out.add_stream("libx264", rate=fps, options=_coder(rate))
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, "yuv420p"
        if rate is not None:
            stream.bit_rate = rate
        track = add_track(out)
        count = 0
        for picture in chain([first], pictures):
            out.mux(stream.encode(picture))
            count += 1
        out.mux(stream.encode())
        if clip.streams.audio:
            _mux_sound(out, track, clip)
        else:
            write_sound(out, track, silence(float(count / fps)))


def _coder(rate: int | None) -> dict[str, str]:
    return {"preset": "veryfast"} | ({"crf": QUALITY} if rate is None else {"maxrate": str(rate)})


def _upright(clip: InputContainer, video: VideoStream, limit: FileLimit) -> Iterator[av.VideoFrame]:
    """The pictures turned upright, scaled, at an even rate."""
    graph: Graph | None = None
    rate = _fps(video, limit)
    video.thread_type = "AUTO"
    for frame in clip.decode(video):
        if graph is None:
            graph = _graph(video, frame, limit, rate)
        graph.vpush(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.vpush(None)
        yield from _pulled(graph)


def _graph(video: VideoStream, first: av.VideoFrame, limit: FileLimit, rate: Fraction) -> Graph:
    turned = round(first.rotation) % 180 != 0
    size = (first.height, first.width) if turned else (first.width, first.height)
    width, height = fitted_size(*size, limit)
    graph = Graph()
    steps = [graph.add_buffer(template=video)]
    if turned:
        steps.append(graph.add("transpose", _TURNS[round(first.rotation)]))
    elif round(first.rotation) % 360:
        steps += [graph.add("hflip"), graph.add("vflip")]
    steps += [
        graph.add("scale", f"{width}:{height}:flags=bicubic"),
        graph.add("setsar", "1"),
        graph.add("fps", str(rate)),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    for before, after in pairwise(steps):
        before.link_to(after)
    graph.configure()
    return graph


def _pulled(graph: Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            frame = graph.vpull()
        except (BlockingIOError, EOFError):
            return
        frame.pict_type = 0
        yield frame


def _fps(video: VideoStream, limit: FileLimit) -> Fraction:
    own = Fraction(video.average_rate or FPS).limit_denominator(1001)
    if limit.fps.holds(round(own)) and own <= 60:
        return own
    return FPS


def _mux_sound(out: OutputContainer, track: AudioStream, clip: InputContainer) -> None:
    clip.seek(0)
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    for frame in chain(clip.decode(audio=0), [None]):
        for part in resampler.resample(frame):
            out.mux(track.encode(part))
    out.mux(track.encode())


def _most(span: Span) -> float:
    return float("inf") if span.most is None else span.most
