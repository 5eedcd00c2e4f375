"""Make assets/data/letters.safetensors: capital letters, 28 × 28, from fonts under the SIL Open Font Licence.

    python scripts/make_letters.py FOLDER

FOLDER holds the files of `FACES`, wherever in it; assets/data/SOURCES.md says where they come from. Run once; the same
fonts and the same Pillow give the same bytes. Each letter of each face is drawn `COPIES` times: scaled so that the
longer side of its box is 20 places, centred, then turned by U(-8°, 8°), sheared by U(-0.12, 0.12), scaled along each
axis by U(0.88, 1.08) and moved by U(-1.5, 1.5) places. Ink is kept in 16 shades, two places to a byte.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from safetensors.numpy import save_file

TARGET = Path(__file__).parent.parent / "assets" / "data" / "letters.safetensors"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIDE, FINE, BOX = 28, 6, 20
"""Places of a side; points of a place while drawing; places of the longer side of a letter."""
COPIES = 4
FACES = (
    "Inter-Regular.ttf",
    "Inter-SemiBold.ttf",
    *(f"source-sans-3-latin-{w}-normal.woff" for w in (300, 400, 700, 900)),
    *(f"source-serif-4-latin-{w}-normal.woff" for w in (300, 400, 700)),
    *(f"playfair-display-latin-{w}-normal.woff" for w in (400, 700)),
    *(f"courier-prime-latin-{w}-normal.woff" for w in (400, 700)),
    *(f"josefin-sans-latin-{w}-normal.woff" for w in (300, 400, 700)),
    *(f"zilla-slab-latin-{w}-normal.woff" for w in (300, 400, 700)),
    *(f"comic-neue-latin-{w}-normal.woff" for w in (300, 400, 700)),
    "patrick-hand-latin-400-normal.woff",
    *(f"caveat-latin-{w}-normal.woff" for w in (400, 700)),
    "architects-daughter-latin-400-normal.woff",
    *(f"kalam-latin-{w}-normal.woff" for w in (300, 400, 700)),
    *(f"space-mono-latin-{w}-normal.woff" for w in (400, 700)),
    *(f"bitter-latin-{w}-normal.woff" for w in (300, 400, 700)),
)


def drawn(letter: str, font: ImageFont.FreeTypeFont, random: np.random.Generator) -> NDArray[np.uint8]:
    """A letter as [row, column] of 16 shades, moved and bent a little."""
    left, top, right, bottom = font.getbbox(letter)
    canvas = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), letter, 255, font)
    canvas = canvas.crop(canvas.getbbox())
    angle, shear = np.deg2rad(random.uniform(-8, 8)), random.uniform(-0.12, 0.12)
    scale = BOX * FINE / max(canvas.size) * random.uniform(0.88, 1.08, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    back = np.linalg.inv(turn @ np.array([[1, shear], [0, 1]]) @ np.diag(scale))
    middle = np.full(2, SIDE * FINE / 2) + FINE * random.uniform(-1.5, 1.5, 2)
    start = np.array(canvas.size) / 2 - back @ middle
    numbers = (back[0, 0], back[0, 1], start[0], back[1, 0], back[1, 1], start[1])
    large = canvas.transform((SIDE * FINE,) * 2, Image.Transform.AFFINE, numbers, Image.Resampling.BICUBIC)
    small = np.asarray(large, np.float64).reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))
    return np.rint(small * 15 / 255).astype(np.uint8)


def main(folder: Path) -> None:
    """Draw all letters and write them, in one random order."""
    random = np.random.default_rng(20)
    pictures, labels = [], []
    for face in FACES:
        path = next(iter(sorted(folder.rglob(face))), None)
        if path is None:
            sys.exit(f"{folder} has no {face}; assets/data/SOURCES.md says where it comes from")
        font = ImageFont.truetype(str(path), 160)
        for label, letter in enumerate(LETTERS):
            pictures += [drawn(letter, font, random) for _ in range(COPIES)]
            labels += [label] * COPIES
    order = random.permutation(len(labels))
    shades = np.stack(pictures)[order].reshape(len(labels), -1)
    packed = np.ascontiguousarray(shades[:, ::2] << 4 | shades[:, 1::2])
    save_file({"x": packed, "y": np.array(labels, np.uint8)[order]}, TARGET)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
