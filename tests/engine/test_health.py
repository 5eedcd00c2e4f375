"""What is said of layers: gradients and steps as the run has them, dead and saturated units, histograms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.activations.classic import Linear, Sigmoid, Tanh
from engine.activations.rectifiers import LeakyReLU, ReLU
from engine.arrays import Array, Labelled
from engine.layers import Layer
from engine.layers.dense import Dense
from engine.machines.supervised import Supervised
from engine.network import Node
from engine.optimisers import Optimiser
from engine.producers._health import states
from engine.producers.health import Health
from engine.producers.layers import Layers, LayerState, alarm, histogram, pace, rms
from engine.records import Sample, Want
from tests.engine.nets import numbers, same, spiral, with_layers
from tests.engine.test_ties import tied

LAYERS = Want("layers")


def seen(machine: Supervised) -> dict[str, LayerState]:
    """The record of all layers by name."""
    record = machine.snapshot(frozenset({LAYERS})).records[LAYERS]
    assert isinstance(record, Layers)
    return {item.layer: item for item in record.items}


@pytest.mark.parametrize("samples", [0, 4], ids=["between batches", "within a batch"])
@pytest.mark.parametrize("kind", [e.kind for e in Optimiser.registry], ids=[e.key for e in Optimiser.registry])
def test_gradient_and_step_are_those_of_the_next_batch(kind: type[Optimiser], samples: int) -> None:
    optimiser = kind()
    machine = Supervised(spiral(4, 3, optimiser=optimiser, batch=0 if optimiser.needs_loss else 10))
    machine.advance("batch", 25, 60)
    machine.advance("sample", samples, 60)
    found = seen(machine)
    before = numbers(machine)
    assert machine.advance("batch", 1, 60) == 1
    after, learner = numbers(machine), machine._learner
    for layer in ("h1", "h2", "out"):
        w, moved, slope = (
            a.astype(np.float64)
            for a in (
                before[f"{layer}.weight"],
                after[f"{layer}.weight"] - before[f"{layer}.weight"],
                learner.array(f"{layer}.weight#gradient"),
            )
        )
        assert found[layer].gradient == pytest.approx(math.sqrt((slope**2).mean()), rel=1e-6)
        assert found[layer].weights == pytest.approx(math.sqrt((w**2).mean()), rel=1e-6)
        assert found[layer].ratio == pytest.approx(math.sqrt((moved**2).mean() / (w**2).mean()), rel=1e-5)


def test_looking_ahead_leaves_no_trace() -> None:
    looked, left = Supervised(spiral(batch=10)), Supervised(spiral(batch=10))
    for _ in range(30):
        for machine in (looked, left):
            machine.advance("sample", 7, 60)
        looked.snapshot(frozenset({LAYERS, Want("sample")}))
    assert same(numbers(looked), numbers(left))
    assert looked.state() == left.state()
    last, other = (m.snapshot(frozenset({LAYERS, Want("sample")})).get("sample") for m in (looked, left))
    assert isinstance(last, Sample)
    assert isinstance(other, Sample)
    assert (last.row, last.loss) == (other.row, other.loss)


def test_without_samples_there_is_nothing_ahead() -> None:
    base = spiral(3)
    machine = Supervised(replace(base, data=replace(base.data, share=0.0)))
    found = seen(machine)
    assert math.isnan(found["h1"].gradient)
    assert found["h1"].outputs is None
    assert set(found["h1"].states) == {""}


def test_in_eight_sigmoid_layers_the_gradient_vanishes_and_with_rectifiers_it_does_not() -> None:
    base = examples.load("deep-sigmoid")

    def net(activation: Sigmoid | ReLU) -> list[LayerState]:
        hidden: list[Layer] = [Dense(id=f"h{k}", units=8, activation=activation) for k in range(1, 9)]
        return list(seen(Supervised(with_layers(base, *hidden, base.model.output))).values())

    first, *_, last = net(Sigmoid())
    assert first.gradient < 1e-3 * last.gradient
    assert (first.alarm, last.alarm) == ("vanishing", "")
    assert net(ReLU())[0].alarm == ""


def test_the_words_for_gradients_and_steps() -> None:
    assert [alarm(g, 1.0) for g in (9e-4, 2e-3, 900, 1100)] == ["vanishing", "", "", "exploding"]
    assert alarm(1.0, 0.0) == alarm(math.nan, 1.0) == ""
    assert alarm(math.inf, math.nan) == "exploding"
    assert [pace(r) for r in (1e-7, 1e-3, 0.2, math.nan)] == ["too small", "", "too large", ""]


def node(activation: ReLU | Tanh | LeakyReLU | Linear, units: int) -> Node:
    """A layer in its place, as far as the state of its units needs it."""
    layer = Dense(id="h1", units=units, activation=activation)
    return Node(layer, ("input",), (), (), (), ())


def test_a_unit_is_dead_where_it_never_speaks_and_saturated_where_it_hardly_leaves_its_ends() -> None:
    a = np.zeros((100, 3))
    a[7, 1] = 0.2
    a[:, 2] = -np.linspace(0, 1, 100)
    assert states(node(ReLU(), 3), a) == ("dead", "", "")
    assert states(node(LeakyReLU(), 3), a) == ("dead", "", ""), "the last one still says different things"
    b = np.full((100, 3), 0.999)
    b[:5, 1], b[:4, 2] = 0.5, -0.5
    assert states(node(Tanh(), 3), b) == ("saturated", "", "saturated")
    assert states(node(ReLU(), 1), np.zeros((0, 1))) == ("",)


def test_a_rectifier_pushed_below_zero_is_named_and_the_output_never_is() -> None:
    machine = Supervised(spiral(3, activation=ReLU()))
    machine.assign((Labelled("h1.bias", (("h1/1",),), Array(np.array([-90.0]))),))
    want = Want("health")
    record = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(record, Health)
    assert record.ill == {("h1", "h1/1"): "dead"}
    found = seen(machine)
    assert found["h1"].states == ("", "dead", "")
    assert found["out"].states == ("",)


def test_a_histogram_counts_every_number_between_round_ends() -> None:
    made = histogram(np.array([[-0.9, 0.0], [0.4, 1.97]]))
    assert made is not None
    assert (made.low, made.high) == (-1.0, 2.0)
    assert made.counts.sum() == 4
    assert made.counts[[1, 13, 18, 39]].tolist() == [1, 1, 1, 1], "of 40 steps of 0.075"
    assert not made.counts.flags.writeable
    flat = histogram(np.zeros((5, 2)))
    assert flat is not None
    assert flat.low < flat.high
    assert flat.counts.sum() == 10
    assert histogram(np.zeros((0, 2))) is None


def test_the_root_mean_square_is_over_all_numbers() -> None:
    assert rms([np.array([3.0]), np.array([[4.0, 0.0]])]) == pytest.approx(math.sqrt(25 / 3))
    assert math.isnan(rms([]))


def test_a_layer_that_follows_another_has_its_gradient() -> None:
    machine = Supervised(tied(0.0, turned=False))
    machine.advance("epoch", 1, 60)
    bond = machine._running.lowered.bonds[0]
    found = seen(machine)
    mine, owner = (found[a.layer] for a in (bond.mine, bond.owner))
    assert mine.gradient == owner.gradient > 0
    assert mine.ratio == pytest.approx(owner.ratio, rel=0.2)
