"""Bundled experiments that show something: it is really there, and goes away by what the note says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.adapt import adapt
from engine.experiment import Experiment
from engine.initialisers import Initialiser, Xavier
from engine.layers import Layer, Neurons
from engine.losses.entropy import BinaryCrossEntropy
from engine.machines.supervised import Supervised
from engine.optimisers import Optimiser
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD, Momentum
from engine.records import Want
from engine.regularisers.targets import LabelSmoothing
from engine.study import Point, Role, Study, gathered, trials_of, truth_of
from engine.study.samples import TrainingSamples
from engine.study.width import Width
from engine.ties import Own


def ran(experiment: Experiment, epochs: int) -> Supervised:
    machine = Supervised(experiment)
    machine.advance("epoch", epochs, 120.0)
    assert machine.position.epoch == epochs
    return machine


def loss(machine: Supervised) -> float:
    found = machine.scores()[0].loss
    assert found is not None
    return found


def accuracy(machine: Supervised) -> float:
    found = machine.scores()[1].accuracy
    assert found is not None
    return found


def taught(experiment: Experiment, **training: Any) -> Experiment:
    return adapt(replace(experiment, training=replace(experiment.training, **training)))[0]


def started(experiment: Experiment, initialiser: Initialiser) -> Experiment:
    return replace(experiment, model=replace(experiment.model, initialiser=initialiser))


def without(experiment: Experiment, kind: str) -> Experiment:
    """The network with the layers of one kind taken out; each then reads the one before."""
    layers: tuple[Layer, ...] = tuple(replace(x, inputs=()) for x in experiment.model.layers if x.key != kind)
    return replace(experiment, model=replace(experiment.model, layers=layers))


def gradient_ratio(machine: Supervised) -> float:
    """The size of the gradient of the first layer's weights, as a share of that of the last."""
    names = [n for n in machine._learner.names(gradients=True) if n.endswith(".weight#gradient")]
    first, last = (np.sqrt(np.square(machine._learner.array(n)).mean()) for n in (names[0], names[-1]))
    return float(first / last)


def said(machine: Supervised, layer: str) -> Any:
    """What the neurons of a layer say on the training samples."""
    plan = machine._running
    return plan.activations(0, plan.prepared.train)[layer]


def test_weights_that_start_alike_stay_alike() -> None:
    base = examples.load("twins")
    machine = ran(base, 60)
    assert not np.ptp(machine._learner.array("h1.weight"), axis=1).any()
    assert loss(machine) > 0.55
    assert loss(ran(started(base, Xavier()), 60)) < 0.2


def test_the_gradient_vanishes_in_eight_layers_of_sigmoid_and_not_with_he_and_relu() -> None:
    vanishing, relu = (ran(examples.load(name), 1) for name in ("vanishing", "he-relu"))
    assert gradient_ratio(vanishing) < 1e-3
    assert gradient_ratio(relu) > 0.1
    for machine in (vanishing, relu):
        machine.advance("epoch", 100, 120.0)
    assert loss(vanishing) > 0.65
    assert loss(relu) < 0.05


def test_batch_norm_wakes_a_deep_net() -> None:
    base = examples.load("batch-norm")
    assert gradient_ratio(ran(base, 1)) > 0.03
    assert loss(ran(base, 100)) < 0.45
    assert loss(ran(without(base, "batch-norm"), 100)) > 0.65


def test_a_way_around_lets_the_first_layer_learn() -> None:
    base = examples.load("residual")
    plain = without(base, "add")
    assert gradient_ratio(ran(base, 1)) > 0.03
    assert gradient_ratio(ran(plain, 1)) < 1e-5
    assert loss(ran(base, 100)) < 0.1
    assert loss(ran(plain, 100)) > 0.65


def test_momentum_rolls_along_a_ravine() -> None:
    base = examples.load("ravine")
    assert isinstance(base.training.optimiser, Momentum)
    same_rate = SGD(rate=base.training.optimiser.rate)
    assert 20 * loss(ran(base, 100)) < loss(ran(taught(base, optimiser=same_rate), 100))


def test_dropout_keeps_the_test_loss_low() -> None:
    base = examples.load("dropout")
    with_it, alone = ran(base, 400), ran(without(base, "dropout"), 400)
    (_, tested), (_, worse) = with_it.scores(), alone.scores()
    assert tested.loss is not None
    assert worse.loss is not None
    assert 1.5 * tested.loss < worse.loss
    assert loss(alone) < loss(with_it)


def test_neurons_die_far_below_zero() -> None:
    silent = said(ran(examples.load("dead"), 30), "h1").max(axis=0) == 0
    assert silent.mean() >= 0.5


def test_large_weights_hold_the_neurons_at_their_ends() -> None:
    base = examples.load("saturated")
    machine = ran(base, 30)
    assert (np.abs(said(machine, "h1")) > 0.95).mean() > 0.8
    assert loss(ran(started(base, Xavier()), 30)) < 0.5 * loss(machine)


