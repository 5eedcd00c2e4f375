"""Weights that follow those of another layer: the same numbers, turned or not, or two that draw each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import gradcheck
from engine.activations.classic import Tanh
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.edits import remove_layer
from engine.errors import ExperimentError
from engine.experiment import Experiment, check
from engine.holding import hold_layers, set_frozen
from engine.kernels.table import float_bits
from engine.layers import Layer
from engine.layers.dense import Dense
from engine.machines.supervised import Supervised
from engine.optimisers import Optimiser
from engine.optimisers._search import SEARCHES
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD
from engine.optimisers.line_search import LBFGS, ConjugateGradient
from engine.penalties import L2, NoPenalty
from engine.plan.tied import draw_cost, draw_together, follow, hand_over
from engine.records import Matrices, Want
from engine.ties import Drawn, Own, Shared, Turned
from tests.engine.guarded import close, run
from tests.engine.nets import numbers, same, spiral, with_layers, with_training
from tests.engine.test_layer_kernels import DTYPES, F, normal


@DTYPES
@pytest.mark.parametrize("turned", [False, True])
def test_kernels(dtype: Any, turned: bool) -> None:
    v, w = normal(0, 3, 11), normal(1, 11, 3) if turned else normal(1, 3, 11)
    dv, dw = normal(2, *v.shape), normal(3, *w.shape)

    def theirs(a: F) -> F:
        return a.T if turned else a

    given: dict[str, Any] = {"rows": 3, "columns": 11, "stride": 16, "row": 1 if turned else 16}
    given["column"] = 8 if turned else 1
    followed = run(follow, dtype, clean=("w", "into"), w=w, into=v, **given)["into"]
    close(dtype, followed, theirs(w))
    ran = run(hand_over, dtype, clean=("g", "to"), g=dv, to=dw, **given)
    close(dtype, ran["to"], dw + theirs(dv))
    assert not ran["g"].any()
    ran = run(draw_together, dtype, clean=("v", "w", "dv", "dw"), pull=0.5, back=0.25, v=v, w=w, dv=dv, dw=dw, **given)
    close(dtype, ran["dv"], dv + 0.5 * (v - theirs(w)))
    close(dtype, ran["dw"], dw + 0.25 * (w - theirs(v)))
    cost = run(draw_cost, dtype, clean=("v", "w"), pull=0.5, v=v, w=w, into=[float_bits(2.0)], **given)["into"]
    close(dtype, cost.view(np.float64)[0], 2 + 0.25 * np.square(v - theirs(w)).sum())


def tied(pull: float = 0.0, turned: bool = True, **training: Any) -> Experiment:
    """2 - 5 - 2 - 5, with the way back tied to the way there; or two layers of 5 - 5 alike."""
    base = spiral(**training)
    there: tuple[Layer, ...] = (Dense(id="h1", units=5, activation=Tanh()),)
    back: Layer = Dense(
        id="h2", units=2, activation=Tanh(), weights=Drawn(of="h1", strength=pull) if pull else Turned(of="h1")
    )
    if not turned:
        there = (*there, Dense(id="h2", units=5, activation=Tanh()))
        back = Dense(
            id="h3", units=5, activation=Tanh(), weights=Drawn(of="h2", strength=pull) if pull else Shared(of="h2")
        )
    return with_layers(base, *there, back, Dense(id="h4", units=4), base.model.output)


@pytest.mark.parametrize(("pull", "turned"), [(0.0, True), (0.0, False), (0.3, False)])
def test_the_gradient_counts_both_places(pull: float, turned: bool) -> None:
    made = tied(pull, turned)
    assert gradcheck.projection_error(made) < gradcheck.LIMIT
    found = gradcheck.check_network(made, Supervised(made).state().numbers, lambda *_: None, lambda: False)
    assert found.passed


@pytest.mark.parametrize(("pull", "turned"), [(0.0, True), (0.0, False), (0.3, False)])
@pytest.mark.parametrize("batch", [10, 0])
def test_runs_go_on_exactly(pull: float, turned: bool, batch: int) -> None:
    made = tied(pull, turned, batch=batch, optimiser=Adam())
    whole, cut = Supervised(made), Supervised(made)
    train = whole._running.prepared.train
    each = train if batch == 0 else 10
    whole.advance("batch", 30, seconds=60.0)
    cut.advance("sample", 7 * each + 3, seconds=60.0)
    other = Supervised(made)
    other.restore(cut.state())
    other.advance("sample", 23 * each - 3, seconds=60.0)
    assert same(numbers(whole), numbers(other))


def test_what_is_tied_is_always_the_same() -> None:
    machine = Supervised(with_training(tied(optimiser=Adam()), penalty=L2(rate=0.01)))
    for _ in range(5):
        machine.advance("batch", 20, seconds=60.0)
        machine.snapshot(frozenset())
        assert np.array_equal(machine._learner.array("h2.weight"), machine._learner.array("h1.weight").T)
    before = machine._learner.array("h1.weight").copy()
    labels = machine._learner.labels("h2.weight")
    machine.assign((Labelled("h2.weight", (labels[0][3:4], labels[1][:1]), Array(np.array([[0.75]]))),))
    assert machine._learner.array("h1.weight")[0, 3] == 0.75
    changed = machine._learner.array("h1.weight") != before
    assert changed.sum() == 1


def test_a_step_of_two_tied_weights_by_hand() -> None:
    # with g1 and g2 the slopes at the two places, one step of what is tied is -η (g1 + g2)
    made = tied(optimiser=SGD(rate=0.1), penalty=NoPenalty())
    untied = replace(made.model.layers[1], weights=Own())
    free = with_layers(made, made.model.layers[0], untied, *made.model.layers[2:])
    one, two = Supervised(made), Supervised(free)
    weight = one._learner.array("h1.weight")
    two._learner.array("h2.weight")[...] = weight.T
    start = weight.copy()
    one.advance("batch", 1, seconds=60.0)
    two.advance("batch", 1, seconds=60.0)
    steps = (two._learner.array("h1.weight") - start) + (two._learner.array("h2.weight") - start.T).T
    assert np.allclose(one._learner.array("h1.weight") - start, steps, atol=1e-7)


@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize("optimiser", [LBFGS(), ConjugateGradient()], ids=lambda o: o.key)
def test_a_search_goes_on_where_weights_follow_others(turned: bool, optimiser: Optimiser) -> None:
    machine = Supervised(tied(turned=turned, optimiser=optimiser, batch=0, penalty=L2(rate=0.001)))
    train = machine._running.prepared.train
    before, _ = machine._running.score(0, train)
    machine.advance("batch", 60, seconds=60.0)
    memory = machine._learner.array("optimiser.memory").ravel()
    assert memory[SEARCHES] > 20, "not begun anew at every step"
    assert machine._running.score(0, train)[0] < 0.97 * before


def test_what_follows_is_out_of_reach_of_optimisers() -> None:
    numbers = Supervised(tied(optimiser=Adam()))._running.lowered.numbers
    end = numbers.value.at + numbers.length
    assert [name for name, array in numbers.arrays.items() if array.value.at >= end] == ["h2.weight"]
    assert all(array.follows == (name == "h2.weight") for name, array in numbers.arrays.items())


@pytest.mark.parametrize("turned", [True, False])
def test_who_follows_a_layer_that_is_held_through_it_stands_still_with_it(turned: bool) -> None:
    made = tied(turned=turned, optimiser=Adam())
    owner, follower = ("h1", "h2") if turned else ("h2", "h3")
    held = check(hold_layers(made, (follower,), True))
    machine = Supervised(held)
    names = (f"{owner}.weight", f"{follower}.weight", f"{follower}.bias", f"{owner}.bias")
    before = [machine._learner.array(n).copy() for n in names]
    machine.advance("batch", 40, seconds=60.0)
    shown = machine.snapshot(frozenset({Want("weights")})).records[Want("weights")]
    still = [np.array_equal(machine._learner.array(n), b) for n, b in zip(names, before, strict=True)]
    assert still == [True, True, True, False], "the owner's biases are its own"
    assert isinstance(shown, Matrices)
    masks = [shown.items[n].frozen for n in names]
    assert [m is not None and bool(m.all()) for m in masks] == [True, True, True, False]


def test_one_number_of_a_turned_layer_is_held_where_it_is_learned() -> None:
    machine = Supervised(check(set_frozen(tied(), [("h2.weight", "h1/3", "h2/1")], True)))
    weight = machine._learner.array("h1.weight")
    before = weight.copy()
    machine.advance("batch", 20, seconds=60.0)
    still = np.zeros((2, 5), np.bool_)
    still[1, 3] = True
    assert np.array_equal(weight == before, still)


def test_a_pull_brings_two_layers_together() -> None:
    def apart(pull: float) -> float:
        machine = Supervised(tied(pull, turned=False, penalty=NoPenalty()))
        machine.advance("batch", 400, seconds=60.0)
        away = machine._learner.array("h2.weight") - machine._learner.array("h3.weight")
        cost = machine.snapshot(frozenset()).penalty
        assert np.isclose(cost, pull / 2 * np.square(away).sum(), rtol=1e-5)
        return float(np.linalg.norm(away))

    assert apart(0.3) < 0.2 * apart(1e-6)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (Dense(id="h2", units=3, weights=Turned(of="h1")),
         "layer “h2” has 5 × 3 weights, but those of “h1” are 5 × 2 when turned; give “h2” 2 neurons and let it read"),
        (Dense(id="h2", units=5, weights=Shared(of="h7")),
         "layer “h2” is tied to the weights of “h7”, but there are none before it"),
        (Dense(id="h2", units=5, weights=Shared(of="h2")),
         "layer “h2” is tied to the weights of “h2”, but there are none before it"),
    ],
)  # fmt: skip
def test_a_wrong_tie_is_refused(layer: Layer, said: str) -> None:
    base = spiral()
    with pytest.raises(ExperimentError) as refused:
        check(with_layers(base, Dense(id="h1", units=5), layer, base.model.output))
    assert said in str(refused.value)


def test_a_tie_to_what_is_tied_is_refused() -> None:
    base = spiral()
    layers = (Dense(id="a", units=5), Dense(id="b", units=5), Dense(id="c", units=5, weights=Shared(of="b")))
    with pytest.raises(ExperimentError, match="tied to another layer itself"):
        check(with_layers(base, *layers, Dense(id="d", units=5, weights=Drawn(of="c")), base.model.output))


def test_a_layer_has_weights_of_its_own_when_the_owner_goes() -> None:
    made = tied(turned=False)
    machine = Supervised(made)
    machine.advance("batch", 20, seconds=60.0)
    fewer = remove_layer(made, "h2")
    kept = fewer.model.layer("h3")
    assert isinstance(kept, Dense)
    assert kept.weights == Own()
    told = adapt(with_layers(made, *(x for x in made.model.layers if x.id != "h2")))[1]
    assert told == ("Layer “h3” has weights of its own now: “h2” is gone.",)
    machine.change(check(fewer))
    before = machine._learner.array("h3.weight").copy()
    machine.advance("batch", 5, seconds=60.0)
    assert not np.array_equal(before, machine._learner.array("h3.weight")), "it learns by itself"
