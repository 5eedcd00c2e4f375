"""Whose values the colours of maps are told apart by: of each map, of its layer, or of the whole network."""

from __future__ import annotations

from typing import Final

import numpy as np
from msgspec.structs import replace

from app.settings import Settings
from engine.records import ImageGrid, readonly

SCALE: Final = "maps/scale"
"""The setting: one of the words below."""
EACH: Final = "each"
LAYER: Final = "layer"
NETWORK: Final = "network"
WORDS: Final = {
    EACH: "every map has the full range of colours",
    LAYER: "all maps of a layer share one scale of colours",
    NETWORK: "all maps of the network share one scale of colours",
}


def scale_in(settings: Settings) -> str:
    """The scale that is chosen."""
    return settings.get(SCALE, EACH)


def scaled(record: ImageGrid, by: str) -> ImageGrid:
    """The same maps on a common scale, even around 0 and as wide as the widest of those that share it."""
    if by not in (LAYER, NETWORK) or not len(record.tiles):
        return record
    reach = np.maximum(np.abs(record.low), np.abs(record.high))
    layers = np.array([tile.layer if by == LAYER else "" for tile in record.tiles])
    most = np.empty_like(reach)
    for layer in np.unique(layers):
        most[layers == layer] = reach[layers == layer].max()
    return replace(record, low=readonly(-most), high=readonly(most))


def rescaled(record: ImageGrid, settings: Settings) -> ImageGrid:
    """The same maps on the scale that is chosen."""
    return scaled(record, scale_in(settings))
