"""Initialisers: their spread, their form, and that the same stream draws the same."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine import streams
from engine.initialisers import (
    Constant,
    Fan,
    He,
    Initialiser,
    LeCun,
    Normal,
    Orthogonal,
    Sparse,
    Uniform,
    Xavier,
    Zeros,
)
from engine.layers.base import units_axis
from engine.layers.pieces import Maxout

SHAPE = (300, 200)
SPREADS = [
    (Uniform(half=0.5), 0.5 / 3**0.5),
    (Normal(deviation=0.2), 0.2),
    (Zeros(), 0.0),
    (Constant(value=0.7), 0.0),
    (Xavier(gain=2.0), 2 * (2 / 500) ** 0.5),
    (LeCun(), (1 / 300) ** 0.5),
    (He(gain=0.5), 0.5 * (2 / 300) ** 0.5),
    (Orthogonal(gain=3.0), 3 / 300**0.5),
    (Sparse(links=12, deviation=2.0), 2 * (12 / 300) ** 0.5),
]
"""Each initialiser and the standard deviation of its weights, worked by hand for 300 inputs and 200 outputs."""


def drawn(initialiser: Initialiser, shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    fan = Fan(math.prod(shape[:-1]), shape[-1])
    return initialiser.draw(streams.generator(3, "weights", "h1.weight"), shape, fan)


def test_every_initialiser_has_a_spread_worked_by_hand() -> None:
    assert {i.key for i, _ in SPREADS} == {e.key for e in Initialiser.registry}


@pytest.mark.parametrize(("initialiser", "spread"), SPREADS, ids=lambda x: getattr(x, "key", None))
def test_the_spread(initialiser: Initialiser, spread: float) -> None:
    found = drawn(initialiser, SHAPE)
    assert found.shape == SHAPE
    assert found.std() == pytest.approx(spread, rel=0.02, abs=1e-12)
    assert np.array_equal(found, drawn(initialiser, SHAPE))
    assert drawn(initialiser, (3, 3, 4, 5)).shape == (3, 3, 4, 5)


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9)])
def test_orthogonal_rows_or_columns(shape: tuple[int, int]) -> None:
    w = drawn(Orthogonal(gain=2.0), shape)
    product = w.T @ w if shape[0] >= shape[1] else w @ w.T
    assert np.allclose(product, 4 * np.eye(min(shape)))


@pytest.mark.parametrize(("initialiser", "spread"), SPREADS, ids=lambda x: getattr(x, "key", None))
def test_sums_of_one_neuron_are_as_wide_as_those_of_neurons_with_one(initialiser: Initialiser, spread: float) -> None:
    layer = Maxout(id="h1", units=200, pieces=7)
    weight, _ = layer.parameters(((units_axis("h0", tuple(range(300))),),))
    assert weight.fan == Fan(300, 200)
    found = initialiser.draw(streams.generator(3, "weights", "h1.weight"), weight.shape, weight.fan)
    assert found.shape == (300, 7, 200)
    if not isinstance(initialiser, Orthogonal):  # there can't be more columns at right angles than rows
        assert found.std() == pytest.approx(spread, rel=0.02, abs=1e-12)


def test_pieces_stand_at_right_angles_and_read_as_few_inputs_as_they_should() -> None:
    stream, shape, fan = streams.generator(3, "weights", "h1.weight"), (40, 3, 5), Fan(40, 5)
    w = Orthogonal(gain=2.0).draw(stream, shape, fan).reshape(40, 15)
    assert np.allclose(w.T @ w, 4 * np.eye(15))
    assert ((Sparse(links=3).draw(stream, shape, fan) != 0).sum(axis=0) == 3).all()


def test_sparse_columns() -> None:
    w = drawn(Sparse(links=3), (10, 50))
    assert ((w != 0).sum(axis=0) == 3).all()
    assert len({tuple(np.flatnonzero(c)) for c in w.T}) > 20
