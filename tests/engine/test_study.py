"""Studies: what differs between trials and what does not, and that bias and variance are what formulas say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples
from engine.arrays import Array
from engine.datasets.points import Points
from engine.datasets.regression import NoisyPlane
from engine.errors import LearnscopeError
from engine.experiment import Experiment
from engine.losses.distance import SquaredError
from engine.machines.base import Score
from engine.machines.supervised import Supervised
from engine.optimisers.descent import SGD
from engine.penalties import L1, L2
from engine.study import (
    Parts,
    Spread,
    Study,
    Trial,
    Truth,
    best,
    csv_of,
    gathered,
    pooled,
    total,
    trials_of,
    truth_of,
    with_values,
)
from engine.study._lab import Lab
from engine.study._points import decompose, spread
from engine.study.depth import Depth
from engine.study.epochs import LearningTime
from engine.study.folds import Folds, dealt
from engine.study.penalty import PenaltyStrength
from engine.study.samples import TrainingSamples, first
from engine.study.width import Width
from tests.engine.nets import spiral, with_layers, with_training

QUICK: dict[str, tuple[float, ...]] = {
    "width": (1, 3), "depth": (0, 2), "samples": (2, 20), "epochs": (1, 3), "penalty": (0, 0.1), "folds": (3,),
}  # fmt: skip


def quick(key: str, **settings: Any) -> Study:
    """A study of a kind that is over soon."""
    kind = Study.registry[key].kind
    return kind(**{"values": QUICK[key], "repetitions": 2, "epochs": 3, **settings})


def lab(experiment: Experiment, varied: Any = "both") -> Lab:
    return Lab(experiment, varied, None, lambda: False)


def score(experiment: Experiment, epochs: int) -> tuple[Score, Score]:
    """How the run of an experiment does, in one piece."""
    machine = Supervised(experiment)
    machine.advance("epoch", epochs, 60.0)
    return machine.scores()


def plain(trials: list[Trial]) -> list[Any]:
    return [(t[:5], t.answers.tolist()) for t in trials]


@pytest.mark.parametrize("key", QUICK)
def test_a_study_gives_the_same_numbers_each_time_and_more_repetitions_change_none(key: str) -> None:
    base = spiral()
    once, more = quick(key, repetitions=1), quick(key, repetitions=2)
    trials = list(trials_of(more, base))
    assert len(trials) == total(more, base) == 2 * total(once, base)
    assert plain(trials[: len(trials) // 2]) == plain(list(trials_of(once, base)))
    assert plain(trials) == plain(list(trials_of(more, base)))
    assert trials[0].test.loss != trials[len(trials) // 2].test.loss


@pytest.mark.parametrize("key", [k for k in QUICK if k not in ("epochs", "folds", "samples")])
def test_the_first_repetition_is_the_experiment_with_the_value(key: str) -> None:
    base, study = spiral(), quick(key, repetitions=1)
    for trial in trials_of(study, base):
        changed = study.at(base, trial.value)
        assert changed is not None
        assert study.now(changed) == trial.value
        assert (trial.train, trial.test) == score(changed, 3)


def test_epochs_are_looks_at_one_run() -> None:
    base = spiral()
    for trial in trials_of(quick("epochs", repetitions=1), base):
        assert (trial.train, trial.test) == score(base, int(trial.value))


def test_what_varies_is_what_was_asked_for() -> None:
    base = spiral()
    for varied, same_data, same_weights in (("both", False, False), ("data", False, True), ("weights", True, False)):
        here = lab(base, varied)
        assert np.array_equal(here.samples(0).x, here.samples(3).x) == same_data
        assert (here.repeated(3).seeds == base.seeds) == same_weights
        for repetition in (0, 3):
            samples = here.samples(repetition)
            tested = ~samples.train(base.data.share / 100)
            assert np.array_equal(samples.x[tested], here.base.x[~here.learned]), "the test samples are always the same"
            assert (~tested).sum() == here.learned.sum()


def test_a_drawn_repetition_learns_from_the_samples_of_its_seed() -> None:
    base = spiral()
    other = base.data.source.samples(base.seeds.data + 2)
    share = base.data.share / 100
    found = lab(base).samples(2)
    assert np.array_equal(found.x[found.train(share)], other.x[other.train(share)])


def test_own_samples_are_drawn_with_replacement() -> None:
    keys = (np.arange(40) + 0.5) / 40
    xy = np.stack([np.arange(40.0), np.zeros(40)], axis=1)
    own = Points(xy=Array(xy), labels=Array(np.arange(40.0) % 2), keys=Array(keys))
    base = replace(spiral(), data=replace(spiral().data, source=own, share=50.0))
    here = lab(base)
    assert np.array_equal(here.samples(0).x, xy)
    drawn = here.samples(1).x[:20, 0]
    assert set(drawn) <= set(range(20))
    assert len(set(drawn)) < 20
    assert np.array_equal(here.samples(1).x[20:], xy[20:])


def test_training_samples_are_nested_and_the_steps_are_as_many() -> None:
    base = with_training(spiral(), batch=10)
    samples, share = base.data.source.samples(0), base.data.share / 100
    few, more = first(samples, 5, share), first(samples, 50, share)
    assert few.train(share).sum() == 5
    assert (~few.train(share)).sum() == (~samples.train(share)).sum()
    assert {tuple(x) for x in few.x} < {tuple(x) for x in more.x}
    learned = int(samples.train(share).sum())
    trial, whole = trials_of(TrainingSamples(values=(10, learned), repetitions=1, epochs=2), base)
    assert (whole.train, whole.test) == score(base, 2)
    machine = Supervised(replace(base, data=replace(base.data, share=100 * 10 / len(samples))))
    machine.advance("epoch", 2 * learned // 10, 60)
    assert trial.train == machine.scores()[0]


def test_values_lead_to_the_experiment_that_has_them() -> None:
    base = spiral(4, 3)
    wide = Width().at(base, 7)
    assert [getattr(x, "units", 0) for x in wide.model.hidden_layers] == [7, 7]
    assert Width().now(base) is None
    deep, flat = Depth().at(base, 4), Depth().at(base, 0)
    assert [getattr(x, "units", 0) for x in deep.model.hidden_layers] == [4, 3, 3, 3]
    assert flat.model.layers == (base.model.output,)
    assert PenaltyStrength().at(base, 0.2).training.penalty == L2(rate=0.2)
    assert PenaltyStrength().at(with_training(base, penalty=L1()), 0.2).training.penalty == L1(rate=0.2)
    fewer = TrainingSamples().at(base, 150)
    assert fewer is not None
    assert TrainingSamples().now(fewer) == 150
    assert TrainingSamples().at(base, 2) is None, "a share below the least can't be"


# --- bias and variance -----------------------------------------------------------------------------------------------


def test_parts_by_hand() -> None:
    """Two networks, two places: answers (1, 3) and (3, 3) where (2, 1) is right, with a noise of ½.

    Means 2 and 3, squared distances of the means 0 and 4; variances over R - 1: 2 and 0, in the mean 1; the squared
    bias is 2 - 1/2. The mean squared distance is (1 + 4 + 1 + 4) / 4 = 2.5, and so is 1.5 + 1.
    """
    answers = np.array([[[1.0], [3.0]], [[3.0], [3.0]]])
    parts = decompose(answers, Truth(np.array([[2.0], [1.0]]), 0.5))
    assert parts == pytest.approx(Parts(1.5, 1.0, 0.5))
    assert parts.total == pytest.approx(3.0)


def test_parts_of_several_outputs_add_up_to_the_mean_squared_error() -> None:
    rng = np.random.default_rng(3)
    answers, wanted = rng.normal(size=(5, 7, 3)), rng.normal(size=(7, 3))
    parts = decompose(answers, Truth(wanted, None))
    assert parts.total == pytest.approx(np.square(answers - wanted).sum(axis=2).mean())


SIGMA, COUNT = 0.3, 80


def linear() -> Experiment:
    """One linear unit on y = a x1 + b x2 + c + N(0, σ), which descent brings to the least squares."""
    base = examples.load("plane")
    source = NoisyPlane(count=2 * COUNT, noise=100 * SIGMA)
    plane = replace(base, data=replace(base.data, source=source, share=50.0, features=("x1", "x2")))
    plane = with_layers(plane, base.model.output)
    return with_training(plane, loss=SquaredError(), optimiser=SGD(rate=0.1), batch=0)


def least_squares(here: Lab, repetition: int) -> NDArray[np.float64]:
    """What the best line through the training samples answers at the test samples."""
    samples = here.samples(repetition)
    learned = samples.train(0.5)
    design = np.concatenate([samples.x, np.ones((len(samples.x), 1))], axis=1)
    fit = np.linalg.lstsq(design[learned], samples.y[learned], rcond=None)[0]
    found: NDArray[np.float64] = design[~learned] @ fit
    return found[:, None]


def test_a_linear_unit_has_no_bias_and_the_variance_of_the_closed_form() -> None:
    """Least squares of p numbers on n samples with noise σ² varies by σ² p / n, in the mean over the samples' places.

    On places drawn anew that is σ² p / (n - p - 1), about (Hastie, Tibshirani, Friedman 2009, section 2.5).
    """
    base, repetitions = linear(), 60
    trials = list(trials_of(PenaltyStrength(values=(0,), repetitions=repetitions, epochs=1500, varied="data"), base))
    here = lab(base, "data")
    for trial in trials[:3]:
        assert trial.answers == pytest.approx(least_squares(here, trial.repetition), abs=2e-4)
    (point,) = gathered(trials, truth_of(base))
    assert point.parts is not None
    expected = SIGMA**2 * 3 / (COUNT - 4)
    # p (R - 1) degrees of freedom: the estimate is off by √(2 / 177) = 11 %
    assert point.parts.variance == pytest.approx(expected, rel=0.25)
    assert abs(point.parts.bias) < 0.25 * expected
    assert point.parts.noise == pytest.approx(SIGMA**2, rel=0.35)
    seen = point.mean("test", "loss")
    assert seen is not None
    assert 2 * seen == pytest.approx(point.parts.total, rel=0.05)  # the loss is half the squared error


def test_without_a_formula_the_noise_is_part_of_the_bias() -> None:
    truth = truth_of(spiral())
    assert truth.noise is None
    assert set(np.unique(truth.wanted)) == {0.0, 1.0}
    assert truth_of(examples.load("sine")).noise == pytest.approx(0.01, rel=0.3)


# --- what they add up to ---------------------------------------------------------------------------------------------


def made(value: float, repetition: int, loss: float, diverged: bool = False) -> Trial:
    return Trial(value, repetition, Score(loss / 2, 0.75), Score(loss, 0.5), diverged, np.zeros((0, 1)))


def test_points_by_hand() -> None:
    # mean of 1, 2 and 6 is 3; deviations -2, -1, 3: √((4 + 1 + 9) / 2) = √7
    assert spread([1.0, 2.0, 6.0]) == pytest.approx(Spread(3.0, math.sqrt(7)))
    assert spread([1.0]) == Spread(1.0)
    assert spread([None, None]) is None
    trials = [made(4, 0, 3.0), made(2, 0, 1.0), made(2, 1, 2.0), made(2, 2, 6.0), made(2, 3, 1e30, diverged=True)]
    two, four = gathered(trials, Truth(np.zeros((0, 1)), None))
    assert (two.value, two.runs, two.diverged, two.parts) == (2, 4, 1, None)
    assert two.scores["test", "loss"] == pytest.approx(Spread(3.0, math.sqrt(7)))
    assert two.scores["train", "error"] == pytest.approx(Spread(0.25, 0.0))
    assert four.scores["test", "loss"] == Spread(3.0)
    lower = gathered([*trials, made(8, 0, 0.5)], Truth(np.zeros((0, 1)), None))
    assert best(lower, "loss") == lower[-1]
    assert pooled((two, four))["train", "loss"] == pytest.approx(Spread(1.5, 0.0))
    head, first_row, _ = csv_of((two, four), "neurons").splitlines()
    assert head.startswith("neurons,networks,diverged,train loss,train loss deviation,test loss")
    assert first_row.startswith(f"2,4,1,1.5,{math.sqrt(7) / 2}")
    assert first_row.endswith(",,,"), "cells without a number are empty"


def test_runs_that_diverge_are_counted_and_left_out() -> None:
    wild = with_training(examples.load("plane"), optimiser=SGD(rate=10.0))
    study = PenaltyStrength(values=(0,), repetitions=2, epochs=50)
    (point,) = gathered(list(trials_of(study, wild)), truth_of(wild))
    assert (point.runs, point.diverged, point.scores, point.parts) == (2, 2, {}, None)
    assert best((point,), "loss") is None


def test_a_study_that_is_given_up_ends_between_slices() -> None:
    polls = 0

    def cancelled() -> bool:
        nonlocal polls
        polls += 1
        return polls > 3

    forever = Width(values=(2, 4), epochs=100_000)
    assert list(trials_of(forever, spiral(), None, cancelled)) == []
    assert polls == 4


# --- folds -----------------------------------------------------------------------------------------------------------


def test_every_sample_is_tested_once() -> None:
    base = spiral()
    samples = base.data.source.samples(base.seeds.data)
    for k in (2, 3, 7, len(samples)):
        tests = [dealt(samples, j, k).keys == 1 for j in range(k)]
        assert np.array_equal(np.sum(tests, axis=0), np.ones(len(samples)))
        sizes = [int(t.sum()) for t in tests]
        assert max(sizes) - min(sizes) <= 1


def test_folds_of_a_half_are_the_two_halves_of_the_experiment() -> None:
    """With k = 2, the second fold learns from the samples that a share of 50 % learns from."""
    base = spiral()
    _, second = trials_of(Folds(values=(2,), epochs=5), base)
    assert (second.train, second.test) == score(replace(base, data=replace(base.data, share=50.0)), 5)


def test_folds_know_nothing_of_the_share() -> None:
    base, study = examples.load("rings"), Folds(values=(3,), epochs=4)
    trials = list(trials_of(study, base))
    assert plain(trials) == plain(list(trials_of(study, replace(base, data=replace(base.data, share=20.0)))))
    assert len({fold.test.loss for fold in trials}) == 3


# --- what can't be studied -------------------------------------------------------------------------------------------


def alike() -> Experiment:
    """Points of one class only."""
    own = Points(xy=Array(np.ones((9, 2))), labels=Array(np.zeros(9)), keys=Array((np.arange(9) + 0.5) / 9))
    return replace(spiral(), data=replace(spiral().data, source=own, share=50.0))


@pytest.mark.parametrize(
    ("study", "experiment", "sentence"),
    [
        (Width(), replace(spiral(), data=replace(spiral().data, share=100.0)), "test samples and there are none"),
        (Width(), replace(spiral(), data=replace(spiral().data, source=Points())), "needs at least 2 training samples"),
        (Width(), alike(), "all training samples are of one class"),
        (Width(values=(0,)), spiral(), "0 can't be tried as numbers of neurons; choose from 1 to 4096"),
        (Width(values=(1.5,)), spiral(), "1.5 can't be tried as numbers of neurons; give whole numbers"),
        (PenaltyStrength(values=(11,)), spiral(), "11 can't be tried as strengths; choose from 0 to 10"),
        (TrainingSamples(values=(1e6,)), spiral(), "choose from 2 to"),
        (LearningTime(values=tuple(range(1, 70))), spiral(), "69 values are too many for a study; give at most 64"),
        (Folds(values=(1,)), spiral(), "1 can't be tried as k; choose from 2 to"),
        (Folds(values=(2, 3)), spiral(), "dealt once, to k folds, and 2 numbers are given"),
    ],
)  # fmt: skip
def test_what_cannot_be_studied_gets_a_sentence(study: Study, experiment: Experiment, sentence: str) -> None:
    with pytest.raises(LearnscopeError, match=sentence):
        study.check(experiment)


def test_networks_that_have_no_such_thing_are_refused() -> None:
    bare = with_layers(spiral(), spiral().model.output)
    with pytest.raises(LearnscopeError, match="no hidden layer whose width could be changed; add one"):
        next(trials_of(Width(), bare))
    with pytest.raises(LearnscopeError, match=r"“.*” is not a column of neurons that reads the layer before it"):
        next(trials_of(Depth(), examples.load("residual")))


def test_typed_values_are_read_or_refused() -> None:
    assert with_values(Width(), "4, 1;2 2").tried(spiral()) == (1, 2, 4)
    assert with_values(Width(), " ").tried(spiral()) == Width().usual(spiral())
    for word in ("many", "nan", "1e999"):
        with pytest.raises(LearnscopeError, match=f"“{word}” can't be tried as numbers of neurons"):
            with_values(Width(), f"1 {word}")
