"""An experiment lowered to one list of operations over two arenas.

Segments: `step` (take a piece, forward, loss, backward, and once a batch is complete check, penalty, update, count, a
point of the curve), `changed` (what is done to the inputs of a piece, to be looked at), `view` (forward over samples or
a grid, a piece at a time; sums losses, keeps maps), one `sample` for each output (its loss over the last piece).
"""

from __future__ import annotations

from typing import Final, NamedTuple, final

from engine import features
from engine.experiment import Experiment, heads, input_shape, nodes, plane
from engine.kernels.table import Argument, Buffer, Layout, Table, padded
from engine.network import Node
from engine.passes import settings
from engine.plan import curve, measure
from engine.plan import procedure as p
from engine.plan.averaged import write_exchange, write_mean
from engine.plan.judging import Judge
from engine.plan.numbers import MEMORY, SEARCH, SUM, Numbers, apart, place_numbers, room
from engine.plan.steps import StepWriter, write_changes
from engine.plan.tied import Bond, bonds, write_costs, write_gradients, write_values
from engine.plan.writer import PassWriter, Slots
from engine.shapes import size

LARGEST_PIECE = 512
"""Batches of more samples are accumulated in pieces of this many; views take as many at a time."""

NUMBERS = 1 << 22
"""A piece has about as many numbers in all layers at most: one of large pictures has fewer samples."""

ROOM = 32
"""Numbers of scratch that an optimiser may use within a step."""

ONE = "one"
"""The number 1, which `Plan` puts there: what a sample weighs where all weigh alike."""

ZEROS: Final = Buffer("zeros", "scratch", 0, 1, 0, 0, 0)
"""The row of zeros, as it is named before anybody knows how wide it must be."""

LIMITS = {4: 1e18, 8: 1e150}
"""The largest gradient that is still updated with, by the size of a number in bytes."""


class Lowered(NamedTuple):
    """What lowering made: where everything stands and what is done to it."""

    layout: Layout
    table: Table
    nodes: tuple[Node, ...]
    numbers: Numbers
    counters: Buffer
    order: Buffer
    log: Buffer
    x: Buffer
    y: Buffer
    piece: int
    least: int
    largest: int
    outputs: dict[str, Buffer]
    view_outputs: dict[str, Buffer]
    map_rows: dict[str, int]
    bonds: tuple[Bond, ...]
    limit: float


