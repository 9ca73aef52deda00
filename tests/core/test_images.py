"""Photos: what is refused, and what is left of a photo that is taken."""

import io
import struct
import subprocess
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from kopdiklat.core import images
from kopdiklat.core.images import PhotoRefused, read_photo


def encoded(image, kind="JPEG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(photo):
    return Image.open(io.BytesIO(photo.content))


def noise(width, height):
    return Image.merge("RGB", [Image.effect_noise((width, height), 60) for _ in range(3)])


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_claims(width, height):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 9_000_000))


def png_with_swollen_text():
    plain = encoded(Image.new("RGB", (8, 8)), "PNG")
    text = chunk(b"zTXt", b"k\0\0" + zlib.compress(b"a" * 300_000_000, 9))
    return plain[:33] + text + plain[33:]


def jpeg_of_many_scans():
    plain = encoded(Image.new("L", (6300, 6300), 128), progressive=True)
    scan = plain[plain.rfind(b"\xff\xda") : -2]
    return plain[:-2] + scan * 4000 + b"\xff\xd9"


def jpeg_in_three_scans(width, height):
    """One scan per colour, which makes a decoder hold the whole picture before it can shrink it."""
    grey = encoded(Image.new("L", (width, height), 128))
    frame, scan = grey.index(b"\xff\xc0"), grey.index(b"\xff\xda")
    colours = b"".join(bytes([n, 0x11, 0]) for n in (1, 2, 3))
    header = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + colours
    scans = b"".join(
        b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, n, 0, 0, 63, 0) + grey[scan + 10 : -2]
        for n in (1, 2, 3)
    )
    return grey[:frame] + header + grey[frame + 13 : scan] + scans + b"\xff\xd9"


def animated_webp(width, height):
    frames = [Image.new("RGBA", (width, height), (n, 90, 30, 128)) for n in (20, 200)]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], quality=1, method=0)


PHOTOS = {
    "jpeg of 12 megapixels": lambda: encoded(Image.new("RGB", (4_000, 3_000))),
    "jpeg of 48 megapixels": lambda: encoded(Image.new("RGB", (8_064, 6_048))),
    "jpeg of 50 megapixels in three scans": lambda: jpeg_in_three_scans(8_192, 6_144),
    "jpeg of 108 megapixels": lambda: encoded(Image.new("L", (12_000, 9_000))),
    "jpeg of a panorama": lambda: encoded(Image.new("RGB", (65_000, 800))),
    "png of 40 megapixels": lambda: encoded(Image.new("RGBA", (8_000, 5_000)), "PNG"),
    "webp of 20 megapixels": lambda: animated_webp(5_000, 4_000),
}
BOMBS = {
    "png of 900 megapixels": (lambda: png_that_claims(30_000, 30_000), images.TOO_LARGE),
    "png just above 40 megapixels": (lambda: png_that_claims(8_001, 5_000), images.TOO_LARGE),
    "jpeg above 120 megapixels": (
        lambda: encoded(Image.new("L", (12_001, 10_000))),
        images.TOO_LARGE,
    ),
    "progressive jpeg above 52 megapixels": (
        lambda: encoded(Image.new("L", (8_001, 6_500)), progressive=True),
        images.TOO_LARGE,
    ),
    "webp above 20 megapixels": (
        lambda: encoded(Image.new("RGB", (5_001, 4_000)), "WEBP", quality=1, method=0),
        images.TOO_LARGE,
    ),
    "animated webp above 20 megapixels": (lambda: animated_webp(5_001, 4_000), images.TOO_LARGE),
    "jpeg of many scans": (jpeg_of_many_scans, images.TOO_LARGE),
    "jpeg in scans too large to hold": (
        lambda: jpeg_in_three_scans(12_600, 9_450),
        images.UNREADABLE,
    ),
    "png with swollen text": (png_with_swollen_text, images.UNREADABLE),
    "truncated jpeg": (lambda: encoded(noise(400, 400))[:5_000], images.UNREADABLE),
    "jpeg in name only": (lambda: b"\xff\xd8\xff" + b"x" * 2_000, images.UNREADABLE),
}
STRANGERS = {
    "gif": (lambda: encoded(Image.new("P", (8, 8)), "GIF"), images.NOT_A_PHOTO),
    "no image": (lambda: b"%PDF-1.7 bukan foto", images.NOT_A_PHOTO),
    "page with a script": (lambda: b"<script>alert(1)</script>", images.NOT_A_PHOTO),
    "nothing": (lambda: b"", images.NOT_A_PHOTO),
    "more than 8 MB": (lambda: b"\xff\xd8\xff" + b"x" * 8_000_000, images.TOO_HEAVY),
}
# The largest memory of a child counts its parent's until the program is there: a small parent.
WATCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def peak_memory(content):
    """Bytes that the decoder holds at most, for this file."""
    decoder = [sys.executable, "-I", str(images.ENCODER), images.kind_of(content)]
    watcher = [sys.executable, "-I", "-c", WATCHER, *decoder]
    return int(subprocess.run(watcher, input=content, stdout=subprocess.PIPE, check=True).stdout)


