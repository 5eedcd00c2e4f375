"""Input features: what the network sees of a point. Columns of the data by name, and functions of the plane's pair.

`a`, `b` are the two columns chosen for the plane, called x1 and x2.
"""

# ruff: noqa: ARG001 - compiled functions of one form take the same arguments, whether they need them or not

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ExperimentError
from engine.kernels.record import Floats, In, Ints, Out, Slot, hole, inline, kernel
from engine.kernels.table import Argument, Buffer, Table
from engine.registry import nearest

Values = NDArray[np.floating[Any]]

_BELOW: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Feature(NamedTuple):
    """A derived input: its key in files, what people read, and its function of the pair.

    The function serves NumPy's arrays, and single numbers in a kernel that computes inputs anew (`compute_input`).
    """

    key: str
    title: str
    function: Callable[[Any, Any], Any]


def square_1(a: Any, b: Any) -> Any:
    """a²."""
    return a * a


def square_2(a: Any, b: Any) -> Any:
    """b²."""
    return b * b


def both(a: Any, b: Any) -> Any:
    """A b."""
    return a * b


def sine_1(a: Any, b: Any) -> Any:
    """Sin a."""
    return np.sin(a)


def sine_2(a: Any, b: Any) -> Any:
    """Sin b."""
    return np.sin(b)


def cosine_1(a: Any, b: Any) -> Any:
    """Cos a."""
    return np.cos(a)


def cosine_2(a: Any, b: Any) -> Any:
    """Cos b."""
    return np.cos(b)


def radius(a: Any, b: Any) -> Any:
    """√(a² + b²)."""
    return np.hypot(a, b)


DERIVED: Final = {
    f.key: f
    for f in (
        Feature("x1^2", "x₁²", square_1),
        Feature("x2^2", "x₂²", square_2),
        Feature("x1*x2", "x₁x₂", both),
        Feature("sin(x1)", "sin x₁", sine_1),
        Feature("sin(x2)", "sin x₂", sine_2),
        Feature("cos(x1)", "cos x₁", cosine_1),
        Feature("cos(x2)", "cos x₂", cosine_2),
        Feature("radius", "radius", radius),
    )
}


@hole
def derived(a: float, b: float) -> float:  # type: ignore[empty-body]
    """A derived input, as a function of the pair."""


@kernel
def copy_input(f: Floats, i: Ints, rows: Slot, column: int, stride: int, x_stride: int, columns: In, x: Out) -> None:
    """One input of each sample is a column of the data; `x` is the place of the input in the first row."""
    for r in range(i[rows]):
        f[x + r * x_stride] = f[columns + r * stride + column]


@kernel
def compute_input(
    f: Floats, i: Ints, rows: Slot, across: int, up: int, stride: int, x_stride: int, columns: In, x: Out
) -> None:
    """One input of each sample is a function of the pair."""
    for r in range(i[rows]):
        at = columns + r * stride
        f[x + r * x_stride] = derived(f[at + across], f[at + up])


def title(key: str) -> str:
    """What people read for a feature: x₁² for x1^2, x₁ for x1, x₁₂ for x12, the name of a column otherwise."""
    if key in DERIVED:
        return DERIVED[key].title
    return f"x{key[1:].translate(_BELOW)}" if key[:1] == "x" and key[1:].isdecimal() else key


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


def lower(
    table: Table, rows: Buffer, keys: Sequence[str], columns: Sequence[str], plane: tuple[str, str], x: Buffer,
    into: Buffer,
) -> None:  # fmt: skip
    """Add the operations that compute the inputs `into` [sample, feature] anew, from the columns of `x`."""
    where = {name: k for k, name in enumerate(columns)}
    for k, key in enumerate(keys):
        place: dict[str, Argument] = {
            "rows": rows, "stride": x.stride, "x_stride": into.stride, "columns": x, "x": into.at + k,
        }  # fmt: skip
        if key in where:
            table.op(copy_input, column=where[key], **place)
            continue
        function = DERIVED[key].function
        computing = compute_input.filled(function.__name__, derived=inline(function))
        table.op(computing, across=where[plane[0]], up=where[plane[1]], **place)