@final
class Lowering:
    """Builds the plan of an experiment: call `lower`."""

    def __init__(self, experiment: Experiment, train: int, test: int, itemsize: int) -> None:
        self.experiment = experiment
        self.train, self.test, self.itemsize = train, test, itemsize
        self.layout, self.table = Layout(), Table()
        self.resolved = nodes(experiment)
        self.counters = self.layout.whole("counters", "counter", p.COUNTERS)
        self.order = self.layout.whole("order", "counter", max(train, 1))
        self.log = self.layout.whole("log", "counter", curve.LOG * curve.WIDTH)
        self.numbers = place_numbers(self.layout, self.resolved, experiment)
        self.heads = heads(experiment)
        self.goals: dict[str, Buffer] = {}
        self.bonds = bonds(self.resolved, self.numbers)
        self.rate = self.layout.block("rate", "scratch", 1)
        shapes = [input_shape(experiment.data), *(n.shape for n in self.resolved)]
        self.one = self.layout.block(ONE, "scratch", 1)
        weighs = any(r.weighs_classes for r in experiment.training.regularisers)
        self.judge = Judge(self.table, self.slot, self.one, weighs)
        batch = experiment.training.batch or max(train, 1)
        whole = experiment.training.loss.whole_batch or any(n.layer.whole_batch for n in self.resolved)
        self.largest = max(1, min(LARGEST_PIECE, NUMBERS // sum(map(room, shapes))))
        self.piece = max(1, min(batch, train) if whole else min(batch, self.largest, train))
        self.least = self.piece if whole else 1

    def slot(self, counter: int) -> Buffer:
        """One counter."""
        return Buffer(f"counter {counter}", "counter", self.counters.at + counter, 1, 1, 1, 1, whole=True)

    def pass_writer(self, name: str, capacity: int, rows: int, learning: bool) -> PassWriter:
        """Begin a pass."""
        slots = Slots(self.slot(rows), self.slot(p.FRESH), self.slot(p.SAMPLES), self.slot(p.TRAIN), ZEROS, learning)
        seed = self.experiment.seeds.training
        return PassWriter(name, capacity, self.layout, self.table, self.numbers, slots, seed)

    def lower(self) -> Lowered:
        """Lay out all numbers and write all operations."""
        inputs, outputs = size(input_shape(self.experiment.data)), self.resolved[-1].units.size
        learner = self.pass_writer("train", self.piece, p.ROWS, learning=True)
        viewer = self.pass_writer("view", self.largest, p.VIEW_ROWS, learning=False)
        # What a step touches stands close together; the data and the views come behind it.
        batch = self.layout.block("train.x", "scratch", self.piece, inputs)
        goal = self.layout.block("train.y", "scratch", self.piece, outputs)
        step = self.table.segment("step")
        write_values(self.table, self.bonds)
        taking = self.table.op(p.take, c=self.counters, order=self.order, x_stride=batch.stride, y_stride=goal.stride,
                               x=0, y=0, to_x=batch, to_y=goal)  # fmt: skip
        others = {h.layer.id: self.take_others(h.layer.id) for h in self.heads if h.layer.goal}
        self.goals = {h.layer.id: goal for h in self.heads} | {k: to for k, (_, to) in others.items()}
        regularisers = self.experiment.training.regularisers
        self.extras = [(r, StepWriter(self, k, batch, goal)) for k, r in enumerate(regularisers)]
        moving = self.move_points(batch)
        noting = self.step(learner, batch, step)
        write_changes(self.table, self.extras)
        rows = max(self.train + self.test, 1)
        x, y = self.layout.block("x", "data", rows, inputs), self.layout.block("y", "data", rows, outputs)
        self.table.replace(taking, x=x, y=y)
        data = {batch: x, goal: y}
        for k, (place, to) in others.items():
            data[to] = self.layout.block(f"y.{k}", "data", rows, 1)
            self.table.replace(place, y=data[to])
        if moving is not None:
            columns = self.layout.block("columns", "data", rows, len(self.experiment.data.source.columns))
            self.table.replace(moving, y=columns)
        for place, of in (pair for _, writer in self.extras for pair in writer.on_data):
            self.table.replace(place, data=data[of])
        for place in noting:
            self.table.replace(place, x=x, view=self.table.here)
        maps = self.view(viewer, y, inputs, outputs)
        for place in (*learner.on_samples, *viewer.on_samples):
            self.table.replace(place, known_x=x, known_y=y)
        write_sums(self, learner, viewer)
        place_zeros(self.layout, self.table)
        self.table.close()
        self.layout.align()
        return Lowered(self.layout, self.table, self.resolved, self.numbers, self.counters, self.order, self.log,
                       x, y, self.piece, self.least, self.largest, learner.outputs, viewer.outputs, maps, self.bonds,
                       LIMITS[self.itemsize])  # fmt: skip

    def take_others(self, id_: str) -> tuple[int, Buffer]:
        """Take the targets of an output that has its own; return the row that goes to them, and where they come to."""
        to = self.layout.block(f"train.y.{id_}", "scratch", self.piece, 1)
        return self.table.op(p.take_targets, c=self.counters, order=self.order, stride=to.stride, y=0, to_y=to), to

    def step(self, learner: PassWriter, batch: Buffer, step: int) -> tuple[int, int]:
        """Forward, loss, backward; once a batch is complete: check, penalty, update, count, a point of the curve.

        Return the rows that go to a view of the samples, which stands further on.
        """
        op, numbers, extras = self.table.op, self.numbers, self.extras
        measured = self.experiment.training.optimiser.needs_loss
        self.pass_piece(learner, batch)
        if measured:
            self.measure(learner)
        op(p.end_piece, c=self.counters, again=step)
        if measured:
            op(measure.mean_loss, whole=self.slot(p.WHOLE), loss=self.slot(p.BATCH_LOSS))
            write_costs(self.table, self.bonds, self.slot(p.BATCH_LOSS))
        write_gradients(self.table, self.bonds)
        self.penalty()
        learns = numbers.length > 0
        if learns and not measured:  # who sees the loss can go back from numbers that are not finite
            self.check(otherwise=p.DIVERGED)
        frozen = self.hold()
        for regulariser, writer in extras:
            regulariser.on_gradient(writer)
        self.update(learns)
        passing = self.check(otherwise=0) if learns and measured else None
        learner.after_update(self.resolved)
        if passing is not None:  # but layers keep no means of such numbers
            self.table.replace(passing, otherwise=self.table.here)
        for regulariser, writer in extras:
            regulariser.after_update(writer)
        if frozen:
            op(p.put_back, w=numbers.value, **frozen)
        write_mean(self.table, numbers, self.slot(p.STEP))
        op(p.end_step, c=self.counters)
        c, log = self.counters, self.log
        first = op(curve.begin_point, c=c, x=0, view=0, again=step)
        second = op(curve.half_point, c=c, log=log, x=0, rows=self.train + self.test, view=0)
        schedule = self.experiment.training.schedule
        if schedule.patience:
            op(curve.watch, c=c, log=log, rows=self.train + self.test, patience=float(schedule.patience),
               m=numbers.kept[MEMORY].value)  # fmt: skip
        op(curve.end_point, c=c, log=log, again=step)
        return first, second

    def pass_piece(self, learner: PassWriter, batch: Buffer) -> None:
        """Forward, losses and backward of a piece, with what is done to it besides."""
        for regulariser, writer in self.extras:
            regulariser.on_batch(writer)
        if self.extras:
            write_values(self.table, self.bonds)  # what was done to weights is done to those that follow them
        learner.forward(self.resolved, batch)
        output = self.heads[-1].layer.id
        self.judge.weigh(learner, self.goals[output])
        fused = {h.layer.id for h in self.heads if self.judge.slope(learner, h, self.goals[h.layer.id])}
        for regulariser, writer in self.extras:
            writer.o, writer.d = learner.outputs[output], learner.deltas[output]
            regulariser.on_slope(writer)
        learner.backward(self.resolved, fused)
        for head in self.heads:
            self.judge.forget(learner, head)
        for regulariser, writer in reversed(self.extras):
            regulariser.after_backward(writer)

    def move_points(self, batch: Buffer) -> int | None:
        """Take the columns of a piece, have them moved, and compute the inputs anew, where anything moves points.

        Return the row that goes to the columns of all samples, which stand further on.
        """
        if not any(r.moves_points for r, _ in self.extras):
            return None
        data, names = self.experiment.data, self.experiment.data.source.columns
        columns = self.layout.block("train.columns", "scratch", self.piece, len(names))
        taking = self.table.op(p.take_targets, c=self.counters, order=self.order, stride=columns.stride, y=0,
                               to_y=columns)  # fmt: skip
        for regulariser, writer in self.extras:
            writer.columns = columns
            regulariser.on_points(writer)
        features.lower(self.table, self.slot(p.ROWS), data.features, names, plane(data), columns, batch)
        return taking

    def penalty(self) -> None:
        """Slopes of the penalty, on weights only, and its cost where the optimiser looks at the loss."""
        penalty, measured = self.experiment.training.penalty, self.experiment.training.optimiser.needs_loss
        if penalty.slope is None or not penalty.strength:
            return
        for learned in self.numbers.arrays.values():
            if learned.parameter.is_weight and not learned.follows:
                if learned.learns:
                    self.table.op(penalty.slope, count=learned.value.size, **penalty.settings(), w=learned.value,
                                  g=learned.gradient)  # fmt: skip
                if measured and penalty.sum is not None:
                    self.table.op(penalty.sum, count=learned.value.size, **penalty.settings(), w=learned.value,
                                  into=self.slot(p.BATCH_LOSS))  # fmt: skip

    def check(self, otherwise: int) -> int:
        """Go elsewhere unless the gradient is finite."""
        numbers = self.numbers
        return self.table.op(p.check, count=numbers.length, limit=LIMITS[self.itemsize], otherwise=otherwise,
                             g=numbers.gradient)  # fmt: skip

    def measure(self, learner: PassWriter) -> None:
        """Add the losses of a piece to that of its batch."""
        into, kept = self.slot(p.BATCH_LOSS), self.numbers.kept[SUM].value
        self.table.op(measure.take_sum, fresh=self.slot(p.FRESH), sum=kept, into=into)
        for head in self.heads:
            self.judge.total(learner, head, self.goals[head.layer.id], self.slot(p.PART_LOSS))
            self.table.op(measure.add_share, share=head.layer.share, part=self.slot(p.PART_LOSS), into=into)
        self.table.op(measure.keep_sum, loss=into, sum=kept)

    def hold(self) -> dict[str, Argument]:
        """Take frozen numbers out of the gradient and note them; return what puts them back at the end of the step."""
        count = len(self.experiment.model.frozen)
        if not count:
            return {}
        places = self.layout.whole("frozen", "counter", count)
        kept = self.layout.block("frozen kept", "scratch", 1, count)
        held: dict[str, Argument] = {"count": count, "places": places, "kept": kept}
        self.table.op(p.hold, w=self.numbers.value, g=self.numbers.gradient, **held)
        return held

    def update(self, learns: bool) -> None:
        """The rate of this step, then the optimiser over all numbers that learn at once, if any do."""
        optimiser, numbers = self.experiment.training.optimiser, self.numbers
        schedule = self.experiment.training.schedule
        self.table.op(p.set_rate.filled(schedule.key, factor=type(schedule).factor), c=self.counters,
                      rate=optimiser.rate, **settings(schedule.settings), watched=int(schedule.patience > 0),
                      m=numbers.kept[MEMORY].value if schedule.patience else ZEROS, into=self.rate)  # fmt: skip
        if not learns:
            return
        known: dict[str, Argument] = {
            "count": numbers.length, "rate": self.rate, "w": numbers.value, "g": numbers.gradient,
            "updates": self.slot(p.UPDATES), **optimiser.settings(), **numbers.slots,
        }  # fmt: skip
        if optimiser.needs_loss:
            known |= {
                "loss": self.slot(p.BATCH_LOSS), "memory": numbers.kept[SEARCH].value, "apart": apart(numbers.slots),
                "shares": self.layout.block("shares", "scratch", 1, ROOM), "limit": LIMITS[self.itemsize],
                "stop": p.DIVERGED,
            }  # fmt: skip
        self.table.op(optimiser.update, **{name: known[name] for name in optimiser.update.arguments})

    def view(self, viewer: PassWriter, y: Buffer, inputs: int, outputs: int) -> dict[str, int]:
        """Forward over rows of samples or of a grid; return the first map of each layer."""
        op, c = self.table.op, self.counters
        seen = self.layout.block("view.x", "scratch", self.largest, inputs)
        goal = self.layout.block("view.y", "scratch", self.largest, outputs)
        start = self.table.segment("view")
        write_values(self.table, self.bonds)
        write_exchange(self.table, self.numbers, self.bonds)
        op(p.view_take, c=c, capacity=self.largest, x_stride=seen.stride, y_stride=goal.stride, y=y, to_x=seen,
           to_y=goal)  # fmt: skip
        viewer.forward(self.resolved, seen)
        jump = op(p.skip_unless, flag=self.slot(p.SCORED), target=0)
        self.judge.weigh(viewer, goal)
        self.judge.score(viewer, self.heads[-1], goal)
        self.table.replace(jump, target=self.table.here)
        # the output's maps come first: a surface alone needs no room for the others
        output = self.resolved[-1].layer.id
        first_units, unit = {output: 0}, padded(self.resolved[-1].units.size)
        jump = op(p.skip_unless, flag=self.slot(p.MAPPED), target=0)
        for node in self.resolved[:-1] if self.experiment.data.source.axes is None else ():
            a = viewer.outputs[node.layer.id]
            op(p.put_maps, c=c, first_unit=unit, stride=a.stride, a=a)
            first_units[node.layer.id], unit = unit, unit + padded(node.units.size)
        self.table.replace(jump, target=self.table.here)
        jump = op(p.skip_unless, flag=self.slot(p.DRAWN), target=0)
        a = viewer.outputs[output]
        op(p.put_maps, c=c, first_unit=0, stride=a.stride, a=a)
        self.table.replace(jump, target=self.table.here)
        write_exchange(self.table, self.numbers, self.bonds)
        op(p.view_next, c=c, again=start)
        return first_units


def write_sums(low: Lowering, learner: PassWriter, viewer: PassWriter) -> None:
    """The sums of losses of each output: over the first ROWS samples of the piece taken last, and over a view.

    The latter, for auxiliary outputs, over a view that was one piece, from the first sample on.
    """
    for head in low.heads:
        low.table.segment(f"sample {head.layer.id}")
        low.judge.score(learner, head, low.goals[head.layer.id])
        low.table.op(p.halt)
    for head in low.heads[:-1]:
        own = f"y.{head.layer.id}" if head.layer.goal else "view.y"
        low.table.segment(f"seen {head.layer.id}")
        low.judge.total(viewer, head, low.layout.buffers[own], low.slot(p.LOSS))
        low.table.op(p.halt)


def place_zeros(layout: Layout, table: Table) -> None:
    """Lay out the row of zeros, as wide as the widest row there is: whoever reads it reads it like a row of theirs."""
    widest = max(b.stride for b in layout.buffers.values() if not b.whole)
    table.settle(ZEROS, layout.block(ZEROS.name, ZEROS.role, 1, widest))