@pytest.mark.parametrize("name", PHOTOS)
def test_read_photo_takes_what_cameras_make_within_512_mb(name):
    content = PHOTOS[name]()

    photo = read_photo(content)

    assert max(photo.width, photo.height) == 1920
    assert peak_memory(content) < 512_000_000


@pytest.mark.parametrize("name", BOMBS)
def test_read_photo_refuses_a_bomb_within_512_mb(name):
    make, sentence = BOMBS[name]
    content = make()

    with pytest.raises(PhotoRefused) as refusal:
        read_photo(content)

    assert refusal.value.sentence == sentence
    assert peak_memory(content) < 512_000_000


@pytest.mark.parametrize("name", STRANGERS)
def test_read_photo_refuses_what_is_no_photo(name):
    make, sentence = STRANGERS[name]

    with pytest.raises(PhotoRefused) as refusal:
        read_photo(make())

    assert refusal.value.sentence == sentence


def running_decoders():
    """How many decoders this machine runs for this process now."""
    mine = Path("/proc/self/task").glob("*/children")
    found = [child for children in mine for child in children.read_text().split()]
    return sum(str(images.ENCODER) in command_of(child) for child in found)


def command_of(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:  # it is gone
        return ""


def test_read_photo_decodes_one_photo_at_a_time():
    content, seen, done = encoded(noise(1600, 1200)), set(), threading.Event()

    def watch():
        while not done.wait(0.005):
            seen.add(running_decoders())

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(4) as four:
        photos = list(four.map(read_photo, [content] * 4))
    done.set()
    watcher.join()

    assert len(photos) == 4
    assert max(seen) == 1


def test_read_photo_shrinks_a_photo_of_four_megabytes_to_400_kb():
    content = encoded(noise(3000, 2250), quality=88)
    assert len(content) > 4_000_000

    photo = read_photo(content)

    assert len(photo.content) <= 400_000
    assert opened(photo).format == "JPEG"
    assert opened(photo).size == (photo.width, photo.height)


def test_read_photo_leaves_no_metadata():
    image = noise(320, 240)
    exif = image.getexif()
    exif[0x010F] = "Kamera Rahasia"
    exif[0x9003] = "2026:07:13 09:00:00"
    exif.get_ifd(0x8825).update({1: "S", 2: (7.0, 28.0, 12.0), 3: "E", 4: (112.0, 26.0, 3.0)})
    thumbnail = encoded(Image.new("RGB", (160, 120), "red"))
    content = encoded(
        image, exif=exif, comment=b"pemilik: Siti", icc_profile=b"profil", dpi=(300, 300)
    )
    content = (
        content[:2] + b"\xff\xed" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + content[2:]
    )
    assert b"Kamera Rahasia" in content
    assert content.count(b"\xff\xd8\xff") == 2

    photo = read_photo(content)

    assert dict(opened(photo).getexif()) == {}
    assert not {"exif", "comment", "icc_profile", "photoshop", "xmp"} & set(opened(photo).info)
    assert b"Rahasia" not in photo.content
    assert b"Siti" not in photo.content
    assert photo.content.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))]
)
def test_read_photo_turns_the_picture_upright(orientation, corner):
    image = Image.new("RGB", (200, 100), "white")
    image.paste("red", (0, 0, 40, 40))  # top left as the sensor sees it
    exif = image.getexif()
    exif[0x0112] = orientation

    photo = read_photo(encoded(image, exif=exif, quality=95))

    turned = opened(photo).convert("RGB")
    assert turned.size == ((200, 100) if orientation in (1, 3) else (100, 200))
    at = ((turned.width - 1) * corner[0], (turned.height - 1) * corner[1])
    red, green, _ = turned.getpixel(
        (min(max(at[0], 10), turned.width - 10), min(max(at[1], 10), turned.height - 10))
    )
    assert red > 200
    assert green < 80


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_read_photo_takes_every_kind_of_colour(mode):
    image = Image.new(mode, (40, 30))
    kind = "JPEG" if mode == "CMYK" else "PNG"

    photo = read_photo(encoded(image, kind))

    assert opened(photo).mode == "RGB"
    assert (photo.width, photo.height) == (40, 30)


def test_read_photo_gives_the_same_bytes_for_the_same_photo():
    content = encoded(noise(300, 200))

    assert read_photo(content) == read_photo(content)
