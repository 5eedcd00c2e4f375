"""The gradient check of one's own net: what it compares, what it finds, what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from engine import gradcheck
from engine.activations.random import StochasticUnit
from engine.activations.rectifiers import ReLU
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.gradcheck import Difference, NetworkCheck, check_network
from engine.machines.supervised import Supervised
from engine.plan import Plan
from tests.engine.nets import numbers, spiral, with_training
from tests.engine.test_ties import tied


def never() -> bool:
    return False


def silent(what: str, done: int, of: int) -> None:
    """Nobody listens."""


def checked(experiment: Experiment, epochs: int = 5) -> tuple[Supervised, NetworkCheck]:
    machine = Supervised(experiment)
    machine.advance("epoch", epochs, 60)
    return machine, check_network(machine.experiment, machine.state().numbers, silent, never)


@pytest.mark.parametrize("experiment", [spiral(4, 3), spiral(5, activation=ReLU())], ids=["tanh", "with kinks"])
def test_a_trained_net_passes(experiment: Experiment) -> None:
    _, found = checked(experiment)
    assert found.passed
    assert found.checked == found.total
    assert found.samples == 250
    assert found.worst.name.split(".")[0] in ("h1", "h2", "out")


def test_the_slope_is_that_of_the_mean_loss_at_the_present_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    # with one parameter to compare, it is the first: the weight from x1 to the first neuron
    monkeypatch.setattr(gradcheck, "ONE_BY_ONE", 1)
    machine, found = checked(spiral(2))
    w = {name: a.astype(np.float64) for name, a in numbers(machine).items() if "#" not in name}
    prepared = machine._running.prepared
    x, t = prepared.x[: prepared.train], prepared.y[: prepared.train]
    h = np.tanh(x @ w["h1.weight"] + w["h1.bias"])
    delta = 1 / (1 + np.exp(-(h @ w["out.weight"] + w["out.bias"]))) - t
    wanted = ((delta @ w["out.weight"].T) * (1 - h**2) * x[:, :1]).mean(axis=0)[0]
    assert found.worst.name == "h1.weight"
    assert found.worst.labels == ("input/x1", "h1/0")
    assert found.worst.analytic == pytest.approx(wanted, rel=1e-5)
    assert found.worst.numeric == pytest.approx(wanted, rel=1e-5)
    assert found.checked == 1


def test_at_most_so_many_are_compared_evenly_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradcheck, "ONE_BY_ONE", 7)
    told: list[tuple[int, int]] = []
    machine = Supervised(spiral(4, 3))
    found = check_network(
        machine.experiment, machine.state().numbers, lambda _w, done, of: told.append((done, of)), never
    )
    assert (found.checked, found.total) == (7, 31)
    assert told[-7:] == [(k, 7) for k in range(7)]


def test_a_wrong_slope_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    right = gradcheck._mean_loss

    def wrong(plan: Plan) -> float:
        before = float(plan.view(plan.lowered.numbers.arrays["h1.bias"].value)[0, 1])
        return right(plan) + 0.25 * before

    monkeypatch.setattr(gradcheck, "_mean_loss", wrong)
    _, found = checked(spiral(3))
    assert not found.passed
    assert (found.worst.name, found.worst.labels) == ("h1.bias", ("h1/1",))
    assert found.worst.numeric - found.worst.analytic == pytest.approx(0.25, abs=1e-6)


def test_a_nan_is_no_pass() -> None:
    fine = Difference("h1.bias", ("h1/0",), 1.0, 1.0)
    assert NetworkCheck(0.0, fine, 1, 1, 1).passed
    assert not NetworkCheck(math.nan, fine, 1, 1, 1).passed
    assert not NetworkCheck(0.0, fine._replace(numeric=math.nan), 1, 1, 1).passed


def test_the_run_goes_on_undisturbed() -> None:
    machine, _ = checked(spiral(3))
    before = machine.state()
    check_network(machine.experiment, before.numbers, silent, never)
    assert machine.state() == before


def test_it_refuses_what_has_no_slope_to_be_checked() -> None:
    base = spiral(3)
    empty = replace(base, data=replace(base.data, share=0.0))
    for experiment, said in (
        (spiral(3, activation=StochasticUnit()), "“h1” can't be checked: it draws by chance"),
        (empty, "there are none; draw points"),
    ):
        with pytest.raises(LearnscopeError, match=said):
            check_network(experiment, (), silent, never)
    with pytest.raises(LearnscopeError, match="given up"):
        check_network(base, (), silent, lambda: True)


@pytest.mark.parametrize("pull", [0.0, 0.5], ids=["hard", "soft"])
def test_ties_are_checked_as_they_learn(pull: float) -> None:
    _, found = checked(tied(pull, turned=False))
    assert found.passed


def test_frozen_numbers_and_large_batches_are_checked_too() -> None:
    frozen = replace(spiral(3), model=replace(spiral(3).model, frozen=(("h1.bias", "h1/0"),)))
    assert check_network(with_training(frozen, batch=0), (), silent, never).passed
