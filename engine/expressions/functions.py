"""The functions that an expression may use, in one table.

A function is either defined by an expression of others, and then exact where those are, or it comes from NumPy. Its
slopes are expressions too: in x, y (what it is a function of) and a (its value).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np


@final
@dataclass(frozen=True, slots=True)
class Function:
    """One function: all its names, the first of which trees hold, its definition or its value, its slopes.

    One that is `across` takes all outputs of a sample at once (the last axis); it has no slope by itself.
    """

    names: tuple[str, ...]
    slopes: tuple[str, ...] = ()
    definition: str = ""
    value: Callable[..., Any] | None = None
    across: bool = False

    @property
    def name(self) -> str:
        """The name that trees hold."""
        return self.names[0]

    @property
    def arity(self) -> int:
        """How many arguments it takes."""
        return 1 if self.across else len(self.slopes)


def _sum(x: Any) -> Any:
    return np.sum(np.atleast_1d(x), axis=-1, keepdims=True)


def _largest(x: Any) -> Any:
    return np.max(np.atleast_1d(x), axis=-1, keepdims=True)


ALL: Final = (
    Function(("abs",), ("sign(x)",), "x if x >= 0 else -x"),
    # where both are equal, the first is taken, and its slope; x + y is for what is not a number
    Function(("max",), ("0 if x < y else 1", "1 if x < y else 0"), "y if x < y else x if x >= y else x + y"),
    Function(("min",), ("0 if x > y else 1", "1 if x > y else 0"), "y if x > y else x if x <= y else x + y"),
    Function(("sign",), ("0",), "1 if x > 0 else -1 if x < 0 else 0"),
    Function(("step",), ("0",), "1 if x >= 0 else 0"),
    Function(("relu",), ("1 if x > 0 else 0",), "0 if x <= 0 else x"),
    Function(("exp",), ("a",), value=np.exp),
    Function(("ln", "log"), ("1/x",), value=np.log),
    Function(("√", "sqrt"), ("1/(2*a)",), value=np.sqrt),
    Function(("sin",), ("cos(x)",), value=np.sin),
    Function(("cos",), ("-sin(x)",), value=np.cos),
    Function(("tanh",), ("1 - a^2",), value=np.tanh),
    Function(("σ", "sigmoid"), ("a*(1 - a)",), "1/(1 + exp(-x))"),
    # 2/√π and 1/√(2π)
    Function(("erf",), ("1.1283791670955126*exp(-x^2)",), value=np.vectorize(math.erf, otypes=[np.float64])),
    Function(("Φ",), ("0.3989422804014327*exp(-x^2/2)",), "(1 + erf(x/√(2)))/2"),
    Function(("Σ", "sum"), value=_sum, across=True),
    Function(("largest",), value=_largest, across=True),
)
"""Every function, from those of fractions to those of all outputs together."""

FUNCTIONS: Final = {name: function for function in ALL for name in function.names}
"""The same by all their names."""
