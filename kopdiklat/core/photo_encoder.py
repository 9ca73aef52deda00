"""Decode one photo and write it again as a small JPEG without metadata.

Runs as a program of its own with limits on time and memory, so that a file made to break a decoder
breaks only this: photo on standard input, JPEG on standard output, `width height` on standard
error. Exit status 3 names what is too much, in words that `images.py` knows. Imports Pillow only.
"""

import io
import sys
import warnings

from PIL import Image, ImageOps

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MAX_PIXELS = 40_000_000
MAX_BYTES = 400_000
MAX_SCANS = 30  # a progressive JPEG of a camera has some ten; each scan costs a pass over the image
EDGES = (1920, 1600, 1280, 1024, 800)  # px, longest side
QUALITIES = (82, 74, 66, 58)
CPU_SECONDS, MEMORY_BYTES = 20, 1_000_000_000
START_OF_SCAN = b"\xff\xda"


class TooMuch(Exception):
    """pixels, scans or detail."""


def encode(content: bytes, kind: str) -> tuple[bytes, int, int]:
    """
    :param kind: JPEG, PNG or WEBP, as the first bytes say
    :return: JPEG of at most MAX_BYTES, its width and height
    :raises TooMuch: more than MAX_PIXELS or MAX_SCANS, or no step makes it small enough
    """
    if kind == "JPEG" and content.count(START_OF_SCAN) > MAX_SCANS:
        raise TooMuch("scans")
    image = _small(_open(content, kind))
    return _fit(image)


def _open(content: bytes, kind: str) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(content), formats=[kind])
    except Image.DecompressionBombError:
        raise TooMuch("pixels") from None
    if image.width * image.height > MAX_PIXELS:
        raise TooMuch("pixels")
    image.draft("RGB", (EDGES[0], EDGES[0]))  # a JPEG is decoded at half or a quarter of its size
    return image


def _small(image: Image.Image) -> Image.Image:
    """Upright, on white, at most the largest edge, and nothing but pixels."""
    upright = image.getexif().get(0x0112, 1)
    image.load()
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = _shrunk(image.convert("RGBA"))
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    else:
        image = _shrunk(image.convert("RGB"))
    clean = Image.new("RGB", image.size)
    clean.paste(image)
    clean.getexif()[0x0112] = upright
    return ImageOps.exif_transpose(clean)


def _shrunk(image: Image.Image) -> Image.Image:
    """Whole steps first, by averaging: many times quicker than one fine resize of 40 megapixels."""
    step = max(image.size) // EDGES[0]
    if step > 1:
        image = image.reduce(step)
    image.thumbnail((EDGES[0], EDGES[0]), Image.Resampling.LANCZOS)
    return image


def _fit(image: Image.Image) -> tuple[bytes, int, int]:
    for edge in EDGES:
        image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        for quality in QUALITIES:
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=quality, optimize=True, exif=b"", comment=b"")
            if buffer.tell() <= MAX_BYTES:
                return buffer.getvalue(), image.width, image.height
    raise TooMuch("detail")


def _limit() -> None:
    if resource is None:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main(kind: str) -> int:
    _limit()
    try:
        jpeg, width, height = encode(sys.stdin.buffer.read(), kind)
    except TooMuch as found:
        sys.stderr.write(str(found))
        return 3
    except Exception as failure:  # whatever a decoder stumbles over: the file is no photo to us
        sys.stderr.write(type(failure).__name__)
        return 4
    sys.stdout.buffer.write(jpeg)
    sys.stderr.write(f"{width} {height}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
