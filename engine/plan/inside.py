"""One picture through a network and the slope of one of its numbers back to the pixels: in an arena of its own.

The run never notices: numbers are copied in, and the gradients of weights, which come along, are thrown away. Layers
do as when the network answers: nothing is drawn by chance, and batch norm takes its running means.
"""

from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from engine.experiment import Experiment, input_shape, nodes
from engine.kernels.library import Library
from engine.kernels.table import Buffer, Layout, Table
from engine.layers._picture import form
from engine.network import INPUT, Node
from engine.plan import procedure as p
from engine.plan.numbers import place_numbers, room
from engine.plan.plan import Plan, aligned
from engine.plan.tied import bonds, write_values
from engine.plan.writer import PassWriter, Slots

Values = NDArray[np.floating[Any]]
ROWS, FRESH, SEEN, KNOWN, SLOTS = range(5)


@final
class Inside:
    """A pass of one picture. The slope runs from the layer `start` back to `stop`, the input unless another is named.

    From the output it starts at the weighted sums, from any other layer at what its units say.
    """

    def __init__(self, experiment: Experiment, library: Library, start: str, stop: str = INPUT) -> None:
        layout, table = Layout(), Table()
        resolved = nodes(experiment)
        self.form: Final = form(input_shape(experiment.data))
        self._numbers = place_numbers(layout, resolved, experiment)
        counters = layout.whole("counters", "counter", SLOTS)
        slots = [Buffer(f"slot {k}", "counter", counters.at + k, 1, 1, 1, 1, whole=True) for k in range(SLOTS)]
        widest = max(self.form.width, *(room(n.shape) for n in resolved))
        zeros = layout.block("zeros", "scratch", 1, widest)
        seen = Slots(slots[ROWS], slots[FRESH], slots[SEEN], slots[KNOWN], zeros, learning=False)
        writer = PassWriter("inside", 1, layout, table, self._numbers, seen, experiment.seeds.training)
        self._x = layout.block("inside.x", "scratch", 1, self.form.width)
        table.segment("forward")
        write_values(table, bonds(resolved, self._numbers))
        writer.forward(resolved, self._x)
        table.op(p.halt)
        table.segment("backward")
        self._write_back(writer, resolved, start, stop, experiment.model.output.id)
        table.op(p.halt)
        table.close()
        layout.align()
        library.compile(table.kernels)
        self._outputs, self._segments = writer.outputs, table.segments
        self._f, self._i = aligned(layout.floats, library.dtype), np.zeros(max(layout.ints, 1), np.int64)
        self._i[counters.at : counters.at + 2] = 1, 1
        self._run = library.runner(self._f, self._i, table.encoded({k: library.address(k) for k in table.kernels}))

    def _write_back(self, writer: PassWriter, resolved: tuple[Node, ...], start: str, stop: str, output: str) -> None:
        # what hands on its input as it is (dropout that is not learning) is left out: its slope is that of its input
        same = {INPUT: INPUT}
        for node in resolved:
            source = same[node.sources[0]]
            same[node.layer.id] = source if writer.outputs[node.layer.id] == writer.outputs[source] else node.layer.id
        writer.deltas[INPUT] = writer.named("inside.input.d", 1, self.form.width)
        start, stop = same[start], same[stop]
        self.start, self._d_start = start, writer.named(f"inside.{start}.d", 1, writer.outputs[start].columns)
        writer.deltas[start] = self._d_start
        after, path, way = stop == INPUT, {start}, []
        rest = []
        for node in resolved:
            if after and same[node.layer.id] == node.layer.id:
                rest.append(node._replace(sources=tuple(same[s] for s in node.sources)))
            after = after or node.layer.id == stop
        for node in reversed(rest):
            if node.layer.id in path:
                path |= set(node.sources)
                way.append(node)
        writer.backward(tuple(reversed(way)), {output})
        self._d_stop = writer.deltas[stop]

    def take(self, plan: Plan) -> None:
        """Take over the numbers of a run."""
        numbers = plan.lowered.numbers
        self._view(self._numbers.value)[:] = plan.view(numbers.value)
        for name, kept in self._numbers.kept.items():
            self._view(kept.value)[:] = plan.view(numbers.kept[name].value)

    def see(self, pixels: Values) -> dict[str, Values]:
        """What each layer says of a picture [row, column, channel], as its numbers stand in the arena."""
        places = self._view(self._x)[0].reshape(self.form.places, -1)
        places[:, : self.form.channels] = pixels.reshape(self.form.places, self.form.channels)
        self._run(self._segments["forward"][0])
        return {k: self._view(b)[0] for k, b in self._outputs.items()}

    def slope(self, at_start: Values) -> Values:
        """The slope at `stop` of Σ at_start y, with y the numbers of `start` for the picture seen last."""
        self._view(self._d_start)[0] = 0
        self._view(self._d_start)[0, : at_start.size] = at_start.ravel()
        self._run(self._segments["backward"][0])
        found: Values = self._view(self._d_stop)[0].copy()
        return found

    def at_pixels(self, at_start: Values) -> Values:
        """The same at the pixels, [row, column, channel]."""
        whole = self.slope(at_start).reshape(self.form.rows, self.form.columns, -1)
        return np.ascontiguousarray(whole[:, :, : self.form.channels])

    def _view(self, buffer: Buffer) -> Values:
        numbers: Values = buffer.view(self._f)
        return numbers
