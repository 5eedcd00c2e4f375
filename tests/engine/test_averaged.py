"""Averaged weights: learning goes on as without them, and whoever looks is answered by the mean, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import edits, examples
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.errors import LearnscopeError
from engine.experiment import Experiment, check
from engine.layers.dense import Dense
from engine.machines.supervised import Supervised
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD, Momentum
from engine.penalties import L2
from engine.plan.averaged import MOST, add_to_mean, exchange
from engine.regularisers.averaging import AveragedWeights
from engine.regularisers.bounds import MaxNorm
from engine.ties import Shared
from engine.tracing.exactly import check_rational
from tests.engine.guarded import close, run
from tests.engine.nets import numbers, same, spiral, with_layers, with_training

F = NDArray[np.float64]
AVERAGED = (AveragedWeights(),)


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("steps", [0.0, 1.0, 9.0])
def test_the_kernels(dtype: Any, steps: float) -> None:
    rng = np.random.default_rng(1)
    w, mean = rng.normal(size=(1, 48)), rng.normal(size=(1, 48))
    ran = run(add_to_mean, dtype, count=48, step=[7], w=w, mean=mean, steps=[[steps]])
    close(dtype, ran["mean"], (steps * mean + w) / (steps + 1))
    assert ran["steps"] == steps + 1
    if not steps:
        assert np.array_equal(ran["mean"], w.astype(dtype)), "the first step begins it"
    ran = run(exchange, dtype, count=48, w=w, mean=mean, steps=[[steps]])
    there, back = (w, mean) if steps else (mean, w)
    assert np.array_equal(ran["w"], back.astype(dtype) if not steps else mean.astype(dtype))
    assert np.array_equal(ran["mean"], there.astype(dtype))


@pytest.mark.parametrize(
    ("steps", "every"), [(MOST - 1, 1), (MOST, 2), (2 * MOST, 4), (1 << 24, 2048), (1 << 34, 1 << 21)]
)
def test_of_a_long_run_every_so_many_steps_count_for_as_many(steps: int, every: int) -> None:
    w, mean, n = np.full((1, 48), 2.0), np.ones((1, 48)), float(steps)
    for k in range(1, 41):
        between = run(add_to_mean, np.float32, count=48, step=[k * every - 1], w=w, mean=mean, steps=[[n]])
        assert every == 1 or (between["steps"] == n and np.array_equal(between["mean"], mean))
        if n + every > MOST * every:
            break
        ran = run(add_to_mean, np.float32, count=48, step=[k * every], w=w, mean=mean, steps=[[n]])
        mean, n = ran["mean"], float(ran["steps"].item())
        assert n == steps + k * every, "exact, however many"
        assert mean == pytest.approx((steps + 2.0 * (n - steps)) / n, rel=1e-6), (
            "it stands still for no number of steps"
        )


def averaged(experiment: Experiment) -> Experiment:
    return check(with_training(experiment, regularisers=AVERAGED))


def weights(machine: Supervised) -> dict[str, NDArray[Any]]:
    """What learns, without any state."""
    return {k: v for k, v in numbers(machine).items() if "#" not in k and "." in k and "memory" not in k}


def means(machine: Supervised) -> dict[str, NDArray[Any]]:
    return {k.partition("#")[0]: v for k, v in numbers(machine).items() if k.endswith("#average")}


@pytest.mark.parametrize("optimiser", [SGD(rate=0.1), Adam(rate=0.01)], ids=lambda o: o.key)
def test_it_learns_as_without_and_keeps_the_mean_of_all_steps(optimiser: SGD) -> None:
    base = spiral(4, 3, optimiser=optimiser)
    machine, plain = Supervised(averaged(base)), Supervised(base)
    assert machine.scores() == plain.scores(), "before the first step there is no mean"
    found: list[dict[str, NDArray[Any]]] = []
    for _ in range(30):
        machine.advance("batch", 1, 60)
        machine.scores()
        plain.advance("batch", 1, 60)
        assert same(weights(machine), weights(plain))
        found.append({k: v.astype(np.float64) for k, v in weights(plain).items()})
    for name, mean in means(machine).items():
        assert mean == pytest.approx(np.mean([f[name] for f in found], axis=0), rel=1e-5, abs=1e-6)


def test_whoever_looks_is_answered_by_the_mean() -> None:
    machine = Supervised(averaged(spiral(4, 3, optimiser=SGD(rate=0.3))))
    machine.advance("epoch", 5, 60)
    other = Supervised(spiral(4, 3))
    mean = means(machine)
    other.assign(tuple(replace(n, values=Array(mean[n.name])) for n in machine.state().numbers if n.name in mean))
    x = np.random.default_rng(0).uniform(-5, 5, (700, 2))
    assert np.array_equal(machine.answers(x), other.answers(x))
    assert machine.scores() == other.scores()
    curve = machine._history.points[-1]
    assert curve[:3] == (machine.position.step, 5, machine.scores()[0].loss)


def test_the_penalty_beside_the_scores_is_that_of_the_mean() -> None:
    machine = Supervised(averaged(spiral(4, 3, optimiser=SGD(rate=0.3), penalty=L2(rate=0.1))))
    machine.advance("epoch", 2, 60)
    mean = [values for name, values in means(machine).items() if name.endswith(".weight")]
    shown = machine.snapshot(frozenset()).penalty
    assert shown == pytest.approx(0.05 * sum(float(np.square(m).sum()) for m in mean), rel=1e-5)


def test_an_edit_that_fails_leaves_the_mean_in_its_place() -> None:
    machine = Supervised(averaged(spiral(4, 3)))
    machine.advance("epoch", 2, 60)
    before = numbers(machine)
    with pytest.raises(RuntimeError), machine._learner.bare():
        raise RuntimeError
    assert same(numbers(machine), before)


@pytest.mark.parametrize("kind", ["plain", "tied", "frozen"])
def test_looking_cutting_and_continuing_change_no_bit(kind: str) -> None:
    base = spiral(4, 4, optimiser=Momentum(rate=0.03))
    if kind == "tied":
        first, second, output = base.model.layers
        third = replace(second, id="h3", weights=Shared(of="h2"))
        base = check(with_layers(base, first, second, third, output))
    if kind == "frozen":
        base = replace(base, model=replace(base.model, frozen=(("h1.weight", "input/x1", "h1/2"),)))
    base = check(with_training(base, regularisers=(*AVERAGED, MaxNorm(bound=1.0))))
    whole, cut = Supervised(base), Supervised(base)
    whole.advance("epoch", 3, 60)
    while cut.position.samples < whole.position.samples:
        cut.advance("sample", 7 if cut.position.samples + 7 <= whole.position.samples else 1)
        cut.answers(np.zeros((3, 2)))
        other = Supervised(base)
        other.restore(cut.state())
        cut = other
    assert same(means(whole), means(cut))
    assert whole.scores() == cut.scores()
    if kind == "frozen":
        assert means(whole)["h1.weight"][0, 2] == weights(whole)["h1.weight"][0, 2]


def test_edits_keep_the_mean_by_its_labels() -> None:
    base = averaged(spiral(4, 3, optimiser=SGD(rate=0.1)))
    machine = Supervised(base)
    machine.advance("epoch", 4, 60)
    before, scores = numbers(machine), machine.scores()
    machine.change(with_training(base, optimiser=SGD(rate=0.01)))
    assert same(numbers(machine), before)
    h1 = base.model.layers[0]
    destroyed = machine.change(with_layers(base, replace(h1, units=5), *base.model.layers[1:]))
    assert np.array_equal(means(machine)["h1.weight"][:, :4], before["h1.weight#average"])
    assert not means(machine)["h2.weight"][4].any(), "a new neuron says nothing yet, and so does its mean"
    assert machine.scores()[0].loss == pytest.approx(scores[0].loss, rel=1e-6)
    machine.change(base, destroyed)
    assert same(numbers(machine), before)


def test_it_begins_when_it_is_put_in_and_anew_after_a_reset() -> None:
    base = spiral(4, 3, optimiser=SGD(rate=0.1))
    machine = Supervised(base)
    machine.advance("epoch", 2, 60)
    scores = machine.scores()
    machine.change(averaged(base))
    assert machine.scores() == scores
    machine.advance("batch", 1, 60)
    assert same(means(machine), weights(machine))
    machine.advance("batch", 1, 60)
    assert not same(means(machine), weights(machine))
    machine.reset()
    again = Supervised(averaged(base))
    machine.advance("batch", 5, 60)
    again.advance("batch", 5, 60)
    assert same(numbers(machine), numbers(again))


def test_what_is_set_by_hand_is_seen_at_once_and_taken_back() -> None:
    machine = Supervised(averaged(spiral(4, 3)))
    machine.advance("epoch", 2, 60)
    before, scores = numbers(machine), machine.scores()
    patch = machine.assign((Labelled("out.bias", (("out/0",),), Array(np.array([7.0]))),))
    assert [weights(machine)["out.bias"][0], means(machine)["out.bias"][0]] == [7, 7]
    assert machine.scores() != scores
    machine.assign(patch)
    assert same(numbers(machine), before)


def test_a_line_search_and_a_trace_in_fractions() -> None:
    made = adapt(with_training(spiral(3), optimiser=SGD(), regularisers=AVERAGED))[0]
    assert made.training.regularisers == AVERAGED
    alone = examples.load("dead-zone")
    check_rational(alone)
    with pytest.raises(LearnscopeError, match="regularisation"):
        check_rational(averaged(alone))
    assert edits.add_layer(made, 0, Dense(id="n")).training.regularisers == AVERAGED
