"""Reads the QR code of a page as a camera would: modules, mask, blocks, bytes.

For undamaged codes of the versions 1 to 6, byte mode, as the tickets have; no error correction.
"""

import re

ALIGNMENT = {1: None, 2: 18, 3: 22, 4: 26, 5: 30, 6: 34}
BLOCKS = {  # (level, version): (blocks, data codewords of each)
    ("M", 1): (1, 16), ("M", 2): (1, 28), ("M", 3): (1, 44), ("M", 4): (2, 32), ("M", 5): (2, 43),
    ("M", 6): (4, 27),
}  # fmt: skip
LEVELS = {1: "L", 0: "M", 3: "Q", 2: "H"}
MASKS = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,
    lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)


def read_path(path: str, border: int = 4) -> str:
    """The text of a code that is drawn as one SVG path of runs, `M4 4h7v1h-7z…`."""
    runs = [tuple(map(int, run)) for run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path)]
    size = max(x + length for x, _y, length in runs) - border
    modules = [[False] * size for _ in range(size)]
    for x, y, length in runs:
        for n in range(length):
            modules[y - border][x - border + n] = True
    return read(modules)


def read(modules: list[list[bool]]) -> str:
    size = len(modules)
    version = (size - 17) // 4
    level, mask = _format(modules)
    blocks, length = BLOCKS[level, version]
    codewords = _codewords(modules, version, MASKS[mask])
    data = [codewords[n * blocks + block] for block in range(blocks) for n in range(length)]
    bits = "".join(f"{word:08b}" for word in data)
    assert bits[:4] == "0100", "byte mode"
    count = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * n : 20 + 8 * n], 2) for n in range(count)).decode()


def _format(modules) -> tuple[str, int]:
    """Level and mask, from the strip around the finder at the top left."""
    cells = [modules[8][x] for x in (0, 1, 2, 3, 4, 5, 7, 8)]
    cells += [modules[y][8] for y in (7, 5, 4, 3, 2, 1, 0)]
    bits = int("".join("01"[cell] for cell in cells), 2) ^ 0b101010000010010
    return LEVELS[bits >> 13], bits >> 10 & 7


def _codewords(modules, version: int, is_masked) -> list[int]:
    """Two columns at a time from the right, up and down, around what is no data."""
    size, bits = len(modules), []
    upwards = True
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        for y in reversed(range(size)) if upwards else range(size):
            for x in (right, right - 1):
                if not _is_function(y, x, size, ALIGNMENT[version]):
                    bits.append(modules[y][x] ^ is_masked(y, x))
        upwards = not upwards
    return [
        int("".join("01"[bit] for bit in bits[n : n + 8]), 2) for n in range(0, len(bits) - 7, 8)
    ]


def _is_function(y: int, x: int, size: int, alignment: int | None) -> bool:
    finder = (y < 9 and (x < 9 or x >= size - 8)) or (y >= size - 8 and x < 9)
    timing = y == 6 or x == 6
    aligned = alignment is not None and abs(y - alignment) <= 2 and abs(x - alignment) <= 2
    return finder or timing or aligned
