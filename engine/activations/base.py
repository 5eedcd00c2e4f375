"""What an activation is: value and derivative side by side, or operations of its own."""

# ruff: noqa: ARG004 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from engine.kernels.record import inline
from engine.kernels.table import Buffer
from engine.kernels.words import Vec, like
from engine.passes import Pass, Settings
from engine.registry import Kind, Registry

EDGE = 0.01
"""A bounded function is saturated this near to a bound, as a share of its range."""

Answer = Literal["value", "share", "sign", "shares", "fires", "side", "winner"]
"""How an output is read: as a value; as a share of one (two classes at 0 and 1); as a sign (two classes at -1 and +1);
as shares of one among all outputs; as a threshold unit that fires or rests (1 and 0), or takes a side (1 and -1);
as the winner among all outputs (1, the others 0)."""


class Activation(Kind, frozen=True):
    """The function a = f(z) of a neuron; z is its weighted sum.

    `formula` is read by people; `low` and `high` bound the outputs where they are bounded. `activity` names what
    `active` finds. `answer` tells how it is read at an output, None where it is none. `hidden` is false for those that
    need all outputs at once, `identity` true for f(z) = z.

    `expressions` say the same as lines of assignments, in z and the `symbols` of its hyper-parameters: the answer a and
    its slope a' at z, after helpers of their own. Σ and `largest` are over all outputs. One that needs all of them has
    d' in place of a': the slope at z, from the slopes d at all outputs.

    `value(z, p)` and `derivative(z, a, p)` are compiled, vectors in and out; p are the `settings`. What can't be said
    number by number is `apart` and overrides `forward` and `backward` instead. `unchecked` says why the gradient check
    can't be met, where it can't.
    """

    registry: ClassVar[Registry[Activation]] = Registry("activation")
    formula: ClassVar[str] = "z"
    expressions: ClassVar[tuple[str, ...]] = ()
    low: ClassVar[float | None] = None
    high: ClassVar[float | None] = None
    answer: ClassVar[Answer | None] = None
    hidden: ClassVar[bool] = True
    apart: ClassVar[bool] = False
    identity: ClassVar[bool] = False
    activity: ClassVar[str] = "active"
    unchecked: ClassVar[str] = ""

    @classmethod
    def active(cls, a: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where a neuron does something, from its outputs: it says more than 0; a saturating one is on its slope."""
        if cls.low is None or cls.high is None:
            return a > 0
        edge = EDGE * (cls.high - cls.low)
        return (a > cls.low + edge) & (a < cls.high - edge)

    @property
    def written(self) -> str:
        """The formula with its hyper-parameters."""
        return self.formula

    @property
    def settings(self) -> tuple[float, ...]:
        """The hyper-parameters p[0], p[1] ... of `value` and `derivative`; at most four."""
        return ()

    @property
    def learned(self) -> dict[str, float]:
        """The names of arrays it learns, one number for each neuron, and where they start."""
        return {}

    @property
    def gain(self) -> float:
        """The factor c where f(z) = F(c z): a loss that is fused with F works on c z."""
        return 1.0

    @staticmethod
    @inline
    def value(z: Vec, p: Settings) -> Vec:
        """Return f(z)."""
        return z

    @staticmethod
    @inline
    def derivative(z: Vec, a: Vec, p: Settings) -> Vec:
        """Return f'(z), from z and a = f(z)."""
        return like(z, 1.0)

    def forward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        """Add operations behind a = value(z) (the identity, if it stands apart); both are [sample, unit]."""

    def backward(self, p: Pass, z: Buffer, a: Buffer) -> None:
        """Add the operations that turn `p.d`, the slope at a, into the slope at z."""
