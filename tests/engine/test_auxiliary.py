"""Further outputs on the way: what they ask, how much they count, and what follows the data."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine import features
from engine.activations.classic import Linear, Sigmoid, Tanh
from engine.adapt import adapt
from engine.datasets.shapes import Blobs
from engine.errors import ExperimentError
from engine.experiment import Experiment, check
from engine.layers import Layer
from engine.layers.dense import Dense
from engine.layers.output import Auxiliary, Output
from engine.machines.supervised import Supervised
from engine.optimisers.descent import SGD
from engine.optimisers.line_search import LBFGS
from engine.penalties import L2
from engine.plan import procedure as p
from engine.ties import Drawn
from tests.engine.nets import numbers, same, spiral, with_layers, with_training


def branched(*extra: Layer, batch: int = 10) -> Experiment:
    base = spiral(batch=batch)
    trunk = Dense(id="h1", units=5, activation=Tanh())
    behind = Dense(id="h2", units=4, activation=Tanh(), inputs=("h1",))
    return with_layers(base, trunk, *extra, behind, base.model.output)


SAME = Auxiliary(id="aux", inputs=("h1",), units=1, activation=Sigmoid())
OWN = Auxiliary(id="value", inputs=("h1",), units=1, activation=Linear(), target="x1*x2", strength=2.0)


def test_a_share_of_nothing_changes_nothing() -> None:
    plain, silent = Supervised(branched()), Supervised(branched(replace(SAME, strength=0.0)))
    for machine in (plain, silent):
        machine.advance("batch", 40, seconds=60.0)
    found = numbers(silent)
    assert same(numbers(plain), {k: v for k, v in found.items() if not k.startswith("aux.")})


def test_the_trunk_learns_from_every_output() -> None:
    """One step: the change of the trunk is that of the output alone plus the share of the auxiliary one."""

    def step(*extra: Layer) -> np.ndarray[tuple[int, ...], np.dtype[np.floating]]:
        machine = Supervised(with_training(branched(*extra, batch=0), optimiser=SGD(rate=0.1)))
        start = machine._learner.array("h1.weight").copy()
        machine.advance("batch", 1, seconds=60.0)
        return machine._learner.array("h1.weight") - start

    alone, half, whole = step(), step(replace(OWN, strength=0.5)), step(replace(OWN, strength=1.0))
    assert np.abs(half - alone).max() > 1e-4
    assert np.allclose(whole - alone, 2 * (half - alone), atol=1e-6)


@pytest.mark.parametrize("batch", [10, 0])
def test_runs_go_on_exactly(batch: int) -> None:
    made = branched(SAME, OWN, batch=batch)
    whole, cut, other = Supervised(made), Supervised(made), Supervised(made)
    each = whole._running.prepared.train if batch == 0 else batch
    whole.advance("batch", 20, seconds=60.0)
    cut.advance("sample", 3 * each + 4, seconds=60.0)
    other.restore(cut.state())
    other.advance("sample", 17 * each - 4, seconds=60.0)
    assert same(numbers(whole), numbers(other))


def test_it_learns_its_own_value() -> None:
    machine = Supervised(branched(replace(OWN, strength=1.0)))
    machine.advance("epoch", 200, seconds=120.0)
    plan = machine._running
    said = plan.activations(0, plan.prepared.train)["value"][:, 0]
    wanted = plan.prepared.others["value"][: plan.prepared.train, 0]
    assert abs(wanted.mean()) < 1e-12
    assert abs(wanted.std() - 1) < 1e-12
    assert np.corrcoef(said, wanted)[0, 1] > 0.9
    raw = features.compute(("x1*x2",), ("x1", "x2"), ("x1", "x2"), plan.prepared.samples.x[plan.prepared.source])
    assert abs(np.corrcoef(raw[: len(wanted), 0], wanted)[0, 1] - 1) < 1e-12


def test_it_follows_the_classes_of_the_data() -> None:
    made = branched(SAME, OWN)
    three = replace(made, data=replace(made.data, source=Blobs(classes=3)))
    fitted, _ = adapt(three)
    check(fitted)
    aux, own = (next(x for x in fitted.model.layers if x.id == name) for name in ("aux", "value"))
    assert isinstance(aux, Auxiliary)
    assert isinstance(own, Auxiliary)
    assert (aux.units, aux.activation.key) == (3, "softmax")
    assert (own.units, own.activation.key) == (1, "linear")


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (Output(id="first", units=1, inputs=("h1",), activation=Sigmoid()),
         "“first” and “out” are both outputs for the same targets; make “first” an auxiliary output"),
        (replace(OWN, target="height"), "the auxiliary output “value” predicts “height”, which the data has not"),
        (replace(SAME, units=2), "the auxiliary output “aux” has 2 neurons but the data needs 1"),
        (replace(SAME, activation=Linear()), "at the auxiliary output “aux”"),
    ],
)  # fmt: skip
def test_a_wrong_output_is_refused(layer: Layer, said: str) -> None:
    with pytest.raises(ExperimentError) as refused:
        check(branched(layer))
    assert said in str(refused.value)


def test_an_output_is_read_by_nobody() -> None:
    base = spiral()
    layers = (Dense(id="h1"), SAME, Dense(id="h2"), base.model.output)
    with pytest.raises(ExperimentError, match="layer “h2” reads “aux”, which is an output"):
        check(with_layers(base, *layers))


def test_a_line_search_sees_all_that_is_learned_from() -> None:
    trunk = Dense(id="h1", units=5, activation=Tanh())
    drawn = Dense(id="h2", units=5, activation=Tanh(), inputs=("h1",))
    behind = Dense(id="h3", units=5, activation=Tanh(), inputs=("h2",), weights=Drawn(of="h2", strength=0.5))
    base = spiral(batch=0, optimiser=LBFGS(), penalty=L2(rate=0.01))
    made = with_layers(base, trunk, SAME, OWN, drawn, behind, base.model.output)
    machine = Supervised(made)
    cost = machine.snapshot(frozenset()).penalty
    machine.advance("batch", 1, seconds=60.0)
    plan = machine._running
    seen = plan.i[plan.lowered.counters.at + p.BATCH_LOSS :][:1].view(np.float64)[0]
    assert np.isclose(seen, plan.score_piece() / plan.prepared.train + cost, rtol=1e-5)
