"""Output layers: dense layers whose width follows the task."""

from __future__ import annotations

from typing import Annotated, ClassVar

from engine.fields import number, text
from engine.layers.base import Layer
from engine.layers.dense import Dense, Neurons
from engine.losses import Loss, Task
from engine.losses.distance import SquaredError
from engine.registry import register


class Answering(Neurons, frozen=True):
    """A column of neurons that is compared with targets; no layer reads it."""

    group: ClassVar[str] = ""
    serves: ClassVar[tuple[Task, ...]] = ("binary", "classes", "regression", "unsupervised")
    """The tasks that it can answer."""

    @property
    def share(self) -> float:
        """What its loss counts."""
        return 1.0

    @property
    def goal(self) -> str:
        """The value of a sample that it predicts; empty for the answer that the samples carry."""
        return ""

    def judged(self, loss: Loss) -> Loss:
        """The loss that judges it, where `loss` judges the answer."""
        return SquaredError() if self.goal else loss


@register("Output")
class Output(Answering, tag="output", frozen=True):
    """The answer: one neuron for two classes or a value, k neurons for k classes. a = f(x W + b)."""


@register("Auxiliary output")
class Auxiliary(Answering, tag="auxiliary", frozen=True):
    """A further output on the way whose loss is added: λ L(a). What it reads learns from both (Caruana 1997).

    It gives the same answer as the output (deep supervision; Szegedy et al. 2015), or another value of the sample: a
    column of the data or what follows from them, brought to mean 0 and spread 1, by the squared error.
    """

    group: ClassVar[str] = "outputs"
    short: ClassVar[str] = "Auxiliary"
    unwritten: ClassVar[str] = "it has a loss of its own, which is only added to that of the output"

    strength: Annotated[float, number("λ", "what its loss counts", low=0, high=100)] = 0.3
    target: Annotated[str, text("target", "an input or column that it predicts; empty: the answer", longest=200)] = ""

    @property
    def share(self) -> float:
        return self.strength

    @property
    def goal(self) -> str:
        return self.target

    @classmethod
    def example(cls) -> tuple[Layer, ...]:
        return (
            Dense(id="h1"),
            cls(id="aux", inputs=("h1",), units=1),
            cls(id="other", inputs=("h1",), units=1, target="x1*x2"),
            Dense(id="h2", inputs=("h1",)),
        )
