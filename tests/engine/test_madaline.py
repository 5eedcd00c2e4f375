"""MADALINE: votes and the rule of least disturbance, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from engine import examples, gradcheck, paths
from engine.adapt import adapt
from engine.edits import change_kind
from engine.errors import ExperimentError, LearnscopeError
from engine.experiment import Experiment, Model, check
from engine.explanations import of_network
from engine.kernels.table import padded
from engine.layers.dense import Dense
from engine.layers.madaline import Madaline, least_disturbance, vote
from engine.layers.output import Output
from engine.losses.rules import LeastMeanSquares, Perceptron
from engine.machines.supervised import Supervised
from engine.optimisers.descent import SGD
from engine.records import Want
from engine.tracing.exactly import check_rational
from tests.engine.guarded import close, run

F = NDArray[np.float64]
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
LOGIC = {"or": lambda said: said.any(), "and": lambda said: said.all(), "majority": lambda said: said.mean() >= 0.5}
"""What the unit says of which ADALINEs say 1, in words of logic; the engine counts votes."""


def answer(logic: str, s: F) -> F:
    """-1 or 1 for each row of sums."""
    return np.array([1.0 if LOGIC[logic](row >= 0) else -1.0 for row in s])


def errors(logic: str, s: F, t: F) -> F:
    """S - t for the units that are taught: by trying, the nearest first, until the answer is right."""
    found = np.zeros_like(s)
    for r, row in enumerate(s):
        now = row.copy()
        for k in np.argsort(np.abs(row), kind="stable"):
            if answer(logic, now[None])[0] == t[r]:
                break
            if (row[k] >= 0) != (t[r] > 0):
                found[r, k], now[k] = row[k] - t[r], t[r]
    return found


def shift(logic: Any, units: int) -> float:
    return Madaline(id="out", adalines=units, logic=logic).shift


@DTYPES
@pytest.mark.parametrize("logic", LOGIC)
@pytest.mark.parametrize(("m", "units"), [(1, 1), (40, 2), (60, 5), (30, 8), (30, 11)])
def test_votes_and_who_is_taught(dtype: Any, logic: str, m: int, units: int) -> None:
    rng = np.random.default_rng(m)
    s = rng.normal(size=(m, units)).astype(np.float32).astype(np.float64)
    s[0, 0] = 0.0
    shape: dict[str, Any] = {"rows": [m], "units": units, "s_stride": padded(units), "stride": 8}
    shape["shift"] = shift(logic, units)
    said = run(vote, dtype, **shape, s=s, z=np.zeros((m, 1)), a=np.zeros((m, 1)))
    assert np.array_equal(said["a"][:, 0], answer(logic, s))
    assert np.array_equal(np.where(said["z"] >= 0, 1, -1), said["a"])
    t = rng.choice([-1.0, 1.0], m)
    d = (answer(logic, s) - t)[:, None] / 4
    e = run(least_disturbance, dtype, **shape, s=s, d=d, e=np.zeros((m, units)))["e"]
    close(dtype, e, errors(logic, s, t) / 4)


def of_moons(logic: Any, adalines: int, batch: int, *hidden: Dense) -> Experiment:
    base = examples.load("moons")
    output = Madaline(id="out", adalines=adalines, logic=logic)
    training = replace(base.training, batch=batch, order="given", optimiser=SGD(rate=0.1), regularisers=())
    return check(adapt(replace(base, model=Model(layers=(*hidden, output)), training=training))[0])


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize(("logic", "adalines"), [("or", 2), ("and", 3), ("majority", 5)])
def test_a_run_steps_as_numpy_does(logic: str, adalines: int, batch: int) -> None:
    machine = Supervised(of_moons(logic, adalines, batch))
    prepared = machine._running.prepared
    x, t = prepared.x.astype(np.float64), prepared.y[:, 0].astype(np.float64)
    assert set(t) == {-1.0, 1.0}
    held = {n.name: n.values.values.astype(np.float64) for n in machine.state().numbers}
    w, b = held["out.weight"], held["out.bias"]
    for first in range(0, 20 * batch, batch):
        part = slice(first, first + batch)
        e = errors(logic, x[part] @ w + b, t[part])
        w, b = w - 0.1 * x[part].T @ e / batch, b - 0.1 * e.mean(axis=0)
        machine.advance("batch", 1, 60)
    held = {n.name: n.values.values for n in machine.state().numbers}
    assert held["out.weight"] == pytest.approx(w, rel=1e-4, abs=1e-5)
    assert held["out.bias"] == pytest.approx(b, rel=1e-4, abs=1e-5)
    assert machine.answers(x[:50])[:, 0] == pytest.approx(answer(logic, x[:50] @ w + b))


@pytest.mark.parametrize("hidden", [(), (Dense(id="h1", units=5),)])
def test_cutting_a_run_into_pieces_changes_no_bit(hidden: tuple[Dense, ...]) -> None:
    experiment = of_moons("majority", 3, 7, *hidden)
    whole, cut = Supervised(experiment), Supervised(experiment)
    start = whole.state().numbers
    whole.advance("epoch", 2, 60)
    while cut.position.samples < whole.position.samples:
        cut.advance("sample", 1)
        other = Supervised(experiment)
        other.restore(cut.state())
        cut = other
    assert whole.state().numbers == cut.state().numbers
    assert all(a != b for a, b in zip(start, whole.state().numbers, strict=True)), "what it reads learns, too"


def test_two_classes_only() -> None:
    with pytest.raises(ExperimentError, match=r"“madaline”, which is for two classes, .*\(several classes\); make it"):
        change_kind(examples.load("three-spirals"), "out", "madaline")
    with pytest.raises(ExperimentError, match=r"another kind \(a value to predict\); make it “output”"):
        change_kind(examples.load("plane"), "out", "madaline")
    base = of_moons("or", 2, 1)
    other, told = adapt(replace(base, data=examples.load("three-spirals").data))
    assert type(check(other).model.output) is Output
    assert "The output is now output, to fit several classes." in told
    with pytest.raises(ExperimentError, match="which is for two classes"):
        check(replace(base, data=examples.load("three-spirals").data))


def test_choosing_it_brings_its_loss_and_its_function() -> None:
    made = change_kind(examples.load("moons"), "out", "madaline")
    assert (made.training.loss.key, made.model.output.activation.key) == ("perceptron", "bipolar-step")
    machine = Supervised(made)
    machine.advance("epoch", 1, 60)
    more = check(paths.assign(made, f"model.layers.{len(made.model.layers) - 1}.adalines", 4))
    before = {n.name: n.values.values for n in machine.state().numbers}
    machine.change(more)
    after = {n.name: n.values.values for n in machine.state().numbers}
    assert np.array_equal(after["out.weight"][:, :2], before["out.weight"])
    assert change_kind(more, "out", "output").model.output.key == "output"


def test_another_loss_than_the_one_that_judges_it_is_refused() -> None:
    base = of_moons("or", 2, 1)
    for loss in (LeastMeanSquares(), Perceptron(way="target")):
        with pytest.raises(ExperimentError, match=r"“madaline” is judged by the loss “perceptron” .* make the output"):
            check(replace(base, training=replace(base.training, loss=loss)))


def test_what_can_not_follow_it_says_so() -> None:
    base = of_moons("or", 2, 1)
    machine = Supervised(base)
    found: Any = machine.snapshot(frozenset({Want("calculation", target=("out",))})).get("calculation")
    with pytest.raises(LearnscopeError, match="no layer of neurons with weighted sums"):
        of_network(found, base)
    with pytest.raises(LearnscopeError, match="not one of weighted sums"):
        check_rational(base)
    with pytest.raises(LearnscopeError, match=r"“out” can't be checked: its rule chooses who is taught"):
        gradcheck.check_network(base, (), lambda *_: None, lambda: False)
