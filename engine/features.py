"""Input features: what the network sees of a point. Columns of the data by name, and functions of the plane's pair.

`a`, `b` are the two columns chosen for the plane, called x1 and x2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ExperimentError
from engine.registry import nearest

Values = NDArray[np.float64]


class Feature(NamedTuple):
    """A derived input: its key in files, what people read, and its function of the pair."""

    key: str
    title: str
    function: Callable[[Values, Values], Values]


DERIVED: Final = {
    f.key: f
    for f in (
        Feature("x1^2", "x₁²", lambda a, b: a * a),
        Feature("x2^2", "x₂²", lambda a, b: b * b),
        Feature("x1*x2", "x₁x₂", lambda a, b: a * b),
        Feature("sin(x1)", "sin x₁", lambda a, b: np.sin(a)),
        Feature("sin(x2)", "sin x₂", lambda a, b: np.sin(b)),
        Feature("cos(x1)", "cos x₁", lambda a, b: np.cos(a)),
        Feature("cos(x2)", "cos x₂", lambda a, b: np.cos(b)),
        Feature("radius", "radius", lambda a, b: np.hypot(a, b)),
    )
}


def title(key: str) -> str:
    """What people read for a feature: x₁² for x1^2, x₁ for x1, the name of a column otherwise."""
    return DERIVED[key].title if key in DERIVED else {"x1": "x₁", "x2": "x₂"}.get(key, key)


def available(columns: Sequence[str]) -> tuple[str, ...]:
    """All inputs that data with these columns offers; with one column, those of x1 alone."""
    derived = [k for k in DERIVED if len(columns) > 1 or ("2" not in k.replace("^2", "") and k != "radius")]
    return (*columns, *(k for k in derived if k not in columns))


def compute(keys: Sequence[str], columns: Sequence[str], plane: tuple[str, str], x: Values) -> Values:
    """Compute the inputs [sample, feature] from the columns of `x` [sample, column]."""
    where = {name: k for k, name in enumerate(columns)}
    a, b = (x[:, where[name]] for name in plane)
    out = np.empty((len(x), len(keys)))
    for k, key in enumerate(keys):
        out[:, k] = x[:, where[key]] if key in where else DERIVED[key].function(a, b)
    return out


def check(keys: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse an unknown, repeated or missing feature."""
    offered = available(columns)
    for k, key in enumerate(keys):
        if key not in offered:
            raise ExperimentError(f"the data has no input “{key}”; {nearest(key, offered)}", f"data.features.{k}")
        if key in keys[:k]:
            raise ExperimentError(f"the input “{key}” is listed twice; keep it once", f"data.features.{k}")
    if not keys:
        raise ExperimentError("the network has no input; switch on at least one feature", "data.features")
