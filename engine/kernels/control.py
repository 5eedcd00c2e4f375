"""Words about bits, random draws, the operation table and the mode of the processor."""

# ruff: noqa: ARG001 - numba fixes the arguments of what builds a word and of what writes it

from __future__ import annotations

from functools import cache
from typing import Any

from engine.kernels.emit import Emit, VecType, address, llvm_vector, spread
from engine.kernels.llvm import I32, I64, cgutils, intrinsic, ir, types


@intrinsic
def real(typing: Any, word: Any) -> Any:
    """Integer bits as a float64."""
    return types.float64(types.int64), lambda c, b, s, v: b.bitcast(v[0], ir.DoubleType())


@intrinsic
def bits(typing: Any, x: Any) -> Any:
    """A float64 as integer bits."""
    return types.int64(types.float64), lambda c, b, s, v: b.bitcast(v[0], I64)


def _mixed(builder: Any, z: Any) -> Any:
    """The output function of splitmix64, of one word or of several side by side."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = builder.mul(builder.xor(z, builder.lshr(z, _same(z, shift))), _same(z, factor))
    return builder.xor(z, builder.lshr(z, _same(z, 31)))


def _same(like: Any, x: int) -> Any:
    """A constant, in as many lanes."""
    many = isinstance(like.type, ir.VectorType)
    return ir.Constant(like.type, [ir.Constant(I64, x)] * like.type.count if many else x)


@intrinsic
def draw(typing: Any, state: Any) -> Any:
    """Mix one word."""
    return types.int64(types.int64), lambda c, b, s, v: _mixed(b, v[0])


@intrinsic
def draw8(typing: Any, f: Any, state: Any, step: Any, shift: Any) -> Any:
    """Mix eight words and take 24 bits of each: as many as a float32 holds exactly."""
    vec = VecType(f.dtype, 8)

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        lanes = ir.VectorType(I64, 8)
        places = builder.mul(ir.Constant(lanes, list(range(8))), spread(builder, lanes, values[2]))
        mixed = _mixed(builder, builder.add(spread(builder, lanes, values[1]), places))
        kept = builder.and_(builder.lshr(mixed, spread(builder, lanes, values[3])), _same(mixed, 0xFFFFFF))
        # 24 bits fit the low halves, which convert in one instruction
        halves = builder.trunc(kept, ir.VectorType(I32, 8))
        emit = Emit(builder, llvm_vector(vec))
        return emit.mul(builder.sitofp(halves, emit.kind), emit.const(2.0**-24))

    return vec(f, types.int64, types.int64, types.int64), codegen


@intrinsic
def likely(typing: Any, holds: Any) -> Any:
    """Tell the compiler what to expect, so that it branches instead of choosing between two values."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        one = ir.IntType(1)
        name, kind = "llvm.expect.i1", ir.FunctionType(one, [one, one])
        expect = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(expect, [values[0], ir.Constant(one, 1)])

    return types.boolean(types.boolean), codegen


@intrinsic
def below(typing: Any, x: Any, n: Any) -> Any:
    """Scale a draw to a range, refusing the few draws that would make it uneven."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        draw32 = builder.lshr(values[0], ir.Constant(I64, 32))
        wide = builder.mul(draw32, values[1])
        result = cgutils.alloca_once_value(builder, builder.lshr(wide, ir.Constant(I64, 32)))
        rest = builder.and_(wide, ir.Constant(I64, 0xFFFFFFFF))
        with builder.if_then(builder.icmp_unsigned("<", rest, values[1]), likely=False):
            uneven = builder.urem(builder.sub(ir.Constant(I64, 1 << 32), values[1]), values[1])
            with builder.if_then(builder.icmp_unsigned("<", rest, uneven)):
                builder.store(ir.Constant(I64, -1), result)
        return builder.load(result)

    return types.int64(types.int64, types.int64), codegen


@intrinsic
def call(typing: Any, target: Any, f: Any, i: Any, rows: Any, at: Any) -> Any:
    """Call a kernel by its address, in the convention of numba's own functions."""
    arguments = (f, i, rows, types.int64)

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        kind = context.call_conv.get_function_type(types.int64, arguments)
        kernel = builder.inttoptr(values[0], kind.as_pointer())
        _, following = context.call_conv.call_function(builder, kernel, types.int64, arguments, values[1:])
        return following

    return types.int64(types.int64, *arguments), codegen


def _mode(builder: Any, name: str, slot: Any) -> None:
    pointer = ir.IntType(8).as_pointer()
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), [pointer]), name)
    builder.call(function, [builder.bitcast(slot, pointer)])


def _on_x86(context: Any) -> bool:
    return str(context.codegen()._target_data and context.codegen()._tm.triple).startswith(("x86_64", "i686"))


@intrinsic
def flush_denormals(typing: Any) -> Any:
    """Set FTZ and DAZ in the control register of SSE; elsewhere nothing."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        slot = cgutils.alloca_once_value(builder, ir.Constant(I32, 0))
        if _on_x86(context):
            _mode(builder, "llvm.x86.sse.stmxcsr", slot)
            before = builder.load(slot)
            changed = cgutils.alloca_once_value(builder, before)
            builder.store(builder.or_(before, ir.Constant(I32, 0x8040)), changed)
            _mode(builder, "llvm.x86.sse.ldmxcsr", changed)
        return builder.zext(builder.load(slot), I64)

    return types.int64(), codegen


@intrinsic
def restore_mode(typing: Any, mode: Any) -> Any:
    """Give the control register back."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        if _on_x86(context):
            slot = cgutils.alloca_once_value(builder, builder.trunc(values[0], I32))
            _mode(builder, "llvm.x86.sse.ldmxcsr", slot)
        return context.get_dummy_value()

    return types.void(types.int64), codegen


@cache
def columns_word(reals: tuple[bool, ...]) -> Any:
    """The word that reads a kernel's arguments from its row: integers, or float64 where `reals` says so."""
    kinds = [types.float64 if r else types.int64 for r in reals]

    @intrinsic
    def columns(typing: Any, rows: Any, at: Any) -> Any:
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            read = []
            for k, kind in enumerate(kinds):
                place = builder.add(values[1], ir.Constant(I64, k + 1))
                word = ir.DoubleType() if kind is types.float64 else I64
                read.append(builder.load(address(builder, values[0], place, word)))
            return context.make_tuple(builder, sig.return_type, read)

        return types.Tuple(kinds)(rows, types.int64), codegen

    return columns
