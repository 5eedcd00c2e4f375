"""Functions, counts and gates that the course texts print: of the compiled code, not of formulas again.

The values are those of the text-book (examples 2.3.1 to 2.3.3) and the course book (section 3.2, lines 1039 to 1081),
worked to the last digit where a text prints fewer.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples, paths
from engine.activations.shares import Softmax
from engine.arrays import Array, Labelled
from engine.design.truth import from_counting, from_table
from engine.errors import ExperimentError
from engine.experiment import Experiment, Model, check, nodes
from engine.layers.dense import Dense
from engine.layers.output import Output
from engine.losses.entropy import CategoricalCrossEntropy
from engine.machines.supervised import Supervised
from engine.producers.calculation import Calculation
from engine.records import Want

POINTS = (-2.0, -1.0, -0.5, 0.0, 0.5, 0.7, 1.0, 2.0)
"""The values of v in the experiments of functions, in their order."""
STEEPNESS = "model.layers.0.activation.steepness"


def of_function(name: str, v: float, steepness: float = 1.0) -> tuple[float, float]:
    """f(v) and f′(v) of the neuron, as the engine has them when it takes the sample v.

    Its numbers are held fast, and the targets are moved, so that there is a slope of the loss to be passed on.
    """
    experiment = paths.assign(examples.load(name), "data.source.target_scaling", "standardise")
    frozen = (("out.weight", "input/v", "out/0"), ("out.bias", "out/0"))
    experiment = replace(experiment, model=replace(experiment.model, frozen=frozen))
    machine = Supervised(check(paths.assign(experiment, STEEPNESS, steepness) if steepness != 1 else experiment))
    machine.advance("sample", POINTS.index(v), 60)
    found = machine.snapshot(frozenset({Want("calculation", target=("out",))})).get("calculation")
    assert isinstance(found, Calculation)
    here = found.layers["out"]
    assert here.z is not None
    assert here.delta is not None
    assert here.z[0] == pytest.approx(v, abs=1e-6)
    return float(here.a[0]), float(here.delta[0]) / float(here.a[0] - found.t[0])


@pytest.mark.parametrize(
    ("name", "v", "value", "slope"),
    [
        ("logistic-function", 0.0, 0.5, 0.25),
        ("logistic-function", 0.7, 0.668187772, 0.221712873),
        ("hyperbolic-function", 0.0, 0.0, 0.5),
        ("algebraic-function", 0.0, 0.0, 1.0),
        ("algebraic-function", -2.0, -0.894427191, 0.089442719),
        ("algebraic-function", 0.5, 0.447213595, 0.715541753),
        ("algebraic-function", 1.0, 0.707106781, 0.353553391),
    ],
)
def test_the_functions_of_the_text_book(name: str, v: float, value: float, slope: float) -> None:
    assert of_function(name, v) == pytest.approx((value, slope), abs=2e-6)


@pytest.mark.parametrize("a", [0.5, 2.0, 5.0])
def test_the_slope_in_the_middle_follows_the_steepness(a: float) -> None:
    assert of_function("logistic-function", 0.0, a)[1] == pytest.approx(a / 4, rel=1e-5)
    assert of_function("hyperbolic-function", 0.0, a)[1] == pytest.approx(a / 2, rel=1e-5)


def test_a_very_steep_tanh_is_the_sign() -> None:
    """In print it goes to 1 everywhere."""
    found = [of_function("hyperbolic-function", v, 100.0)[0] for v in (-0.5, 0.0, 0.5)]
    assert found == pytest.approx([-1, 0, 1], abs=1e-6)


@pytest.mark.parametrize(("hidden", "parameters"), [((2,), 9), ((), 3)])
def test_networks_have_as_many_parameters_as_the_course_book_counts(hidden: tuple[int, ...], parameters: int) -> None:
    base = examples.load("xor-impossible")
    layers = tuple(Dense(id=f"h{k}", units=n) for k, n in enumerate(hidden))
    made = replace(base, model=replace(base.model, layers=(*layers, base.model.output)))
    assert sum(n.numbers for n in nodes(check(made))) == parameters


@pytest.mark.parametrize("size", [0.0, 1e4, -1e4])
def test_softmax_of_equal_sums_however_large(size: float) -> None:
    """Done naively it is ∞/∞ or 0/0."""
    base = paths.assign(examples.load("blobs"), "data.source.classes", 3)
    output = Output(id="out", units=3, activation=Softmax())
    units = tuple(f"out/{k}" for k in range(3))
    start = (Labelled("out.bias", (units,), Array(np.full(3, size))),)
    model = Model(layers=(output,), start=start)
    made = paths.assign(replace(base, model=model, training=replace(base.training, loss=CategoricalCrossEntropy())),
                        "model.initialiser", "zeros")  # fmt: skip
    said = Supervised(check(made)).answers(np.zeros((1, len(base.data.features))))
    assert said == pytest.approx(np.full((1, 3), 1 / 3))


def made_gate(outputs: tuple[int, ...]) -> Experiment | None:
    """One neuron that answers a table; None where there is none."""
    try:
        return from_table(examples.load("and-neuron"), outputs, "neuron")
    except ExperimentError:
        return None


def test_fourteen_of_sixteen_gates_are_one_neuron() -> None:
    found = {outputs: made_gate(outputs) for outputs in product((0, 1), repeat=4)}
    assert [k for k, made in found.items() if made is None] == [(0, 1, 1, 0), (1, 0, 0, 1)]
    assert all(Supervised(made).scores()[0].accuracy == 1.0 for made in found.values() if made is not None)


def test_xor_is_never_learned_by_one_neuron() -> None:
    machine = Supervised(examples.load("xor-impossible"))
    for _ in range(20):
        machine.advance("epoch", 10, 60)
        assert (machine.scores()[0].accuracy or 0) < 1


@pytest.mark.parametrize(("m", "n"), [(m, n) for n in range(1, 7) for m in range(1, n + 1)])
def test_at_least_m_of_n(m: int, n: int) -> None:
    machine = Supervised(from_counting(examples.load("two-of-three"), m, n))
    rows = np.array(list(product((0.0, 1.0), repeat=n)))
    assert (machine.answers(rows)[:, 0] > 0.5).tolist() == (rows.sum(axis=1) >= m).tolist()


def test_the_sums_of_not_are_ten_and_minus_ten() -> None:
    machine = Supervised(examples.load("not-neuron"))
    assert machine.answers(np.array([[0.0], [1.0]]))[:, 0].tolist() == [1, 0]
    held = {n.name: float(n.values.values.ravel()[0]) for n in machine.state().numbers if "#" not in n.name}
    assert held == {"neuron.weight": -20.0, "neuron.bias": 10.0}
