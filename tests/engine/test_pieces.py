"""Neurons of several sums: maxout and LogSumExp, against NumPy and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.activations.classic import Tanh
from engine.gradcheck import LIMIT, example, projection_error
from engine.kernels.table import padded
from engine.layers.pieces import (
    LogSumExp,
    Maxout,
    maxout,
    maxout_backward,
    soft_maximum,
    soft_maximum_backward,
)
from engine.losses.distance import SquaredError
from engine.machines.supervised import Supervised
from tests.engine.guarded import close, run
from tests.engine.nets import numbers, same, spiral, with_layers
from tests.engine.test_layer_kernels import DTYPES, F, extended, normal

SIZES = pytest.mark.parametrize(("m", "pieces", "units"), [(1, 2, 1), (5, 3, 8), (7, 4, 21)])


def laid(z: F) -> F:
    """[sample, piece, unit] as it stands in the arena: each piece padded."""
    m, pieces, units = z.shape
    room = np.full((m, pieces, padded(units)), 0.25)
    room[:, :, :units] = z
    return room.reshape(m, -1)


@DTYPES
@SIZES
def test_kernels(dtype: Any, m: int, pieces: int, units: int) -> None:
    z, d = 3 * normal(0, m, pieces, units), normal(1, m, units)
    stride = padded(units)
    given: dict[str, Any] = {"rows": [m], "pieces": pieces, "stride": stride, "z": extended(laid(z))}
    top = z.max(axis=1)
    soft = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
    chosen = np.arange(pieces)[None, :, None] == z.argmax(axis=1)[:, None]
    slopes = {maxout_backward: chosen * 1.0, soft_maximum_backward: np.exp(z - soft[:, None])}
    for forward, backward, a in ((maxout, maxout_backward, top), (soft_maximum, soft_maximum_backward, soft)):
        close(dtype, run(forward, dtype, a=extended(np.zeros((m, units))), **given)["a"][:m], a)
        dz = run(backward, dtype, clean=("d",), a=extended(a), d=extended(d), dz=extended(laid(z)), **given)["dz"]
        found = dz[:m].reshape(m, pieces, stride)
        close(dtype, found[:, :, :units], d[:, None] * slopes[backward], scale=4)
        assert (found[:, :, units:] == 0).all()


@DTYPES
def test_a_tie_goes_to_the_first(dtype: Any) -> None:
    z = np.array([[[1.0, 2.0], [1.0, 2.0]]])
    dz = run(maxout_backward, dtype, clean=("d",), rows=[1], pieces=2, stride=8, z=laid(z), a=np.array([[1.0, 2.0]]),
             d=np.array([[5.0, 7.0]]), dz=laid(z))["dz"]  # fmt: skip
    assert dz.reshape(2, 8)[:, :2].tolist() == [[5.0, 7.0], [0.0, 0.0]]


@DTYPES
def test_a_soft_maximum_of_huge_sums_is_finite(dtype: Any) -> None:
    z = np.array([[[1e30], [-1e30]], [[800.0], [800.0]]])
    a = run(soft_maximum, dtype, rows=[2], pieces=2, stride=8, z=laid(z), a=np.zeros((2, 1)))["a"]
    close(dtype, a, np.array([[1e30], [800.6931471805599]]))


@pytest.mark.parametrize("kind", [Maxout, LogSumExp])
def test_runs_go_on_exactly(kind: type[Maxout] | type[LogSumExp]) -> None:
    base = spiral()
    made = with_layers(base, kind(id="h1", units=5, pieces=3), kind(id="h2", units=3), base.model.output)
    whole, cut = Supervised(made), Supervised(made)
    whole.advance("batch", 80, seconds=60.0)
    cut.advance("sample", 123, seconds=60.0)
    other = Supervised(made)
    other.restore(cut.state())
    other.advance("sample", 677, seconds=60.0)
    assert same(numbers(whole), numbers(other))
    assert whole.scores()[0].loss != Supervised(made).scores()[0].loss


@pytest.mark.parametrize("kind", [Maxout, LogSumExp])
@pytest.mark.parametrize(("units", "pieces"), [(32, 2), (8, 5), (4, 64)])
def test_slopes_hold_however_wide_all_sums_together_are(
    kind: type[Maxout] | type[LogSumExp], units: int, pieces: int
) -> None:
    layers = (kind(id="h1", units=units, pieces=pieces), kind(id="h2", units=3))
    assert projection_error(example(SquaredError(), layers, Tanh(), 2)) < LIMIT


def test_weights_have_a_place_for_every_piece() -> None:
    base = spiral()
    machine = Supervised(with_layers(base, Maxout(id="h1", units=2, pieces=3), base.model.output))
    weight = machine._learner.array("h1.weight")
    weight[...] = np.arange(12).reshape(2, 3, 2)
    machine._learner.array("h1.bias")[...] = 0
    plan = machine._running
    plan.set_grid(np.array([[1.0, 2.0], [-1.0, 0.0]]))
    # at (1, 2), unit 0: pieces 0 + 2*6, 2 + 2*8, 4 + 2*10; unit 1: 5 + 2*11; at (-1, 0): the least of column, negated
    assert plan.maps(every_layer=True)["h1"].tolist() == [[24.0, 0.0], [27.0, -1.0]]
