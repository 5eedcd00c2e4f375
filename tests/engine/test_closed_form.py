"""The best weights of a single layer: least squares as NumPy has them, a vanishing slope of the engine at them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples, regression
from engine.activations.classic import BipolarStep, Linear, Sigmoid
from engine.activations.shares import Softmax
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.experiment import Experiment
from engine.layers.dense import Dense
from engine.layers.reforming import Flatten
from engine.losses.distance import Huber, SquaredError
from engine.losses.entropy import BinaryCrossEntropy, CategoricalCrossEntropy
from engine.losses.rules import LeastMeanSquares
from engine.machines.supervised import Supervised
from engine.optimisers.descent import SGD
from engine.penalties import L1, L2, ElasticNet, NoPenalty
from engine.plan.learned import GRADIENT
from engine.producers.closed_form import ClosedForm
from engine.records import Want
from engine.regularisers.noise import InputNoise
from tests.engine.nets import digits

WANT = Want("closed-form")
LOSSES = {
    "plane": (SquaredError(), Linear()),
    "gauss": (SquaredError(), Linear()),
    "xor": (BinaryCrossEntropy(), Sigmoid()),
    "circle": (BinaryCrossEntropy(), Sigmoid(steepness=2.5)),
    "moons": (LeastMeanSquares(), BipolarStep()),
    "three-spirals": (CategoricalCrossEntropy(), Softmax()),
    "multi": (BinaryCrossEntropy(), Sigmoid()),
    "squares": (SquaredError(), Linear()),
}


def alone(name: str, **training: Any) -> Experiment:
    """One output layer on the data of a bundled experiment, with all samples in each step."""
    base = examples.load({"multi": "three-spirals", "squares": "three-spirals"}.get(name, name))
    loss, activation = LOSSES[name]
    layer = replace(base.model.output, inputs=(), activation=activation)
    settings = {"loss": loss, "batch": 0, "optimiser": SGD(rate=0.1), "penalty": NoPenalty(), **training}
    features = ("x1", "x2")
    return adapt(
        replace(
            base,
            data=replace(base.data, features=features),
            model=replace(base.model, layers=(layer,), start=()),
            training=replace(base.training, regularisers=(), **settings),
        )
    )[0]


def record(run: Supervised) -> ClosedForm:
    found = run.snapshot(frozenset({WANT})).records[WANT]
    assert isinstance(found, ClosedForm)
    return found


def given(run: Supervised) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The training inputs with ones in front, and the targets."""
    prepared = run._running.prepared
    train = slice(prepared.train)
    return regression.with_ones(prepared.x[train]), prepared.y[train].astype(np.float64)


def slopes(run: Supervised) -> NDArray[np.float64]:
    """The gradient of all weights over all samples, from a step that moves nothing."""
    held = {n.name: n.values.values for n in run.state().numbers}
    run.advance("batch", 1, 60)
    parts = [run._learner.array(f"out.{n}#{GRADIENT}").ravel().copy() for n in ("bias", "weight")]
    run.assign(tuple(Labelled(n, run._learner.labels(n), Array(v)) for n, v in held.items()))
    return np.concatenate(parts).astype(np.float64)


@pytest.mark.parametrize("penalty", [NoPenalty(), L2(rate=0.1), ElasticNet(rate=0.1, share=0.0)])
@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_of_the_engine_is_0_at_the_best_weights(name: str, penalty: Any) -> None:
    run = Supervised(alone(name, penalty=penalty))
    found = record(run)
    if isinstance(penalty, ElasticNet):
        assert found.needs == "It needs no penalty or L2: what |w| costs has no slope at 0."
        return
    assert not found.needs
    before = float(np.linalg.norm(slopes(run)))
    run.assign(found.numbers)
    assert np.linalg.norm(slopes(run)) < 2e-6 * max(before, 1)
    after = record(run)
    assert after.distance < 1e-5 * max(1.0, float(np.linalg.norm(found.best)))
    assert after.train.now == pytest.approx(found.train.best, rel=1e-5, abs=1e-9)
    scores = run.scores()
    assert [after.train.now, after.test.now] == pytest.approx([s.loss for s in scores], rel=1e-4, abs=1e-8)


def test_pictures_in_a_row_have_best_weights_too() -> None:
    base = digits(Flatten(id="flat"))
    run = Supervised(replace(base, training=replace(base.training, penalty=L2(rate=0.01), batch=0)))
    found = record(run)
    assert (len(found.inputs), len(found.outputs)) == (64, 10)
    run.assign(found.numbers)
    assert np.linalg.norm(slopes(run)) < 1e-5


def test_least_squares_are_those_of_numpy() -> None:
    run = Supervised(alone("gauss"))
    x, t = given(run)
    found = record(run)
    assert found.best == pytest.approx(np.linalg.lstsq(x, t, rcond=None)[0], abs=1e-12)
    assert found.best == pytest.approx(np.linalg.solve(x.T @ x, x.T @ t), abs=1e-9)
    assert found.train.best == pytest.approx(float(np.square(x @ found.best - t).mean() / 2), rel=1e-12)


