"""Networks that made history, as tables to be read: every layer with its size, its weights and its multiplications.

They are declared by our own layers, so sizes and counts follow from the rules of the layers; none of them is trained
here. Where a paper leaves something open, the published number of parameters decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from engine import blocks
from engine.activations.rectifiers import ReLU
from engine.activations.shares import Softmax
from engine.layers import Layer
from engine.layers.chance import Dropout
from engine.layers.convolution import Convolution
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.layers.pooling import GlobalPooling, Pooling
from engine.layers.reforming import Flatten
from engine.layers.response import LocalResponse
from engine.network import Network, Node, resolve
from engine.shapes import Axis, Shape

CLASSES: Final = 1000
"""Classes of ImageNet, which all of them were made for."""


class Row(NamedTuple):
    """A row of a table: a layer, what it makes of one picture, and what it costs."""

    layer: Layer
    shape: tuple[int, ...]
    parameters: int
    multiplications: int


def rows_of(nodes: Sequence[Node], held: Iterable[str] = ()) -> tuple[Row, ...]:
    """The table of a network; `held` names the layer of each number that does not learn."""
    still = Counter(held)
    return tuple(
        Row(n.layer, tuple(a.size for a in n.shape), n.numbers - still[n.layer.id], n.multiplications) for n in nodes
    )


class Architecture(NamedTuple):
    """A network to be read: its title, source, what is special about it, the side of its pictures, and its layers."""

    title: str
    source: str
    about: str
    side: int
    make: Callable[[], list[Layer]]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its layers in their places."""
        return resolve(
            Network(layers=(*self.make(), Output(id="out", units=CLASSES, activation=Softmax()))), self.input
        )

    @property
    def input(self) -> Shape:
        """Pictures in three colours."""
        places = tuple(map(str, range(self.side)))
        return Axis("row", places), Axis("column", places), Axis("channel", ("red", "green", "blue"))

    @property
    def rows(self) -> tuple[Row, ...]:
        """Its table."""
        return rows_of(self.nodes)


def convolution(name: str, units: int, window: int, *, stride: int = 1, pad: int = -1, groups: int = 1) -> Convolution:
    """A rectified convolution; unless told otherwise it keeps the size of its maps."""
    pad = window // 2 if pad < 0 else pad
    return Convolution(
        id=name, units=units, window=window, stride=stride, padding="number", pad=pad, groups=groups, activation=ReLU(),
    )  # fmt: skip


def head() -> list[Layer]:
    """Two wide layers behind the maps, as in AlexNet and VGG."""
    found: list[Layer] = [Flatten(id="flat")]
    for k in (6, 7):
        found += [Dense(id=f"fc{k}", units=4096, activation=ReLU()), Dropout(id=f"drop{k}")]
    return found


def alexnet() -> list[Layer]:
    """Five convolutions, some in two groups, one for each of two processors."""
    return [
        convolution("conv1", 96, 11, stride=4, pad=0), LocalResponse(id="norm1"),
        Pooling(id="pool1", window=3, stride=2),
        convolution("conv2", 256, 5, groups=2), LocalResponse(id="norm2"), Pooling(id="pool2", window=3, stride=2),
        convolution("conv3", 384, 3), convolution("conv4", 384, 3, groups=2), convolution("conv5", 256, 3, groups=2),
        Pooling(id="pool5", window=3, stride=2), *head(),
    ]  # fmt: skip


def zfnet() -> list[Layer]:
    """AlexNet with smaller windows and strides at its beginning, and no groups."""
    return [
        convolution("conv1", 96, 7, stride=2, pad=1), Pooling(id="pool1", window=3, stride=2, padding="number", pad=1),
        convolution("conv2", 256, 5, stride=2, pad=0), Pooling(id="pool2", window=3, stride=2, padding="number", pad=1),
        convolution("conv3", 384, 3), convolution("conv4", 384, 3), convolution("conv5", 256, 3),
        Pooling(id="pool5", window=3, stride=2), *head(),
    ]  # fmt: skip


def vgg16() -> list[Layer]:
    """Windows of 3 × 3 only, in blocks of two or three between halvings."""
    found: list[Layer] = []
    for block, (count, units) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), 1):
        found += [convolution(f"conv{block}_{k + 1}", units, 3) for k in range(count)]
        found.append(Pooling(id=f"pool{block}"))
    return found + head()


