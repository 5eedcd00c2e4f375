"""Pictures of data as images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from app.theme import theme


def image_of(pixels: NDArray[np.floating[Any]]) -> QImage:
    """Pixels [row, column, channel], 0 to 1, as an image: ink is dark on light ground where there is one channel."""
    levels = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    rows, columns, channels = levels.shape
    if channels == 1:
        ink = levels[:, :, 0] if theme().mode == "dark" else 255 - levels[:, :, 0]
        return QImage(
            np.ascontiguousarray(ink).tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8
        ).copy()
    whole = np.ascontiguousarray(levels[:, :, :3])
    return QImage(whole.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
