"""What a regulariser is: something done at fixed places of a step. Each may be added once or more."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from engine import streams
from engine.activations import Answer
from engine.kernels.record import Kernel
from engine.kernels.table import Argument, Buffer
from engine.losses import Task
from engine.registry import Kind, Registry


class Setting(NamedTuple):
    """What a regulariser has to fit: the task, how the output is read, and the places of the plane's two columns.

    `plane` is empty where the plane shows one column only. `searching` is an optimiser that compares losses. `picture`
    are the rows, columns and channels where samples are pictures, else it is empty.
    """

    task: Task
    answer: Answer | None
    plane: tuple[int, ...]
    searching: bool
    picture: tuple[int, ...] = ()


class StepPass(Protocol):
    """What a regulariser works with when a step is lowered.

    `x` are the inputs of the piece and `t` its targets, as many samples as the slot `rows` says; `low` and `high` are
    the targets “not this class” and “this class”. `o` is the output, and `d` the slope of the mean loss: at the
    weighted sums where loss and activation are `fused` (`gain` is then the factor of the sums), else at the output.
    `gradient` is that of every learned number in a row of `count`, frozen ones taken out. Slots: `whole` samples of the
    batch, `seen` samples before this piece, the `step`, the number `train` of samples learned from.

    `columns` are those of the data before inputs are computed from them; they are there for `on_points` only.
    """

    setting: Setting
    rows: Buffer
    whole: Buffer
    seen: Buffer
    step: Buffer
    train: Buffer
    columns: Buffer
    x: Buffer
    t: Buffer
    o: Buffer
    d: Buffer
    low: float
    high: float
    fused: bool
    gain: float
    count: int
    gradient: Buffer

    @property
    def targets(self) -> tuple[Buffer, ...]:
        """All that outputs are compared with: `t`, and targets of their own of auxiliary outputs."""

    @property
    def weights(self) -> tuple[Buffer, ...]:
        """The weight matrices [inputs, outputs] that learn by themselves, without biases."""

    @property
    def gradients(self) -> tuple[Buffer, ...]:
        """The gradient of every array that learns by itself, biases included."""

    def op(self, kernel: Kernel, **arguments: Argument) -> int:
        """Add an operation."""

    def op_on_data(self, kernel: Kernel, of: Buffer, **arguments: Argument) -> int:
        """Add an operation whose argument `data` is what `of`, the inputs or some targets, is for all samples."""

    def scratch(self, name: str, rows: int, columns: int) -> Buffer:
        """A buffer of this regulariser; the same one for the same name."""

    def stream(self, purpose: streams.Purpose) -> int:
        """The start of a random stream of its own."""


class Regulariser(Kind, frozen=True):
    """Something done at fixed places of a step; each method adds the operations of one place.

    What is drawn at random follows from the number of the sample or of the step, so a step that is cut in pieces, or
    saved in between, has the same bits.
    """

    registry: ClassVar[Registry[Regulariser]] = Registry("regulariser")
    changes_inputs: ClassVar[bool] = False
    """Whether it changes what the network sees of a sample, `on_batch`: augmentation, noise, mixtures."""
    averages: ClassVar[bool] = False
    """Whether all that looks is answered by the mean of the learned numbers over the steps (`engine.plan.averaged`)."""

    def unfit(self, setting: Setting) -> str:
        """What it needs that an experiment does not have, as the end of “it needs ...”; empty where it fits."""
        return ""

    def on_points(self, p: StepPass) -> None:
        """When a piece of a batch was taken, before the inputs are computed from its columns."""

    def on_batch(self, p: StepPass) -> None:
        """When the inputs of a piece are known."""

    def on_slope(self, p: StepPass) -> None:
        """When the slope of the loss is known for a piece."""

    def after_backward(self, p: StepPass) -> None:
        """When the gradient of a piece was added; called in the reverse order of the list."""

    def on_gradient(self, p: StepPass) -> None:
        """When the gradient of the batch, penalty included, is complete and finite."""

    def after_update(self, p: StepPass) -> None:
        """When the numbers were updated."""

    @property
    def moves_points(self) -> bool:
        """Whether it changes columns, so that inputs must be computed anew in each step."""
        return type(self).on_points is not Regulariser.on_points

    @property
    def weighs_classes(self) -> bool:
        """Whether it says what classes weigh in the loss."""
        return type(self).class_weights is not Regulariser.class_weights

    def class_weights(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """What each class weighs in the loss, by the number of its samples that are learned from."""
        return np.ones(len(counts))


def needs_classes(setting: Setting) -> str:
    """What is missing for those that work on classes."""
    return "" if setting.task in ("binary", "classes") else "classes to tell apart"
