"""Sound: the track of a clip, silent or with music of the brand's own."""

import io
from collections.abc import Iterator
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
MOST_BYTES = 20_000_000
SHORTEST, LONGEST = 1.0, 600.0
"""Seconds of a sound file; a shorter one would stammer, and no clip is as long as a longer one."""
LEVEL, PEAK = 10 ** (-18 / 20), 10 ** (-1 / 20)
"""How loud music is made (mean of squares, its pauses left out), and what no sample goes beyond."""
_QUIET = 10 ** (-60 / 20)
_HEARD_OUT = 60.0
"""Seconds that are decoded to look at a file; of the rest only the packets are counted."""
_SEAM = 0.02
_BLOCK = RATE // 10
_CODED_AT_ONCE = 1024
_KINDS = {"format_whitelist": "mp3,wav,flac,ogg,mov,aac,aiff,w64"}
"""No lists of other files, which would be opened too."""
_REMEDY = "export it as MP3 or WAV"

Samples = NDArray[np.float32]
"""Two rows, left and right."""


def add_track(container: OutputContainer) -> AudioStream:
    """The second stream of a file: stereo AAC."""
    return container.add_stream("aac", rate=RATE, layout="stereo", bit_rate=BITS)


def silence(seconds: float) -> Samples:
    """Nothing to be heard: some platforms refuse clips without a track."""
    return np.zeros((2, round(seconds * RATE)), dtype=np.float32)


def check_music(music: bytes) -> float:
    """The seconds of a sound file that our clips can use.

    Raises:
        InputError: it is broken or too large, holds no sound, is too short or too long.
    """
    if len(music) > MOST_BYTES:
        size = f"{len(music) / 1e6:.1f} MB, at most {MOST_BYTES / 1e6:.0f} are taken"
        raise InputError(f"the music has {size}; export it as MP3, or cut it")
    seconds, loudest = 0.0, 0.0
    resampler = _resampler()
    for packet in _packets(music):
        if packet.pts is not None and packet.time_base is not None:
            seconds = max(seconds, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        if seconds > LONGEST:
            raise InputError(f"the music is longer than {LONGEST:.0f} s; cut it")
        if seconds <= _HEARD_OUT:
            loudest = max(loudest, *(_loudest(part) for part in _samples(packet, resampler)), 0.0)
    if loudest < _QUIET:
        raise InputError(f"the music holds no sound in its first minute; {_REMEDY}")
    if seconds < SHORTEST:
        raise InputError(f"the music lasts {seconds:.2f} s, at least {SHORTEST:g} are needed")
    return seconds


def score(music: bytes, *, seconds: float) -> Samples:
    """A sound file as a clip of that length has it: cut or repeated, even in level, faded.

    Raises:
        InputError: it cannot be read, or holds no sound.
    """
    heard = _levelled(_of_length(music, round(seconds * RATE)))
    return heard * _slopes(heard.shape[1], FADE)


def write_sound(container: OutputContainer, track: AudioStream, sound: Samples) -> None:
    """Code the samples and write them to the track."""
    for start in range(0, sound.shape[1], _CODED_AT_ONCE):
        part = np.ascontiguousarray(sound[:, start : start + _CODED_AT_ONCE])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        container.mux(track.encode(frame))
    container.mux(track.encode())


def _packets(music: bytes) -> "Iterator[av.Packet[AudioStream]]":
    """The packets of a sound file, to be decoded while they come."""
    try:
        with av.open(io.BytesIO(music), options=_KINDS) as source:
            yield from source.demux(source.streams.audio[0])
    except (av.FFmpegError, IndexError) as exc:
        why = exc.strerror if isinstance(exc, av.FFmpegError) else "no sound is in it"
        raise InputError(f"the music cannot be read ({why}); {_REMEDY}") from exc


def _samples(packet: "av.Packet[AudioStream]", resampler: av.AudioResampler) -> list[Samples]:
    try:
        frames = packet.decode()
    except av.FFmpegError as exc:
        raise InputError(f"the music is broken ({exc.strerror}); {_REMEDY}") from exc
    return [part.to_ndarray() for frame in frames for part in resampler.resample(frame)]


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="fltp", layout="stereo", rate=RATE)


def _loudest(part: Samples) -> float:
    return float(np.abs(part).max(initial=0.0))


def _of_length(music: bytes, samples: int) -> Samples:
    """The first so many samples; what is shorter begins anew, softly where it is joined."""
    parts, resampler = [silence(0)], _resampler()
    for packet in _packets(music):
        parts += _samples(packet, resampler)
        if sum(each.shape[1] for each in parts) >= samples:
            break
    whole = np.concatenate(parts, axis=1)
    if not whole.size:
        raise InputError(f"the music holds no sound; {_REMEDY}")
    if whole.shape[1] < samples:
        joined = whole * _slopes(whole.shape[1], _SEAM)
        whole = np.tile(joined, -(-samples // whole.shape[1]))
    return whole[:, :samples]


def _levelled(sound: Samples) -> Samples:
    """The sound as loud as `LEVEL`, or less where its peaks would go beyond `PEAK`."""
    starts = np.arange(0, sound.shape[1], _BLOCK)
    sizes = np.diff(np.append(starts, sound.shape[1]))
    powers = np.add.reduceat((sound.astype(np.float64) ** 2).mean(axis=0), starts) / sizes
    heard = powers > _QUIET**2
    if not heard.any():
        return sound
    wanted = LEVEL / float(np.sqrt(powers[heard].mean()))
    most = PEAK / _loudest(sound)
    return sound * np.float32(min(wanted, most))


def _slopes(samples: int, seconds: float) -> NDArray[np.float32]:
    """What a sound is multiplied with to come up at its begin and die away at its end."""
    length = min(round(seconds * RATE), samples // 2)
    slopes = np.ones(samples, dtype=np.float32)
    slopes[:length] = np.linspace(0, 1, length)
    slopes[samples - length :] = np.linspace(1, 0, length)
    return slopes