def test_the_squared_error_of_a_sure_and_wrong_sigmoid_hardly_slopes() -> None:
    base = examples.load("slow-start")
    assert accuracy(ran(base, 10)) < 0.1
    assert accuracy(ran(taught(base, loss=BinaryCrossEntropy()), 10)) > 0.95


def test_a_product_parts_xor() -> None:
    assert accuracy(ran(examples.load("product"), 60)) > 0.98


def test_rings_are_unravelled() -> None:
    machine = ran(examples.load("unravelled"), 60)
    plan = machine._running
    rows = plan.prepared.train
    wanted = plan.prepared.y[:rows].argmax(axis=1)

    def separable(x: Any) -> float:
        """The share of samples that the best straight borders (least squares) put right."""
        design = np.concatenate([x, np.ones((rows, 1))], axis=1)
        fitted = design @ np.linalg.lstsq(design, plan.prepared.y[:rows], rcond=None)[0]
        return float((fitted.argmax(axis=1) == wanted).mean())

    assert separable(plan.prepared.x[:rows]) < 0.6
    assert separable(said(machine, "h2")) > 0.97


@pytest.mark.parametrize("other", [SGD(rate=0.1), Momentum(rate=0.1), Adam(rate=0.01)], ids=lambda o: o.key)
def test_a_search_along_lines_is_lower_in_a_tenth_of_the_steps(other: Optimiser) -> None:
    base = examples.load("searching")
    assert 1000 * loss(ran(base, 100)) < loss(ran(taught(base, optimiser=other), 1000))


def test_label_smoothing_makes_a_net_less_sure() -> None:
    base = examples.load("too-sure")

    def off(experiment: Experiment) -> float:
        """How far the confidence is from the share of right answers, on test samples."""
        records = ran(experiment, 200).snapshot(frozenset({Want("roc", target=("test",))})).records
        return float(next(iter(records.values())).error)  # type: ignore[attr-defined] # a record of the ROC

    assert off(base) > 0.1
    assert off(taught(base, regularisers=(LabelSmoothing(share=0.2),))) < 0.7 * off(base)


def studied(base: Experiment, study: Study) -> list[Point]:
    """The points of a study, each with its parts."""
    points = gathered(list(trials_of(study, base)), truth_of(base))
    assert not any(p.diverged for p in points)
    return list(points)


def means(points: list[Point], role: Role) -> list[float]:
    return [p.scores[role, "loss"].mean for p in points]


def test_the_test_error_turns_where_the_capacity_is_too_much() -> None:
    one, four, eight = points = studied(examples.load("capacity"), Width(values=(1, 4, 8), repetitions=8))
    trained, tested = means(points, "train"), means(points, "test")
    assert trained[0] > 2 * trained[1] > 2 * trained[2]
    assert tested[0] > 1.5 * tested[1]
    assert tested[2] > 1.2 * tested[1]
    assert one.parts
    assert four.parts
    assert eight.parts
    assert one.parts.bias > 4 * four.parts.bias
    assert eight.parts.variance > 1.4 * four.parts.variance


def test_the_gap_of_the_learning_curve_closes_with_the_samples() -> None:
    study = TrainingSamples(values=(10, 50, 200), repetitions=4, epochs=300)
    points = studied(examples.load("learning-curve"), study)
    trained, tested = means(points, "train"), means(points, "test")
    assert trained == sorted(trained)
    assert tested == sorted(tested, reverse=True)
    gaps = [b - a for a, b in zip(trained, tested, strict=True)]
    assert gaps[0] > 4 * gaps[1] > 8 * gaps[2] > 0
    (_, _, last) = points
    assert last.parts
    assert last.parts.noise
    assert trained[-1] < 1.2 * last.parts.noise / 2 < 1.5 * tested[-1], "the loss is half the squared error"


def test_two_tasks_that_share_softly_err_less_than_alone() -> None:
    """Few noisy samples: over several draws, the test loss of the answer is lower with the tie than without."""
    base = examples.load("two-tasks")
    first, second, *others = base.model.layers
    assert isinstance(second, Neurons)
    apart = replace(base, model=replace(base.model, layers=(first, replace(second, weights=Own()), *others)))
    tested: dict[str, list[float]] = {"drawn": [], "alone": []}
    far = {}
    for seed in range(4):
        for name, made in (("drawn", base), ("alone", apart)):
            machine = ran(replace(made, seeds=replace(made.seeds, data=seed, weights=seed, training=seed)), 1000)
            found = machine.scores()[1].loss
            assert found is not None
            tested[name].append(found)
            weights = [machine._learner.array(f"{x.id}.weight") for x in (first, second)]
            far[name] = float(np.linalg.norm(weights[0] - weights[1]))
    assert np.mean(tested["drawn"]) < 0.85 * np.mean(tested["alone"])
    assert 0 < far["drawn"] < 0.5 * far["alone"]