def test_an_l2_penalty_is_n_lambda_on_the_diagonal_and_not_of_the_bias() -> None:
    # X = [[1, 1], [1, -1]], t = (3, 1), λ = 0.5: n λ = 1, so w = 2 / (2 + 1) and b = 2, which costs nothing.
    x, t = np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([[3.0], [1.0]])
    found = regression.best("identity", x, t, 0.5)
    assert found.weights == pytest.approx(np.array([[2.0], [2 / 3]]))
    assert not found.singular


def test_where_inputs_follow_from_others_the_shortest_weights_are_taken() -> None:
    # Twice the same input with t = 4 x: 2 and 2 are the shortest of all that add up to 4.
    x = regression.with_ones(np.array([[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]]))
    found = regression.best("identity", x, np.array([[-4.0], [0.0], [4.0]]), 0.0)
    assert found.singular
    assert found.weights == pytest.approx(np.array([[0.0], [2.0], [2.0]]))
    assert not regression.best("identity", x, np.zeros((3, 1)), 0.1).singular
    logistic = regression.best("logit", x, np.array([[0.0], [1.0], [0.0]]), 0.0)
    assert logistic.singular
    assert logistic.weights == pytest.approx(np.array([[-np.log(2)], [0.0], [0.0]]), abs=1e-9)


def test_without_a_useful_input_the_bias_is_the_logarithm_of_the_odds() -> None:
    # Three of four are 1 on either side: p = 3/4, b = ln 3.
    x = regression.with_ones(np.repeat([[-1.0], [1.0]], 4, axis=0))
    t = np.array([[1.0, 1, 1, 0] * 2]).T
    found = regression.best("logit", x, t, 0.0)
    assert found.weights == pytest.approx(np.array([[np.log(3)], [0.0]]), abs=1e-9)
    assert 0 < found.steps < 10
    shares = regression.best("multinomial", x, np.concatenate([1 - t, t], axis=1), 0.0).weights
    assert shares is not None
    assert shares[0, 1] - shares[0, 0] == pytest.approx(np.log(3))


SEPARATED = {
    "apart": ([[-1.0], [1.0]], [0, 1]),
    "both at one place": ([[-1.0], [0.0], [0.0], [1.0]], [0, 0, 1, 1]),
    "one class only": ([[-1.0], [1.0]], [1, 1]),
}


@pytest.mark.parametrize("case", SEPARATED)
def test_classes_that_can_be_separated_have_no_minimum_without_a_penalty(case: str) -> None:
    places, classes = SEPARATED[case]
    x, t = regression.with_ones(np.array(places)), np.array(classes, np.float64)[:, None]
    both = np.concatenate([1 - t, t], axis=1)
    missing = case == "one class only"
    assert regression.best("logit", x, t, 0.0).weights is None
    assert regression.best("logit", x, t, 0.0).missing == missing
    assert regression.best("multinomial", x, both, 0.0).weights is None
    held = regression.best("logit", x, t, 0.01).weights
    assert (held is None) == missing


def test_the_or_gate_is_separated() -> None:
    found = record(Supervised(examples.load("logistic-neuron")))
    assert found.found.weights is None
    assert found.numbers == ()
    assert np.isnan(found.best).all()
    assert np.isnan(found.distance)


@pytest.mark.parametrize("name", ["plane", "moons", "xor", "three-spirals"])
def test_a_run_comes_to_the_best_weights(name: str) -> None:
    run = Supervised(alone(name, penalty=L2(rate=0.03), optimiser=SGD(rate=0.03)))
    first = record(run)
    run.advance("epoch", 20_000, 60)
    last = record(run)
    assert last.distance < 1e-3 * first.distance
    assert first.train.now > last.train.now >= last.train.best - 1e-6


def test_they_are_remembered_while_data_loss_and_penalty_are_the_same() -> None:
    experiment = alone("xor")
    run = Supervised(experiment)
    best = record(run).found
    run.advance("epoch", 2, 60)
    assert record(run).found is best
    run.change(replace(experiment, training=replace(experiment.training, optimiser=SGD(rate=0.5), batch=7)))
    assert record(run).found is best
    run.change(replace(experiment, training=replace(experiment.training, penalty=L2(rate=0.1))))
    assert record(run).found is not best


def hidden(base: Experiment) -> Experiment:
    return replace(base, model=replace(base.model, layers=(Dense(id="h1", units=2), *base.model.layers)))


def trained(base: Experiment, **settings: Any) -> Experiment:
    return replace(base, training=replace(base.training, **settings))


def held(base: Experiment) -> Experiment:
    return replace(base, model=replace(base.model, layers=(replace(base.model.output, frozen=True),)))


NEEDS = {
    "a single layer": hidden,
    "squared error": lambda e: trained(e, loss=Huber()),
    "no penalty or L2": lambda e: trained(e, penalty=L1(rate=0.1)),
    "without regularisation": lambda e: trained(e, regularisers=(InputNoise(),)),
    "free to learn": held,
}


@pytest.mark.parametrize("needs", NEEDS)
def test_what_does_not_fit_is_said_in_a_sentence(needs: str) -> None:
    found = record(Supervised(NEEDS[needs](alone("plane"))))
    assert needs in found.needs
    assert found.needs.endswith(".")
    assert found.numbers == ()


def test_too_many_samples_are_refused() -> None:
    base = alone("plane")
    run = Supervised(
        replace(base, data=replace(base.data, source=replace(base.data.source, count=20_050), share=100.0))
    )
    assert "at most 500 inputs and 20000 training samples" in record(run).needs
