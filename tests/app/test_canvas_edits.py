"""Edits of the network as pure functions: ids stay, wiring stays valid, nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from engine import edits, holding
from engine.errors import ExperimentError
from engine.experiment import Experiment, check, decode, nodes
from engine.layers import Neurons


def net(*hidden: int, features: tuple[str, ...] = ("x1", "x2"), **more: Any) -> Experiment:
    layers = [{"kind": "dense", "id": f"h{k + 1}", "units": n} for k, n in enumerate(hidden)]
    output = {"kind": "output", "id": "out", "units": 1, "activation": {"kind": "tanh"}}
    return decode(
        {
            "data": {"source": {"kind": "spiral"}, "features": features},
            "model": {"layers": [*layers, output], **more},
            "training": {"loss": {"kind": "squared-error"}, "optimiser": {"kind": "sgd"}},
        }
    )


def order(experiment: Experiment) -> list[str]:
    return [layer.id for layer in experiment.model.layers]


def column(experiment: Experiment, name: str) -> Neurons:
    layer = experiment.model.layer(name)
    assert isinstance(layer, Neurons)
    return layer


def wires(experiment: Experiment) -> dict[str, tuple[str, ...]]:
    return {node.layer.id: node.sources for node in nodes(check(experiment))}


def test_a_new_layer_is_like_its_left_neighbour_and_has_a_fresh_id() -> None:
    before = net(8, 6)
    after = check(edits.add_layer(before, 1))
    assert order(after) == ["h1", "h3", "h2", "out"]
    fresh = column(after, "h3")
    assert (fresh.units, fresh.activation) == (8, column(before, "h1").activation)


def test_a_first_layer_needs_no_neighbour() -> None:
    after = check(edits.add_layer(net(), 0))
    assert order(after) == ["h1", "out"]


def test_adding_and_removing_gives_the_same_value_back() -> None:
    before = net(3, 2)
    after = edits.add_layer(before, 1)
    assert edits.remove_layer(after, "h3") == before


def test_the_output_stays() -> None:
    before = net(3)
    with pytest.raises(ExperimentError, match="output"):
        edits.remove_layer(before, "out")
    with pytest.raises(ExperimentError, match="output"):
        edits.move_layer(before, "out", 0)
    with pytest.raises(ExperimentError, match="output"):
        edits.add_unit(before, "out")


def test_moving_a_layer_keeps_it_before_the_output() -> None:
    before = net(3, 2, 5)
    assert order(edits.move_layer(before, "h1", 99)) == ["h2", "h3", "h1", "out"]
    assert order(edits.move_layer(before, "h3", 0)) == ["h3", "h1", "h2", "out"]
    assert edits.move_layer(before, "h2", 1) is before


def test_explicit_wiring_is_bridged_and_spliced() -> None:
    # h1 feeds h2; the output reads h1 past h2's neighbour h3, which reads h2 by name.
    before = net(3, 2, 5)
    layers = list(before.model.layers)
    layers[2] = replace(layers[2], inputs=("h1",))
    wired = check(replace(before, model=replace(before.model, layers=tuple(layers))))
    assert wires(wired) == {"h1": ("input",), "h2": ("h1",), "h3": ("h1",), "out": ("h3",)}
    assert wires(edits.remove_layer(wired, "h1")) == {"h2": ("input",), "h3": ("input",), "out": ("h3",)}
    between = wires(edits.add_layer(wired, 3))
    assert between["h4"] == ("h3",)
    assert between["out"] == ("h4",)
    moved = edits.move_layer(wired, "h3", 0)
    assert wires(moved) == {"h3": ("input",), "h1": ("h3",), "h2": ("h1",), "out": ("h1",)}


def test_neurons_keep_their_ids() -> None:
    before = net(3)
    after = edits.remove_unit(before, "h1", "h1/1")
    assert column(after, "h1").ids == (0, 2)
    after = edits.add_unit(after, "h1")
    assert column(after, "h1").ids == (0, 2, 3)
    after = edits.move_unit(after, "h1", "h1/3", 0)
    assert column(check(after), "h1").ids == (3, 0, 2)


def test_the_last_neuron_stays() -> None:
    with pytest.raises(ExperimentError, match="single neuron"):
        edits.remove_unit(net(1), "h1")


def test_frozen_numbers_go_with_what_they_belong_to() -> None:
    before = net(2, 2)
    held = holding.references(nodes(before)[1], "h2/1")
    frozen = check(holding.set_frozen(before, held, True))
    assert frozen.model.frozen == (
        ("h2.weight", "h1/0", "h2/1"),
        ("h2.weight", "h1/1", "h2/1"),
        ("h2.bias", "h2/1"),
    )
    assert holding.set_frozen(frozen, held, False) == before
    assert check(edits.remove_unit(frozen, "h1", "h1/0")).model.frozen == held[1:]
    assert check(edits.remove_layer(frozen, "h2")).model.frozen == ()


def test_inputs_stand_in_the_order_of_the_data_and_one_stays() -> None:
    before = net(2)
    after = edits.set_feature(edits.set_feature(before, "sin(x1)", True), "x1^2", True)
    assert check(after).data.features == ("x1", "x2", "x1^2", "sin(x1)")
    only = edits.set_feature(before, "x2", False)
    with pytest.raises(ExperimentError, match="at least one input"):
        edits.set_feature(only, "x1", False)
    with pytest.raises(ExperimentError, match="no input"):
        edits.set_feature(before, "x9", True)
