"""The doctor: each trouble is really produced by a run and found, its remedy helps, and healthy runs hear nothing."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples, holding, paths
from engine.activations.classic import Linear, Sigmoid, Tanh
from engine.activations.rectifiers import ReLU
from engine.arrays import Array
from engine.datasets.table import Table
from engine.doctor import Diagnosis, Finding
from engine.experiment import Experiment, check, nodes
from engine.initialisers import Constant, He, Normal, Uniform, Xavier, Zeros
from engine.layers.dense import Dense
from engine.losses.distance import SquaredError
from engine.machines.supervised import Supervised
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD, Momentum
from engine.optimisers.line_search import LBFGS
from engine.producers.findings import Findings, evidence
from engine.records import Want
from engine.schedules import ExponentialDecay
from tests.engine.nets import numbers, same, with_layers, with_training

WANT = Want("findings")


def findings(machine: Supervised) -> dict[str, Finding]:
    """What the doctor says now."""
    record = machine.snapshot(frozenset({WANT})).records[WANT]
    assert isinstance(record, Findings)
    return {f.key: f for f in record.items}


def after(experiment: Experiment, epochs: int) -> Supervised:
    """A run of so many epochs."""
    machine = Supervised(check(experiment))
    machine.advance("epoch", epochs, 60)
    return machine


def cured(machine: Supervised, finding: Finding) -> Supervised:
    """The run with the remedy, as the window applies it."""
    assert finding.remedy is not None
    machine.change(finding.remedy.made(machine.experiment))
    if finding.remedy.again:
        machine.reset()
    return machine


def net(name: str, *units: int, start: Any = None, activation: Any = None, **training: Any) -> Experiment:
    """An example with other hidden layers, starting weights and training settings."""
    base = examples.load(name)
    hidden = [Dense(id=f"h{k + 1}", units=n, activation=activation or ReLU()) for k, n in enumerate(units)]
    made = with_layers(base, *hidden, base.model.output) if units else base
    made = replace(made, model=replace(made.model, initialiser=start or made.model.initialiser))
    return with_training(made, **training)


def table(scale: tuple[float, float], shift: tuple[float, float] = (0.0, 0.0), count: int = 200) -> Experiment:
    """Moons as an imported table whose columns have other units."""
    base = examples.load("moons")
    drawn = base.data.source.samples(0)
    x = drawn.x[:count] * scale + shift
    source = Table(
        x=Array(x), y=Array(drawn.y[:count].astype(float)), keys=Array(np.linspace(0, 0.999, count)),
        header=("weight", "age"), names=("a", "b"), scaling="none",
    )  # fmt: skip
    data = replace(base.data, source=source, features=("weight", "age"), plane=())
    return replace(base, data=data)


HEALTHY = (
    "circle", "xor", "gauss", "spiral", "moons", "rings", "three-spirals", "blobs", "checkerboard", "sine", "plane",
    "multi-gauss", "and-gate", "xor-one-neuron", "right-inputs", "l1-inputs",
    "batch-norm", "product", "ravine", "residual", "searching", "unravelled",
)  # fmt: skip
"""All examples but those that were made to go wrong, those with real overfitting or dead layers besides their topic."""

ILL = {
    "zero-weights": "symmetric-weights",
    "too-fast": "unstable-rate",
    "overfitting": "overfitting",
    "deep-sigmoid": "vanishing-gradient",
    "vanishing": "vanishing-gradient",
    "dead": "dead-units",
    "saturated": "saturated-units",
    "slow-start": "wrong-loss",
    "too-sure": "overfitting",
    "twins": "symmetric-weights",
}


def test_every_example_is_healthy_or_ill() -> None:
    assert {*HEALTHY, *ILL} <= set(examples.names())


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_run_that_learns_hears_nothing_at_any_point(name: str, seed: int) -> None:
    base = examples.load(name)
    machine = Supervised(replace(base, seeds=replace(base.seeds, weights=seed, training=seed)))
    assert findings(machine) == {}, "before the first step"
    for unit, amount in [("batch", 1)] * 4 + [("epoch", 1)] * 6 + [("epoch", 6)] * 10 + [("epoch", 40)] * 5:
        machine.advance(unit, amount, 60)  # type: ignore[arg-type] # a unit of steps
        assert findings(machine) == {}, f"at epoch {machine.position.epoch}"


@pytest.mark.parametrize("name", ILL)
def test_the_examples_made_to_go_wrong_do(name: str) -> None:
    machine, seen = Supervised(examples.load(name)), set[str]()
    for epochs in [1] * 10 + [5] * 30:
        machine.advance("epoch", epochs, 60)
        seen |= findings(machine).keys()
    assert seen == {ILL[name]}


def test_looking_leaves_no_trace() -> None:
    looked, left = Supervised(net("xor", 4)), Supervised(net("xor", 4))
    for _ in range(20):
        for machine in (looked, left):
            machine.advance("sample", 7, 60)
        looked.snapshot(frozenset({WANT}))
    assert same(numbers(looked), numbers(left))
    assert looked.state() == left.state()


def test_a_rate_far_from_any_other_becomes_the_usual_one_of_its_optimiser() -> None:
    machine = after(net("plane", optimiser=Momentum(rate=1e6)), 30)
    found = cured(machine, findings(machine)["rate-too-high"])
    assert found.experiment.training.optimiser.rate == Momentum().rate


@pytest.mark.parametrize("optimiser", [Momentum(rate=1.0), Momentum(rate=3.0), Momentum(rate=10.0)])
def test_a_run_that_diverges_is_given_a_smaller_rate_and_a_new_start(optimiser: Momentum) -> None:
    machine = after(net("plane", optimiser=optimiser), 30)
    assert machine.stop is not None
    found = findings(machine)
    assert set(found) == {"rate-too-high"}
    assert "finite" in found["rate-too-high"].sentence
    for _ in range(3):
        finding = findings(machine).get("rate-too-high")
        if finding is None:
            break
        machine = cured(machine, finding)
        machine.advance("epoch", 30, 60)
    assert findings(machine) == {}
    assert machine.stop is None


def test_a_loss_that_jumps_is_given_a_smaller_rate() -> None:
    machine = Supervised(net("spiral", optimiser=SGD(rate=3.0)))
    finding = None
    while finding is None and machine.position.epoch < 100:
        machine.advance("epoch", 1, 60)
        finding = findings(machine).get("rate-too-high")
    assert finding is not None
    assert "jumps" in finding.sentence
    assert finding.record == "loss"
    assert dict(finding.facts)["usual jump of the loss"] > 0.15
    cured(machine, finding)
    assert machine.experiment.training.optimiser.rate == 1.0
    assert findings(machine) == {}, "the curve before the edit is that of another rate"


def test_a_loss_that_creeps_is_given_a_larger_rate() -> None:
    machine = after(net("blobs", optimiser=SGD(rate=1e-5)), 40)
    found = findings(machine)
    assert set(found) == {"rate-too-low"}
    cured(machine, found["rate-too-low"])
    assert machine.experiment.training.optimiser.rate == 1e-4
    for _ in range(3):
        machine.advance("epoch", 20, 60)
        if finding := findings(machine).get("rate-too-low"):
            cured(machine, finding)
    machine.advance("epoch", 100, 60)
    assert findings(machine) == {}
    assert (machine.scores()[0].accuracy or 0) > 0.9


def test_a_search_along_lines_has_no_rate_to_blame() -> None:
    machine = after(net("blobs", optimiser=LBFGS(), batch=0), 60)
    assert findings(machine) == {}


def test_dead_rectifiers_come_back_as_leaky_ones() -> None:
    machine = after(net("circle", 8, start=He(bias=-10.0), optimiser=SGD(rate=0.03)), 20)
    finding = findings(machine)["dead-units"]
    assert finding.layer == "h1"
    assert "of layer “h1” are dead" in finding.sentence
    before = machine.scores()[0].loss
    cured(machine, finding).advance("epoch", 200, 60)
    after_ = machine.scores()[0].loss
    assert before is not None
    assert after_ is not None
    assert after_ < 0.8 * before
    assert findings(machine) == {}


def test_large_starting_weights_saturate_and_smaller_ones_do_not() -> None:
    machine = after(net("spiral", 8, 8, start=Normal(deviation=10.0), activation=Tanh()), 10)
    finding = findings(machine)["saturated-units"]
    assert finding.remedy is not None
    assert finding.remedy.again
    cured(machine, finding).advance("epoch", 10, 60)
    assert "saturated-units" not in findings(machine)
    assert machine.experiment.model.initialiser == Xavier()


def test_steps_that_saturate_are_made_shorter() -> None:
    machine = after(net("spiral", optimiser=Adam(rate=1.0)), 20)
    finding = findings(machine)["saturated-units"]
    assert finding.remedy is not None
    assert finding.remedy.title == "Start again with a rate of 0.1"
    for _ in range(2):
        again = findings(machine).get("saturated-units")
        if again is not None:
            cured(machine, again).advance("epoch", 20, 60)
    assert findings(machine) == {}


def test_eight_sigmoid_layers_lose_the_gradient_and_rectifiers_keep_it() -> None:
    machine = after(net("deep-sigmoid", *[8] * 8, activation=Sigmoid(), optimiser=SGD(rate=0.1)), 5)
    found = findings(machine)
    assert set(found) == {"vanishing-gradient"}
    facts = dict(found["vanishing-gradient"].facts)
    assert facts["gradient of h1"] < 1e-3 * facts["gradient of out"]
    cured(machine, found["vanishing-gradient"]).advance("epoch", 20, 60)
    assert findings(machine) == {}
    assert (machine.scores()[0].accuracy or 0) > 0.9


@pytest.mark.parametrize("epochs", [1, 3])
def test_gradients_that_explode_are_clipped(epochs: int) -> None:
    machine = after(net("sine", *[16] * 6, start=Normal(deviation=1.0), optimiser=SGD(rate=0.003)), epochs)
    found = findings(machine)
    assert set(found) == {"exploding-gradient"}
    cured(machine, found["exploding-gradient"]).advance("epoch", 20, 60)
    assert machine.stop is None
    assert "exploding-gradient" not in findings(machine)


@pytest.mark.parametrize("start", [Zeros(), Constant(value=0.5)])
@pytest.mark.parametrize("epochs", [1, 30])
def test_twins_never_part_until_they_start_apart(start: Zeros | Constant, epochs: int) -> None:
    machine = after(net("zero-weights", start=start), epochs)
    found = findings(machine)
    assert set(found) == {"symmetric-weights"}
    assert found["symmetric-weights"].layer == "h1"
    cured(machine, found["symmetric-weights"]).advance("epoch", 30, 60)
    assert findings(machine) == {}


def test_neurons_that_only_look_alike_are_no_twins() -> None:
    """Equal starting weights into them, but different ones out of them: the first step parts them."""
    base = net("zero-weights", 4)
    model = replace(base.model, initialiser=Xavier())
    machine = Supervised(replace(base, model=model))
    column = machine._learner.array("h1.weight")
    column[:] = column[:, :1]
    machine.advance("batch", 1, 60)
    assert findings(machine) == {}


def test_squared_error_is_stuck_where_cross_entropy_is_not() -> None:
    base = net("blobs", 4, optimiser=SGD(rate=0.03), start=Uniform(half=10.0, bias=0.0))
    machine = after(with_training(base, loss=SquaredError()), 30)
    finding = findings(machine)["wrong-loss"]
    assert "Squared error" in finding.sentence
    before = machine.scores()[0].accuracy
    cured(machine, finding).advance("epoch", 30, 60)
    assert machine.experiment.training.loss.key == "cross-entropy"
    assert "wrong-loss" not in findings(machine)
    assert (machine.scores()[0].accuracy or 0) > (before or 0)


@pytest.mark.parametrize(
    ("scale", "shift", "word"),
    [
        ((1000.0, 1.0), (0.0, 0.0), "no rate suits both"),
        ((100.0, 100.0), (0.0, 0.0), "far more than the usual"),
        ((1e-3, 1e-3), (0.0, 0.0), "far less than the usual"),
        ((1.0, 1.0), (500.0, 0.0), "far from 0"),
    ],
)
def test_inputs_of_other_sizes_are_normalised(
    scale: tuple[float, float], shift: tuple[float, float], word: str
) -> None:
    machine = after(table(scale, shift), 5)
    found = findings(machine)
    assert set(found) == {"unscaled-inputs"}
    assert word in found["unscaled-inputs"].sentence
    cured(machine, found["unscaled-inputs"]).advance("epoch", 100, 60)
    assert findings(machine) == {}
    assert (machine.scores()[0].accuracy or 0) > 0.9


def test_a_standardised_table_is_fine() -> None:
    machine = after(paths.replace(table((1000.0, 1.0)), "data.source.scaling", "standardise"), 5)
    assert findings(machine) == {}


def test_inputs_that_are_all_the_same_are_told_without_a_remedy() -> None:
    found = findings(after(table((0.0, 0.0)), 3))
    assert set(found) == {"constant-inputs"}
    assert found["constant-inputs"].remedy is None


def test_a_frozen_network_may_learn_again() -> None:
    base = examples.load("circle")
    every = [
        (f"{n.layer.id}.{p.name}", *labels) for n in nodes(base) for p in n.parameters for labels in product(*p.labels)
    ]
    machine = after(holding.set_frozen(base, every, True), 3)
    found = findings(machine)
    assert set(found) == {"all-frozen"}
    cured(machine, found["all-frozen"]).advance("epoch", 3, 60)
    assert findings(machine) == {}
    some = after(holding.set_frozen(base, every[:5], True), 3)
    assert findings(some) == {}


def test_a_schedule_that_ended_too_soon_is_told() -> None:
    machine = after(net("spiral", schedule=ExponentialDecay(share=0.2)), 10)
    found = findings(machine)
    assert set(found) == {"rate-spent"}
    cured(machine, found["rate-spent"]).advance("epoch", 2, 60)
    assert findings(machine) == {}


def test_every_diagnosis_has_a_run_that_shows_it() -> None:
    text = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_doctor*.py"))
    assert [e.key for e in Diagnosis.registry if f'"{e.key}"' not in text] == []


def test_a_saved_run_that_is_opened_is_judged_by_what_comes() -> None:
    machine = after(examples.load("overfitting"), 100)
    again = Supervised(machine.experiment)
    again.restore(machine.state())
    again._look.past = again._history
    assert len(evidence(again._look).past.train) == 1


def test_a_perceptron_that_can_not_end_is_told_after_a_hundred_passes() -> None:
    base = examples.load("thirteen-points")
    flipped = np.array(base.data.source.labels.values)  # type: ignore[attr-defined] # they are own points
    flipped[5] = 0  # a green point among green ones
    source = replace(base.data.source, labels=Array(flipped))
    never = replace(base, data=replace(base.data, source=source))
    assert "not-separable" not in findings(after(never, 99))
    run = after(never, 120)
    found = findings(run)["not-separable"]
    assert "120 passes" in found.sentence
    titles = [r.title for r in (found.remedy, *found.others) if r]
    assert titles == ["Use the delta rule", "Begin again and keep the best weights (pocket)"]
    assert (found.others[0].again, found.others[0].patience) == (True, 50)
    assert cured(run, found).experiment.training.loss.key == "lms"
    assert "not-separable" not in findings(after(base, 120)), "these can be separated"


def test_a_rate_above_the_limit_of_the_delta_rule_is_named_with_the_limit() -> None:
    base = replace(examples.load("lms-thirteen"), name="batch")
    base = replace(base, training=replace(base.training, batch=0))
    x = np.concatenate([np.ones((13, 1)), base.data.source.samples(0).x], axis=1)
    limit = 2 / float(np.linalg.eigvalsh(x.T @ x / 13)[-1])
    for share, stable in ((0.97, True), (1.03, False)):
        run = after(paths.assign(base, "training.optimiser.rate", share * limit), 1)
        found = findings(run)
        assert ("unstable-rate" in found) != stable
        before = run.scores()[0].loss
        run.advance("epoch", 400, 60)
        assert before is not None
        after_, stopped = run.scores()[0].loss, run.stop is not None
        assert after_ is not None
        assert (stopped or after_ > before) != stable, "the limit is where it begins to diverge"
    named = findings(after(paths.assign(base, "training.optimiser.rate", 1.03 * limit), 1))["unstable-rate"]
    assert f"{limit:.3g}" in named.sentence
    assert named.facts[1].value == pytest.approx(limit)
    assert "unstable-rate" not in findings(cured(run, named))


def test_layers_that_are_all_linear_are_told_that_they_are_one() -> None:
    run = after(net("circle", 4, 3, activation=Linear()), 19)
    assert "all-linear" not in findings(run)
    run.advance("epoch", 1, 60)
    found = findings(run)
    assert set(found) == {"all-linear"}
    assert found["all-linear"].facts[0].value == 3
    (other,) = found["all-linear"].others
    assert [x.id for x in other.made(run.experiment).model.layers] == ["out"]
    cured(run, found["all-linear"]).advance("epoch", 60, 60)
    assert findings(run) == {}
    assert "all-linear" not in findings(after(net("gauss", 4, activation=Linear()), 30)), "a line is enough there"
