"""Runs of optimisers that search along lines: exact, resumable, restarted by edits, faster than descent, and still."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import paths
from engine.activations.classic import Linear
from engine.activations.waves import Polynomial
from engine.adapt import adapt
from engine.arrays import Array, Labelled
from engine.errors import ExperimentError
from engine.experiment import Experiment, check
from engine.kernels.table import float_bits
from engine.layers.chance import Dropout
from engine.layers.normalising import BatchNorm
from engine.machines import Position
from engine.machines.supervised import Supervised
from engine.optimisers import Optimiser
from engine.optimisers._search import BROKEN, NAMES
from engine.optimisers.adam import Adam
from engine.optimisers.descent import SGD, Momentum
from engine.optimisers.line_search import LBFGS, ConjugateGradient
from engine.penalties import L1, L2, ElasticNet, NoPenalty, Penalty
from engine.plan import measure
from engine.plan import procedure as p
from engine.regularisers.bounds import ClipNorm, MaxNorm
from engine.regularisers.noise import InputNoise
from engine.schedules import ExponentialDecay
from tests.engine.guarded import library, run
from tests.engine.nets import numbers, reason, same, spiral, with_layers, with_training
from tests.engine.test_layer_kernels import DTYPES

SEARCHERS: tuple[Optimiser, ...] = (ConjugateGradient(), LBFGS(pairs=4))
EACH = pytest.mark.parametrize("optimiser", SEARCHERS, ids=lambda o: o.key)


def many(optimiser: Optimiser, **training: Any) -> Experiment:
    """1200 samples to learn from: three pieces a batch."""
    base = spiral(6, optimiser=optimiser, batch=0, **training)
    return replace(base, data=replace(base.data, share=100.0, source=replace(base.data.source, count=1200)))


def known(machine: Supervised, name: str) -> float:
    """One of the numbers that a search remembers."""
    return float(machine._learner.array("optimiser.memory")[NAMES.index(name)])


def slot(machine: Supervised, name: str) -> Any:
    """A slot of the optimiser, all numbers in a row."""
    return machine._running.view(machine._running.lowered.numbers.slots[name])[0].copy()


def values(machine: Supervised) -> Any:
    """All learned numbers in a row."""
    return machine._running.view(machine._running.lowered.numbers.value)[0].copy()


@DTYPES
def test_the_sum_of_a_batch_is_kept_to_the_last_bit(dtype: Any) -> None:
    for x in (0.0, 1 / 3, 123456.789, 1e-9, float("nan"), 1e300):
        kept = run(measure.keep_sum, dtype, loss=[float_bits(x)], sum=[[0.0, 0.0, 0.0]])["sum"]
        assert np.isfinite(kept).all()
        ran = run(measure.take_sum, dtype, fresh=[0], sum=kept, into=[5])
        found = float(ran["into"].view(np.float64)[0])
        assert found == x if x < 1e38 else found > 9e37
        assert run(measure.take_sum, dtype, fresh=[1], sum=kept, into=[5])["into"][0] == 0
        added = run(measure.add_share, dtype, share=0.25, part=[float_bits(8.0)], into=[float_bits(1.5)])
        assert added["into"].view(np.float64)[0] == 3.5
        assert added["part"].view(np.float64)[0] == 0.0
    ran = run(measure.mean_loss, dtype, whole=[8], loss=[float_bits(2.0)])
    assert ran["loss"].view(np.float64)[0] == 0.25


@EACH
@pytest.mark.parametrize("penalty", [NoPenalty(), L1(rate=0.01), L2(rate=0.01), ElasticNet(rate=0.01)])
def test_the_loss_of_a_batch_is_that_of_the_data_and_the_penalty(optimiser: Optimiser, penalty: Penalty) -> None:
    machine = Supervised(many(optimiser, penalty=penalty), library=library(np.float64))
    expected = machine.scores()[0].loss + machine._learner.cost(penalty)  # type: ignore[operator]
    machine.advance("batch", 1, 60)
    place = machine._running.lowered.counters.at + p.BATCH_LOSS
    assert machine._running.i[place : place + 1].view(np.float64)[0] == pytest.approx(expected, rel=1e-12)
    assert known(machine, "loss") == pytest.approx(expected, rel=1e-12)


@EACH
def test_a_cut_run_has_the_same_bits(optimiser: Optimiser) -> None:
    """In one call, a batch at a time, and in pieces of any size."""
    whole, apart, pieces = (Supervised(many(optimiser)) for _ in range(3))
    whole.advance("batch", 25, 60)
    for _ in range(25):
        apart.advance("batch", 1, 60)
    for rows in (1, 7, 300, 512) * 1000:
        if pieces._running.steps(25, 1, rows) == p.DONE:
            break
    assert pieces.position == whole.position == Position(epoch=25, step=25, samples=30_000)
    assert same(numbers(whole), numbers(apart))
    assert same(numbers(whole), numbers(pieces))


@EACH
@pytest.mark.parametrize("sample", [0, 700])
def test_a_run_goes_on_from_its_state_in_the_middle_of_a_search(optimiser: Optimiser, sample: int) -> None:
    whole, cut = Supervised(many(optimiser)), Supervised(many(optimiser))
    whole.advance("batch", 60, 60)
    cut.advance("batch", 20, 60)
    while known(cut, "trials") == 0:  # to the second trial of a search
        cut.advance("batch", 1, 60)
    cut.advance("sample", sample, 60)
    again = Supervised(many(optimiser))
    again.restore(cut.state())
    assert again.position == cut.position
    for machine in (cut, again):
        machine.advance("batch", 60 - machine.position.step, 60)
        assert same(numbers(machine), numbers(whole))


@EACH
def test_frozen_numbers_stay(optimiser: Optimiser) -> None:
    base = spiral(4, optimiser=optimiser, batch=0)
    frozen = (("h1.weight", "input/x1", "h1/2"), ("out.bias", "out/0"))
    machine = Supervised(replace(base, model=replace(base.model, frozen=frozen)))
    before = numbers(machine)
    machine.advance("batch", 60, 60)
    after = numbers(machine)
    still = after["h1.weight"] == before["h1.weight"]
    assert still[0, 2]
    assert still.sum() == 1
    assert after["out.bias"] == before["out.bias"]
    assert known(machine, "searches") > 5  # it was not taken for a number set by hand


@EACH
def test_rate_and_fields_change_without_an_end_of_the_search(optimiser: Optimiser) -> None:
    """Another rate touches the first trial of the next search only, so up to there the bits are the same."""
    machine, plain = (Supervised(spiral(6, optimiser=optimiser, batch=0)) for _ in range(2))
    for m in (machine, plain):
        m.advance("batch", 20, 60)
        while known(m, "trials") != 0:
            m.advance("batch", 1, 60)
    before = numbers(machine)
    edit = with_training(machine.experiment, optimiser=replace(optimiser, rate=0.5), schedule=ExponentialDecay())
    assert machine.change(replace(edit, name="renamed")) == ()
    assert same(numbers(machine), before)
    assert machine._running.counter(p.UPDATES) > 0
    searches = known(machine, "searches")
    for m in (machine, plain):
        m.advance("batch", 1, 60)
    assert same(numbers(machine), numbers(plain)) or known(machine, "searches") == searches + 1


def test_more_and_fewer_pairs_keep_what_is_known() -> None:
    machine = Supervised(spiral(6, optimiser=LBFGS(pairs=4), batch=0))
    machine.advance("batch", 40, 60)
    before = numbers(machine)
    fewer = with_training(machine.experiment, optimiser=LBFGS(pairs=2))
    destroyed = machine.change(fewer)
    assert {n.name.split("#")[1] for n in destroyed} == {"step3", "change3", "step4", "change4"}
    machine.change(with_training(fewer, optimiser=LBFGS(pairs=4)), destroyed)
    assert same(numbers(machine), before)
    machine.change(fewer)
    machine.advance("batch", 10, 60)
    assert known(machine, "pairs") == 2


@EACH
@pytest.mark.parametrize(
    "edit",
    [
        {"training.penalty": {"kind": "l2", "rate": 0.1}},
        {"data.source.noise": 30.0},
        {"model.layers.0.units": 9},
        {"model.layers.0.activation": "sine"},
        {"data.share": 70.0},
    ],
    ids=lambda e: next(iter(e)),
)
def test_an_edit_that_changes_the_loss_begins_the_search_anew(optimiser: Optimiser, edit: dict[str, Any]) -> None:
    """From the numbers as they are, along the steepest descent."""
    machine = Supervised(spiral(6, optimiser=optimiser, batch=0))
    machine.advance("batch", 30, 60)
    experiment = machine.experiment
    for path, value in edit.items():
        experiment = paths.replace(experiment, path, value)
    machine.change(experiment)
    here = values(machine)
    machine.advance("batch", 1, 60)
    assert np.array_equal(slot(machine, "start"), here)
    assert np.array_equal(slot(machine, "direction"), -slot(machine, "before"))
    assert (known(machine, "searches"), known(machine, "pairs"), known(machine, "trials")) == (0, 0, 0)
    before = known(machine, "loss")
    machine.advance("batch", 60, 60)
    assert machine.stop is None
    assert known(machine, "loss") < before


@EACH
def test_numbers_set_by_hand_begin_the_search_anew(optimiser: Optimiser) -> None:
    machine = Supervised(spiral(6, optimiser=optimiser, batch=0))
    machine.advance("batch", 30, 60)
    labels = machine._learner.labels("out.bias")
    machine.assign((Labelled("out.bias", labels, Array(np.array([3.0]))),))
    here = values(machine)
    machine.advance("batch", 1, 60)
    assert np.array_equal(slot(machine, "start"), here)
    assert known(machine, "searches") == 0


@EACH
def test_another_optimiser_and_back(optimiser: Optimiser) -> None:
    """Undo at once goes on in the middle of the search, bit for bit; after steps in between it begins anew."""
    machine, plain = (Supervised(spiral(6, optimiser=optimiser, batch=0)) for _ in range(2))
    for m in (machine, plain):
        m.advance("batch", 33, 60)
    searching = machine.experiment
    other = with_training(searching, optimiser=Adam())
    machine.change(searching, machine.change(other))
    for m in (machine, plain):
        m.advance("batch", 5, 60)
    assert same(numbers(machine), numbers(plain))
    destroyed = machine.change(other)
    machine.advance("batch", 3, 60)
    machine.change(searching, destroyed)
    here = values(machine)
    machine.advance("batch", 1, 60)
    assert np.array_equal(slot(machine, "start"), here)
    machine.change(with_training(searching, optimiser=LBFGS(pairs=2)))
    machine.change(with_training(searching, optimiser=ConjugateGradient()))
    machine.advance("batch", 30, 60)
    assert all(np.isfinite(n).all() for n in numbers(machine).values())


@EACH
@pytest.mark.parametrize("source", ["xor", "moons", "spirals"])
def test_it_is_far_ahead_of_descent_after_as_many_evaluations(optimiser: Optimiser, source: str) -> None:
    base = spiral(8, 8, batch=0, penalty=NoPenalty())
    experiment, _ = adapt(paths.assign(base, "data.source", source))
    losses = []
    for each in (optimiser, SGD(rate=0.3), Momentum(rate=0.03)):
        machine = Supervised(check(with_training(experiment, optimiser=each)))
        machine.advance("batch", 200, 60)
        losses.append(machine.scores()[0].loss)
    searched, *descended = losses
    assert searched < 0.1 * min(descended)  # type: ignore[operator, type-var]


@EACH
def test_a_long_run_at_the_bottom_is_finite_and_still(optimiser: Optimiser) -> None:
    """10⁵ steps: XOR's four points with a penalty, so that there is a bottom at finite numbers."""
    base = spiral(3, optimiser=optimiser, batch=0, penalty=L2(rate=0.003))
    experiment, _ = adapt(paths.assign(base, "data.source", "xor-points"))
    machine = Supervised(check(replace(experiment, data=replace(experiment.data, share=100.0))))
    machine.advance("batch", 2000, 60)
    there, loss = values(machine), known(machine, "loss")
    machine.advance("batch", 100_000, 60)
    assert machine.stop is None
    assert machine.position.step == 102_000
    assert np.abs(values(machine) - there).max() < 2e-3
    assert known(machine, "loss") == pytest.approx(loss, rel=1e-5)


