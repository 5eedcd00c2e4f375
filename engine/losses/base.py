"""What a loss is: the mean over the samples of a term per output.

With `o` the output, `t` the target. The targets of classes are 0/1 or -1/+1 by `targets`. A loss that is fused with an
activation is computed from the weighted sums, so it never overflows.
"""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import ClassVar, Literal

from engine.activations import Activation, Answer
from engine.kernels.record import Counter, Floats, In, Ints, Kernel, Out, Slot, hole, inline, kernel
from engine.kernels.words import Vec, bits, head8, like, load8, real, store, total
from engine.passes import Settings
from engine.registry import Kind, Registry
from engine.summing import Summing

Task = Literal["binary", "classes", "regression", "unsupervised"]
"""What is learned. Without a teacher, the neurons of the output find something in the inputs by themselves."""

Link = Literal["", "identity", "logit", "multinomial"]
"""The function m of the weighted sums z of a generalised linear model with its canonical link: the slope of the loss at
z is m(z) - t. It is named by its inverse: the identity, the logit (m is the sigmoid), the multinomial logit (the
softmax)."""

BY_CLASS: tuple[Answer, ...] = ("shares", "share", "sign", "value")
BY_SIDE: tuple[Answer, ...] = ("sign", "share", "value")
BY_VALUE: tuple[Answer, ...] = ("value", "sign", "share")
"""The answers that a loss of the distance between output and target can judge, the natural one first."""


@hole
def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """The loss of each output."""


@hole
def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:  # type: ignore[empty-body]
    """The slope of `term` at the output, or at the weighted sum z where loss and activation are fused."""


@kernel
def loss_slope(
    f: Floats, i: Ints, rows: Slot, whole: Slot, units: int, stride: int, gain: float,
    p0: float, p1: float, p2: float, p3: float, v_step: int, v: In, z: In, o: In, t: In, d: Out,
) -> None:  # fmt: skip
    """D [rows, units] = the slope of the mean loss; `whole` is the number of samples that the mean is over.

    The term sees c z, with the gain c; so its slope at z is c times that at c z. A sample weighs f[v + r v_step].
    """
    for r in range(i[rows]):
        scale, at = f[v + r * v_step] * gain / i[whole], r * stride
        for c in range(0, stride, 8):
            k = at + c
            found = derivative(load8(f, z + k) * gain, load8(f, o + k), load8(f, t + k), (p0, p1, p2, p3)) * scale
            store(f, d + k, head8(found, units - c, 0.0))


@kernel
def loss_sum(
    f: Floats, i: Ints, rows: Slot, units: int, stride: int, gain: float,
    p0: float, p1: float, p2: float, p3: float, v_step: int, v: In, z: In, o: In, t: In, into: Counter,
) -> None:  # fmt: skip
    """Add the loss of each sample, times its weight, to a float64 kept as bits at i[into]."""
    found = real(i[into])
    for r in range(i[rows]):
        for c in range(0, stride, 8):
            k = r * stride + c
            terms = term(load8(f, z + k) * gain, load8(f, o + k), load8(f, t + k), (p0, p1, p2, p3))
            found += f[v + r * v_step] * total(head8(terms, units - c, 0.0))
    i[into] = bits(found)


@kernel
def weigh_samples(f: Floats, i: Ints, rows: Slot, units: int, stride: int, base: In, t: In, v: Out) -> None:
    """V [rows] = b_0 + Σ_k b_k t_k: what a sample weighs in the loss, from the weights of the classes.

    With weights v_k of the classes and targets l and h, b_k = v_k / (h - l) and b_0 = -l Σ b_k: exactly v_k for a
    sample of class k, and the mean of the weights where the target is a mixture.
    """
    for r in range(i[rows]):
        found = 1.0 * f[base]
        for k in range(units):
            found += f[base + 1 + k] * f[t + r * stride + k]
        f[v + r] = found


