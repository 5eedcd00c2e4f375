"""The calculation of nearest neighbours, number by number, against what the compiled kernel does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from engine import examples
from engine.experiment import Experiment, check
from engine.explanations import Step, explain
from engine.formulas import text
from engine.layers.neighbours import Neighbours
from engine.machines import Machine, build
from engine.producers.calculation import Calculation
from engine.records import Want


def asking(name: str = "nearest-neighbours", **changes: Any) -> Experiment:
    given = examples.load(name)
    output = given.model.output
    assert isinstance(output, Neighbours)
    return check(replace(given, model=replace(given.model, layers=(replace(output, **changes),))))


def told(machine: Machine, experiment: Experiment) -> tuple[Calculation, dict[str, Step]]:
    want = Want("calculation", target=("out",))
    found = machine.snapshot(frozenset({want})).records[want]
    assert isinstance(found, Calculation)
    return found, {step.called or step.title: step for step in explain(found, experiment, "out", "out/0")}


@pytest.mark.parametrize("vote", ["equal", "nearness"])
@pytest.mark.parametrize("neighbours", [1, 3, 20])
def test_the_answer_told_is_that_of_the_run(vote: str, neighbours: int) -> None:
    experiment = asking(neighbours=neighbours, vote=vote)
    machine = build(experiment)
    for _ in range(6):
        found, steps = told(machine, experiment)
        here, near = found.layers["out"], found.near
        assert near is not None
        assert here.z is not None
        assert len(near.rows) == neighbours
        assert near.rows[0] == found.row, "the sample itself is nearest"
        assert near.squares[0] == 0
        assert np.all(np.diff(near.squares) >= 0)
        assert steps["nearest samples"].value == pytest.approx(here.z[0], rel=1e-4, abs=1e-4)
        assert steps["output"].value == pytest.approx(here.a[0])
        assert steps["loss"].value == pytest.approx(found.loss)
        assert "regularisation" not in text(steps["nearest samples"].lines[-1].formula)
        machine.advance("batch", 1, 60)


def test_every_neighbour_is_told_with_its_row_and_its_distance() -> None:
    experiment = asking(neighbours=3)
    found, steps = told(build(experiment), experiment)
    assert found.near is not None
    assert list(steps) == ["nearest samples", "output", "loss"]
    *distances, mean = steps["nearest samples"].lines
    assert [line.value for line in distances] == found.near.squares.tolist()
    assert steps["nearest samples"].hint.startswith(
        f"rows {', '.join(str(r + 1) for r in found.near.rows)} of the data"
    )
    x, m = found.x, found.near.x[1]
    assert distances[1].value == pytest.approx(float(np.square(x - m).sum()), rel=1e-5)
    assert mean.value == pytest.approx(found.near.t.mean())