INCEPTION: Final = {
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64), "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64), "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128), "5b": (384, 192, 384, 48, 128, 128),
}  # fmt: skip
"""Maps of each inception block, as `blocks.side_by_side` takes them."""


def googlenet() -> list[Layer]:
    """Nine inception blocks, and one number of each map at the end; without the outputs in between."""
    found: list[Layer] = [
        convolution("conv1", 64, 7, stride=2), Pooling(id="pool1", window=3, stride=2, padding="same"),
        convolution("conv2 narrow", 64, 1), convolution("conv2", 192, 3),
        Pooling(id="pool2", window=3, stride=2, padding="same"),
    ]  # fmt: skip
    for name, maps in INCEPTION.items():
        found += blocks.side_by_side(name, found[-1].id, maps)
        if name in ("3b", "4e"):
            found.append(Pooling(id=f"pool{name[0]}", window=3, stride=2, padding="same"))
    return [*found, GlobalPooling(id="average"), Dropout(id="drop", share=0.4)]


def resnet(counts: tuple[int, ...], *, bottleneck: bool) -> list[Layer]:
    """Four stages of residual blocks, with half as many places and twice as many maps from each to the next."""
    found: list[Layer] = [
        *blocks.stem("conv1", 64, 7, stride=2),
        Pooling(id="pool1", window=3, stride=2, padding="number", pad=1),
    ]
    for stage, count in enumerate(counts):
        units = 64 << stage
        sizes = ((units, 1), (units, 3), (4 * units, 1)) if bottleneck else ((units, 3), (units, 3))
        for k in range(count):
            wider, stride = k == 0 and (stage > 0 or bottleneck), 2 if k == 0 and stage else 1
            found += blocks.residual(f"block{stage + 2}_{k + 1}", found[-1].id, sizes, stride=stride, wider=wider)
    return [*found, GlobalPooling(id="average")]


ARCHITECTURES: Final = {
    "alexnet": Architecture(
        "AlexNet",
        "Krizhevsky, Sutskever, Hinton 2012",
        "The net that made convolution the usual way: rectified units instead of tanh, dropout in the wide layers, and "
        "half of the maps on each of two graphics processors. Its error on ImageNet was 16 %, the next best 26 %.",
        227,
        alexnet,
    ),
    "zfnet": Architecture(
        "ZFNet",
        "Zeiler, Fergus 2013",
        "AlexNet, mended after looking inside: pictures of what each map answers to showed dead and coarse filters in "
        "the first layer. Windows of 7 with a stride of 2 instead of 11 with 4 keep more of the picture.",
        224,
        zfnet,
    ),
    "vgg16": Architecture(
        "VGG-16",
        "Simonyan, Zisserman 2014",
        "Windows of 3 × 3 only, and sixteen layers with weights. Two of them see 5 × 5 and three see 7 × 7, with fewer "
        "weights and more functions between. Three quarters of all weights are in its first dense layer.",
        224,
        vgg16,
    ),
    "googlenet": Architecture(
        "GoogLeNet",
        "Szegedy et al. 2014",
        "Windows of several sizes side by side, as nobody knows the right one. Maps of 1 × 1 in front make the wide "
        "ones cheap, and the mean of each map takes the place of wide dense layers: a ninth of AlexNet's weights. "
        "The two outputs half way, which helped to train it, are left out here.",
        224,
        googlenet,
    ),
    "resnet34": Architecture(
        "ResNet-34",
        "He, Zhang, Ren, Sun 2015",
        "Every two layers have a way around them, so they learn what has to be added to what they read. Slopes come "
        "back on that way unweakened: deeper nets become better again, where plain ones became worse.",
        224,
        lambda: resnet((3, 4, 6, 3), bottleneck=False),
    ),
    "resnet50": Architecture(
        "ResNet-50",
        "He, Zhang, Ren, Sun 2015",
        "Blocks of three layers: 1 × 1 makes a quarter of the maps, 3 × 3 works on these, 1 × 1 makes them four times "
        "as many again. Half as deep again as ResNet-34 for about as many multiplications.",
        224,
        lambda: resnet((3, 4, 6, 3), bottleneck=True),
    ),
}
"""The tables, in the order of their years."""
