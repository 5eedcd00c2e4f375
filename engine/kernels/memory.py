"""Words that load and store, join lanes and transpose."""

# ruff: noqa: ARG001 - numba fixes the arguments of what builds a word and of what writes it

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.kernels.emit import VecType, address, lift, llvm_vector
from engine.kernels.llvm import I32, intrinsic, ir, types


def _load(lanes: int) -> Any:
    def build(typing: Any, f: Any, at: Any) -> Any:
        vec = VecType(f.dtype, lanes)

        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            kind = llvm_vector(vec)
            return builder.load(address(builder, values[0], values[1], kind), align=vec.dtype.bitwidth // 8)

        return vec(f, types.int64), codegen

    return intrinsic(build)


def _splat(lanes: int) -> Any:
    def build(typing: Any, f: Any, x: Any) -> Any:
        vec = VecType(f.dtype, lanes)

        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            return lift(context, builder, values[1], sig.args[1], vec)

        return vec(f, x), codegen

    return intrinsic(build)


load, load8 = _load(16), _load(8)
splat, splat8 = _splat(16), _splat(8)


@intrinsic
def store(typing: Any, f: Any, at: Any, v: Any) -> Any:
    """Write a vector."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        target = address(builder, values[0], values[1], llvm_vector(v))
        builder.store(values[2], target, align=v.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(f, types.int64, v), codegen


def fold(builder: Any, kind: Any, v: Any, join: Callable[[Any, Any], Any]) -> Any:
    """Join the lanes pairwise, halves first: always the same order."""
    lanes = kind.count
    while lanes > 1:
        lanes //= 2
        pick = [ir.Constant(ir.VectorType(I32, lanes), list(range(s, s + lanes))) for s in (0, lanes)]
        v = join(builder.shuffle_vector(v, v, pick[0]), builder.shuffle_vector(v, v, pick[1]))
    return builder.extract_element(v, ir.Constant(I32, 0))


@intrinsic
def total(typing: Any, v: Any) -> Any:
    """Sum of the lanes."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return fold(builder, llvm_vector(v), values[0], builder.fadd)

    return v.dtype(v), codegen


@intrinsic
def greatest(typing: Any, v: Any) -> Any:
    """Greatest lane."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        def join(a: Any, b: Any) -> Any:
            return builder.select(builder.fcmp_ordered(">", b, a), b, a)

        return fold(builder, llvm_vector(v), values[0], join)

    return v.dtype(v), codegen


_HALVES = [
    ir.Constant(ir.VectorType(I32, 8), lanes) for lanes in ([0, 8, 1, 9, 2, 10, 3, 11], [4, 12, 5, 13, 6, 14, 7, 15])
]
"""The lower, and the upper, halves of two vectors, interleaved."""


@intrinsic
def some(typing: Any, mask: Any) -> Any:
    """Whether any lane holds."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        word = builder.bitcast(values[0], ir.IntType(mask.lanes))
        return builder.icmp_unsigned("!=", word, ir.Constant(word.type, 0))

    return types.boolean(mask), codegen


@intrinsic
def totals(typing: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> Any:
    """Sums of the lanes of eight vectors: three rounds of adding halves, each with half as many vectors."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        rows = list(values)
        while len(rows) > 1:
            half = len(rows) // 2
            pairs = zip(rows[:half], rows[half:], strict=True)
            rows = [builder.fadd(*(builder.shuffle_vector(x, y, pick) for pick in _HALVES)) for x, y in pairs]
        return rows[0]

    return a(a, b, c, d, e, f, g, h), codegen


@intrinsic
def transpose8(typing: Any, f: Any, source: Any, source_stride: Any, target: Any, target_stride: Any) -> Any:
    """Transpose an 8 x 8 block in registers."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        base, at, step, to, to_step = values
        kind = llvm_vector(VecType(f.dtype, 8))
        align = f.dtype.bitwidth // 8
        rows = []
        for _ in range(8):
            rows.append(builder.load(address(builder, base, at, kind), align=align))
            at = builder.add(at, step)
        for row in transposed(builder, rows):
            builder.store(row, address(builder, base, to, kind), align=align)
            to = builder.add(to, to_step)
        return context.get_dummy_value()

    return types.void(f, *[types.int64] * 4), codegen


def transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """Transpose 8 vectors of 8: three rounds of interleaving the upper with the lower half."""
    for _ in range(3):
        pairs = [(rows[j], rows[j + 4]) for j in range(4)]
        rows = [builder.shuffle_vector(a, b, pick) for a, b in pairs for pick in _HALVES]
    return rows
