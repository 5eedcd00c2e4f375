"""Files of single pictures, decoded by Pillow: bytes and places are counted before anything is unpacked.

Only formats of plain pictures are opened, none that would start another program.
"""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
MOST_FILE: Final = 64 << 20
MOST_PLACES: Final = 32_000_000
"""Bytes of a file, and rows times columns in it: as many as a large camera makes."""

LARGEST_SIDE: Final = 128

Fit = Literal["cut", "fill", "stretch"]


class Unfit(DataError):
    """A picture that is left out; the text is the reason, in a few words."""


class Cut(Struct, frozen=True):
    """How pictures are made alike: a square of `side` places (0: as they are), grey or in colour, perhaps inverted.

    `fit` says what happens to one that is no square: its middle is cut out, ground is added (of the colour of its upper
    left corner), or it is stretched.
    """

    side: int = 28
    colour: bool = False
    fit: Fit = "cut"
    inverted: bool = False

    @property
    def channels(self) -> int:
        """1 for grey, 3 for colour."""
        return 3 if self.colour else 1


@cache
def pillow() -> Any:
    """Pillow's module of images, imported at first use and set to refuse what would fill the memory."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PLACES
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
    return Image


def opened(path: Path, side: int = 0) -> Image.Image:
    """A picture file as grey or colour, upright; what is transparent is white. `side` helps to unpack less."""
    image_type = pillow()
    try:
        if not path.is_file():
            raise Unfit("not a file")
        if path.stat().st_size > MOST_FILE:
            raise Unfit(f"more than {MOST_FILE >> 20} MB")
        with image_type.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PLACES:
                raise Unfit(f"more than {MOST_PLACES // 10**6} million places")
            if getattr(image, "is_animated", False):
                raise Unfit("animated")
            if side:
                image.draft(None, (2 * side, 2 * side))
            return plain(image)
    except Unfit:
        raise
    except (image_type.DecompressionBombError, image_type.DecompressionBombWarning) as error:
        raise Unfit(f"more than {MOST_PLACES // 10**6} million places") from error
    except PermissionError as error:
        raise Unfit("may not be read") from error
    # A damaged file makes Pillow raise errors of any type.
    except Exception as error:
        raise Unfit("broken") from error


def plain(image: Image.Image) -> Image.Image:
    """The picture upright, as 8 bits of grey or of three colours."""
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # more than 8 bits
        made: Image.Image = pillow().fromarray(shades(np.asarray(image)))
        return made
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        whole = image.convert("RGBA")
        ground = pillow().new("RGBA", whole.size, "white")
        ground.alpha_composite(whole)
        image = ground.convert("L" if image.mode in ("L", "LA", "La") else "RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


TOPS: Final = (1, 15, 16, 255, 65535)
"""What the brightest place may be: of shares, of 16 or 17 shades, of one or two bytes."""


def shades(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Numbers of any type as bytes: 0 stays 0, the least of `TOPS` that none exceeds becomes 255."""
    if not values.size:
        return values.astype(np.uint8)
    low, high = values.min(), values.max()
    top = next((t for t in TOPS if high <= t), None)
    if not low >= 0 or top is None:
        raise DataError(
            f"its values go from {low:g} to {high:g}, where 0 to 1, 0 to 255 or 0 to 65535 is expected; scale them"
        )
    if top == 255 and values.dtype == np.uint8:
        return values
    found: NDArray[np.uint8] = np.rint(values * (255.0 / top)).astype(np.uint8)
    return found


def cut(image: Image.Image, how: Cut) -> NDArray[np.uint8]:
    """A plain picture as bytes [row, column, channel], made alike with the others."""
    from PIL import ImageOps

    image = image.convert("RGB" if how.colour else "L")
    size, smooth = (how.side, how.side), pillow().Resampling.BICUBIC
    if how.side and image.size != size:
        if how.fit == "cut":
            image = ImageOps.fit(image, size, smooth)
        elif how.fit == "fill":
            corner: Any = image.getpixel((0, 0))
            image = ImageOps.pad(image, size, smooth, color=corner)
        else:
            image = image.resize(size, smooth)
    found = np.asarray(image).reshape(image.height, image.width, how.channels)
    return 255 - found if how.inverted else found


def border(pixels: NDArray[np.uint8]) -> float:
    """The mean brightness along the edge of a picture, 0 to 1: what the ground is like."""
    edge = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    return float(np.concatenate([e.ravel() for e in edge]).mean()) / 255
