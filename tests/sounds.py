"""Sound files that tests make, and how loud what came of them is."""

import io
import math
import wave

import av
import numpy as np


def tone(seconds, height=9000):
    """A WAV file with one note; `height` is how far it swings, of 32,767."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22_050)
        steps = range(round(seconds * 22_050))
        file.writeframes(
            b"".join(
                int(height * math.sin(n / 8)).to_bytes(2, "little", signed=True) for n in steps
            )
        )
    return out.getvalue()


def loudness(content):
    """How loud each seventh of a clip is."""
    with av.open(io.BytesIO(content)) as container:
        sound = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
    return [float(np.abs(part).mean()) for part in np.array_split(sound[0], 7)]
