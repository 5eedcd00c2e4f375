"""What is seen inside a convolutional net: filters since the start, cells of maps, what pixels do to an answer."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.layers import Layer
from engine.layers.depthwise import Depthwise
from engine.layers.reforming import Flatten
from engine.machines.supervised import Supervised
from engine.producers.filters import ITSELF, Filters
from engine.records import Want
from tests.engine.nets import digits


def record(machine: Supervised, name: str, *target: str, given: bytes = b"") -> Any:
    """One record of a machine."""
    want = Want(name, target=target, given=given)
    return machine.snapshot(frozenset({want})).records.get(want)


def test_filters_are_the_weights_and_those_they_started_with() -> None:
    machine = Supervised(digits())
    first: Filters = record(machine, "filters")
    assert (first.layer, first.layers, first.sources) == ("c1", ("c1", "c2"), ("input/grey",))
    assert first.now.shape == (3, 3, 1, 3)
    assert np.array_equal(first.now, first.start)
    machine.advance("batch", 3)
    second: Filters = record(machine, "filters", "c2")
    assert second.units == ("c2/0", "c2/1", "c2/2", "c2/3")
    weights = next(n for n in machine.state().numbers if n.name == "c2.weight").values.values
    assert np.array_equal(second.now, weights)
    assert np.abs(second.now - second.start).max() > 1e-4
    machine.reset()
    assert np.array_equal(record(machine, "filters", "c2").now, second.start)


def test_a_filter_of_one_map_has_one_source() -> None:
    layers: tuple[Layer, ...] = (Depthwise(id="d1"), Flatten(id="flat"))
    found: Filters = record(Supervised(digits(*layers)), "filters")
    assert found.sources == (ITSELF,)
    assert found.now.shape == (3, 3, 1, 1)


def test_a_net_without_filters_has_none() -> None:
    assert record(Supervised(digits(Flatten(id="flat"))), "filters") is None
