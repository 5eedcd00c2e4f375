"""Writing the operations of one pass of a network: what layers are given to lower themselves with."""

from __future__ import annotations

from typing import NamedTuple, final

from engine import streams
from engine.kernels.record import Kernel
from engine.kernels.table import Argument, Buffer, Layout, Table
from engine.network import INPUT, Node
from engine.plan.numbers import Numbers
from engine.shapes import Shape


class Slots(NamedTuple):
    """The slots of a pass, how many samples are learned from among them; a row of zeros, and whether it learns."""

    rows: Buffer
    fresh: Buffer
    seen: Buffer
    known: Buffer
    zeros: Buffer
    learning: bool


@final
class PassWriter:
    """Lowers the layers of one pass over pieces of at most `capacity` samples (see `engine.layers.base.Pass`)."""

    def __init__(
        self, name: str, capacity: int, layout: Layout, table: Table, numbers: Numbers, slots: Slots, seed: int
    ) -> None:
        self.name, self.capacity = name, capacity
        self.layout, self.table, self.numbers = layout, table, numbers
        self.rows, self.fresh, self.seen, self._known, self.zeros, self.learning = slots
        self.on_samples: list[int] = []
        self.single = capacity == 1
        self.fused = False
        self._seed = seed
        self.outputs: dict[str, Buffer] = {}
        self.deltas: dict[str, Buffer] = {}
        self._written: set[str] = set()
        self._node: Node | None = None

    @property
    def node(self) -> Node:
        """The layer being lowered, in its place."""
        assert self._node is not None, "lowering works on one layer at a time"
        return self._node

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of what it reads."""
        return self.node.inputs

    @property
    def x(self) -> tuple[Buffer, ...]:
        """The outputs of the layers it reads."""
        return tuple(self.outputs[s] for s in self.node.sources)

    @property
    def dx(self) -> tuple[Buffer | None, ...]:
        """Their deltas; the features of the data have none."""
        return tuple(self.deltas.get(s) for s in self.node.sources)

    @property
    def frozen(self) -> bool:
        """Whether none of its arrays learns."""
        return not any(a.learns for a in self.numbers.arrays.values() if a.layer == self.node.layer.id)

    @property
    def d(self) -> Buffer:
        """The delta of its output."""
        return self.deltas[self.node.layer.id]

    def op(self, kernel: Kernel, **arguments: Argument) -> None:
        """Add an operation."""
        self.table.op(kernel, **arguments)

    def op_on_samples(self, kernel: Kernel, **arguments: Argument) -> None:
        """Add an operation on all samples that are learned from; where they stand is put in when it is known."""
        self.on_samples.append(self.table.op(kernel, **arguments, count=self._known, known_x=0, known_y=0))

    def samples(self, name: str, columns: int) -> Buffer:
        """A buffer of the layer with a row for each sample of a piece."""
        return self.scratch(name, self.capacity, columns)

    def scratch(self, name: str, rows: int, columns: int) -> Buffer:
        """A buffer of the layer."""
        return self.named(f"{self.name}.{self.node.layer.id}.{name}", rows, columns)

    def integers(self, name: str, count: int) -> Buffer:
        """A buffer of integers of the layer."""
        full = f"{self.name}.{self.node.layer.id}.{name}"
        return self.layout.buffers.get(full) or self.layout.whole(full, "counter", count)

    def named(self, full: str, rows: int, columns: int) -> Buffer:
        """A scratch buffer by its full name; the same one for the same name."""
        return self.layout.buffers.get(full) or self.layout.block(full, "scratch", rows, columns)

    def weight(self, name: str) -> Buffer:
        """A learned array of the layer."""
        return self.numbers.arrays[f"{self.node.layer.id}.{name}"].value

    def gradient(self, name: str) -> Buffer:
        """Its gradient; room for it that nobody reads, where the array is held fast."""
        learned = self.numbers.arrays[f"{self.node.layer.id}.{name}"]
        return learned.gradient if learned.learns else self.scratch(f"{name} unread", *learned.parameter.matrix)

    def kept(self, name: str) -> Buffer:
        """An array of the layer that is saved but not learned."""
        return self.numbers.kept[f"{self.node.layer.id}.{name}"].value

    def stream(self, purpose: streams.Purpose) -> int:
        """The start of a random stream of the layer."""
        return int(streams.state(self._seed, purpose, self.node.layer.id)[0])

    def start(self, k: int) -> tuple[Buffer, int]:
        """Zeros for the first contribution to a delta, the delta itself for further ones."""
        source = self.node.sources[k]
        if source not in self._written:
            self._written.add(source)
            return self.zeros, 0
        return self.deltas[source], self.deltas[source].stride

    def forward(self, resolved: tuple[Node, ...], x: Buffer) -> None:
        """Lower all layers forward, from the inputs `x`."""
        self.outputs[INPUT] = x
        for node in resolved:
            self._node = node
            self.outputs[node.layer.id] = node.layer.forward(self)

    def backward(self, resolved: tuple[Node, ...], fused: set[str]) -> None:
        """Lower the layers backward; the deltas of outputs are given, those of `fused` ones at their sums.

        What is made of nothing that learns, nor of anything whose delta was asked for, needs no slopes.
        """
        taught = {a.layer for a in self.numbers.arrays.values() if a.learns} | self.deltas.keys()
        for node in resolved:
            if not taught.isdisjoint(node.sources):
                taught.add(node.layer.id)
        for id_, out in self.outputs.items():
            if id_ in taught and id_ not in self.deltas:
                self.deltas[id_] = self.named(f"{self.name}.{id_}.d", self.capacity, out.columns)
        for node in reversed(resolved):
            if node.layer.id in taught:
                self._node = node
                self.fused = node.layer.id in fused
                node.layer.backward(self)

    def after_update(self, resolved: tuple[Node, ...]) -> None:
        """Lower what layers do once the learned numbers were updated."""
        for node in resolved:
            self._node = node
            node.layer.after_update(self)
