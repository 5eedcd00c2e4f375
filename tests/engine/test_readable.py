"""Lines of a declaration as people write them: choices that were made are not in them any more."""

from __future__ import annotations

import pytest

from engine.activations.classic import BipolarStep, Sigmoid, Step
from engine.explanations.readable import readable
from engine.explanations.written import symbol, written
from engine.expressions import assignments
from engine.formulas import text
from engine.losses.rules import Perceptron
from engine.registry import Kind


def told(lines: tuple[str, ...], kind: Kind) -> dict[str, str]:
    return {x.name: text(written(x.expression, lambda n: symbol(n, {}))) for x in readable(assignments(lines), kind)}


@pytest.mark.parametrize(
    ("kind", "formula"),
    [
        (Step(), "{0 if z < 0; 1 otherwise}"),
        (Step(strict=True), "{1 if z > 0; 0 otherwise}"),
        (BipolarStep(), "{−1 if z < 0; 1 otherwise}"),
        (BipolarStep(strict=True), "{1 if z > 0; −1 otherwise}"),
    ],
)
def test_a_threshold_says_what_it_is_at_zero(kind: Step | BipolarStep, formula: str) -> None:
    assert told(kind.expressions, kind)["a"] == formula


def test_a_perceptron_has_the_rule_that_was_chosen() -> None:
    lines = Perceptron.fused_expressions
    assert told(lines, Perceptron()) == {"L": "(o − t)·z", "L'": "o − t"}
    assert set(told(lines, Perceptron(way="target"))) == {"e", "L", "L'"}


def test_a_steepness_of_one_is_not_written_and_halves_stay() -> None:
    assert "k" not in told(Sigmoid.expressions, Sigmoid())["a"]
    assert "k" in told(Sigmoid.expressions, Sigmoid(steepness=2.0))["a"]
    assert told(("a = k*z*(1/2)",), Sigmoid())["a"] == "z·(1/2)"
