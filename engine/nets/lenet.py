"""LeNet-5: by its table of 1998, and as it is built today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from engine.activations.classic import ScaledTanh
from engine.activations.rectifiers import ReLU
from engine.initialisers import Initialiser, LeCun
from engine.layers import Layer
from engine.layers._picture import Picture
from engine.layers.convolution import Convolution
from engine.layers.dense import Dense
from engine.layers.pooling import Pooling
from engine.layers.reforming import Flatten, UpSampling
from engine.layers.sub_sampling import SubSampling
from engine.nets.base import Absent, Net
from engine.network import Node
from engine.registry import register

SIDE: Final = 32
"""Rows and columns of the pictures it was made for."""
MOST: Final = 16
"""How many times as large up-sampling makes them at most."""

SEES: Final = (
    *({k, (k + 1) % 6, (k + 2) % 6} for k in range(6)),
    *({k, (k + 1) % 6, (k + 2) % 6, (k + 3) % 6} for k in range(6)),
    *({k, k + 1, (k + 3) % 6, (k + 4) % 6} for k in range(3)),
    set(range(6)),
)
"""Which of the 6 maps of S2 each of the 16 maps of C3 sees: 60 of 96 (table I of the paper)."""


def pictures(form: Picture) -> tuple[list[Layer], int]:
    """What makes pictures at least as large as LeNet's: how often each place stands, and the zeros around in C1."""
    factor = min(MOST, max(1, SIDE // form.side))
    pad = max(0, -(-(SIDE - factor * form.side) // 2))
    return [UpSampling(id="larger", factor=factor)] if factor > 1 else [], pad


def layers(form: Picture, function: Any, smaller: Any) -> Sequence[Layer]:
    """C1 to F6, with this function and these layers S2 and S4 in between."""
    before, pad = pictures(form)
    padding: dict[str, Any] = {"padding": "number", "pad": pad} if pad else {}
    return (
        *before,
        Convolution(id="C1", units=6, window=5, activation=function, **padding),
        smaller("S2"),
        Convolution(id="C3", units=16, window=5, activation=function),
        smaller("S4"),
        Convolution(id="C5", units=120, window=5, activation=function),
        Flatten(id="flat"),
        Dense(id="F6", units=84, activation=function),
    )


@register("LeNet-5")
class LeNet5(Net, tag="lenet-5", frozen=True):
    """The reader of cheques, by its table: convolutions, and maps made smaller by a coefficient and a bias each.

    The 16 maps of C3 see 3, 4 or all 6 of the maps before, so that they become different: connections that are not
    there are held fast at 0. All functions are 1.7159 tanh(2/3 z). Pictures smaller than 32 × 32 are made larger or
    get zeros around them. The output is the experiment's own; that of 1998 compared F6 with a drawn pattern of each
    class.
    """

    source: ClassVar[str] = "LeCun, Bottou, Bengio, Haffner 1998"
    initialiser: ClassVar[Initialiser] = LeCun()

    def hidden(self, form: Picture) -> Sequence[Layer]:
        return layers(form, ScaledTanh(), lambda name: SubSampling(id=name, activation=ScaledTanh()))

    def absent(self, nodes: Sequence[Node]) -> tuple[Absent, ...]:
        weight = next(n for n in nodes if n.layer.id == "C3").parameters[0]
        rows, columns, sources, maps = weight.labels
        return tuple(
            Absent("C3.weight", (rows, columns, tuple(x for c, x in enumerate(sources) if c not in sees), (maps[k],)))
            for k, sees in enumerate(SEES)
            if len(sees) < len(sources)
        )


@register("LeNet-5, modern")
class ModernLeNet5(Net, tag="lenet-5-modern", frozen=True):
    """LeNet-5 as it is built today: rectified units, the maximum of each window, and every map of C3 sees all 6.

    It learns faster: slopes pass rectified units as they are, and a maximum keeps what a filter has found.
    """

    source: ClassVar[str] = "after LeCun, Bottou, Bengio, Haffner 1998"

    def hidden(self, form: Picture) -> Sequence[Layer]:
        return layers(form, ReLU(), lambda name: Pooling(id=name))
