"""What a surface can show: probability, class, margin, entropy of classes; value or bands of a regression."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from app import painting
from app.theme import Palette
from engine.records import Surface

STRENGTH: Final = 0.84
"""How strong the ground is painted: points in full colour must stand out from it."""

BANDS: Final = 10
FINE: Final = 3
"""How many times finer than the record a picture with hard borders is computed."""


class Mode(Struct, frozen=True):
    """One way to see a surface."""

    key: str
    text: str
    help: str


CLASSES: Final = (
    Mode("probability", "probability", "the colour of the likeliest class, as strong as it is certain"),
    Mode("class", "class", "the class that would be chosen"),
    Mode("margin", "margin", "how far the likeliest class leads over the second"),
    Mode("entropy", "entropy", "how undecided it is: 0 certain, 1 all classes alike"),
)
VALUES: Final = (
    Mode("value", "value", "the predicted value"),
    Mode("bands", "bands", "the predicted value in ten steps, like heights on a map"),
)
LINES: Final = (
    Mode("curve", "curve", "the prediction over the input"),
    Mode("residuals", "residuals", "how far each point lies from the prediction"),
)


def is_line(surface: Surface) -> bool:
    """Whether the task has one input: its surface is a curve."""
    return surface.values.shape[0] == 1 or surface.x_axis == surface.y_axis


def modes_of(surface: Surface) -> tuple[Mode, ...]:
    """The ways to see this surface."""
    if is_line(surface):
        return LINES if not surface.classes else CLASSES[:1]
    return CLASSES if surface.classes else VALUES


def pixels(surface: Surface, mode: str, palette: Palette) -> painting.Packed:
    """The picture of a surface in a mode, row 0 at the top."""
    values = surface.values
    if not surface.classes:
        return _value(surface, mode, palette)
    if mode == "class":
        return _decided(values, palette)
    if mode in ("margin", "entropy"):
        found = margin(values) if mode == "margin" else entropy(values)
        packed: painting.Packed = painting.magnitude_lut(palette)[painting.levels_of(found, 0, 1)]
        return packed
    return painting.class_pixels(values, palette, STRENGTH)


def _value(surface: Surface, mode: str, palette: Palette) -> painting.Packed:
    lut, values = painting.signed_lut(palette, STRENGTH), surface.values[..., 0]
    if mode == "bands":
        values = finer(values)
        span = max(surface.high - surface.low, 1e-12)
        step = np.clip(np.floor((values - surface.low) / span * BANDS), 0, BANDS - 1)
        values = surface.low + (step + 0.5) * span / BANDS
    packed: painting.Packed = lut[painting.levels_of(values, surface.low, surface.high)]
    return packed


def scale_of(surface: Surface, mode: str, palette: Palette) -> tuple[painting.Packed, float, float] | None:
    """The colour scale that explains a mode, with the numbers at its ends; None where the classes explain it."""
    if is_line(surface) or mode in ("probability", "class"):
        return None
    if mode in ("margin", "entropy"):
        return painting.magnitude_lut(palette), 0.0, 1.0
    return painting.signed_lut(palette, STRENGTH), surface.low, surface.high


def margin(values: NDArray[Any]) -> NDArray[Any]:
    """The lead of the likeliest class over the second."""
    if values.shape[-1] == 2:
        top, second = np.maximum(values[..., 0], values[..., 1]), np.minimum(values[..., 0], values[..., 1])
    else:
        ordered = np.partition(values, -2, axis=-1)
        top, second = ordered[..., -1], ordered[..., -2]
    lead: NDArray[Any] = top - second
    return lead


def entropy(values: NDArray[Any]) -> NDArray[Any]:
    """-Σ p ln p / ln k: 0 is certain, 1 undecided."""
    p = np.maximum(values, 1e-9)
    found: NDArray[Any] = -(p * np.log(p)).sum(axis=-1) / np.log(values.shape[-1])
    return found


def finer(plane: NDArray[Any], factor: int = FINE) -> NDArray[np.float32]:
    """More rows and columns of one output, straight lines between: borders found on it are smooth."""
    for axis in (0, 1):
        n = plane.shape[axis]
        shape = list(plane.shape)
        shape[axis] = (n - 1) * factor + 1
        found = np.empty(shape, np.float32)
        into, of = (found, plane) if axis == 0 else (found.T, plane.T)
        into[::factor] = of
        step = (of[1:] - of[:-1]) * np.float32(1 / factor)
        for k in range(1, factor):
            np.add(into[k - 1 : -1 : factor], step, out=into[k::factor])
        plane = found
    return plane


def _decided(values: NDArray[Any], palette: Palette) -> painting.Packed:
    """Every pixel in the full colour of its class, with smooth borders."""
    classes = values.shape[-1]
    if classes == 2:
        lead = finer(values[..., 1] - values[..., 0])
        packed: painting.Packed = painting.pair_lut(palette, STRENGTH)[np.where(lead >= 0, painting.LEVELS - 1, 0)]
        return packed
    # With more classes there is more to compute, so a little less fine.
    planes = np.stack([finer(np.ascontiguousarray(values[..., k]), FINE - 1) for k in range(classes)], axis=0)
    return painting.class_pixels(np.moveaxis(planes, 0, -1), palette, STRENGTH, discretize=True)


def at(surface: Surface, x: float, y: float) -> NDArray[np.float32] | None:
    """The outputs at a place of the plane, straight between the numbers of the record; None outside."""
    left, right, bottom, top = surface.domain
    if not (left <= x <= right and bottom <= y <= top):
        return None
    rows, columns = surface.values.shape[:2]
    column = (x - left) / (right - left) * (columns - 1)
    row = 0.0 if is_line(surface) else (top - y) / (top - bottom) * (rows - 1)
    k, j = min(int(column), max(columns - 2, 0)), min(int(row), max(rows - 2, 0))
    a, b = column - k, row - j
    v = surface.values
    k1, j1 = min(k + 1, columns - 1), min(j + 1, rows - 1)
    mixed: NDArray[np.float32] = (v[j, k] * (1 - a) + v[j, k1] * a) * (1 - b) + (v[j1, k] * (1 - a) + v[j1, k1] * a) * b
    return mixed
