"""Inputs of the network: columns by name and functions of the plane's pair."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from engine import features
from engine.adapt import adapt
from engine.datasets import Dataset
from engine.errors import ExperimentError
from engine.experiment import check, outputs, task
from engine.playground_url import parse

COLUMNS = ("x1", "x2")


def test_every_feature_is_its_formula() -> None:
    x = np.random.default_rng(0).uniform(-6, 6, (50, 2))
    a, b = x.T
    wanted = {
        "x1": a,
        "x2": b,
        "x1^2": a**2,
        "x2^2": b**2,
        "x1*x2": a * b,
        "sin(x1)": np.sin(a),
        "sin(x2)": np.sin(b),
        "cos(x1)": np.cos(a),
        "cos(x2)": np.cos(b),
        "radius": np.sqrt(a**2 + b**2),
    }
    assert features.available(COLUMNS) == tuple(wanted)
    got = features.compute(tuple(wanted), COLUMNS, COLUMNS, x)
    for k, (key, values) in enumerate(wanted.items()):
        assert np.allclose(got[:, k], values), key


def test_one_column_offers_its_own_functions() -> None:
    assert features.available(("t",)) == ("t", "x1^2", "sin(x1)", "cos(x1)")
    x = np.linspace(-1, 1, 5)[:, None]
    got = features.compute(("cos(x1)", "t"), ("t",), ("t", "t"), x)
    assert np.allclose(got, np.column_stack([np.cos(x[:, 0]), x[:, 0]]))


def test_functions_follow_the_chosen_plane_and_columns_win_over_functions() -> None:
    columns = ("a", "b", "radius")
    x = np.array([[3.0, 4.0, 7.0]])
    assert features.compute(("x1*x2", "radius"), columns, ("b", "a"), x).tolist() == [[12.0, 7.0]]
    assert features.compute(("x1^2",), columns, ("b", "a"), x).tolist() == [[16.0]]


@pytest.mark.parametrize(
    ("keys", "said"),
    [(("x1", "x3"), "no input “x3”"), (("x1", "x1"), "listed twice"), ((), "no input; switch on")],
)
def test_wrong_features(keys: tuple[str, ...], said: str) -> None:
    with pytest.raises(ExperimentError, match=said):
        features.check(keys, COLUMNS)


@pytest.mark.parametrize("key", [e.key for e in Dataset.registry])
def test_every_set_can_be_put_into_an_experiment(key: str) -> None:
    start = parse("#xSquared=true")
    moved, _ = adapt(replace(start, data=replace(start.data, source=Dataset.registry[key].kind())))
    check(moved)
    classes = len(moved.data.source.class_names)
    assert task(moved) == ("regression" if not classes else "binary" if classes == 2 else "classes")
    assert moved.model.output.units == outputs(moved) == (classes if classes > 2 else 1)
