"""Learning in phases: layers held fast, grown one by one, and taken over from another run."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples, holding, transfer
from engine.activations.classic import Tanh
from engine.datasets.shapes import Moons
from engine.errors import ExperimentError
from engine.experiment import Experiment, check, nodes
from engine.files import Document
from engine.layers import Layer
from engine.layers.base import relabelled
from engine.layers.chance import Dropout
from engine.layers.dense import Dense
from engine.layers.dropconnect import DropConnect
from engine.layers.joining import Concatenate
from engine.layers.normalising import BatchNorm
from engine.layers.pieces import Maxout
from engine.machines.supervised import Supervised
from engine.optimisers import Optimiser
from engine.optimisers.adam import Adam
from engine.optimisers.line_search import LBFGS
from engine.penalties import L2
from engine.regularisers.bounds import ClipNorm, MaxNorm
from engine.ties import Drawn, Shared
from tests.engine.nets import spiral, with_layers, with_training


def learned(experiment: Experiment, epochs: int = 20) -> tuple[Supervised, Document]:
    machine = Supervised(experiment)
    machine.advance("epoch", epochs, 120.0)
    return machine, Document(experiment, machine.state())


def test_a_layer_that_is_held_does_not_move_and_learns_again_when_let_go() -> None:
    held = check(holding.hold_layers(spiral(5, 4, optimiser=Adam()), ("h1",), True))
    assert holding.is_held(held, "h1")
    assert not holding.is_held(held, "h2")
    machine = Supervised(held)
    start = {n: machine._learner.array(n).copy() for n in ("h1.weight", "h1.bias", "h2.weight")}
    machine.advance("epoch", 5, 60.0)
    assert np.array_equal(machine._learner.array("h1.weight"), start["h1.weight"])
    assert np.array_equal(machine._learner.array("h1.bias"), start["h1.bias"])
    assert not np.array_equal(machine._learner.array("h2.weight"), start["h2.weight"])
    machine.change(holding.learn_all(held))
    machine.advance("epoch", 5, 60.0)
    assert not np.array_equal(machine._learner.array("h1.weight"), start["h1.weight"])
    assert holding.hold_layers(held, ("h1",), False).model.frozen == ()


def test_growing_adds_a_layer_that_learns_alone() -> None:
    base = spiral(6, optimiser=Adam(), activation=Tanh())
    machine, _ = learned(base, 30)
    before = machine.scores()[0].loss
    old = machine._learner.array("h1.weight").copy()
    grown = check(transfer.grow(base))
    assert [x.id for x in grown.model.hidden_layers] == ["h1", "h2"]
    machine.change(grown)
    after = machine.scores()[0].loss
    assert before is not None
    assert after == pytest.approx(before, abs=0.02), "the new layer passes on what it reads"
    fresh = machine._learner.array("h2.weight").copy()
    machine.advance("epoch", 60, 120.0)
    assert np.array_equal(machine._learner.array("h1.weight"), old)
    assert not np.array_equal(machine._learner.array("h2.weight"), fresh)
    found = machine.scores()[0].loss
    assert found is not None
    assert found < before


def test_layers_that_are_taken_over_say_the_same_and_only_the_output_learns() -> None:
    base = spiral(7, optimiser=Adam())
    source = with_layers(
        base, base.model.layers[0], BatchNorm(id="n1"), Dense(id="h2", units=7, activation=Tanh()),
        Dense(id="h3", units=7, weights=Shared(of="h2")), base.model.output,
    )  # fmt: skip
    teacher, document = learned(source)
    moons = examples.load("moons")
    other = replace(moons, data=replace(moons.data, source=Moons(count=80)))
    made = transfer.taken_over(other, document, "rings.learn")
    ids = [x.id for x in made.model.hidden_layers]
    assert not {x.id for x in other.model.layers} & set(ids)
    pupil = Supervised(other)
    pupil.advance("epoch", 3, 60.0)
    pupil.change(made)
    places = np.random.default_rng(0).normal(size=(20, 2))
    said = []
    for machine, layer in ((teacher, "h3"), (pupil, ids[-1])):
        machine._running.set_grid(places)
        said.append(machine._running.maps(every_layer=True)[layer])
    assert np.array_equal(said[0], said[1])
    held = pupil._learner.array(f"{ids[0]}.weight").copy()
    free = pupil._learner.array("out.weight").copy()
    pupil.advance("epoch", 10, 60.0)
    assert np.array_equal(pupil._learner.array(f"{ids[0]}.weight"), held)
    assert not np.array_equal(pupil._learner.array("out.weight"), free)
    pupil.reset()
    assert np.array_equal(pupil._learner.array(f"{ids[0]}.weight"), held), "they start where they were learned to"


def test_weights_of_what_comes_in_twice_are_taken_over_too() -> None:
    base = spiral()
    join = (Dropout(id="d", inputs=("h1",)), Concatenate(id="j", inputs=("h1", "d", "input", "input")))
    again = Concatenate(id="jj", inputs=("j", "h1"))
    teacher, document = learned(with_layers(
        base, Dense(id="h1", units=3), *join, again, Dense(id="h2", units=2), base.model.output,
    ), 2)  # fmt: skip
    assert "jj/1/h1/0" in teacher._learner.labels("h2.weight")[0]
    made = transfer.taken_over(with_layers(base, Dense(id="h1", units=3), base.model.output), document, "a.learn")
    ids = [x.id for x in made.model.hidden_layers]
    assert np.array_equal(Supervised(made)._learner.array(f"{ids[-1]}.weight"), teacher._learner.array("h2.weight"))


def test_labels_follow_their_layers() -> None:
    ids = {"j": "j7", "h1": "h9", "x": "z"}
    for label, new in (
        ("h1/0", "h9/0"), ("h1/piece 2", "h9/piece 2"), ("j/1/h1/0", "j7/1/h9/0"), ("j/2/j/1/h1/3", "j7/2/j7/1/h9/3"),
        ("input/x/h1", "input/x/h1"), ("j/1/input/x/h1", "j7/1/input/x/h1"), ("out/0", "out/0"),
    ):  # fmt: skip
        assert relabelled(label, ids) == new


def test_what_does_not_fit_is_refused() -> None:
    _, document = learned(spiral(3), 1)
    other = spiral(4)
    with pytest.raises(ExperimentError, match="saved without its run"):
        transfer.taken_over(other, Document(document.experiment), "a.learn")
    fewer = replace(other, data=replace(other.data, features=("x1",)))
    with pytest.raises(ExperimentError, match=r"the layers of “a\.learn” read x₁, x₂, but this network reads x₁;"):
        transfer.taken_over(fewer, document, "a.learn")
    bare = with_layers(other, other.model.output)
    with pytest.raises(ExperimentError, match="has no hidden layers"):
        transfer.taken_over(other, Document(bare, document.state), "a.learn")


def net(batch: int = 10) -> Experiment:
    base = spiral(5, 4, optimiser=Adam())
    training = replace(base.training, batch=batch, penalty=L2(rate=0.01), regularisers=(ClipNorm(), MaxNorm(bound=0.5)))
    return replace(base, training=training)


def by_numbers(experiment: Experiment, id_: str) -> Experiment:
    """The same layer held fast number by number."""
    every = next(holding.references(n) for n in nodes(experiment) if n.layer.id == id_)
    return holding.set_frozen(experiment, every, True)


@pytest.mark.parametrize("layer", ["h1", "h2", "out"])
@pytest.mark.parametrize("batch", [1, 10])
def test_a_layer_held_as_a_whole_is_one_all_of_whose_numbers_are_held(layer: str, batch: int) -> None:
    """Max norm and clipping aside, which see fewer numbers, the others learn the same."""
    plain = replace(net(batch), training=replace(net(batch).training, regularisers=()))
    whole, singly = Supervised(holding.hold_layers(plain, (layer,), True)), Supervised(by_numbers(plain, layer))
    for machine in (whole, singly):
        machine.advance("epoch", 3, 60.0)
    for name in whole._learner.names():
        if "#" not in name:
            # one sample alone goes back through a layer in another order of sums, unless that is held
            assert np.allclose(whole._learner.array(name), singly._learner.array(name), rtol=2e-3, atol=2e-4), name


def test_no_operation_moves_a_layer_that_is_held_as_a_whole() -> None:
    machine = Supervised(holding.hold_layers(net(), ("h1",), True))
    start = {n: machine._learner.array(n).copy() for n in ("h1.weight", "h1.bias")}
    machine.advance("epoch", 3, 60.0)
    numbers = machine._running.lowered.numbers
    assert numbers.length == sum(a.value.size for a in numbers.arrays.values() if a.layer != "h1")
    for name, before in start.items():
        assert np.array_equal(machine._learner.array(name), before)
        assert not machine._learner.array(f"{name}#gradient").any()

    def backward(experiment: Experiment) -> list[str]:
        table = Supervised(experiment)._running.lowered.table
        names = [o.kernel.function.__name__ for o in table.operations]
        return [n for n in names if n in ("dense_backward", "dense_slope", "dense_delta")]

    assert backward(net()) == ["dense_backward", "dense_delta"] * 2 + ["dense_backward"]
    assert backward(holding.hold_layers(net(), ("h1",), True)) == ["dense_backward", "dense_delta", "dense_backward"]
    assert backward(holding.hold_layers(net(), ("h2",), True)) == [
        "dense_backward", "dense_delta", "dense_slope", "dense_delta", "dense_backward",
    ]  # fmt: skip
    assert backward(holding.hold_layers(net(), ("h1", "h2"), True)) == ["dense_backward"]


@pytest.mark.parametrize("held", [Dense(id="h2"), Maxout(id="h2"), DropConnect(id="h2"), BatchNorm(id="h2")])
def test_the_slope_goes_on_through_a_held_layer(held: Layer) -> None:
    """The first gradient of the layers around it is what it is where all learn."""
    base = with_training(spiral(4), batch=0)
    base = check(with_layers(base, *base.model.hidden_layers, held, base.model.output))
    both = Supervised(base), Supervised(holding.hold_layers(base, ("h2",), True))
    for machine in both:
        machine.advance("batch", 1, 60.0)
    for name in ("h1.weight", "h1.bias", "out.weight", "out.bias"):
        free, through = (m._learner.array(f"{name}#gradient") for m in both)
        assert np.array_equal(free, through), name
        assert free.any()
    for name in both[1]._learner.names(gradients=True):
        if name.startswith("h2.") and name.endswith("#gradient"):
            assert not both[1]._learner.array(name).any()


def test_a_number_of_a_held_layer_that_is_let_go_leaves_the_others_held() -> None:
    held = holding.hold_layers(net(), ("h1",), True)
    free = holding.set_frozen(held, (("h1.bias", "h1/2"),), False)
    assert not holding.frozen_layers(free)
    assert (holding.frozen_count(held), holding.frozen_count(free)) == (15, 14)
    assert holding.frozen_count(held, "h2") == 0
    assert ("h1.bias", "h1/2") not in free.model.frozen
    wide = holding.hold_layers(spiral(200, 200), ("h2",), True)
    with pytest.raises(ExperimentError, match=r"“h2” is held fast as a whole, and its 40200 numbers"):
        holding.set_frozen(wide, (("h2.bias", "h2/2"),), False)
    assert holding.learn_all(wide) == spiral(200, 200)


def test_hard_ties_hold_what_is_the_same_numbers() -> None:
    base = spiral(4, 4, 4)
    layers = base.model.layers
    tied = replace(
        base, model=replace(base.model, layers=(*layers[:2], replace(layers[2], weights=Shared(of="h2")), layers[3]))
    )
    for held in ("h2", "h3"):
        machine = Supervised(check(holding.hold_layers(tied, (held,), True)))
        start = {n: machine._learner.array(n).copy() for n in ("h2.weight", "h3.weight", "h2.bias", "h3.bias")}
        machine.advance("epoch", 2, 60.0)
        machine.scores()
        moved = {n for n, before in start.items() if not np.array_equal(machine._learner.array(n), before)}
        assert moved == ({"h3.bias"} if held == "h2" else {"h2.bias"})


def test_a_soft_tie_draws_only_the_one_that_learns() -> None:
    base = spiral(4, 4, 4)
    layers = base.model.layers
    drawn = replace(layers[2], weights=Drawn(of="h2", strength=1.0))
    tied = replace(base, model=replace(base.model, layers=(*layers[:2], drawn, layers[3])))
    machine = Supervised(check(holding.hold_layers(tied, ("h2",), True)))
    start = machine._learner.array("h2.weight").copy()
    far = np.abs(machine._learner.array("h3.weight") - start).sum()
    machine.advance("epoch", 30, 60.0)
    assert np.array_equal(machine._learner.array("h2.weight"), start)
    assert np.abs(machine._learner.array("h3.weight") - start).sum() < 0.5 * far


@pytest.mark.parametrize("optimiser", [Adam(), LBFGS()])
def test_a_network_held_as_a_whole_stays_and_goes_on(optimiser: Optimiser) -> None:
    base = net(0)
    base = replace(base, training=replace(base.training, optimiser=optimiser, regularisers=()))
    machine = Supervised(holding.hold_layers(base, ("h1", "h2", "out"), True))
    before = machine.scores()
    machine.advance("epoch", 3, 60.0)
    assert machine.scores() == before
    assert machine.position.epoch == 3
    machine.change(base)
    machine.advance("epoch", 5, 60.0)
    assert machine.scores() != before