@EACH
def test_a_trial_that_is_too_long_shrinks_and_a_start_that_is_not_finite_stops(optimiser: Optimiser) -> None:
    base = spiral(6, 6, optimiser=replace(optimiser, rate=100.0), batch=0, activation=Linear())
    machine = Supervised(base)
    first = machine.scores()[0].loss
    machine.advance("batch", 100, 60)
    assert reason(machine) is None
    assert machine.scores()[0].loss < first  # type: ignore[operator]
    for name in ("h1.weight", "h2.weight"):
        machine.assign((Labelled(name, machine._learner.labels(name), Array(machine._learner.array(name) * 1e30)),))
    before = values(machine)
    machine.advance("batch", 5, 60)
    assert reason(machine) == "diverged"
    assert np.array_equal(values(machine), before)


@EACH
@pytest.mark.parametrize("regulariser", [ClipNorm(bound=0.01), MaxNorm(bound=0.5), InputNoise(deviation=0.5)])
def test_what_spoils_a_search_does_no_harm(optimiser: Optimiser, regulariser: Any) -> None:
    machine = Supervised(spiral(6, optimiser=optimiser, batch=0, regularisers=(regulariser,)))
    machine.advance("batch", 1000, 60)
    assert machine.stop is None
    assert np.isfinite(values(machine)).all()
    assert machine.scores()[0].loss < 1  # type: ignore[operator]


