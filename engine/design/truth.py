"""From a truth table to the network that answers it, by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from engine.datasets import Dataset
from engine.datasets.logic import MOST_COUNTED, MOST_INPUTS, AnyTable, AtLeast, TruthTable
from engine.design.products import fewest, fires_on, of_rows
from engine.design.separable import neuron
from engine.design.units import Unit, at_least, network, some
from engine.errors import ExperimentError
from engine.experiment import Data, Experiment

Form = Literal["rows", "fewest", "neuron"]
"""One unit for each row that answers 1, for each of the fewest products, or one neuron in all."""

NAMES: Final = ("products", "or")
"""What the layers of a sum of products are called."""


class Ready(NamedTuple):
    """A table that has a name: the answer to a row with `ones` ones among `inputs`, and for how many inputs it is."""

    title: str
    answer: Callable[[int, int], bool]
    inputs: tuple[int, ...] = tuple(range(2, MOST_INPUTS + 1))

    def outputs(self, inputs: int) -> tuple[int, ...]:
        """Its answers to the rows in the order of counting."""
        return tuple(int(self.answer(row.bit_count(), inputs)) for row in range(2**inputs))


READY: Final = {
    "and": Ready("AND", lambda ones, inputs: ones == inputs),
    "or": Ready("OR", lambda ones, _: ones > 0),
    "not": Ready("NOT", lambda ones, _: ones == 0, (1,)),
    "nand": Ready("NAND", lambda ones, inputs: ones < inputs),
    "nor": Ready("NOR", lambda ones, _: ones == 0),
    "xor": Ready("XOR", lambda ones, _: ones == 1, (2,)),
    "majority": Ready("Majority", lambda ones, inputs: 2 * ones > inputs),
    "parity": Ready("Parity (odd)", lambda ones, _: ones % 2 == 1),
}
"""Tables by name; what follows from the number of ones only, as all the known ones do."""


def outputs_of(experiment: Experiment) -> tuple[int, ...] | None:
    """The truth table that the data of an experiment is; None where it is none, or has too many inputs."""
    source = experiment.data.source
    if not isinstance(source, TruthTable) or len(source.columns) > MOST_INPUTS:
        return None
    return source.outputs


class Parts(NamedTuple):
    """The units of a network: those of the hidden layer, if any, and the output."""

    hidden: tuple[Unit, ...]
    output: Unit


def parts(outputs: Sequence[int], form: Form) -> Parts:
    """The units that answer a table: an OR of products, or a single neuron, where one can."""
    if form == "neuron" or not any(outputs):
        single = neuron(outputs)
        if single is None:
            raise ExperimentError("no plane separates the ones of this table from its zeros; take a sum of products")
        return Parts((), single)
    products = of_rows(outputs) if form == "rows" else fewest(outputs)
    return Parts(tuple(map(fires_on, products)), some(len(products)))


def from_table(experiment: Experiment, outputs: Sequence[int], form: Form) -> Experiment:
    """The experiment with a truth table as its data, and the network that answers it as its start."""
    made = parts(outputs, form)
    return network(experiment, _data(experiment, AnyTable.of(tuple(outputs))), made.hidden, made.output, _names(made))


def from_counting(experiment: Experiment, wanted: int, inputs: int) -> Experiment:
    """The experiment whose data is “at least m of n”, and the one neuron that answers it."""
    if not 1 <= wanted <= inputs <= MOST_COUNTED:
        raise ExperimentError(f"at least {wanted} of {inputs} can't be built; choose 1 ≤ m ≤ n ≤ {MOST_COUNTED}")
    made = Parts((), at_least(wanted, inputs))
    source = AtLeast(count=2**inputs, n=inputs, m=wanted)
    return network(experiment, _data(experiment, source), made.hidden, made.output, _names(made))


def _names(made: Parts) -> tuple[str, str]:
    return NAMES if made.hidden else (NAMES[0], "neuron")


def _data(experiment: Experiment, source: Dataset) -> Data:
    return replace(experiment.data, source=source, features=source.columns, share=100.0, plane=(), held={})
