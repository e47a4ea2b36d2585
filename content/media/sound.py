"""Sound: the track of a clip, silent or with music of the brand's own."""

import io
from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

from domain.errors import InputError

RATE = 48_000
BITS = 128_000
FADE = 0.5
"""Seconds in which music comes and goes."""
_CODED_AT_ONCE = 1024

Samples = NDArray[np.float32]
"""Two rows, left and right."""


def add_track(container: OutputContainer) -> AudioStream:
    """The second stream of a file: stereo AAC."""
    return container.add_stream("aac", rate=RATE, layout="stereo", bit_rate=BITS)


def silence(seconds: float) -> Samples:
    """Nothing to be heard: some platforms refuse clips without a track."""
    return np.zeros((2, round(seconds * RATE)), dtype=np.float32)


def listen(music: bytes, *, samples: int) -> Samples:
    """The first samples of a sound file.

    Raises:
        InputError: it cannot be read, or holds no sound.
    """
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    parts: list[Samples] = []
    try:
        with av.open(io.BytesIO(music)) as source:
            for frame in source.decode(audio=0):
                parts += [part.to_ndarray() for part in resampler.resample(frame)]
                if sum(part.shape[1] for part in parts) >= samples:
                    break
    except (av.FFmpegError, IndexError) as exc:
        raise InputError(f"the music cannot be read ({exc}); export it as MP3 or WAV") from exc
    if not parts:
        raise InputError("the music holds no sound; export it as MP3 or WAV")
    return np.concatenate(parts, axis=1)[:, :samples]


def faded(sound: Samples) -> Samples:
    """The sound, coming up at its begin and dying away at its end."""
    fade = min(round(FADE * RATE), sound.shape[1] // 2)
    slope = np.ones(sound.shape[1], dtype=np.float32)
    slope[:fade] = np.linspace(0, 1, fade)
    slope[len(slope) - fade :] = np.linspace(1, 0, fade)
    return sound * slope


def write_sound(container: OutputContainer, track: AudioStream, sound: Samples) -> None:
    """Code the samples and write them to the track."""
    for start in range(0, sound.shape[1], _CODED_AT_ONCE):
        part = np.ascontiguousarray(sound[:, start : start + _CODED_AT_ONCE])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        container.mux(track.encode(frame))
    container.mux(track.encode())
