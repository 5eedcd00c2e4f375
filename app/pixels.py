"""Pictures of data as images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.theme import theme


def image_of(pixels: NDArray[np.floating[Any]], inked: bool) -> QImage:
    """Pixels [row, column, channel], 0 to 1, as an image.

    Of one channel, ink is dark where the window is light, and light where it is dark; what is not ink, such as a
    photograph, stays as light as it is.
    """
    levels = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    rows, columns, channels = levels.shape
    if channels == 1:
        grey = 255 - levels[:, :, 0] if inked and theme().mode != "dark" else levels[:, :, 0]
        return QImage(
            np.ascontiguousarray(grey).tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8
        ).copy()
    whole = np.ascontiguousarray(levels[:, :, :3])
    return QImage(whole.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