class Loss(Kind, frozen=True):
    """What learning makes small.

    `tasks` maps each task it serves to the answers it can judge, the natural one first. Losses of one `family` stand
    for each other when the task changes. `fused_with` names the activation with which it is computed from the sums.
    `of` is how the z of its outputs must come about, where only one way will do. A batch of fewer samples than
    `least_batch` says nothing to it, nor does an output without a teacher of fewer neurons than `least_units`. By one
    that is `unbounded` weights grow at every rate. A run is judged `by_errors` where a smaller loss does not mean a
    better network. `unchecked` says why the gradient check can't be met, where it can't.

    `term` and `derivative` are compiled, vectors in and out, with weighted sum z, output o, target t and the
    `settings` p: the loss of an output and its slope at o. With the activation that it is fused with, `fused_term` and
    `fused_derivative` take their place: the same loss from z, and its slope at z.

    `expressions` say the same as lines of assignments, in o, t and the `symbols` of its hyper-parameters: the loss L of
    an output and its slope L' at o, after helpers of their own. So do `fused_expressions` in z, o and t, with L' at z;
    where the activation has a gain c, their z is c z, and the slope at the weighted sum is c L'. `forgotten` says what
    `forgetting` adds to the gradient of a weight w for one sample; the bias of such a rule stays as it is.
    """

    registry: ClassVar[Registry[Loss]] = Registry("loss")
    formula: ClassVar[str] = ""
    expressions: ClassVar[tuple[str, ...]] = ()
    fused_expressions: ClassVar[tuple[str, ...]] = ()
    family: ClassVar[str] = ""
    tasks: ClassVar[dict[Task, tuple[Answer, ...]]] = {}
    of: ClassVar[Summing | None] = None
    least_batch: ClassVar[int] = 1
    least_units: ClassVar[int] = 1
    unbounded: ClassVar[bool] = False
    by_errors: ClassVar[bool] = False
    unchecked: ClassVar[str] = ""
    fused_with: ClassVar[str] = ""
    forgotten: ClassVar[str] = ""

    @property
    def settings(self) -> tuple[float, ...]:
        """The hyper-parameters p[0], p[1] ... of `term` and `derivative`; at most four."""
        return ()

    @property
    def whole_batch(self) -> bool:
        """Whether it needs all samples of a batch at once; then a batch is never cut in pieces."""
        return False

    @property
    def forgetting(self) -> Kernel | None:
        """The operation that completes the gradient of the weights of a rule that is more than slope times input."""
        return None

    def outputs(self, task: Task) -> tuple[str, ...]:
        """The keys of the activations that it can be paired with for a task, the natural one first."""
        return tuple(
            e.key for answer in self.tasks.get(task, ()) for e in Activation.registry if e.kind.answer == answer
        )

    def is_fused(self, activation: Activation) -> bool:
        """Whether it is computed from the weighted sums of this activation."""
        return activation.key == self.fused_with

    def link(self, activation: Activation) -> Link:
        """Of what generalised linear model an output with this activation is, with this loss; empty where of none.

        Where the activation has a gain c, the function is of c z, and the slope c (m(c z) - t).
        """
        return ""

    def slope_kernel(self, activation: Activation) -> Kernel:
        """The operation that writes the slope of the mean loss."""
        if self.is_fused(activation):
            return loss_slope.filled(f"{self.key} of sums", derivative=type(self).fused_derivative)
        return loss_slope.filled(self.key, derivative=type(self).derivative)

    def sum_kernel(self, activation: Activation) -> Kernel:
        """The operation that sums the loss over samples."""
        if self.is_fused(activation):
            return loss_sum.filled(f"{self.key} of sums", term=type(self).fused_term)
        return loss_sum.filled(self.key, term=type(self).term)

    @staticmethod
    @inline
    def term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        """Return the loss of each output."""
        return like(o, 0.0)

    @staticmethod
    @inline
    def derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        """Return the slope of `term` at o."""
        return o - t

    @staticmethod
    @inline
    def fused_term(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        """Return the loss of each output, from its weighted sum."""
        return like(o, 0.0)

    @staticmethod
    @inline
    def fused_derivative(z: Vec, o: Vec, t: Vec, p: Settings) -> Vec:
        """Return the slope of `fused_term` at z."""
        return o - t

    def targets(self, activation: Activation) -> tuple[float, float]:
        """The values that stand for “not this class” and “this class” at this output."""
        return (-1.0, 1.0) if activation.answer in ("sign", "value", "side") else (0.0, 1.0)
