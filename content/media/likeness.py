"""Whether two pictures are one: a hash that scaled, pressed or recoloured copies share."""

import imagehash
from PIL import Image

_DETAIL = 16


def likeness_of(image: Image.Image) -> str:
    """The perceptual hash of a picture: scaled, pressed or recoloured copies get nearly the same.

    pHash, see Zauner: Implementation and benchmarking of perceptual image hash functions (2010).
    """
    small = image.convert("L").resize((256, 256), Image.Resampling.BOX)
    return str(imagehash.phash(small, hash_size=_DETAIL))
