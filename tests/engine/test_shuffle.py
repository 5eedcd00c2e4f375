"""Pictures whose pixels are shuffled: the kernels, and what becomes of a dense and of a convolutional network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import edits
from engine.activations.rectifiers import ReLU
from engine.experiment import Experiment
from engine.layers import Layer
from engine.layers.convolution import Convolution
from engine.layers.dense import Dense
from engine.layers.pooling import GlobalPooling, Pooling
from engine.layers.reforming import Flatten
from engine.layers.shuffle import Shuffle, give_order, order_of, order_places, take_order
from engine.machines.supervised import Supervised
from engine.producers.cell import Cell
from engine.records import Want
from tests.engine.guarded import close, run
from tests.engine.nets import digits
from tests.engine.test_layer_kernels import DTYPES


def test_an_order_worked_by_hand() -> None:
    # s = 1, 48271, 48271² mod (2³¹ - 1) = 182605794; places 2 and 1 are exchanged with
    # ⌊48271 · 3 / (2³¹ - 1)⌋ = 0 and ⌊182605794 · 2 / (2³¹ - 1)⌋ = 0: 0 1 2 → 2 1 0 → 1 2 0
    assert order_of(0, 3).tolist() == [1, 2, 0]


def test_an_order_has_every_place_once_and_hardly_any_where_it_was() -> None:
    orders = [order_of(seed, 784) for seed in range(20)]
    assert all(sorted(order) == list(range(784)) for order in orders)
    assert len({order.tobytes() for order in orders}) == 20
    stayed = [(order == np.arange(784)).sum() for order in orders]
    assert np.mean(stayed) == pytest.approx(1, abs=0.8), "one place in the mean stays where it was"


@DTYPES
@pytest.mark.parametrize("channels", [1, 11])
def test_the_kernels_follow_the_order(dtype: Any, channels: int) -> None:
    order, step = order_of(5, 12), 8 * -(-channels // 8)
    found = run(order_places, dtype, seed=5, places=12, order=np.zeros(12, np.int64))["order"]
    assert found.tolist() == order.tolist()
    x, start = np.random.default_rng(1).normal(size=(2, 4, 12, step))
    sizes: dict[str, Any] = {"rows": [4], "places": 12, "step": step, "x_stride": 12 * step, "stride": 12 * step}
    made = run(take_order, dtype, **sizes, order=order, x=x.reshape(4, -1), o=np.zeros((4, 12 * step)))["o"]
    close(dtype, made.reshape(x.shape), x[:, order])
    back = run(give_order, dtype, **sizes, start_stride=12 * step, order=order, d=x.reshape(4, -1),
               start=start.reshape(4, -1), dx=np.zeros((4, 12 * step)))["dx"]  # fmt: skip
    expected = start.copy()
    expected[:, order] += x
    close(dtype, back.reshape(x.shape), expected)


def test_a_cell_behind_it_sees_the_places_that_its_pixels_come_from() -> None:
    machine = Supervised(digits(Shuffle(id="s1", seed=2), Convolution(id="c1", units=2), Flatten(id="flat")))
    want = Want("cell", target=("c1", "", "1", "2", "5"))
    cell = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(cell, Cell)
    seen = order_of(2, 64).reshape(8, 8)[1:4, 2:5]
    assert np.array_equal(cell.patches[0].seen, cell.picture.ravel()[seen])
    rows, columns = seen // 8, seen % 8
    assert cell.field == (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)


def accuracy(experiment: Experiment, epochs: int) -> float:
    """Of the test samples, when it has learned."""
    machine = Supervised(experiment)
    machine.advance("epoch", epochs, 120.0)
    found = machine.snapshot(frozenset()).test.accuracy
    assert found is not None
    return found


def learned(*layers: Layer, seed: int) -> tuple[float, float]:
    """How well a network does on the digits, and how well where their pixels are shuffled first."""
    base = digits(*layers)
    base = replace(base, data=replace(base.data, share=60.0), seeds=replace(base.seeds, weights=seed))
    shuffled = edits.add_layer(base, 0, Shuffle(id="s1", seed=1))
    return accuracy(base, 12), accuracy(shuffled, 12)


def test_a_dense_network_does_not_care_about_the_order_and_a_convolutional_one_does() -> None:
    dense = np.mean([learned(Flatten(id="flat"), Dense(id="h1", units=24, activation=ReLU()), seed=k)
                     for k in range(3)], axis=0)  # fmt: skip
    assert dense[0] > 0.93
    assert abs(dense[0] - dense[1]) < 0.02
    filters = (
        Convolution(id="c1", units=8, padding="same", activation=ReLU()),
        Pooling(id="p1"),
        Convolution(id="c2", units=16, padding="same", activation=ReLU()),
        GlobalPooling(id="g1"),
    )
    convolutional = np.mean([learned(*filters, seed=k) for k in range(3)], axis=0)
    assert convolutional[0] > 0.85
    assert convolutional[0] - convolutional[1] > 0.04, "errors nearly double"
