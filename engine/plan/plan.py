"""The running form of a plan: arrays, compiled kernels, and the ways to run it."""

from __future__ import annotations

from typing import Any, Final, final

import numpy as np
from numpy.typing import NDArray

from engine import streams
from engine.experiment import Experiment, heads
from engine.kernels.library import Library, Progress
from engine.kernels.record import COLUMNS
from engine.kernels.table import Buffer, float_bits, padded
from engine.network import held_places
from engine.plan import curve
from engine.plan import procedure as p
from engine.plan.judging import CLASS_WEIGHTS
from engine.plan.lower import ONE, Lowering
from engine.plan.samples import Prepared, class_weights

Numbers = NDArray[np.floating[Any]]
_ZERO: Final = float_bits(0.0)

Points = tuple[int, int, int]
"""Step of the first point of a curve, steps between points, most points of a call."""

NO_POINTS: Final[Points] = (-1, 0, 1)


@final
class Plan:
    """An experiment, lowered, compiled and filled with its samples; the learned numbers are all 0 at first."""

    def __init__(self, experiment: Experiment, prepared: Prepared, library: Library, progress: Progress | None = None):
        self.experiment: Final = experiment
        self.prepared: Final = prepared
        self.library: Final = library
        rows = len(prepared.x)
        lowered = Lowering(experiment, prepared.train, rows - prepared.train, library.dtype.itemsize).lower()
        self.lowered: Final = lowered
        library.compile(lowered.table.kernels, progress)
        self.rows: Final = lowered.table.encoded({k: library.address(k) for k in lowered.table.kernels})
        self.f: Numbers = aligned(lowered.layout.floats, library.dtype)
        self.i: Final = aligned(max(lowered.layout.ints, 1), np.dtype(np.int64))
        self._runner = library.runner(self.f, self.i, self.rows)
        self._grid_rows = 0
        if rows:
            self.view(lowered.x)[:] = prepared.x
            self.view(lowered.y)[:] = prepared.y
            for id_, values in prepared.others.items():
                self.view(lowered.layout.buffers[f"y.{id_}"])[:] = values
            if "columns" in lowered.layout.buffers:
                self.view(lowered.layout.buffers["columns"])[:] = prepared.samples.x[prepared.source]
        self._set_counters()
        self._set_frozen()
        self.view(lowered.layout.buffers[ONE])[:] = 1
        if CLASS_WEIGHTS in lowered.layout.buffers:
            self.view(lowered.layout.buffers[CLASS_WEIGHTS])[0] = class_weights(experiment, prepared)

    def view(self, buffer: Buffer) -> Numbers:
        """The numbers of a buffer, [row, column]."""
        return buffer.view(self.f)

    def counter(self, name: int) -> int:
        """One counter."""
        return int(self.i[self.lowered.counters.at + name])

    def set(self, name: int, value: int) -> None:
        """Set one counter."""
        self.i[self.lowered.counters.at + name] = value

    def run(self, segment: str) -> int:
        """Run a segment until it stops; return the stop code."""
        return self._runner(self.lowered.table.segments[segment][0])

    def steps(self, last: int, pieces: int, piece: int | None = None, points: Points = NO_POINTS) -> int:
        """Learn until step `last`, for so many pieces or points of the curve, whichever is first; return the stop code.

        A piece is cut no smaller than the layers allow. `points` tells at which step the first is due, after how many
        more the next, and how many there may be.
        """
        self.set(p.LAST, last)
        self.set(p.PIECES, pieces)
        self.set(p.PIECE, max(piece or self.lowered.piece, self.lowered.least))
        for counter, value in zip((p.MARK, p.STRIDE, p.ROOM, p.NOTED), (*points, 0), strict=True):
            self.set(counter, value)
        return self.run("step")

    def noted(self) -> list[curve.Point]:
        """The points of the curve that the last steps took."""
        whole = self.i[self.lowered.log.at :][: self.counter(p.NOTED) * curve.WIDTH].reshape(-1, curve.WIDTH)
        sums = whole.view(np.float64)[:, [curve.TRAINED, curve.TESTED]].tolist()
        return [
            curve.Point(step, epoch, offset, (train, hits), (test, test_hits))
            for (step, epoch, offset, _, hits, _, test_hits, _), (train, test) in zip(whole.tolist(), sums, strict=True)
        ]

    def score(self, first: int, end: int) -> tuple[float, int]:
        """Sum of losses and number of hits of the samples first <= row < end."""
        if end <= first:
            return 0.0, 0
        self._view(self.lowered.x.at, first, end, scored=True, drawn=False, mapped=False)
        return self._take_score()

    def objective(self, end: int) -> float:
        """Sum of the losses of all outputs over the samples before `end`, at most one piece of a view."""
        found = self.score(0, end)[0]
        for head in heads(self.experiment)[:-1]:
            self.set(p.LOSS, _ZERO)
            self.run(f"seen {head.layer.id}")
            found += head.layer.share * self._take_score()[0]
        return found

    def score_last(self) -> float:
        """Loss of the sample taken last, as the network answered then: what it adds to the sum over its piece."""
        rows = self.counter(p.ROWS)
        return self._score_rows(rows) - self._score_rows(rows - 1)

    def score_piece(self) -> float:
        """Sum of what is learned from over the piece taken last: the losses of all outputs, as they answered then."""
        rows = self.counter(p.ROWS)
        return sum(h.layer.share * self._score_rows(rows, h.layer.id) for h in heads(self.experiment))

    def _score_rows(self, rows: int, output: str = "") -> float:
        kept = self.counter(p.ROWS)
        for counter, value in ((p.ROWS, rows), (p.LOSS, _ZERO), (p.HITS, 0)):
            self.set(counter, value)
        self.run(f"sample {output or self.experiment.model.output.id}")
        self.set(p.ROWS, kept)
        return self._take_score()[0]

    def _take_score(self) -> tuple[float, int]:
        loss = self.i[self.lowered.counters.at + p.LOSS :][:1].view(np.float64)[0]
        return float(loss), self.counter(p.HITS)

    def set_grid(self, x: NDArray[Any]) -> None:
        """Set the places of the grid: what the network sees there, [place, feature]."""
        self._grid_rows = len(x)
        self._reserve(self._maps_at())
        self._grid()[:, : x.shape[1]] = x

    def maps(self, every_layer: bool) -> dict[str, Numbers]:
        """What each neuron says at each place of the grid: layer to [unit, place]; the output alone if not asked."""
        rows, shown = self._grid_rows, self.lowered.nodes if every_layer else self.lowered.nodes[-1:]
        base, step = self._maps_at(), padded(rows)
        units = max(self.lowered.map_rows[n.layer.id] + padded(n.units.size) for n in shown)
        self._reserve(base + units * step)
        self.set(p.MAPS_AT, base)
        self.set(p.MAPS_STRIDE, step)
        if rows:
            self._view(self._grid_at, 0, rows, scored=False, drawn=True, mapped=every_layer)
        found = {}
        for node in shown:
            first, count = self.lowered.map_rows[node.layer.id], node.units.size
            block = self.f[base + first * step : base + (first + count) * step].reshape(count, step)
            found[node.layer.id] = block[:, :rows].copy()
        return found

    def sees(self, x: NDArray[Any]) -> dict[str, Numbers]:
        """What each neuron says on inputs [sample, input] of anybody's (at most one piece of a view)."""
        self.set_grid(x)
        self._view(self._grid_at, 0, len(x), scored=False, drawn=False, mapped=False)
        return {k: self.view(b)[: len(x)].copy() for k, b in self.lowered.view_outputs.items()}

    def activations(self, first: int, end: int) -> dict[str, Numbers]:
        """What each neuron says on samples first <= row < end (at most one piece of a view): layer to [row, unit]."""
        self._view(self.lowered.x.at, first, end, scored=False, drawn=False, mapped=False)
        return {k: self.view(b)[: end - first].copy() for k, b in self.lowered.view_outputs.items()}

    @property
    def _grid_at(self) -> int:
        """The grid stands behind everything else, and the maps behind it; both grow as pictures do."""
        return padded(self.lowered.layout.floats, 16)

    def _grid(self) -> Numbers:
        stride = self.lowered.x.stride
        return self.f[self._grid_at : self._grid_at + self._grid_rows * stride].reshape(self._grid_rows, stride)

    def _maps_at(self) -> int:
        return padded(self._grid_at + self._grid_rows * self.lowered.x.stride, 16)

    def _reserve(self, end: int) -> None:
        """Make the float arena at least so long, and a vector longer."""
        if len(self.f) < end + 16:
            grown = aligned(end + 16, self.library.dtype)
            grown[: len(self.f)] = self.f
            self.f = grown
            self._runner = self.library.runner(self.f, self.i, self.rows)

    def _view(self, x: int, first: int, end: int, *, scored: bool, drawn: bool, mapped: bool) -> None:
        at = self.lowered.counters.at
        self.i[at + p.VIEW_AT : at + p.BACK + 1] = (first, end, 0, x, 0, scored, mapped, drawn, _ZERO, 0, p.DONE)
        self.run("view")

    def _set_counters(self) -> None:
        train = self.prepared.train
        self.set(p.TRAIN, train)
        self.set(p.BATCH, self.experiment.training.batch or max(train, 1))
        self.set(p.IN_ORDER, int(self.experiment.training.order == "given"))
        self.set(p.STREAM, int(streams.state(self.experiment.seeds.training, "shuffle")[0]))

    def _set_frozen(self) -> None:
        frozen = self.experiment.model.frozen
        if not frozen:
            return
        places = self.lowered.layout.buffers["frozen"]
        base = self.lowered.numbers.value.at
        for k, (name, (*rows, column)) in enumerate(held_places(self.lowered.nodes, frozen)):
            learned = self.lowered.numbers.arrays[name]
            row = int(np.ravel_multi_index(rows, learned.parameter.shape[:-1])) if rows else 0
            self.i[places.at + k] = learned.value.at + row * learned.value.stride + column - base


def aligned(count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Zeros that begin at a cache line."""
    room = np.zeros(count * dtype.itemsize + 64, np.uint8)
    skip = -room.ctypes.data % 64
    return room[skip : skip + count * dtype.itemsize].view(dtype)


__all__ = ["COLUMNS", "Plan", "aligned"]
