"""Recording kernels: declarations name compiled code without importing the compiler.

Decorators record a function; nothing is compiled before its first use (`engine.kernels.library`):

`@kernel` - one operation of a plan,
`@inline` - a helper that kernels call; it disappears into them,
`@word`   - one word of the vector vocabulary: the function is only its signature and its documentation, what it does
            stands under the same name in `engine.kernels.vectors`.

A kernel may leave some of its helpers open (`@hole`); `Kernel.filled` makes a kernel of its own for each filling. So a
dense layer and an activation, declared far apart, become one compiled function.

A kernel is written with named arguments, each annotated with what it is::

    @kernel
    def scale(f: Floats, i: Ints, count: int, factor: float, x: In, y: Out) -> None: ...

and compiled to the one C signature of the house, `(f, i, rows, at) -> next`: its arguments stand in the operation
table behind its address, floats by their bits. A kernel that decides where to go on takes `here` (the place of its own
row) as its third argument and returns the place of the next row, `here + COLUMNS`, or a negative stop code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, Literal, Protocol, TypeVar, cast, final

COLUMNS: Final = 24
"""Width of a row of the operation table; column 0 holds the kernel's address."""

In = int
"""The offset of numbers that a kernel reads."""
Out = int
"""The offset of numbers that a kernel writes, without regard to what was there."""
Both = int
"""The offset of numbers that a kernel changes."""
Slot = int
"""The offset of an integer that a kernel reads."""
Counter = int
"""The offset of integers that a kernel changes."""


class Floats(Protocol):
    """The float arena as a kernel sees it: numbers at offsets, float32 or float64, no bounds."""

    def __getitem__(self, at: int, /) -> float: ...
    def __setitem__(self, at: int, value: float, /) -> None: ...


class Ints(Protocol):
    """The integer arena, or the operation table, as a kernel sees it: 64-bit numbers at offsets, no bounds."""

    def __getitem__(self, at: int, /) -> int: ...
    def __setitem__(self, at: int, value: int, /) -> None: ...


F = TypeVar("F", bound=Callable[..., Any])


@final
class Recorded:
    """A helper or a word, remembered by its function."""

    __slots__ = ("form", "function")

    def __init__(self, form: Literal["inline", "word", "hole"], function: Callable[..., Any]) -> None:
        self.form: Final = form
        self.function: Final = function

    def __repr__(self) -> str:
        return f"<{self.form} {self.function.__qualname__}>"


@final
class Kernel:
    """One operation of a plan, as recorded; `name` is unique in its module and names the compiled code in the cache."""

    def __init__(self, function: Callable[..., Any], name: str, holes: Mapping[str, Any]) -> None:
        self.function: Final = function
        self.name: Final = name
        self.holes: Final = holes

    @property
    def key(self) -> str:
        """Module and name: equal for two records of the same code."""
        return f"{self.function.__module__}.{self.name}"

    @cached_property
    def jumps(self) -> bool:
        """Whether it decides where to go on."""
        return "here" in self.function.__annotations__

    @cached_property
    def arguments(self) -> dict[str, str]:
        """The arguments that stand in the operation table: name to annotation, in order."""
        hidden = ("f", "i", "here", "return")
        notes = self.function.__annotations__
        return {n: a if isinstance(a, str) else a.__name__ for n, a in notes.items() if n not in hidden}

    def filled(self, label: str, **holes: Callable[..., Any]) -> Kernel:
        """Return this kernel with its open helpers filled; `label` names the filling, as in `dense_forward[tanh]`."""
        return Kernel(self.function, f"{self.function.__name__}[{label}]", holes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kernel) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"<kernel {self.key}>"


def kernel(function: Callable[..., int | None]) -> Kernel:
    """Record an operation."""
    return Kernel(function, function.__name__, {})


def inline(function: F) -> F:
    """Record a helper that is compiled into the kernels that call it."""
    return cast("F", Recorded("inline", function))


def word(function: F) -> F:
    """Record a word of the vector vocabulary."""
    return cast("F", Recorded("word", function))


def hole(function: F) -> F:
    """Record an open helper: its function is only its signature."""
    return cast("F", Recorded("hole", function))
