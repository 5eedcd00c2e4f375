"""Layers: one file each; found by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.discover import discover
from engine.layers.base import Column, Layer, Learning, Parameter, Reading
from engine.layers.dense import Neurons
from engine.layers.output import Answering
from engine.shapes import Axis, Shape

ORDER = ("dense", "pieces", "dropconnect", "chance", "normalising", "joining", "output")

discover(__name__)

if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = Layer.registry.union()

__all__ = [
    "Answering",
    "AnyLayer",
    "Axis",
    "Column",
    "Layer",
    "Learning",
    "Neurons",
    "Parameter",
    "Reading",
    "Shape",
]
