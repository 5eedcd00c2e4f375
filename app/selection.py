"""What is selected in the network: one thing at a time, shared by the diagram and the inspector."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from engine.arrays import Array, Labelled
from engine.experiment import Experiment, nodes
from engine.explanations import Title
from engine.records import BETWEEN

BIAS: Final = "bias"
"""The source that stands for the bias of a neuron."""


def is_own(source: str) -> bool:
    """Whether it names a number that a unit has for itself, rather than a unit it reads."""
    return "/" not in source.partition(BETWEEN)[0]


class Target(Struct, frozen=True):
    """A layer; one of its units where `unit` is not empty; the weight from `source` where that is not empty.

    `unit` and `source` are axis labels of the parameters: `h1/0`, `input/x1`. A source that is no label names a
    parameter of which each unit has a number, such as `bias`. Labels of further axes follow: `input/x1 · h1/piece 2`.
    """

    layer: str = ""
    unit: str = ""
    source: str = ""

    @property
    def reference(self) -> tuple[str, ...]:
        """The selected number as experiments name it: (parameter, label of each axis)."""
        parts = self.source.split(BETWEEN)
        if is_own(self.source):
            return (f"{self.layer}.{parts[0]}", *parts[1:], self.unit)
        return (f"{self.layer}.weight", *parts, self.unit)

    def holding(self, value: float) -> Labelled:
        """The selected number with this value, as the session assigns it."""
        name, *labels = self.reference
        shaped = np.full((1,) * len(labels), value, np.float32)
        return Labelled(name, tuple((label,) for label in labels), Array(shaped))


def first_output(experiment: Experiment) -> Target:
    """The first output: what is explained where nothing is selected."""
    output = nodes(experiment)[-1]
    return Target(output.layer.id, output.units.labels[0])


class Question(Struct, frozen=True):
    """How a number is calculated: of which target, and in which step it comes about; empty where any will do."""

    target: Target
    step: Title | Literal[""] = ""


class Selection(QObject):
    """The selected target; an empty one means nothing is selected. `asked` comes with a `Question`."""

    changed = Signal(object)
    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.target = Target()
        self.question: Question | None = None
        """What was asked last, as long as it is selected."""

    def select(self, target: Target) -> None:
        """Select a target."""
        if target != self.target:
            self.target, self.question = target, None
            self.changed.emit(target)

    def ask(self, target: Target, step: Title | Literal[""] = "") -> None:
        """Select a number, and ask how it is calculated."""
        self.select(target)
        self.question = Question(target, step or ("gradient" if target.source else ""))
        self.asked.emit(self.question)

    def clear(self) -> None:
        """Select nothing."""
        self.select(Target())
