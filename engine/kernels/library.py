"""From records to addresses: compiles kernels at their first use, with a private cache, and runs operation tables."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from engine.kernels import cache
from engine.kernels.record import COLUMNS, Floats, Ints, Kernel, Recorded
from engine.kernels.words import call, flush_denormals, restore_mode

if TYPE_CHECKING:
    from numpy.typing import NDArray

log: Final = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Told while kernels compile: what is done, how many are done, of how many."""

PREPARING: Final = "Preparing the engine, this first time only"
"""What people read meanwhile; on this machine it is never done twice."""


def operation(f: Floats, i: Ints, rows: Ints, at: int) -> int:
    """The C form of a kernel that goes on with the next row; `body` and `columns` are put in for each kernel."""
    body(f, i, *columns(rows, at))
    return at + COLUMNS


def junction(f: Floats, i: Ints, rows: Ints, at: int) -> int:
    """The C form of a kernel that says itself where to go on."""
    return body(f, i, at, *columns(rows, at))


def walk(f: Floats, i: Ints, rows: Ints, at: int) -> int:
    """Walk the operation table from one row to the next until one returns a negative stop code; return the code."""
    mode = flush_denormals()
    while at >= 0:
        at = call(rows[at], f, i, rows, at)
    restore_mode(mode)
    return at


def multiply(
    f: Floats, m: int, n: int, k: int, a: int, a_row: int, a_column: int, b: int, b_row: int, start: int,
    start_row: int, c: int, c_row: int,
) -> None:  # fmt: skip
    """The matrix product that all kernels call; see the word `product`."""
    tiles(f, m, n, k, a, a_row, a_column, b, b_row, start, start_row, c, c_row)


def multiply_gathered(
    f: Floats, i: Ints, m: int, n: int, k: int, a: int, a_row: int, a_columns: int, b: int, b_row: int, start: int,
    start_row: int, c: int, c_row: int,
) -> None:  # fmt: skip
    """The matrix product that looks up the columns of A; see the word `gathered`."""
    tiles(f, i, m, n, k, a, a_row, a_columns, b, b_row, start, start_row, c, c_row)


def tiles(*_: Any) -> None:
    """Stands for the register tiles."""
    raise NotImplementedError


def body(*_: Any) -> int:
    """Stands for a kernel's own function."""
    raise NotImplementedError


def columns(rows: Ints, at: int) -> tuple[int, ...]:
    """Stands for the word that reads a kernel's arguments from the operation table."""
    raise NotImplementedError


