"""What is done to targets, answers and weights while a step looks for its slope: by numbers worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples, gradcheck, streams
from engine.activations.classic import Linear, Tanh
from engine.adapt import adapt
from engine.errors import ExperimentError
from engine.experiment import Experiment, check, setting
from engine.layers.dense import Dense
from engine.layers.output import Auxiliary
from engine.machines.supervised import Supervised
from engine.optimisers.descent import SGD
from engine.optimisers.line_search import LBFGS
from engine.penalties import NoPenalty
from engine.plan import Plan, prepare
from engine.plan.learned import Learner
from engine.regularisers import Regulariser
from engine.regularisers.answers import EntropyPenalty, add_entropy_slope, add_entropy_slopes
from engine.regularisers.classes import ClassWeight
from engine.regularisers.noise import WeightNoise, disturb, restore_weights
from engine.regularisers.points import Mixup
from engine.regularisers.targets import LabelNoise, LabelSmoothing, ValueNoise, flip_labels, smooth_targets, swap_labels
from engine.ties import Shared
from tests.engine.guarded import close, run
from tests.engine.nets import numbers, spiral, with_layers, with_training
from tests.engine.test_layer_kernels import DTYPES, normal, softmax

F = NDArray[np.float64]


def after_one_step(experiment: Experiment, *extras: Regulariser) -> tuple[Plan, Learner]:
    """A plan after a step over a single piece, with its inputs and targets as the step left them, in float64."""
    whole = with_training(experiment, regularisers=extras, batch=400, optimiser=SGD(rate=1e-30), penalty=NoPenalty())
    plan = Plan(whole, prepare(whole), gradcheck.double_library())
    learner = Learner(plan)
    learner.start()
    plan.steps(1, 1 << 40)
    return plan, learner


# -- targets ------------------------------------------------------------------------------------------------------


@DTYPES
def test_smooth_targets(dtype: Any) -> None:
    # ε = 0.1, four classes: 1 - 0.1 + 0.1/4 = 0.925 and 0.1/4 = 0.025
    t = np.eye(4)[[2, 0, 1]]
    ran = run(smooth_targets, dtype, rows=[2], units=4, stride=8, share=0.1, mean=0.25, t=t)["t"]
    close(dtype, ran, np.array([[0.025, 0.025, 0.925, 0.025], [0.925, 0.025, 0.025, 0.025], [0, 1, 0, 0]]))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("spiral", (0.1, 0.9)),  # ε = 0.2 of 0 and 1 at one output: 0.2/2, and 1 - 0.2/2
        ("rings", (0.2 / 3, 0.8 + 0.2 / 3)),  # three classes
    ],
)
def test_label_smoothing_in_a_run(name: str, expected: tuple[float, float]) -> None:
    base = examples.load(name)
    plan, _ = after_one_step(base, LabelSmoothing(share=0.2))
    targets = plan.view(plan.lowered.layout.buffers["train.y"])
    assert np.unique(targets.round(12)).tolist() == pytest.approx(expected)
    before = Supervised(base).scores()
    assert Supervised(with_training(base, regularisers=(LabelSmoothing(),))).scores() == before, "scores know nothing"


@DTYPES
def test_flip_labels(dtype: Any) -> None:
    t = np.tile([[1.0], [-1.0]], (2000, 1))
    given: dict[str, Any] = {"stride": 8, "share": 0.3, "both": 0.0, "stream": 5}
    ran = run(flip_labels, dtype, rows=[3990], seen=[0], t=t, **given)["t"]
    flipped = ran[:, 0] != t[:, 0]
    assert np.array_equal(np.abs(ran), np.ones_like(ran))
    assert flipped[:3990].mean() == pytest.approx(0.3, abs=0.03)
    assert not flipped[3990:].any()
    later = run(flip_labels, dtype, rows=[100], seen=[50], t=t[50:], **given)["t"]
    assert np.array_equal(later[:100], ran[50:150]), "by the number of the sample"
    ones = run(flip_labels, dtype, rows=[2], seen=[0], stride=8, share=1.0, both=1.0, stream=5, t=[[0.0], [1.0]])["t"]
    assert ones[:, 0].tolist() == [1, 0]


@DTYPES
def test_swap_labels(dtype: Any) -> None:
    right = np.arange(6000) % 4
    t = np.eye(4)[right]
    ran = run(swap_labels, dtype, rows=[6000], seen=[7], units=4, stride=8, share=0.5, stream=3, t=t)["t"]
    now = ran.argmax(axis=1)
    assert np.array_equal(np.sort(ran, axis=1), np.sort(t, axis=1)), "still one right class"
    table = np.zeros((4, 4))
    np.add.at(table, (right, now), 1 / 1500)
    # half stay; each other class gets a third of the other half
    assert np.abs(table - np.where(np.eye(4) > 0, 1 / 2, 1 / 6)).max() < 0.05


def test_value_noise_disturbs_what_is_to_be_predicted() -> None:
    base = examples.load("plane")
    plan, _ = after_one_step(base, ValueNoise(deviation=0.5))
    order = plan.i[plan.lowered.order.at :][: plan.lowered.piece]
    noise = plan.view(plan.lowered.layout.buffers["train.y"])[:, 0] - plan.prepared.y[order, 0]
    assert noise.std() == pytest.approx(0.5, rel=0.2)
    assert abs(noise.mean()) < 0.15


# -- answers ------------------------------------------------------------------------------------------------------


def entropy(z: F, gain: float) -> float:
    """Σ p ln p of softmax(c z), over all samples."""
    p = softmax(gain * z)
    return float((p * np.log(p)).sum())


def entropies(z: F, gain: float) -> float:
    """Σ p ln p + (1 - p) ln(1 - p) of σ(c z), over all outputs."""
    p = 1 / (1 + np.exp(-gain * z))
    return float((p * np.log(p) + (1 - p) * np.log(1 - p)).sum())


def measured(cost: Any, z: F, gain: float) -> F:
    """The slope of a cost, by differences."""
    slope = np.zeros_like(z)
    for k in np.ndindex(z.shape):
        step = np.zeros_like(z)
        step[k] = 1e-6
        slope[k] = (cost(z + step, gain) - cost(z - step, gain)) / 2e-6
    return slope


@DTYPES
@pytest.mark.parametrize("units", [1, 3, 11])
@pytest.mark.parametrize("shares", [True, False])
def test_entropy_slopes_are_those_of_the_entropy(dtype: Any, units: int, shares: bool) -> None:
    units += shares and units == 1  # a single share is always 1
    gain, z, d = 0.7, normal(0, 5, units), normal(1, 5, units)
    p = softmax(gain * z) if shares else 1 / (1 + np.exp(-gain * z))
    kernel, cost = (add_entropy_slope, entropy) if shares else (add_entropy_slopes, entropies)
    stride = -(-units // 8) * 8
    given: dict[str, Any] = {"rows": [4], "whole": [10], "units": units, "stride": stride, "o": p}
    at_sums = run(kernel, dtype, clean=("d",), fused=1, factor=0.3 * gain, d=d, **given)["d"]
    expected = d + 0.3 / 10 * measured(cost, z, gain)
    close(np.float32, at_sums[:4], expected[:4])
    assert np.array_equal(at_sums[4:], d[4:].astype(dtype))
    at_outputs = run(kernel, dtype, clean=("d",), fused=0, factor=0.3, d=d, **given)["d"]
    wanted = np.log(p) + 1 if shares else np.log(p / (1 - p))
    close(dtype, at_outputs[:4], (d + 0.03 * wanted)[:4])


@DTYPES
def test_entropy_slope_by_hand(dtype: Any) -> None:
    # p = (1/2, 1/4, 1/4): Σ p ln p = -3/2 ln 2, so the slopes are ½ (½ ln 2) and twice ¼ (-½ ln 2)
    p, ln2 = np.array([[0.5, 0.25, 0.25]]), np.log(2)
    ran = run(add_entropy_slope, dtype, clean=("d",), rows=[1], whole=[1], units=3, stride=8, fused=1, factor=1.0,
              o=p, d=np.zeros((1, 3)))  # fmt: skip
    close(dtype, ran["d"], np.array([[ln2 / 4, -ln2 / 8, -ln2 / 8]]))
    # an answer that is sure costs nothing more and has no slope, and no logarithm of 0
    sure = run(add_entropy_slopes, dtype, clean=("d",), rows=[1], whole=[1], units=2, stride=8, fused=1, factor=1.0,
               o=[[0.0, 1.0]], d=np.zeros((1, 2)))["d"]  # fmt: skip
    assert np.abs(sure).max() < 2e-5


@pytest.mark.parametrize("name", ["spiral", "rings"])
def test_an_entropy_penalty_makes_answers_less_sure(name: str) -> None:
    def surest(*extras: Regulariser) -> float:
        machine = Supervised(with_training(examples.load(name), regularisers=extras))
        machine.advance("epoch", 150, 60)
        plan = machine._running
        out = plan.activations(0, min(plan.prepared.train, 200))[plan.lowered.nodes[-1].layer.id]
        return float(np.maximum(out, 1 - out).mean() if out.shape[1] == 1 else out.max(axis=1).mean())

    assert surest(EntropyPenalty(rate=1.0)) < surest() - 0.05


# -- weights ------------------------------------------------------------------------------------------------------


@DTYPES
def test_disturb_and_restore(dtype: Any) -> None:
    w = normal(0, 30, 20)
    given: dict[str, Any] = {"rows": 30, "columns": 20, "stride": 24, "deviation": 0.4, "stream": 5}
    kept = np.full_like(w, 9.0)
    first = run(disturb, dtype, clean=("w",), step=[3], w=w, kept=kept, **given)
    noise = first["w"] - w
    assert noise.std() == pytest.approx(0.4, rel=0.1)
    assert abs(noise.mean()) < 0.06
    assert np.array_equal(first["kept"], w.astype(dtype))
    again = run(disturb, dtype, clean=("w",), step=[3], w=w, kept=kept, **given)
    other = run(disturb, dtype, clean=("w",), step=[4], w=w, kept=kept, **given)
    assert np.array_equal(again["w"], first["w"])
    assert abs(np.corrcoef(noise.ravel(), (other["w"] - w).ravel())[0, 1]) < 0.15
    back = run(restore_weights, dtype, count=w.shape[0] * 24, w=first["w"], kept=first["kept"])["w"]
    assert np.array_equal(back, w.astype(dtype))


def test_weight_noise_is_taken_back_in_every_piece() -> None:
    """The slope is that of disturbed weights, and the weights are what they were, in the middle of a batch too."""
    base = with_training(spiral(), optimiser=SGD(rate=1e-30), batch=10)
    noisy, plain = Supervised(with_training(base, regularisers=(WeightNoise(deviation=0.3),))), Supervised(base)
    before = numbers(plain)
    for machine in (noisy, plain):
        machine.advance("sample", 4, 60)
        assert np.array_equal(numbers(machine)["h1.weight"], before["h1.weight"])
    slopes = [numbers(m)["h1.weight#gradient"] for m in (noisy, plain)]
    assert np.abs(slopes[0] - slopes[1]).max() > 1e-4


def test_weight_noise_twice_and_frozen_weights() -> None:
    extras = (WeightNoise(deviation=0.5), WeightNoise(deviation=0.5))
    base = with_training(spiral(), regularisers=extras)
    frozen = (("h1.weight", "input/x1", "h1/0"),)
    machine = Supervised(replace(base, model=replace(base.model, frozen=frozen)))
    before = numbers(machine)["h1.weight"].copy()
    machine.advance("epoch", 2, 60)
    after = numbers(machine)["h1.weight"]
    assert after[0, 0] == before[0, 0]
    assert (after.ravel()[1:] != before.ravel()[1:]).all()


# -- what fits ----------------------------------------------------------------------------------------------------


def test_what_does_not_fit_is_refused_in_a_sentence() -> None:
    values = examples.load("plane")
    for extra, needed in ((LabelSmoothing(), "classes to tell apart"), (EntropyPenalty(), "an output of probabil")):
        with pytest.raises(ExperimentError, match=f"“{extra.key}” needs {needed}.*take it out"):
            check(with_training(values, regularisers=(extra,)))
    with pytest.raises(ExperimentError, match="“value-noise” needs a value to predict"):
        check(with_training(spiral(), regularisers=(ValueNoise(),)))


def test_an_edit_takes_out_what_no_longer_fits_and_says_so() -> None:
    base = with_training(spiral(), regularisers=(LabelNoise(), WeightNoise()))
    values = replace(base, data=examples.load("plane").data)
    fitted, told = adapt(values)
    assert fitted.training.regularisers == (WeightNoise(),)
    assert "Label noise was taken out: it needs classes to tell apart." in told
    assert not any(r.unfit(setting(fitted)) for r in fitted.training.regularisers)
    check(fitted)


# -- layers that share, outputs on the way ------------------------------------------------------------------------


def test_weight_noise_shakes_shared_weights_alike() -> None:
    """The slope is that of a network whose weights, and those that follow them, are where the noise took them."""
    base = spiral(2, 2)
    first, second, output = base.model.layers
    shared = Dense(id="h3", units=2, activation=Tanh(), weights=Shared(of="h2"))
    base = with_layers(base, first, second, shared, output)
    noisy, shaken = after_one_step(base, WeightNoise(deviation=0.5))
    whole = with_training(base, batch=400, optimiser=SGD(rate=1e-30), penalty=NoPenalty())
    plain = Plan(whole, prepare(whole), gradcheck.double_library())
    learner = Learner(plain)
    learner.start()
    start = int(streams.state(base.seeds.training, "noise", "regulariser 0")[0])
    weights = [a for a in plain.lowered.numbers.arrays.values() if a.parameter.is_weight and not a.follows]
    for n, learned in enumerate(weights):
        w, place = plain.view(learned.value), learned.value
        w[:] = run(disturb, np.float64, clean=("w",), rows=place.rows, columns=place.columns, stride=place.stride,
                   step=[0], deviation=0.5, stream=start + n, w=w.copy(), kept=np.zeros_like(w))["w"]  # fmt: skip
    plain.steps(1, 1 << 40)
    for learned in weights:
        name = f"{learned.name}#gradient"
        assert np.allclose(shaken.array(name), learner.array(name), rtol=1e-9, atol=1e-14), name
    assert np.abs(shaken.array("h2.weight#gradient")).max() > 0
    assert noisy.prepared.train == plain.prepared.train


def test_outputs_on_the_way_are_mixed_and_weighed_with_the_answer() -> None:
    base = spiral(5, 4)
    first, second, output = base.model.layers
    value = Auxiliary(id="value", inputs=("h1",), units=1, activation=Linear(), target="x1*x2")
    base = with_layers(base, first, value, replace(second, inputs=("h1",)), output)
    plan, _ = after_one_step(base, Mixup(alpha=0.1))
    order = plan.i[plan.lowered.order.at :][: plan.lowered.piece]
    buffers, prepared = plan.lowered.layout.buffers, plan.prepared
    moved = np.abs(plan.view(buffers["train.x"]) - prepared.x[order]).max(axis=1) > 1e-6
    other = np.abs(plan.view(buffers["train.y.value"]) - prepared.others["value"][order])[:, 0] > 1e-6
    assert 0.1 < moved.mean() < 1
    assert (moved == other).mean() > 0.95, "by the same shares, but for samples that are worth the same"
    _, plain = after_one_step(base)
    _, weighed = after_one_step(base, ClassWeight(place=1, weight=3.0), ClassWeight(place=2, weight=3.0))
    for name in ("h1.weight#gradient", "value.weight#gradient"):
        assert np.allclose(weighed.array(name), 3 * plain.array(name), rtol=1e-9)


def test_a_line_search_sees_no_cost_of_answers() -> None:
    with pytest.raises(ExperimentError, match="“entropy-penalty” needs an optimiser without a line search"):
        check(with_training(spiral(), regularisers=(EntropyPenalty(),), optimiser=LBFGS(), batch=0))
