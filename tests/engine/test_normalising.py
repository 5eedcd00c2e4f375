"""Normalisation: kernels against NumPy, the course's example, running means, and which batches can't be normalised."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine.activations.classic import Tanh
from engine.errors import ExperimentError
from engine.experiment import check
from engine.kernels.table import padded
from engine.layers import Layer
from engine.layers.dense import Dense
from engine.layers.normalising import (
    BatchNorm,
    GroupNorm,
    LayerNorm,
    remember,
    scale_shift,
    scale_shift_backward,
    standardise_columns,
    standardise_columns_backward,
    standardise_groups,
    standardise_groups_backward,
    take_columns,
    take_columns_backward,
)
from engine.machines.supervised import Supervised
from tests.engine.guarded import close, run
from tests.engine.nets import numbers, same, spiral, with_layers, with_training
from tests.engine.test_layer_kernels import DTYPES, F, extended, normal

SIZES = pytest.mark.parametrize(("m", "units"), [(2, 1), (4, 3), (5, 8), (9, 21)])


def standard(x: F, axis: int) -> F:
    n: F = (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + 1e-5)
    return n


def slope(x: F, d: F, axis: int) -> F:
    """The slope of sum(d n(x)) at x by central differences."""
    found = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        found[place] = ((standard(x + step, axis) - standard(x - step, axis)) * d).sum() / 2e-6
    return found


@DTYPES
@SIZES
def test_batches(dtype: Any, m: int, units: int) -> None:
    x, d, start = 3 + 2 * normal(0, m, units), normal(1, m, units), normal(2, m, units)
    kept: dict[str, Any] = {"mean": normal(3, 1, units), "variance": normal(4, 1, units) ** 2}
    given: dict[str, Any] = {"columns": units, "stride": padded(units), "epsilon": 1e-5}
    ran = run(standardise_columns, dtype, rows=[m], x=extended(x), found=np.zeros((3, units)), **kept,
              n=extended(np.zeros_like(x)), **given)  # fmt: skip
    close(dtype, ran["n"][:m], standard(x, 0), scale=20)
    close(dtype, ran["found"][0], x.mean(axis=0), scale=10)
    close(dtype, ran["found"][1], x.var(axis=0), scale=10)
    n, found = standard(x, 0), np.stack([x.mean(0), x.var(0), 1 / np.sqrt(x.var(0) + 1e-5)])
    ran = run(standardise_columns_backward, dtype, clean=("n", "d", "start", "dx"), rows=[m], stride=padded(units),
              start_stride=padded(units), found=found, n=extended(n), d=extended(d), start=start,
              dx=extended(x))  # fmt: skip
    assert np.allclose(ran["dx"][:m], start + slope(x, d, 0), rtol=2e-3, atol=2e-3)
    taken = run(take_columns, dtype, rows=[m], x=extended(x), n=extended(x), **kept, **given)["n"]
    close(dtype, taken[:m], (x - kept["mean"]) / np.sqrt(kept["variance"] + 1e-5), scale=20 / kept["variance"].min())
    back = run(take_columns_backward, dtype, clean=("start", "d", "dx"), rows=[m], stride=padded(units),
               start_stride=padded(units), epsilon=1e-5, variance=kept["variance"], d=extended(d), start=start,
               dx=extended(x))["dx"]  # fmt: skip
    close(dtype, back[:m], start + d / np.sqrt(kept["variance"] + 1e-5), scale=20 / kept["variance"].min())


@DTYPES
def test_a_batch_of_one_is_taken_by_the_running_means(dtype: Any) -> None:
    x = normal(0, 1, 3)
    kept: dict[str, Any] = {"mean": normal(3, 1, 3), "variance": np.array([[1.0, 4.0, 0.25]])}
    ran = run(standardise_columns, dtype, rows=[1], columns=3, stride=8, epsilon=1e-5, x=x, found=np.zeros((3, 3)),
              n=np.zeros((1, 3)), **kept)  # fmt: skip
    close(dtype, ran["n"], (x - kept["mean"]) / np.sqrt(kept["variance"] + 1e-5))
    ran = run(remember, dtype, clean=("found", "mean", "variance"), rows=[1], stride=8, memory=0.5,
              found=np.ones((3, 3)), **kept)  # fmt: skip
    close(dtype, ran["mean"], kept["mean"])
    ran = run(remember, dtype, clean=("found", "mean", "variance"), rows=[4], stride=8, memory=0.75,
              found=np.array([[1.0, 2, 3], [3, 6, 9], [0, 0, 0]]), mean=np.zeros((1, 3)),
              variance=np.ones((1, 3)))  # fmt: skip
    # 3/4 * 0 + 1/4 μ, and 3/4 * 1 + 1/4 * 4/3 σ²
    close(dtype, ran["mean"], np.array([[0.25, 0.5, 0.75]]))
    close(dtype, ran["variance"], np.array([[1.75, 2.75, 3.75]]))


@DTYPES
@pytest.mark.parametrize(("m", "groups", "width"), [(1, 1, 4), (3, 2, 3), (4, 3, 5), (2, 2, 8), (3, 1, 21)])
def test_groups(dtype: Any, m: int, groups: int, width: int) -> None:
    units = groups * width
    x, d, start = 1 + 2 * normal(0, m, units), normal(1, m, units), normal(2, m, units)
    n = standard(x.reshape(m, groups, width), 2)
    given: dict[str, Any] = {"rows": [m], "groups": groups, "width": width, "places": 1, "step": padded(units),
                             "stride": padded(units)}  # fmt: skip
    ran = run(standardise_groups, dtype, epsilon=1e-5, x=extended(x), inverse=np.zeros((m + 2, groups)),
              n=extended(x), **given)  # fmt: skip
    close(dtype, ran["n"][:m], n.reshape(m, units), scale=20)
    inverse = 1 / np.sqrt(x.reshape(m, groups, width).var(axis=2) + 1e-5)
    flat = np.zeros((m + 2, padded(groups)))
    flat.ravel()[: m * groups] = inverse.ravel()
    ran = run(standardise_groups_backward, dtype, clean=("d", "dx"), start_stride=padded(units), inverse=flat,
              n=extended(n.reshape(m, units)), d=extended(d), start=start, dx=extended(x), **given)  # fmt: skip
    expected = slope(x.reshape(m, groups, width), d.reshape(m, groups, width), 2).reshape(m, units)
    assert np.allclose(ran["dx"][:m], start + expected, rtol=2e-3, atol=2e-3)


@DTYPES
@SIZES
@pytest.mark.parametrize("fresh", [0, 1])
def test_scale_and_shift(dtype: Any, m: int, units: int, fresh: int) -> None:
    n, d, scale, shift = normal(0, m, units), normal(1, m, units), normal(2, 1, units), normal(3, 1, units)
    ran = run(scale_shift, dtype, clean=("scale", "shift"), rows=[m], stride=padded(units), n=extended(n), scale=scale,
              shift=shift, a=extended(n))  # fmt: skip
    close(dtype, ran["a"][:m], n * scale + shift)
    ran = run(scale_shift_backward, dtype, clean=("n", "scale", "d", "dscale", "dshift", "zeros"), rows=[m],
              fresh=[fresh], stride=padded(units), zeros=np.zeros((1, units)), n=extended(n), scale=scale,
              d=extended(d), dn=extended(n), dscale=shift, dshift=scale)  # fmt: skip
    close(dtype, ran["dscale"], (d * n).sum(axis=0) + (0 if fresh else shift), scale=m)
    close(dtype, ran["dshift"], d.sum(axis=0) + (0 if fresh else scale), scale=m)
    close(dtype, ran["d"][:m], d * scale)


@DTYPES
def test_the_example_of_the_course(dtype: Any) -> None:
    # course text 1, S23: z = 1 ... 5 with γ = 2, β = 3, no ε: n = -√2, -1/√2, 0, 1/√2, √2
    z = np.arange(1.0, 6.0)[:, None]
    n = run(standardise_columns, dtype, rows=[5], columns=1, stride=8, epsilon=0.0, x=z, mean=np.zeros((1, 1)),
            variance=np.ones((1, 1)), found=np.zeros((3, 1)), n=np.zeros((5, 1)))["n"]  # fmt: skip
    close(dtype, n[:, 0], np.array([-2, -1, 0, 1, 2]) / np.sqrt(2))
    a = run(scale_shift, dtype, clean=("scale", "shift"), rows=[5], stride=8, n=n, scale=np.full((1, 1), 2.0),
            shift=np.full((1, 1), 3.0), a=np.zeros((5, 1)))["a"]  # fmt: skip
    close(dtype, a.mean(), np.array(3.0))
    close(dtype, a.std(), np.array(2.0))


def normed(layer: Layer, batch: int = 16) -> Supervised:
    base = spiral(6, batch=batch)
    return Supervised(with_layers(base, base.model.layers[0], layer, base.model.output))


LAYERS: tuple[Layer, ...] = (BatchNorm(id="n"), LayerNorm(id="n"), GroupNorm(id="n", groups=3))


@pytest.mark.parametrize("layer", LAYERS, ids=lambda x: x.key)
def test_runs_go_on_exactly(layer: Layer) -> None:
    whole, cut = normed(layer), normed(layer)
    whole.advance("batch", 60, seconds=60.0)
    cut.advance("batch", 25, seconds=60.0)
    halfway = cut.state()
    other = normed(layer)
    other.restore(halfway)
    other.advance("batch", 35, seconds=60.0)
    assert same(numbers(whole), numbers(other))
    whole.reset()
    whole.advance("batch", 60, seconds=60.0)
    assert same(numbers(whole), numbers(other))


def test_the_running_means_are_those_of_the_samples() -> None:
    machine = normed(BatchNorm(id="n", memory=0.0), batch=0)
    machine.advance("batch", 1, seconds=60.0)
    # the means were taken before the update; so compare with what the layer in front said then
    plan = machine._running
    seen = plan.view(plan.lowered.outputs["h1"])[: plan.prepared.train].astype(np.float64)
    assert np.allclose(machine._learner.array("n.mean"), seen.mean(axis=0), atol=1e-6)
    assert np.allclose(machine._learner.array("n.variance"), seen.var(axis=0, ddof=1), atol=1e-6)


def test_a_step_by_sample_takes_the_whole_batch() -> None:
    machine = normed(BatchNorm(id="n"), batch=16)
    assert machine.advance("sample", 1, seconds=60.0) == 16
    assert machine.position.step == 1


def test_an_answer_does_not_depend_on_its_neighbours() -> None:
    machine = normed(BatchNorm(id="n"))
    machine.advance("epoch", 3, seconds=60.0)
    plan = machine._running
    together = plan.activations(0, 20)["n"]
    assert np.array_equal(together[7:8], plan.activations(7, 8)["n"])


def test_a_batch_of_one_is_refused() -> None:
    base = spiral(6, batch=1)
    layers = (Dense(id="h1", activation=Tanh()), BatchNorm(id="n1"), base.model.output)
    with pytest.raises(ExperimentError, match="layer “n1” takes the mean and the spread of a batch") as refused:
        check(with_layers(base, *layers))
    assert refused.value.path == "training.batch"
    check(with_training(with_layers(base, *layers), batch=2))


def test_groups_must_be_equally_large() -> None:
    base = spiral(6)
    with pytest.raises(ExperimentError, match="layer “n1” can't cut 6 units into 4 equal groups"):
        check(with_layers(base, base.model.layers[0], GroupNorm(id="n1", groups=4), base.model.output))


def test_a_diverged_run_keeps_its_running_means() -> None:
    base = spiral(6, batch=16)
    wild = replace(base.training.optimiser, rate=10.0)
    made = with_layers(base, *(Dense(id=f"h{k}", units=6) for k in range(3)), BatchNorm(id="n"), base.model.output)
    machine = Supervised(with_training(made, optimiser=wild))
    machine.advance("epoch", 5, seconds=60.0)
    assert np.isfinite(machine._learner.array("n.mean")).all()
    assert np.isfinite(machine._learner.array("n.variance")).all()
