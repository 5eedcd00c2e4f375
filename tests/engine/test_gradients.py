"""Gradients of every layer, activation and loss in float64; first steps of every optimiser."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine import gradcheck
from engine.activations import Activation
from engine.activations.classic import Tanh
from engine.experiment import Experiment
from engine.layers import Layer
from engine.layers.dense import Dense
from engine.losses import Loss
from engine.optimisers import Optimiser
from tests.engine.nets import spiral, with_layers

CASES = tuple(gradcheck.gradient_cases())
ALONE = [c for c in CASES if c[0] != "loss" and not any(layer.whole_batch for layer in c[3].model.layers)]


@pytest.mark.parametrize("case", CASES, ids=[c[2] for c in CASES])
def test_the_gradient_is_the_slope_of_the_loss(case: tuple[str, str, str, Experiment]) -> None:
    error = gradcheck.projection_error(case[3])
    assert error < gradcheck.LIMIT


@pytest.mark.parametrize("case", ALONE, ids=[c[2] for c in ALONE])
def test_the_gradient_of_one_sample_alone(case: tuple[str, str, str, Experiment]) -> None:
    assert gradcheck.projection_error(case[3], batch=1) < gradcheck.LIMIT


def test_every_layer_activation_and_loss_has_a_case() -> None:
    keys = {(kind, key) for kind, key, _, _ in CASES}
    assert {("loss", e.key) for e in Loss.registry if e.kind.tasks and not e.kind.unchecked} <= keys
    assert {("activation", e.key) for e in Activation.registry if not e.kind.unchecked} <= keys
    assert {("layer", e.key) for e in Layer.registry if not e.kind.unchecked} <= keys


# one sample alone has a backward pass of its own
BATCHES = pytest.mark.parametrize("batch", [0, 1], ids=["all samples", "one sample"])


@BATCHES
@pytest.mark.parametrize("units", [(1,), (9, 17), (3, 3, 3, 3, 3, 3)])
def test_gradients_of_other_shapes(units: tuple[int, ...], batch: int) -> None:
    assert gradcheck.projection_error(spiral(*units), batch=batch) < gradcheck.LIMIT


@BATCHES
def test_gradients_where_a_layer_feeds_two_others(batch: int) -> None:
    base = spiral(5)
    h1 = base.model.layers[0]
    branch = Dense(id="h2", units=4, activation=Tanh(), inputs=("h1",))
    unused = Dense(id="h3", units=3, activation=Tanh(), inputs=("h1",))
    output = replace(base.model.output, inputs=("h2",))
    assert gradcheck.projection_error(with_layers(base, h1, branch, unused, output), batch=batch) < gradcheck.LIMIT


def test_optimisers_take_the_steps_worked_by_hand() -> None:
    checks = list(gradcheck.optimiser_checks())
    assert {c.key for c in checks} == {e.key for e in Optimiser.registry}
    for check in checks:
        assert check.passed, f"{check.title} is off by {check.error}"


def test_a_nan_is_no_pass() -> None:
    assert not gradcheck.Check("loss", "x", "a loss", float("nan"), 1.0).passed
