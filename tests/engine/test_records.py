"""Records: what producers make of a look at a run, for layers and parameters of any form."""

from __future__ import annotations

import numpy as np
import pytest

from engine.activations import Activation
from engine.layers import Axis, Parameter
from engine.layers.chance import Dropout
from engine.layers.normalising import LayerNorm
from engine.layers.pieces import Maxout
from engine.machines.supervised import Supervised, SupervisedKind
from engine.producers import Producer, offered, produce
from engine.producers.base import Look
from engine.producers.weights import rows
from engine.records import Matrices, Unit, Want
from tests.engine.nets import numbers, spiral, with_layers


def test_a_kind_offers_the_records_that_serve_its_look() -> None:
    assert SupervisedKind.records == {e.key: e.kind.yields for e in Producer.registry}
    assert offered(object) == {}, "nothing can be made of a look at nothing"


def test_a_record_nobody_makes_is_none() -> None:
    machine = Supervised(spiral())
    assert produce(machine._look, Want("nonsense")) is None
    assert produce(object(), Want("weights")) is None
    assert machine.snapshot(frozenset({Want("nonsense")})).records == {}


def test_the_rows_of_a_matrix_are_all_axes_but_the_last() -> None:
    axes = (Axis("row", ("top", "low")), Axis("channel", ("red", "blue")), Axis("unit", ("a", "b", "c")))
    assert rows(Parameter("weight", axes, "weight")) == ("top · red", "top · blue", "low · red", "low · blue")
    assert rows(Parameter("scale", axes[2:], "scale")) == ("scale",)


LEARNING = [e.kind for e in Activation.registry if e.kind().learned]


@pytest.mark.parametrize("kind", LEARNING, ids=lambda k: k.__name__)
def test_a_unit_shows_every_number_of_its_own(kind: type[Activation]) -> None:
    machine = Supervised(spiral(3, activation=kind()))
    machine.advance("batch", 3, 60)
    want, found = Want("unit", target=("h1", "h1/1")), numbers(machine)
    unit = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(unit, Unit)
    assert [own.name for own in unit.own] == ["bias", *kind().learned]
    for own in unit.own:
        assert own.value == found[f"h1.{own.name}"][1]
    assert np.array_equal(unit.weights, found["h1.weight"][:, 1])


def test_a_look_names_its_layers() -> None:
    look = Supervised(spiral(3))._look
    assert isinstance(look, Look)
    assert [n.layer.id for n in look.nodes] == ["h1", "out"]
    assert look.node("h1") is look.nodes[0]
    assert look.node("h2") is None


def test_a_unit_of_several_sums_shows_each_of_its_numbers() -> None:
    base = spiral(3)
    machine = Supervised(with_layers(base, Maxout(id="h1", units=3, pieces=2), base.model.output))
    machine.advance("batch", 2, 60)
    want, found = Want("unit", target=("h1", "h1/2")), numbers(machine)
    unit = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(unit, Unit)
    pieces = [f"{source} · h1/piece {k}" for source in ("input/x1", "input/x2") for k in (1, 2)]
    assert [label for _, label in unit.sources] == pieces
    assert np.array_equal(unit.weights, found["h1.weight"][:, :, 2].ravel())
    assert [own.name for own in unit.own] == ["bias · h1/piece 1", "bias · h1/piece 2"]
    assert [own.value for own in unit.own] == found["h1.bias"][:, 2].tolist()
    matrices = machine.snapshot(frozenset({Want("weights")})).get("weights")
    assert isinstance(matrices, Matrices)
    assert matrices.items["h1.weight"].rows == tuple(pieces)


def test_a_unit_without_weights_shows_what_it_says() -> None:
    base = spiral(3)
    hidden = (base.model.layers[0], LayerNorm(id="n1"), Dropout(id="d1"))
    machine = Supervised(with_layers(base, *hidden, base.model.output))
    for layer, own in (("n1", ["scale", "shift"]), ("d1", [])):
        unit = machine.snapshot(frozenset({want := Want("unit", target=(layer, "h1/0"))})).records[want]
        assert isinstance(unit, Unit)
        assert [each.name for each in unit.own] == own
        assert (unit.sources, unit.formula, len(unit.weights)) == ((), "", 0)
        assert unit.deviation > 0
