"""Decode one photo and write it again as a small JPEG without metadata.

Runs as a program of its own with limits on time and memory, so that a file made to break a decoder
breaks only this: photo on standard input, JPEG on standard output, `width height` on standard
error. Exit status 3: more than the limits allow. Imports Pillow only.
"""

import io
import sys
import warnings

from PIL import Image, ImageOps

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MEMORY_BYTES = 512_000_000
CPU_SECONDS = 20
# What fits into that memory. A JPEG is decoded at a half, a quarter or an eighth of its size, but
# for a progressive one all coefficients are held, up to 8 bytes per pixel. A PNG is held twice, at
# 4 bytes per pixel; a WebP five times, most of them by libwebp.
MAX_PIXELS = {"JPEG": 120_000_000, "PNG": 40_000_000, "WEBP": 20_000_000}
MAX_PROGRESSIVE_PIXELS = 52_000_000
MAX_SCANS = 30  # a progressive JPEG of a camera has some ten; each scan costs a pass over the image
MAX_BYTES = 400_000
EDGES = (1920, 1600, 1280, 1024, 800)  # px, longest side
QUALITIES = (82, 74, 66, 58)
ORIENTATION = 0x0112
START_OF_SCAN = b"\xff\xda"


class TooMuch(Exception):
    """pixels, scans, memory or detail."""


def encode(content: bytes, kind: str) -> tuple[bytes, int, int]:
    """
    :param kind: JPEG, PNG or WEBP, as the first bytes say
    :return: JPEG of at most MAX_BYTES, its width and height
    :raises TooMuch: more pixels, scans or memory than the limits, or no step makes it small enough
    """
    if kind == "JPEG" and content.count(START_OF_SCAN) > MAX_SCANS:
        raise TooMuch("scans")
    try:
        return _fit(_small(_open(content, kind)))
    except MemoryError:
        raise TooMuch("memory") from None


def _open(content: bytes, kind: str) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS[kind] // 2  # Pillow warns above it, refuses above double
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(content), formats=[kind])
    except Image.DecompressionBombError:
        raise TooMuch("pixels") from None
    if "progressive" in image.info and image.width * image.height > MAX_PROGRESSIVE_PIXELS:
        raise TooMuch("pixels")
    return image


def _small(image: Image.Image) -> Image.Image:
    """Upright, on white, at most the largest edge, and nothing but pixels."""
    upright = image.getexif().get(ORIENTATION, 1)
    if image.mode not in ("L", "RGB", "RGBA", "CMYK") or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    _shrink(image)
    clean = Image.new("RGB", image.size, "white")
    if image.mode == "RGBA":
        clean.paste(image, mask=image.getchannel("A"))
    else:
        clean.paste(image.convert("RGB"))
    clean.getexif()[ORIENTATION] = upright
    return ImageOps.exif_transpose(clean)


def _shrink(image: Image.Image) -> None:
    """Whole steps first: a JPEG already while it is decoded, the others by averaging."""
    steps = max(1, max(image.size) // EDGES[0])
    image.draft(None, (max(1, image.width // steps), max(1, image.height // steps)))
    image.thumbnail((EDGES[0], EDGES[0]), Image.Resampling.LANCZOS)


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