class Resolver:
    """Replaces records in the globals of a function by what numba compiles."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        from engine.kernels import control, memory, tiles, vectors
        from engine.kernels.llvm import numba, types

        number = types.float32 if dtype == np.float32 else types.float64
        floats, ints = types.CPointer(number), types.CPointer(types.int64)
        self.signature: Final = types.int64(floats, ints, ints, types.int64)
        self._number, self._tiles = number, tiles
        self._shared: dict[bool, Any] = {}
        self._share_product(gathering=False)
        self._njit = numba.njit(forceinline=True, error_model="numpy")
        self._words = (vectors, memory, control, tiles)
        self._columns = control.columns_word
        self._inlines: dict[Recorded, Any] = {}

    def _share_product(self, gathering: bool) -> None:
        """Compile a product, and make its address known to the linker under the name that kernels call it by."""
        from engine.kernels.llvm import binding, types

        if gathering in self._shared:
            return
        module, number = self._tiles, self._number
        function, name, body = (
            (multiply_gathered, f"multiply-gathered-{number}", module.gathered_tiles)
            if gathering
            else (multiply, f"multiply-{number}", module.tiles)
        )
        signature = types.void(*module.arguments(number, gathering))
        self._shared[gathering] = cache.compiled(_copy(function, {"tiles": body}, name), signature)
        binding.add_symbol(module.symbol(number, gathering), self._shared[gathering].address)

    def kernel(self, k: Kernel) -> FunctionType:
        """The C form of a kernel, ready to be compiled."""
        inner = self._njit(self.copy(k.function, k.holes, k.name))
        reals = tuple(a == "float" for a in k.arguments.values())
        outer = junction if k.jumps else operation
        return _copy(outer, {"body": inner, "columns": self._columns(reals), "COLUMNS": COLUMNS}, k.key)

    def copy(self, function: Callable[..., Any], holes: Mapping[str, Any], name: str = "") -> FunctionType:
        """A copy of a function whose globals hold compiled things in place of records."""
        assert isinstance(function, FunctionType)
        used = {n: function.__globals__[n] for n in function.__code__.co_names if n in function.__globals__}
        resolved = {n: self.resolve(v, holes) if isinstance(v, Recorded) else v for n, v in used.items()}
        return _copy(function, resolved, name or function.__qualname__)

    def resolve(self, recorded: Recorded, holes: Mapping[str, Any]) -> Any:
        """What stands for a record in compiled code."""
        name = recorded.function.__name__
        if recorded.form == "hole":
            return self.resolve(holes[name], holes)
        if recorded.form == "word":
            if name == "gathered":  # few nets have pictures: it is compiled when the first one does
                self._share_product(gathering=True)
            return next(getattr(m, name) for m in self._words if hasattr(m, name))
        if recorded not in self._inlines:
            self._inlines[recorded] = self._njit(self.copy(recorded.function, {}))
        return self._inlines[recorded]


def _copy(function: FunctionType | Callable[..., Any], names: Mapping[str, Any], qualname: str) -> FunctionType:
    assert isinstance(function, FunctionType)
    copy = FunctionType(function.__code__, dict(names), function.__name__)
    # numba names the cache file after the qualified name and does not look at globals: fillings must differ by name.
    copy.__qualname__ = qualname.replace(".", "-")
    copy.__module__ = function.__module__
    return copy


@final
class Runner:
    """A table bound to its arenas."""

    __slots__ = ("_addresses", "_arrays", "_walk")

    def __init__(self, walk: Callable[..., int], arrays: tuple[NDArray[Any], ...]) -> None:
        self._walk, self._arrays = walk, arrays
        self._addresses = tuple(a.ctypes.data for a in arrays)

    def __call__(self, at: int) -> int:
        return self._walk(*self._addresses, at)


@final
class Library:
    """The compiled kernels of one precision.

    `address` compiles (or loads) a kernel at its first use; `runner` binds an operation table to its arenas.
    Belongs to the engine thread: nothing here is called from two threads.
    """

    def __init__(self, dtype: type[np.floating[Any]] = np.float32) -> None:
        self.dtype: Final = np.dtype(dtype)
        self._compiled: dict[str, Any] = {}
        self._resolver: Resolver | None = None
        self._walk: Callable[..., int] | None = None

    def compile(self, kernels: Iterable[Kernel], progress: Progress | None = None) -> None:
        """Compile the kernels that are not yet; report each, so a window can show the first compilation ever."""
        missing = [k for k in dict.fromkeys(kernels) if k.key not in self._compiled]
        for n, k in enumerate(missing):
            if progress is not None:
                progress(PREPARING, n, len(missing))
            self.address(k)
        if progress is not None and missing:
            progress(PREPARING, len(missing), len(missing))

    def address(self, k: Kernel) -> int:
        """The address of a compiled kernel."""
        if k.key not in self._compiled:
            self._compiled[k.key] = self._compile(lambda resolver: resolver.kernel(k))
        return cache.native(self._compiled[k.key])

    def runner(self, f: NDArray[Any], i: NDArray[np.int64], rows: NDArray[np.int64]) -> Runner:
        """Bind arenas and a table: the result runs the table from a place until a stop code, and returns the code.

        Other threads run meanwhile. The arrays are kept alive by the result and must not be resized.
        """
        if f.dtype != self.dtype or i.dtype != np.int64 or rows.dtype != np.int64:
            raise TypeError(f"arenas of {f.dtype}, {i.dtype}, {rows.dtype} given to kernels of {self.dtype}")
        if self._walk is None:
            compiled = self._compiled["walk"] = self._compile(lambda resolver: resolver.copy(walk, {}))
            self._walk = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 3, ctypes.c_int64)(compiled.address)
        return Runner(self._walk, (f, i, rows))

    def _compile(self, make: Callable[[Resolver], FunctionType]) -> Any:
        self._resolver = self._resolver or Resolver(self.dtype)
        return cache.compiled(make(self._resolver), self._resolver.signature)