@EACH
def test_a_batch_of_some_samples_is_refused_or_made_whole(optimiser: Optimiser) -> None:
    experiment = spiral(6, optimiser=Adam(), batch=10)
    wrong = with_training(experiment, optimiser=optimiser)
    with pytest.raises(ExperimentError, match=f"“{optimiser.key}” needs all samples .* the batch is 10; set the batch"):
        check(wrong)
    fitted, told = adapt(wrong)
    assert fitted.training.batch == 0
    assert told == (f"The batch is all samples, as {Optimiser.registry.title(optimiser)} needs them.",)
    assert adapt(check(fitted)) == (fitted, ())


@EACH
def test_layers_keep_nothing_of_a_trial_that_is_not_finite(optimiser: Optimiser) -> None:
    """Six polynomials, and trials of a hundred lengths: some overflow, and no running mean is one of those."""
    base = spiral(*[8] * 6, optimiser=replace(optimiser, rate=100.0), batch=0, activation=Polynomial())
    first, *others = base.model.layers
    machine = Supervised(check(with_layers(base, first, BatchNorm(id="norm"), *others)))
    broken = 0
    for _ in range(40):
        machine.advance("batch", 1, 60)
        broken += known(machine, "bracket") == BROKEN
        assert all(np.isfinite(n).all() for n in numbers(machine).values())
    assert broken > 0
    assert reason(machine) is None


@EACH
def test_chance_in_layers_does_no_harm(optimiser: Optimiser) -> None:
    base = spiral(6, 6, optimiser=optimiser, batch=0)
    h1, h2, output = base.model.layers
    machine = Supervised(check(with_layers(base, h1, Dropout(id="drop"), h2, output)))
    machine.advance("batch", 1000, 60)
    assert reason(machine) is None
    assert machine.scores()[0].loss < 1  # type: ignore[operator]
