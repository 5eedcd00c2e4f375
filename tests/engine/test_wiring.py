"""Edits of the wiring: kinds put in, joined, changed, connected by hand; and a running network that lives with it."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import edits, holding
from engine.errors import ExperimentError, LearnscopeError
from engine.experiment import Experiment, check, input_shape, nodes
from engine.layers import Answering, Layer
from engine.layers.dense import Dense
from engine.layers.joining import Add, Concatenate, Multiply
from engine.machines.supervised import Supervised
from engine.network import resolve
from engine.shapes import Axis
from tests.engine.nets import numbers, pictured, same, spiral, with_layers


def wires(experiment: Experiment) -> dict[str, tuple[str, ...]]:
    return {node.layer.id: node.sources for node in nodes(check(experiment))}


def order(experiment: Experiment) -> list[str]:
    return [layer.id for layer in experiment.model.layers]


def branched() -> Experiment:
    """Two branches of the inputs, side by side: h1 (4) and h2 (3)."""
    base = spiral(4, 3)
    one = edits.connect(base, "input", "h2")
    return edits.add_layer(one, 2, kind="concatenate", source="h2")


@pytest.mark.parametrize("kind", [e.key for e in edits.offered() if e.kind.reads == "pictures"])
def test_every_kind_of_pictures_works_where_there_are_some_and_is_refused_elsewhere(kind: str) -> None:
    before = pictured(4, 4)
    after = check(edits.add_layer(before, 2, kind=kind, source="c2"))
    fresh = after.model.layers[2]
    assert fresh.key == kind
    assert sum(x.key == "flatten" for x in after.model.layers) == (kind != "global-pooling")
    assert resolve(after.model, input_shape(after.data))[2].sources == ("c2",)
    gone = edits.remove_layer(after, fresh.id)
    assert [x for x in gone.model.layers if x.key != "flatten"] == [
        x for x in before.model.layers if x.key != "flatten"
    ]
    with pytest.raises(ExperimentError, match="works on pictures, but “h1” makes 4 units"):
        edits.add_layer(spiral(4, 4), 1, kind=kind, source="h1")


@pytest.mark.parametrize("kind", [e.key for e in edits.offered(spiral(4)) if e.key != "reshape"])
def test_every_kind_works_at_once_where_it_is_put_and_is_taken_out_again(kind: str) -> None:
    before = spiral(4, 4)
    after = check(edits.add_layer(before, 2, kind=kind, source="h2"))
    fresh = after.model.layers[2]
    assert fresh.key == kind
    assert wires(after)["out"] == (("h2",) if isinstance(fresh, Answering) else (fresh.id,))
    assert edits.remove_layer(after, fresh.id) == before


def test_the_output_is_no_kind_to_choose() -> None:
    assert "output" not in {e.key for e in edits.offered()}
    with pytest.raises(LearnscopeError, match="can't stand between layers"):
        edits.add_layer(spiral(4), 1, kind="output")


def test_a_column_of_another_kind_is_like_its_neighbour() -> None:
    fresh = edits.add_layer(spiral(4, 3), 1, kind="maxout").model.layer("h3")
    assert (fresh.key, getattr(fresh, "units", 0)) == ("maxout", 4)


def test_one_click_on_add_makes_a_residual_connection() -> None:
    after = edits.add_layer(spiral(4, 4), 2, kind="add", source="h2")
    assert wires(after)["add1"] == ("h2", "h1")


def test_what_passes_units_on_is_not_joined_with_where_they_come_from() -> None:
    dropped = edits.add_layer(spiral(4, 4), 2, kind="dropout", source="h2")
    after = edits.add_layer(dropped, 3, kind="add", source="dropout1")
    assert wires(after)["add1"] == ("dropout1", "h1")


def test_the_nearest_earlier_layer_of_the_same_width_is_joined() -> None:
    after = edits.add_layer(spiral(4, 5, 3, 4), 4, kind="multiply", source="h4")
    assert wires(after)["multiply1"] == ("h4", "h1")
    assert wires(edits.add_layer(spiral(4, 2), 2, kind="add", source="h2"))["add1"] == ("h2", "input")


def test_with_nothing_to_join_it_says_what_to_do() -> None:
    with pytest.raises(LearnscopeError, match=r"no layer before “h1” fits its 4 units.* nothing to add; give"):
        edits.add_layer(spiral(4), 1, kind="add", source="h1")
    with pytest.raises(LearnscopeError, match="nothing to concatenate"):
        edits.add_layer(spiral(4), 0, kind="concatenate", source="input")


def test_a_layer_goes_on_the_connection_it_is_put_on_and_on_no_other() -> None:
    residual = edits.add_layer(spiral(4, 4), 2, kind="add", source="h2")
    after = edits.add_layer(residual, 2, source="h1")
    assert wires(after) == {"h1": ("input",), "h2": ("h1",), "h3": ("h1",), "add1": ("h2", "h3"), "out": ("add1",)}
    with pytest.raises(LearnscopeError, match="“out” does not read “h1”"):
        edits.add_layer(residual, 3, source="h1")
    moved = edits.move_layer(after, "h2", 2, "h3")
    assert wires(moved) == {"h1": ("input",), "h3": ("h1",), "h2": ("h3",), "add1": ("h1", "h2"), "out": ("add1",)}


def test_a_dense_layer_reads_another_layer_instead_and_one_that_joins_reads_it_besides() -> None:
    two = branched()
    assert wires(two) == {"h1": ("input",), "h2": ("input",), "concatenate1": ("h2", "h1"), "out": ("concatenate1",)}
    assert wires(edits.connect(two, "h1", "out"))["out"] == ("h1",)
    three = edits.connect(two, "input", "concatenate1")
    assert wires(three)["concatenate1"] == ("h2", "h1", "input")
    assert wires(edits.disconnect(three, "h1", "concatenate1"))["concatenate1"] == ("h2", "input")


def test_the_order_of_computation_follows_the_wiring() -> None:
    one = edits.connect(spiral(4, 4, 4), "h1", "h3")
    after = edits.connect(one, "h3", "h2")
    assert order(after) == ["h1", "h3", "h2", "out"]
    assert wires(after) == {"h1": ("input",), "h3": ("h1",), "h2": ("h3",), "out": ("h3",)}


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ("h2", "h1", "“h1” can't read “h2”, which is itself made from “h1”"),
        ("h1", "h1", "“h1” can't read itself"),
        ("out", "h1", "“out” is an output; “h1” can't read it"),
        ("h1", "h2", "“h2” reads “h1” already"),
        ("h1", "input", "the inputs read the data; they can't read “h1”"),
        ("h3", "add1", "layer “add1” adds “h2” with 4 units and “h3” with 5 units"),
    ],
)
def test_a_wrong_connection_is_refused_with_both_ends_named(source: str, target: str, why: str) -> None:
    net = edits.add_layer(spiral(4, 4, 5), 2, kind="add", source="h2")
    net = edits.connect(net, "h1", "h3")
    with pytest.raises(LearnscopeError, match=why):
        edits.connect(net, source, target)


def test_the_last_thing_a_layer_reads_stays() -> None:
    with pytest.raises(LearnscopeError, match="“h2” reads only “h1”; connect it to another layer"):
        edits.disconnect(spiral(4, 4), "h1", "h2")


def test_kinds_that_can_take_the_place_of_each_other() -> None:
    keys = {k: {e.key for e in edits.alternatives(Layer.registry[k].kind(id="x"))} for k in ("dense", "dropout", "add")}
    assert keys["dense"] == {"dense", "dropconnect", "maxout", "log-sum-exp", "prototypes"}
    assert keys["add"] == {"add", "multiply", "concatenate"}
    assert "batch-norm" in keys["dropout"]
    with pytest.raises(LearnscopeError, match="“h1” can't become “add”"):
        edits.change_kind(spiral(4), "h1", "add")


def test_another_kind_keeps_what_both_have() -> None:
    base = spiral(4, 3)
    after = edits.change_kind(base, "h1", "dropconnect")
    assert (after.model.layer("h1").key, getattr(after.model.layer("h1"), "units", 0)) == ("dropconnect", 4)
    assert edits.change_kind(after, "h1", "dense") == base
    assert edits.change_kind(edits.change_kind(base, "h1", "maxout"), "h1", "dense").model.layer("h2") == (
        base.model.layer("h2")
    )


def test_frozen_numbers_of_another_form_are_let_go() -> None:
    base = spiral(4, 3)
    held = holding.set_frozen(base, holding.references(nodes(base)[0], "h1/0"), True)
    assert edits.change_kind(held, "h1", "maxout").model.frozen == ()


def learned(net: Experiment) -> Supervised:
    machine = Supervised(net)
    machine.advance("batch", 30, 60)
    return machine


def test_a_weight_dropping_layer_takes_over_the_numbers_of_a_dense_one() -> None:
    base = spiral(4, 3)
    machine = learned(base)
    before = numbers(machine)
    machine.change(edits.change_kind(base, "h1", "dropconnect"))
    assert same(numbers(machine), before)


@pytest.mark.parametrize("kind", ["maxout", "log-sum-exp"])
def test_units_of_several_sums_begin_anew_and_undo_gives_the_old_ones_back(kind: str) -> None:
    base = spiral(4, 3)
    machine = learned(base)
    before = numbers(machine)
    destroyed = machine.change(edits.change_kind(base, "h1", kind))
    assert np.array_equal(numbers(machine)["h2.bias"], before["h2.bias"])
    assert machine.advance("batch", 3, 60)
    machine.change(base, destroyed)
    after = numbers(machine)
    assert np.array_equal(after["h1.weight"], before["h1.weight"])
    assert np.array_equal(after["h1.weight#mean"], before["h1.weight#mean"])


STEPS: list[tuple[str, dict[str, Any]]] = [
    ("add_layer", {"place": 2, "kind": "dropout", "source": "h2"}),
    ("add_layer", {"place": 2, "source": "h2"}),
    ("add_layer", {"place": 3, "kind": "add", "source": "h3"}),
    ("add_layer", {"place": 1, "kind": "batch-norm", "source": "h1"}),
    ("add_layer", {"place": 1, "kind": "maxout", "source": "h1"}),
    ("add_unit", {"layer": "h4"}),
    ("connect", {"source": "h2", "target": "out"}),
    ("change_kind", {"id": "h1", "kind": "maxout"}),
    ("change_kind", {"id": "batch-norm1", "kind": "layer-norm"}),
    ("remove_layer", {"id": "add1"}),
]


def test_a_running_network_lives_with_every_edit_and_its_undo() -> None:
    net = spiral(4, 4)
    machine = learned(net)
    start, undo = numbers(machine), []
    for name, arguments in STEPS:
        edited = check(getattr(edits, name)(net, **arguments))
        undo.append((net, machine.change(edited)))
        net = edited
        position = machine.position.step
        machine.advance("batch", 1, 60)
        assert machine.position.step == position + 1, name
        assert isfinite(machine.scores()[0].loss or 0.0), name
    for former, destroyed in reversed(undo):
        machine.change(former, destroyed)
    assert numbers(machine).keys() == start.keys()
    assert machine.position.step == 30 + len(STEPS)


def test_a_new_layer_before_one_without_weights_does_no_harm() -> None:
    dropped = edits.add_layer(spiral(4, 4), 1, kind="dropout", source="h1")
    machine = learned(dropped)
    machine.change(edits.add_layer(dropped, 1, source="h1"))
    machine.advance("batch", 1, 60)
    assert isfinite(machine.scores()[0].loss or 0.0)


def test_given_starting_numbers_of_another_form_are_passed_over() -> None:
    base = learned(spiral(4, 3))
    given = tuple(n for n in base.state().numbers if "#" not in n.name)
    net = replace(base.experiment, model=replace(base.experiment.model, start=given))
    assert Supervised(edits.change_kind(net, "h1", "maxout")).advance("batch", 1, 60)


def test_a_layer_given_by_hand_may_join_too() -> None:
    net = with_layers(spiral(4, 4), *spiral(4, 4).model.layers)
    after = edits.add_layer(net, 1, Dense(id="new", units=4), source="h1")
    assert wires(after)["h2"] == ("new",)


def test_a_layer_behind_an_output_on_the_way_reads_what_that_one_reads() -> None:
    net = edits.add_layer(spiral(4, 3), 2, kind="auxiliary", source="h2")
    assert wires(net) == {"h1": ("input",), "h2": ("h1",), "auxiliary1": ("h2",), "out": ("h2",)}
    after = edits.add_layer(net, 3)
    assert (wires(after)["h3"], wires(after)["out"]) == (("h2",), ("h3",))
    with pytest.raises(LearnscopeError, match="“auxiliary1” is an output; “out” can't read it"):
        edits.connect(net, "auxiliary1", "out")


def residual() -> Experiment:
    """Two layers of 4, h1 and a layer norm of h2, are added; behind the sum there is h3."""
    added = edits.add_layer(spiral(4, 4, 2), 2, kind="add", source="h2")
    return edits.add_layer(added, 2, kind="layer-norm", source="h2")


def widths(experiment: Experiment) -> dict[str, int]:
    return {node.layer.id: node.shape[0].size for node in nodes(check(experiment))}


@pytest.mark.parametrize("layer", ["h1", "h2"])
def test_layers_that_are_added_gain_and_lose_neurons_together(layer: str) -> None:
    start = residual()
    wider = edits.add_unit(start, layer)
    assert widths(wider) == {"h1": 5, "h2": 5, "layer-norm1": 5, "add1": 5, "h3": 2, "out": 1}
    narrower = edits.remove_unit(start, layer, f"{layer}/1")
    assert widths(narrower) == {"h1": 3, "h2": 3, "layer-norm1": 3, "add1": 3, "h3": 2, "out": 1}
    for name in ("h1", "h2"):
        assert narrower.model.layer(name).ids == (0, 2, 3)  # type: ignore[attr-defined] # a column


def test_a_layer_that_is_added_to_nothing_gains_neurons_alone() -> None:
    start = residual()
    assert widths(edits.add_unit(start, "h3")) == {**widths(start), "h3": 3}


@pytest.mark.parametrize("kind", [Add, Multiply, Concatenate])
def test_a_joining_layer_says_what_it_cannot_join_where_it_reads_the_layer_before(kind: type[Layer]) -> None:
    image = (Axis("row", ("a", "b")), Axis("column", ("c", "d")), Axis("channel", ("e",)))
    with pytest.raises(ExperimentError, match="the layer before it"):
        kind(id="j").shape((image, image[:1] + image[:1] + image[2:], (Axis("unit", ("f",)),)))
