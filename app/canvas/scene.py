"""All that is on the picture of the network now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtGui import QPixmap

from app.canvas.atlas import Atlas
from app.canvas.hit import NOTHING, Hit
from app.canvas.links import Links
from app.canvas.parts import Layout
from app.selection import Target
from engine.stepping import Phase


@dataclass
class Scene:
    """All that is on the picture now."""

    layout: Layout
    links: Links = field(default_factory=Links)
    atlas: Atlas = field(default_factory=Atlas)
    biases: Mapping[str, float] = field(default_factory=dict)
    weight_scale: float = 1.0
    selected: Target = Target()  # noqa: RUF009 - frozen
    hover: Hit = NOTHING
    focused: bool = False
    frozen: frozenset[tuple[str, ...]] = frozenset()
    frozen_layers: frozenset[str] = frozenset()
    held_units: frozenset[str] = frozenset()
    lifted: str = ""
    phase: Phase | None = None
    """The phase of a sample that is shown."""
    naming: bool = False
    """Whether the headers show the ids of layers, as sentences name them: while one is being connected."""
    port: str = ""
    """The layer whose handle for connecting it is shown."""
    heads: tuple[object, QPixmap] = field(default_factory=lambda: (None, QPixmap()))

    def holds(self, layer: str, *reference: str) -> bool:
        """Whether a number is held fast: `reference` is its parameter, and its labels."""
        return layer in self.frozen_layers or reference in self.frozen
