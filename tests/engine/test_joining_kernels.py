"""Branches that join: kernels over rows against NumPy, and networks whose branches were worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.activations.classic import Linear, Tanh
from engine.arrays import Array, Labelled
from engine.errors import ExperimentError
from engine.experiment import check, nodes
from engine.kernels.rows import add_columns, add_products, add_rows, multiply_rows, put_columns
from engine.kernels.table import padded
from engine.layers import Layer
from engine.layers.dense import Dense
from engine.layers.joining import Add, Concatenate, Multiply
from engine.machines.supervised import Supervised
from tests.engine.guarded import close, run
from tests.engine.nets import spiral, with_layers
from tests.engine.test_layer_kernels import DTYPES, extended, normal

SIZES = pytest.mark.parametrize(("m", "units"), [(1, 1), (4, 3), (5, 8), (7, 21)])


@DTYPES
@SIZES
@pytest.mark.parametrize("adds", [False, True])
def test_sums_and_products(dtype: Any, m: int, units: int, adds: bool) -> None:
    x, y = normal(0, m, units), normal(1, m, units)
    start = normal(2, m, units) if adds else np.zeros((1, units))
    given: dict[str, Any] = {"rows": [m], "stride": padded(units), "x": extended(x), "o": extended(y)}
    step = padded(units) if adds else 0
    added = run(add_rows, dtype, clean=("start", "x"), start_stride=step, start=start, **given)["o"]
    close(dtype, added[:m], x + start)
    product = run(multiply_rows, dtype, y=extended(y), **given)["o"]
    close(dtype, product[:m], x * y)
    both = run(add_products, dtype, clean=("start", "o"), columns=units, start_stride=step, start=start, y=extended(y),
               **given)["o"]  # fmt: skip
    close(dtype, both[:m], x * y + start)
    for o in (added, product, both):
        assert (o[m:] == 3.0).all()


@DTYPES
@SIZES
@pytest.mark.parametrize("first", [0, 2, 5])
def test_columns_are_put_and_taken(dtype: Any, m: int, units: int, first: int) -> None:
    width = first + units + 3
    x, o = normal(0, m, units), normal(1, m, width)
    ran = run(put_columns, dtype, rows=[m], columns=units, first=first, x_stride=padded(units), stride=padded(width),
              x=extended(x), o=extended(o))["o"]  # fmt: skip
    expected = extended(o)
    expected[:m, first : first + units] = x
    close(dtype, ran, expected)
    start = normal(2, m, units)
    ran = run(add_columns, dtype, clean=("start", "o"), rows=[m], columns=units, first=first, x_stride=padded(width),
              stride=padded(units), start_stride=padded(units), x=extended(o), start=start,
              o=extended(x))["o"]  # fmt: skip
    close(dtype, ran[:m], start + o[:, first : first + units])


def answer(*layers: Layer, at: tuple[float, float] = (0.5, -2.0)) -> dict[str, list[float]]:
    """What the layers behind h1 = (2 x1, 3 x2) and h2 = (x2, -x1) say at a place."""
    base = spiral()
    h1 = Dense(id="h1", units=2, activation=Linear())
    h2 = Dense(id="h2", units=2, activation=Linear(), inputs=("input",))
    machine = Supervised(with_layers(base, h1, h2, *layers, base.model.output))
    for name, weight in (("h1", [[2.0, 0], [0, 3]]), ("h2", [[0.0, -1], [1, 0]])):
        axes = (("input/x1", "input/x2"), (f"{name}/0", f"{name}/1"))
        machine.assign((Labelled(f"{name}.weight", axes, Array(np.array(weight, np.float32))),))
    plan = machine._running
    plan.set_grid(np.array([at]))
    return {k: v[:, 0].tolist() for k, v in plan.maps(every_layer=True).items()}


def test_branches_joined_by_hand() -> None:
    # at (0.5, -2): h1 = (1, -6), h2 = (-2, -0.5)
    assert answer(Add(id="j", inputs=("h1", "h2")))["j"] == [-1.0, -6.5]
    assert answer(Multiply(id="j", inputs=("h1", "h2")))["j"] == [-2.0, 3.0]
    assert answer(Multiply(id="j", inputs=("h1", "h2", "h1")))["j"] == [-2.0, -18.0]
    assert answer(Concatenate(id="j", inputs=("h2", "input", "h1")))["j"] == [-2.0, -0.5, 0.5, -2.0, 1.0, -6.0]


def test_units_keep_their_names_through_a_join() -> None:
    base = spiral()
    h1, h2 = Dense(id="h1", units=2), Dense(id="h2", units=2)

    def labels(joined: Layer) -> tuple[str, ...]:
        experiment = with_layers(base, h1, h2, joined, base.model.output)
        return nodes(experiment)[2].shape[0].labels

    assert labels(Add(id="j", inputs=("h1", "h2"))) == ("h1/0", "h1/1")
    assert labels(Concatenate(id="j", inputs=("h1", "h2"))) == ("h1/0", "h1/1", "h2/0", "h2/1")
    assert labels(Concatenate(id="j", inputs=("h1", "h1"))) == ("h1/0", "h1/1", "j/1/h1/0", "j/1/h1/1")


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ((Dense(id="a", units=3), Dense(id="b", units=4), Add(id="sum", inputs=("a", "b"))),
         "layer “sum” adds “a” with 3 units and “b” with 4 units; give both as many, or concatenate them"),
        ((Dense(id="a", units=3), Multiply(id="gate", inputs=("input", "a"))),
         "layer “gate” multiplies “input” with 2 features and “a” with 3 units; give both as many, or concatenate"),
        ((Dense(id="a"), Dense(id="b", inputs=("input", "a"))),
         "layer “b” reads one layer but was given “input” and “a”; connect exactly one, or join them"),
        ((Dense(id="a", inputs=("b",)), Dense(id="b")), "layer “a” reads “b”, which is not a layer before it"),
    ],
)  # fmt: skip
def test_a_wrong_wiring_names_both_ends(layers: tuple[Layer, ...], said: str) -> None:
    base = spiral()
    with pytest.raises(ExperimentError) as refused:
        check(with_layers(base, *layers, base.model.output))
    assert said in str(refused.value)


def test_a_residual_net_of_nothing_passes_on_what_it_reads() -> None:
    base = spiral()
    blocks: list[Layer] = [Dense(id="h0", units=3, activation=Tanh())]
    for k in range(1, 4):
        before = blocks[-1].id
        blocks += [Dense(id=f"f{k}", units=3, activation=Tanh()), Add(id=f"s{k}", inputs=(before, f"f{k}"))]
    machine = Supervised(with_layers(base, *blocks, base.model.output))
    for k in range(1, 4):
        for name in (f"f{k}.weight", f"f{k}.bias"):
            labels = machine._learner.labels(name)
            machine.assign((Labelled(name, labels, Array(np.zeros(tuple(map(len, labels)), np.float32))),))
    maps = machine._look.maps(8, every_layer=True)
    assert np.array_equal(maps["s3"], maps["h0"])
    machine.advance("batch", 200, seconds=60.0)
    assert not np.array_equal(maps["s3"], machine._look.maps(8, every_layer=True)["h0"])
