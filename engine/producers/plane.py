"""What the network says over the plane: its answer, and the maps of all units."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.experiment import answer_names, classifies, plane, task
from engine.network import INPUT
from engine.producers._sight import enlarged, maps_of
from engine.producers.base import F, Look, Producer
from engine.records import ImageGrid, Record, Surface, Tile, Want, readonly
from engine.registry import register

SURFACE: Final = 64
MAP: Final = 32


@register("Surface")
class SurfaceOf(Producer, tag="surface", frozen=True):
    """The output over the plane, or a part of it, as probabilities of the classes where there are classes."""

    yields: ClassVar[type[Record]] = Surface
    needs: ClassVar[str] = "plane"

    def make(self, look: Look, want: Want) -> Surface:
        size = want.size or SURFACE
        out = look.maps(size, every_layer=False, area=want.area)[look.nodes[-1].layer.id]
        values = look.answers(out.T).reshape(*look.shape(size), -1)
        across, up = plane(look.experiment.data)
        names = answer_names(look.experiment)
        low, high = (0.0, 1.0) if names else _scale(look, values)
        return Surface("output", want.area or look.domain, readonly(values), across, up, names, low, high)


@register("Maps")
class MapsOf(Producer, tag="maps", frozen=True):
    """What every input and every unit says over the plane, each with a scale of its own; or of one picture."""

    yields: ClassVar[type[Record]] = ImageGrid

    def make(self, look: Look, want: Want) -> ImageGrid:
        size = want.size or MAP
        if look.experiment.data.source.axes is not None:
            return self._of_picture(look, want, size)
        found = look.maps(size, every_layer=True)
        tiles = [Tile(INPUT, f"{INPUT}/{name}") for name in look.experiment.data.features]
        images = [look.grid(size).T.astype(np.float32)]
        bounds: list[float | None] = [None] * len(tiles)
        for node in look.nodes:
            tiles += [Tile(node.layer.id, label) for label in node.units.labels]
            images.append(np.asarray(found[node.layer.id], np.float32))
            bounds += [getattr(getattr(node.layer, "activation", None), "high", None)] * node.units.size
        stack = np.concatenate(images)
        low, high = _scales(stack, bounds)
        if look.nodes[-1].units.size == 1:
            low[-1], high[-1] = self._output_scale(look, images[-1])
        stack = stack.reshape(len(stack), *look.shape(size))
        return ImageGrid("maps", readonly(stack), tuple(tiles), readonly(low), readonly(high))

    @staticmethod
    def _of_picture(look: Look, want: Want, size: int) -> ImageGrid:
        """What each channel of each layer says of the picture that is looked at; places stay as large as they are.

        A layer that only puts its input in a row has nothing of its own to show, and would have thousands of pictures.
        """
        tiles: list[Tile] = []
        images: list[F] = []
        reach: list[F] = []
        found = maps_of(look, want)
        for node in look.nodes:
            if node.is_flat and node.layer.group == "form":
                found.pop(node.layer.id, None)
        units = {INPUT: look.experiment.data.source.axes or (), **{n.layer.id: n.shape for n in look.nodes}}
        for layer, maps in found.items():
            flat = maps.shape[1:] == (1, 1)
            tiles += [Tile(layer, label) for label in units[layer][-1].labels]
            images.append(enlarged(maps, size))
            most = np.abs(maps).max(axis=(1, 2))
            # units without places are told apart by their colour: so they share one scale
            reach.append(np.full(len(maps), most.max()) if flat else most)
        none = np.zeros((0, size, size), np.float32)
        ends = np.maximum(np.concatenate(reach), 1e-6).astype(np.float32) if reach else np.zeros(0, np.float32)
        stack = np.concatenate(images) if images else none
        places = [np.full(len(m), m.shape[1:] != (1, 1)) for m in found.values()]
        return ImageGrid(
            "maps", readonly(stack), tuple(tiles), readonly(-ends), readonly(ends),
            readonly(np.concatenate(places)) if places else None,
        )  # fmt: skip

    @staticmethod
    def _output_scale(look: Look, said: F) -> tuple[float, float]:
        """The colours of a single output are those of the surface: between the targets of two classes, or of values."""
        if not classifies(look.experiment):
            return _scale(look, said)
        return look.experiment.training.loss.targets(look.experiment.model.output.activation)


def _scale(look: Look, said: F) -> tuple[float, float]:
    """The colour scale of a value: as wide as the targets, or as what is said where there are none."""
    return _span(said if task(look.experiment) == "unsupervised" else look.plan.prepared.y)


def _span(y: NDArray[Any]) -> tuple[float, float]:
    """The colour scale of a value: even around 0, as wide as the targets."""
    reach = float(np.abs(y).max()) if y.size else 1.0
    return (-reach, reach) if reach > 0 else (-1.0, 1.0)


def _scales(stack: F, bounds: list[float | None]) -> tuple[F, F]:
    """The ends of each picture's colour scale: even around 0, up to the function's bound or the largest value."""
    reach = np.maximum(np.abs(stack).max(axis=1), 1e-6).astype(np.float32)
    for k, high in enumerate(bounds):
        if high is not None:
            reach[k] = high
    return -reach, reach
