"""The matrix product as register tiles: the word `product`.

A tile of C, some rows by one or two vectors, stays in registers while k runs; each step of k loads one or two vectors
of B and, for each row, one number of A in all lanes. All operands are row-major and B's rows are padded, so no
packing is needed at the sizes of a playground. The tile sizes follow the registers of the processor.

The product is compiled once and called, not inlined: it is most of the code there is.
"""

# ruff: noqa: ARG001 - numba fixes the arguments of what builds a word and of what writes it

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from engine.kernels.emit import Emit, VecType, address, llvm_vector
from engine.kernels.llvm import I64, binding, cgutils, intrinsic, ir, types

NAMES: Final = ("m", "n", "k", "a", "a_row", "a_column", "b", "b_row", "start", "start_row", "c", "c_row")
"""The arguments of a product; one that gathers has a table of the columns of A in place of `a_column`."""
MOST_ROWS: Final = 12
GROUP: Final = 4
"""Rows of A that share a base address."""


def tile_sizes(itemsize: int) -> list[tuple[int, int]]:
    """The tiles (columns, rows) of this processor, widest first: accumulators leave a quarter of the registers free."""
    features = binding.get_host_cpu_features()
    if features.get("avx512f"):
        bytes_wide, registers = 64, 32
    elif features.get("avx"):
        bytes_wide, registers = 32, 16
    else:
        bytes_wide, registers = 16, 32 if features.get("neon") else 16
    native = bytes_wide // itemsize
    widths = sorted({w for w in (4 * native, 2 * native, native, 8) if w >= 8}, reverse=True)
    return [(w, min(MOST_ROWS, registers * 3 // 4 // max(1, w // native))) for w in widths]


class TileWriter:
    """Writes the body of the product function, instruction by instruction."""

    def __init__(self, function: Any, number: Any) -> None:
        self.function = function
        self.number = number
        self.size = number.bitwidth // 8
        self.builder = ir.IRBuilder(function.append_basic_block("entry"))
        self.f, *self.tables = function.args[: -len(NAMES)]
        self.arg = dict(zip(NAMES, function.args[-len(NAMES) :], strict=True))

    def write(self) -> None:
        """Columns in panels of the widest tile that still fits, then narrower ones."""
        b = self.builder
        column = b.alloca(I64)
        b.store(ir.Constant(I64, 0), column)
        for width, rows in tile_sizes(self.size):
            with self.loop_while_left(column, self.arg["n"], width) as at:
                self.panel(at, width, rows)
        b.ret_void()

    @contextmanager
    def loop_while_left(self, counter: Any, end: Any, least: int, step: Any = None) -> Iterator[Any]:
        """Emit `while end - counter >= least: ...; counter += step`, by `least` unless a step is given."""
        b = self.builder
        test, body, after = (self.function.append_basic_block(n) for n in ("test", "body", "after"))
        b.branch(test)
        b.position_at_end(test)
        at = b.load(counter)
        b.cbranch(b.icmp_signed(">=", b.sub(end, at), ir.Constant(I64, least)), body, after)
        b.position_at_end(body)
        yield at
        b.store(b.add(at, step or ir.Constant(I64, least)), counter)
        b.branch(test)
        b.position_at_end(after)

    def panel(self, column: Any, width: int, rows: int) -> None:
        """All rows of one panel, in as few tiles as there can be, all of about as many rows."""
        b = self.builder
        row, share = b.alloca(I64), self.share(rows)
        b.store(ir.Constant(I64, 0), row)
        with self.loop_while_left(row, self.arg["m"], 1, step=share) as at:
            left = b.sub(self.arg["m"], at)
            done = self.function.append_basic_block("done")
            choice = b.switch(b.select(b.icmp_signed("<", left, share), left, share), done)
            for count in range(1, rows + 1):
                block = self.function.append_basic_block(f"rows{count}")
                choice.add_case(ir.Constant(I64, count), block)
                b.position_at_end(block)
                self.tile(at, column, width, count)
                b.branch(done)
            b.position_at_end(done)

    def share(self, rows: int) -> Any:
        """The rows of a tile of at most `rows`, where all tiles have about as many: ⌈m / ⌈m / rows⌉⌉."""
        b, m = self.builder, self.arg["m"]
        before, several, after = b.block, *(self.function.append_basic_block(n) for n in ("several", "shared"))
        b.cbranch(b.icmp_signed(">", m, ir.Constant(I64, rows)), several, after)
        b.position_at_end(several)
        tiles = b.udiv(b.add(m, ir.Constant(I64, rows - 1)), ir.Constant(I64, rows))
        even = b.udiv(b.sub(b.add(m, tiles), ir.Constant(I64, 1)), tiles)
        b.branch(after)
        b.position_at_end(after)
        chosen = b.phi(I64)
        chosen.add_incoming(m, before)
        chosen.add_incoming(even, several)
        return chosen

    def tile(self, row: Any, column: Any, width: int, rows: int) -> None:
        """One tile: load the start, run over k, store."""
        b, kind = self.builder, llvm_vector(VecType(self.number, width))
        e = Emit(b, kind)
        begin = [b.load(self.at("start", row, r, column, kind), align=self.size) for r in range(rows)]
        rows_of_a = [self.pointer("a", self.element("a", row, r, "a_row")) for r in range(0, rows, GROUP)]
        moving = [(self.pointer("b", b.add(self.arg["b"], column)), self.arg["b_row"])]
        if not self.tables:
            moving = [*((place, self.arg["a_column"]) for place in rows_of_a), *moving]
        starts, strides = zip(*moving, strict=True)
        rises = [self.hidden(b.mul(self.arg["a_row"], ir.Constant(I64, r))) for r in range(GROUP)]
        before, loop, after = b.block, self.function.append_basic_block("k"), self.function.append_basic_block("end")
        b.branch(loop)
        b.position_at_end(loop)
        k = b.phi(I64)
        places = [b.phi(self.f.type) for _ in starts]
        sums = [b.phi(kind) for _ in range(rows)]
        *a_at, b_at = here = [self.hidden(place) for place in places]
        if self.tables:
            away = b.load(b.gep(self.tables[0], [b.add(self.arg["a_column"], k)]))
            a_at = [self.hidden(b.gep(place, [away])) for place in rows_of_a]
        b_vector = b.load(b.bitcast(b_at, kind.as_pointer()), align=self.size)
        for r, phi in enumerate(sums):
            base, rise = a_at[r // GROUP], rises[r % GROUP]
            number = b.load(b.gep(base, [rise]) if r % GROUP else base)
            phi.add_incoming(begin[r], before)
            phi.add_incoming(e.fma(e.splat(number), b_vector, phi), loop)
        following = b.add(k, ir.Constant(I64, 1))
        k.add_incoming(ir.Constant(I64, 0), before)
        k.add_incoming(following, loop)
        for place, start, now, stride in zip(places, starts, here, strides, strict=True):
            place.add_incoming(start, before)
            place.add_incoming(b.gep(now, [stride]), loop)
        b.cbranch(b.icmp_signed("<", following, self.arg["k"]), loop, after)
        b.position_at_end(after)
        for r, phi in enumerate(sums):
            b.store(phi.incomings[1][0], self.at("c", row, r, column, kind), align=self.size)

    def hidden(self, value: Any) -> Any:
        """The value, with its origin hidden from the optimiser.

        LLVM would give each row of A a pointer of its own, or reach it from the row before by a chain of additions,
        either of which takes longer than the multiply-adds. So it sees one pointer for every 4 rows and no relation.
        """
        keep = ir.InlineAsm(ir.FunctionType(value.type, [value.type]), "", "=r,0")
        return self.builder.call(keep, [value])

    def pointer(self, name: str, offset: Any) -> Any:
        """A pointer to an element of A or B."""
        return self.builder.gep(self.f, [offset], name=name)

    def element(self, name: str, row: Any, r: int, stride: str) -> Any:
        """Offset of row `row + r` of an operand."""
        b = self.builder
        return b.add(self.arg[name], b.mul(b.add(row, ir.Constant(I64, r)), self.arg[stride]))

    def at(self, name: str, row: Any, r: int, column: Any, kind: Any) -> Any:
        """Address of a vector of S or C."""
        b = self.builder
        return address(b, self.f, b.add(self.element(name, row, r, f"{name}_row"), column), kind)


def symbol(number: Any, gathering: bool = False) -> str:
    """The name under which the compiled product of one precision is known to all kernels."""
    return f"learnscope_{'gathered' if gathering else 'product'}_{number}"


def arguments(number: Any, gathering: bool = False) -> list[Any]:
    """The types of the arguments of a product in compiled code: arenas, then numbers."""
    arenas = [types.CPointer(number), *[types.CPointer(types.int64)] * gathering]
    return [*arenas, *[types.int64] * len(NAMES)]


def _call(emit: Callable[[Any, Any, Any], Any]) -> Any:
    """An intrinsic with the arguments of a product."""

    def build(typing: Any, f: Any, m: Any, n: Any, k: Any, a: Any, a_row: Any, a_column: Any, b: Any, b_row: Any,
              start: Any, start_row: Any, c: Any, c_row: Any) -> Any:  # fmt: skip
        return types.void(*arguments(f.dtype)), _codegen(emit, f)

    return intrinsic(build)


def _gathering_call(emit: Callable[[Any, Any, Any], Any]) -> Any:
    """An intrinsic with the arguments of a product that gathers."""

    def build(typing: Any, f: Any, i: Any, m: Any, n: Any, k: Any, a: Any, a_row: Any, a_columns: Any, b: Any,
              b_row: Any, start: Any, start_row: Any, c: Any, c_row: Any) -> Any:  # fmt: skip
        return types.void(*arguments(f.dtype, gathering=True)), _codegen(emit, f)

    return intrinsic(build)


def _codegen(emit: Callable[[Any, Any, Any], Any], f: Any) -> Any:
    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        builder.call(emit(builder.module, [v.type for v in values], f.dtype), values)
        return context.get_dummy_value()

    return codegen


def _written(module: Any, kinds: list[Any], number: Any) -> Any:
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), "tiles")
    function.linkage = "internal"
    function.attributes.add("optsize")  # keeps LLVM from unrolling every tile's loop: 5 times the code, no speed
    TileWriter(function, number).write()
    return function


def _known(module: Any, kinds: list[Any], number: Any) -> Any:
    name = symbol(number, gathering=len(kinds) > 1 + len(NAMES))
    return cgutils.get_or_insert_function(module, ir.FunctionType(ir.VoidType(), kinds), name)


product: Final = _call(_known)
"""The word: calls the product compiled once for all kernels."""

gathered: Final = _gathering_call(_known)
"""The word: a product whose columns of A are looked up in a table."""

tiles: Final = _call(_written)
"""The body of the product, compiled once (see `Library`)."""

gathered_tiles: Final = _gathering_call(_written)
"""The body of the product that gathers."""
