"""The calculation of a MADALINE, number by number, against what its compiled kernels do."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.experiment import Experiment, check
from engine.explanations import Step, explain
from engine.formulas import text
from engine.layers.dense import Dense
from engine.layers.madaline import Madaline
from engine.machines import Machine, build
from engine.producers.calculation import Calculation
from engine.records import Want


def step_of(machine: Machine, experiment: Experiment) -> tuple[Calculation, dict[str, Step]]:
    """What comes next, as the run has it and as it is told."""
    want = Want("calculation", target=("out",))
    found = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(found, Calculation)
    unit = experiment.model.output.id, f"{experiment.model.output.id}/1"
    told = explain(found, experiment, *unit)
    return found, {step.called or step.title: step for step in told}


def joined(logic: str, adalines: int) -> Experiment:
    """Four points and one output of some ADALINEs."""
    given = examples.load("madaline")
    output = given.model.output
    assert isinstance(output, Madaline)
    output = replace(output, logic=logic, adalines=adalines)
    return check(replace(given, model=replace(given.model, layers=(output,))))


@pytest.mark.parametrize("logic", ["or", "and", "majority"])
@pytest.mark.parametrize("adalines", [1, 2, 5])
def test_every_number_is_that_of_the_run(logic: str, adalines: int) -> None:
    experiment = joined(logic, adalines)
    machine, taught = build(experiment), 0
    for _ in range(24):
        found, told = step_of(machine, experiment)
        here, moved = found.layers["out"], found.numbers
        assert here.z is not None
        assert told["sums and votes"].value == pytest.approx(here.z[0])
        assert told["output"].value == here.a[0]
        assert told["loss"].value == pytest.approx(found.loss)
        assert here.delta is not None
        errors = np.array([float(line.value) for line in told["who learns"].lines[:adalines]])
        np.testing.assert_allclose(errors, moved["out.bias"].gradient, rtol=1e-5, atol=1e-6)
        assert bool(np.any(errors)) == bool(here.delta[0]), "somebody learns exactly where the answer is wrong"
        if np.any(errors):
            taught += 1
            after = [float(line.value) for line in told["update"].lines]
            real = [
                v
                for k in np.flatnonzero(errors)
                for v in (*moved["out.weight"].after[:, k], moved["out.bias"].after[k])
            ]
            np.testing.assert_allclose(after, real[: len(after)], rtol=1e-5, atol=1e-6)
        machine.advance("batch", 1, 60)
    assert taught, "nothing was learned, so nothing was compared"


def test_the_first_step_of_the_exercise_is_told_as_it_is_worked_by_hand() -> None:
    experiment = examples.load("madaline")
    _, told = step_of(build(experiment), experiment)
    lines = [text(line.filled) for step in told.values() for line in step.lines]
    assert "s₁ = 0.05·1 + 0.2·1 + 0.3 = 0.55" in lines
    assert "z₁ = (1 + 1 + 1)/2 = 1.5" in lines
    assert "w₂₁ ← 0.2 − 0.5·1.55 = −0.575" in lines
    assert list(told) == ["sums and votes", "output", "loss", "delta", "who learns", "update"]


def test_of_very_many_inputs_the_sums_are_told_without_their_terms() -> None:
    given = joined("majority", 3)
    experiment = check(replace(given, model=replace(given.model, layers=(Dense(id="h", units=13), given.model.output))))
    machine = build(experiment)
    machine.advance("batch", 3, 60)
    found, told = step_of(machine, experiment)
    first = told["sums and votes"]
    assert [text(line.formula) for line in first.lines[:1]] == ["s₁ = ∑_(i) w_i·x_i + b₁^(2)"]
    assert found.layers["out"].z is not None
    assert first.value == found.layers["out"].z[0]
