"""Ready networks for pictures: one file each; found by themselves."""

from __future__ import annotations

from engine.discover import discover
from engine.nets.base import Net, made, rows, take

ORDER = ("base", "perceptron", "lenet", "vgg", "all_convolutional", "inception", "residual")

discover(__name__)

__all__ = ["Net", "made", "rows", "take"]
