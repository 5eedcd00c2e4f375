"""What an optimiser is. `g` is the mean gradient of a batch, `η` the rate at this step."""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.fields import number
from engine.kernels.record import Both, Floats, In, Ints, Kernel, kernel
from engine.kernels.words import LANES, fma, load, splat, store
from engine.registry import Kind, Registry

RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

Rate = Annotated[
    float, number("rate", "size of a step along the gradient (η)", above=0, high=100, log=True, choices=RATES)
]


@kernel
def sgd(f: Floats, i: Ints, count: int, rate: In, w: Both, g: In) -> None:
    """W ← w - η g."""
    step = splat(f, -f[rate])
    for k in range(0, count, LANES):
        store(f, w + k, fma(step, load(f, g + k), load(f, w + k)))


class Optimiser(Kind, frozen=True):
    """How a gradient becomes a step. `slots` names the numbers it keeps for each parameter.

    `update` is its operation over all parameters at once; it takes `count`, `w`, `g`, `rate` (where η stands),
    `settings()`, the slots by their names, and `updates` where it counts. `answers` are w after one and after two
    steps from w = 1 with gradients 1/2 and -1 and default hyper-parameters, worked by hand: `check` compares.

    `assignments` say the same line by line, in w, g, η (the rate at this step), t (the number of this step, from 1),
    the `symbols` of its hyper-parameters and the `slot_symbols` of its slots; Σ is over all parameters together.

    One that needs the loss learns from all samples at once. Its `update` may also take `loss` (the slot of the batch's
    mean loss, penalty included), `memory` (the single numbers it keeps, by name), `apart` (from one slot to the next),
    `shares` (room for 32 numbers), and `limit` and `stop`: it is handed gradients that are not finite as well, and
    returns `stop` where it can't go on after one. The loss was 2 and 1 where `answers` were worked.
    """

    registry: ClassVar[Registry[Optimiser]] = Registry("optimiser")
    needs_loss: ClassVar[bool] = False
    memory: ClassVar[tuple[str, ...]] = ()
    formula: ClassVar[str] = ""
    assignments: ClassVar[tuple[str, ...]] = ()
    slot_symbols: ClassVar[dict[str, str]] = {}

    update: ClassVar[Kernel] = sgd
    answers: ClassVar[tuple[float, float]]

    rate: Rate = 0.03

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the numbers it keeps for each parameter."""
        return ()

    def settings(self) -> dict[str, float]:
        """The arguments of `update` that follow from the hyper-parameters."""
        return {}
