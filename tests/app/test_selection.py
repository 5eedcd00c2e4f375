"""What is selected, by the names that experiments have for it."""

from __future__ import annotations

import pytest

from app import names
from app.selection import Target, is_own
from engine import examples


@pytest.mark.parametrize(
    ("source", "reference", "own"),
    [
        ("input/x1", ("h1.weight", "input/x1", "h1/0"), False),
        ("bias", ("h1.bias", "h1/0"), True),
        ("scale", ("h1.scale", "h1/0"), True),
        ("input/x1 · h1/piece 2", ("h1.weight", "input/x1", "h1/piece 2", "h1/0"), False),
        ("bias · h1/piece 2", ("h1.bias", "h1/piece 2", "h1/0"), True),
    ],
)
def test_a_number_of_any_parameter_has_its_reference(source: str, reference: tuple[str, ...], own: bool) -> None:
    target = Target("h1", "h1/0", source)
    assert target.reference == reference
    assert is_own(source) is own
    assert target.holding(0.5).axes == tuple((label,) for label in reference[1:])


def test_it_is_called_by_what_people_read() -> None:
    experiment = examples.load("spiral")
    assert names.target(experiment, Target("h1", "h1/0", "input/x2")) == "Dense 8, neuron 1, weight from x₂"
    assert names.target(experiment, Target("h1", "h1/0", "bias")) == "Dense 8, neuron 1, bias"
    assert names.source(experiment, "input/x1 · h1/piece 2") == "x₁ · 2"
    assert names.source(experiment, "bias · h1/piece 2") == "bias · 2"
