"""Steps of a calculation, and the neuron they are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.explanations.readable import readable
from engine.explanations.signs import Signs, primed
from engine.explanations.written import Line, Real, real
from engine.expressions import Assignment, assignments
from engine.formulas import Formula, Symbol, Word, chain
from engine.formulas import Number as Value
from engine.network import Node
from engine.producers.calculation import Calculation, Unitwise, Values
from engine.stepping import Phase
from engine.summing import WEIGHTED, Summing
from engine.tracing.exactly import typed

TERMS: Final = 12
"""Terms of a sum that are written out; of more, the largest."""

CLOSE: Final = 1e-3
"""How near a number of the run is to the one worked out here, in float32 against float64."""

Title = Literal["weighted sum", "output", "loss", "delta", "gradient", "update"]


HINTS: Final[dict[Title, str]] = {
    "weighted sum": WEIGHTED.help,
    "output": "the function of the neuron at this sum",
    "loss": "how wrong the answer is",
    "delta": "the slope of the loss at the sum",
    "gradient": "how the loss of this sample moves with the number",
    "update": "how the optimiser moves the number",
}
BLAME: Final = "the share of the error: less the slope of the loss at the sum"


def hint_of(title: Title, signs: Signs) -> str:
    """What a step is in a word, where its layer or rule has no other."""
    return BLAME if title == "delta" and signs.notation.blame else HINTS[title]


class Step(NamedTuple):
    """One number of a calculation: what it is, in which phase it comes about, and the lines that lead to it.

    `called` and `hint` are there where its layer or rule has other words for it; `explain` puts the usual hint to the
    others.
    """

    title: Title
    phase: Phase
    lines: tuple[Line, ...]
    called: str = ""
    hint: str = ""

    @property
    def value(self) -> Real:
        """The number."""
        return self.lines[-1].value


class Neuron(NamedTuple):
    """Neuron `k` of a layer in a calculation, and the signs in which it is written."""

    found: Calculation
    experiment: Experiment
    signs: Signs
    node: Node
    k: int

    @property
    def id(self) -> str:
        """Its layer."""
        return self.node.layer.id

    @property
    def here(self) -> Unitwise:
        """What happens in its layer."""
        return self.found.layers[self.id]

    @property
    def net(self) -> Symbol:
        """Its weighted sum."""
        return self.signs.of("net", self.id, self.k + 1)

    @property
    def output(self) -> Symbol:
        """Its output."""
        return self.signs.of("output", self.id, self.k + 1)

    @property
    def blame(self) -> Symbol:
        """Its delta."""
        return self.signs.of("delta", self.id, self.k + 1)

    @property
    def delta(self) -> Real:
        """Its delta's number, in the sign of the notation."""
        if self.here.delta is None:
            raise LearnscopeError(f"“{self.id}” has no slopes of its own; choose a layer that learns")
        return self.signs.sign * real(self.here.delta[self.k])

    @property
    def summing(self) -> Summing:
        """How its z comes about."""
        assert self.node.layer.summing is not None
        return self.node.layer.summing

    @property
    def weights(self) -> Values:
        """Its weights before the step [input]."""
        moved = self.found.numbers.get(f"{self.id}.weight")
        if moved is None:
            raise LearnscopeError(f"“{self.id}” has too many weights to be written out; choose a smaller layer")
        return moved.before[:, self.k]

    @property
    def function(self) -> Any:
        """The function from its sum to its output."""
        return self.node.layer.activation  # type: ignore[attr-defined]

    @property
    def names(self) -> dict[str, Formula]:
        """How the names of expressions are written for it."""
        a = self.output
        return {
            "z": self.net, "a": a, "a'": primed(a), "o": a, "t": self.signs.target(self.id, self.k + 1),
            "L": self.signs.loss,
        }  # fmt: skip

    @property
    def values(self) -> dict[str, Any]:
        """The values of those names, [unit]."""
        return {"z": self.here.z, "a": self.here.a, "o": self.here.a, "t": self.found.t}

    @property
    def is_fused(self) -> bool:
        """Whether loss and output of the network are written as one: by the weighted sums."""
        answer, told = self.experiment.model.output.activation, self.experiment.training.loss
        return bool(told.is_fused(answer) and told.fused_expressions)

    @property
    def gain(self) -> Real:
        """How much steeper than usual the output is of which a loss that is fused sees the sums."""
        gain = self.experiment.model.output.activation.gain if self.is_fused else 1.0
        return typed(gain) if self.here.a.dtype == object else gain

    def lines_of(self, but: tuple[str, ...]) -> tuple[Assignment, ...]:
        """The lines of its function but for some."""
        return lines_but(self.function, but)

    @property
    def by_symbol(self) -> Mapping[str, float]:
        """The hyper-parameters of its function."""
        found: Mapping[str, float] = self.function.by_symbol
        return found


def lines_but(function: Any, but: tuple[str, ...]) -> tuple[Assignment, ...]:
    """The lines of an activation but for some."""
    return readable(tuple(x for x in assignments(function.expressions) if x.name not in but), function)


def as_run(lines: tuple[Line, ...], left: Symbol, engine: Real) -> tuple[Line, ...]:
    """The lines, and where the run has another number, because something is done to the step besides, that one too."""
    if abs(float(lines[-1].value - engine)) <= CLOSE * max(1.0, abs(float(engine))):
        return lines
    return (*lines, Line(chain(left, Word("with regularisation")), chain(left, Value(engine)), engine))
