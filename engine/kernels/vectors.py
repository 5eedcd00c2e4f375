"""What the words of the vocabulary do: LLVM vector instructions behind numba's intrinsics.

The only modules that know numba are this one, `tiles` and `library`; they are imported at the first compilation.

No fast-math flags anywhere: divergence must show as a NaN, and a sum must have the same bits wherever it is inlined.
Multiply-add is asked for by name (`fma`) instead.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import cache
from math import factorial
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.extending import register_model
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin

I32: Final = ir.IntType(32)
I64: Final = ir.IntType(64)


class VecType(types.Type):  # type: ignore[misc]
    """The numba type of a vector of `lanes` numbers of `dtype` (a boolean dtype makes a mask)."""

    def __init__(self, dtype: Any, lanes: int) -> None:
        self.dtype = dtype
        self.lanes = lanes
        super().__init__(name=f"Vec({dtype}, {lanes})")


@register_model(VecType)
class VecModel(models.PrimitiveModel):  # type: ignore[misc]
    """A vector is one LLVM value."""

    def __init__(self, dmm: Any, fe_type: VecType) -> None:
        super().__init__(dmm, fe_type, llvm_vector(fe_type))


def llvm_vector(vec: VecType) -> ir.VectorType:
    """The LLVM type of a vector."""
    element = {types.float32: ir.FloatType(), types.float64: ir.DoubleType(), types.boolean: ir.IntType(1)}
    return ir.VectorType(element[vec.dtype], vec.lanes)


class Emit:
    """Vector instructions of one type, written at the builder's place."""

    def __init__(self, builder: Any, kind: ir.VectorType) -> None:
        self.builder = builder
        self.kind = kind
        self.double = isinstance(kind.element, ir.DoubleType)
        self.ints = ir.VectorType(I64 if self.double else I32, kind.count)

    def const(self, x: float) -> Any:
        """A vector of one constant."""
        return ir.Constant(self.kind, [ir.Constant(self.kind.element, x)] * self.kind.count)

    def whole(self, x: int) -> Any:
        """A vector of one integer constant, as wide as the numbers."""
        return ir.Constant(self.ints, [ir.Constant(self.ints.element, x)] * self.kind.count)

    def splat(self, x: Any) -> Any:
        """A vector of one run-time number."""
        return spread(self.builder, self.kind, x)

    def native(self, name: str, *args: Any) -> Any:
        """Call an LLVM intrinsic whose arguments and result are vectors of this type."""
        return native(self.builder, name, self.kind, *args)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """a b + c, rounded once."""
        return self.native("llvm.fma", a, b, c)

    def add(self, a: Any, b: Any) -> Any:
        """a + b."""
        return self.builder.fadd(a, b)

    def sub(self, a: Any, b: Any) -> Any:
        """a - b."""
        return self.builder.fsub(a, b)

    def mul(self, a: Any, b: Any) -> Any:
        """a b."""
        return self.builder.fmul(a, b)

    def div(self, a: Any, b: Any) -> Any:
        """a / b."""
        return self.builder.fdiv(a, b)

    def lower(self, a: Any, b: Any) -> Any:
        """The lesser; a where they cannot be compared, so a NaN in a stays."""
        return self.builder.select(self.builder.fcmp_ordered("<", b, a), b, a)

    def higher(self, a: Any, b: Any) -> Any:
        """The greater; a where they cannot be compared."""
        return self.builder.select(self.builder.fcmp_ordered(">", b, a), b, a)

    def polynomial(self, x: Any, coefficients: Sequence[float]) -> Any:
        """c0 + c1 x + c2 x^2 + ..., from the highest power down (Horner)."""
        value = self.const(coefficients[-1])
        for c in reversed(coefficients[:-1]):
            value = self.fma(value, x, self.const(c))
        return value


def native(builder: Any, name: str, kind: Any, *args: Any) -> Any:
    """Call the LLVM intrinsic `name` for one type."""
    short = {"float": "f32", "double": "f64"}
    suffix = f"v{kind.count}{short[str(kind.element)]}" if isinstance(kind, ir.VectorType) else short[str(kind)]
    function_type = ir.FunctionType(kind, [kind] * len(args))
    return builder.call(cgutils.get_or_insert_function(builder.module, function_type, f"{name}.{suffix}"), args)


def spread(builder: Any, kind: ir.VectorType, x: Any) -> Any:
    """Repeat a number in every lane."""
    seed = builder.insert_element(ir.Constant(kind, ir.Undefined), x, ir.Constant(I32, 0))
    return builder.shuffle_vector(seed, seed, ir.Constant(ir.VectorType(I32, kind.count), [0] * kind.count))


def address(builder: Any, base: Any, at: Any, pointee: Any) -> Any:
    """The address of element `at`, as a pointer to `pointee`."""
    return builder.bitcast(builder.gep(base, [at]), pointee.as_pointer())


def _constants(double: bool) -> tuple[float, int, int, float, float, float, int]:
    """Magic number, mantissa bits, exponent bias, ln 2 high and low, largest exponent, terms of e^r - 1."""
    if double:
        return 1.5 * 2.0**52, 52, 1023, 6.93147180369123816490e-01, 1.90821492927058770002e-10, 708.0, 13
    return 1.5 * 2.0**23, 23, 127, 0.693359375, -2.12194440e-4, 87.0, 7


def emit_split(e: Emit, v: Any) -> tuple[Any, Any]:
    """Split e^v into 2^n and e^r - 1 with v = n ln 2 + r, |r| <= ½ ln 2.

    Adding 1.5 * 2^23 leaves n in the low bits of the sum (and a NaN stays a NaN, which no conversion to an integer
    would promise); shifted up to the exponent and biased it is 2^n. Cody and Waite 1980.
    """
    magic, shift, bias, high, low, limit, terms = _constants(e.double)
    held = e.higher(e.lower(v, e.const(limit)), e.const(-limit))
    marked = e.fma(held, e.const(1.4426950408889634), e.const(magic))
    n = e.sub(marked, e.const(magic))
    r = e.fma(n, e.const(-low), e.fma(n, e.const(-high), held))
    b = e.builder
    exponent = b.add(b.shl(b.bitcast(marked, e.ints), e.whole(shift)), e.whole(bias << shift))
    tail = e.polynomial(r, [1.0 / factorial(k) for k in range(2, terms + 1)])
    return b.bitcast(exponent, e.kind), e.fma(e.mul(r, r), tail, r)


def emit_exp(e: Emit, v: Any) -> Any:
    """e^v = 2^n (1 + (e^r - 1))."""
    scale, small = emit_split(e, v)
    return e.fma(scale, small, scale)


def emit_expm1(e: Emit, v: Any) -> Any:
    """e^v - 1 = 2^n (e^r - 1) + (2^n - 1): near 0, where n = 0, nothing cancels."""
    scale, small = emit_split(e, v)
    return e.fma(scale, small, e.sub(scale, e.const(1.0)))


def emit_tanh(e: Emit, v: Any) -> Any:
    """tanh v = m / (m + 2) with m = e^2v - 1; beyond |v| = 20 it is 1 in every precision."""
    held = e.higher(e.lower(v, e.const(20.0)), e.const(-20.0))
    m = emit_expm1(e, e.add(held, held))
    return e.div(m, e.add(m, e.const(2.0)))


def _area_tangent(e: Emit, s: Any, terms: int) -> Any:
    """2 artanh s = 2 s (1 + s²/3 + s⁴/5 + ...) = ln((1 + s) / (1 - s))."""
    square = e.mul(s, s)
    return e.mul(e.add(s, s), e.polynomial(square, [1.0 / (2 * k + 1) for k in range(terms)]))


def emit_log1p(e: Emit, v: Any) -> Any:
    """ln(1 + v) = 2 artanh(v / (2 + v)), |v / (2 + v)| <= 1/3 for 0 <= v <= 1."""
    return _area_tangent(e, e.div(v, e.add(v, e.const(2.0))), 17 if e.double else 8)


def emit_log(e: Emit, v: Any) -> Any:
    """ln v = n ln 2 + 2 artanh((x - 1) / (x + 1)) with v = 2^n x, √½ <= x < √2."""
    _, shift, bias, high, low, _, _ = _constants(e.double)
    b = e.builder
    raw = b.bitcast(v, e.ints)
    root_half = 0x3FE6A09E667F3BCD if e.double else 0x3F3504F3
    steps = b.ashr(b.sub(raw, e.whole(root_half)), e.whole(shift))
    x = b.bitcast(b.sub(raw, b.shl(steps, e.whole(shift))), e.kind)
    n = b.sitofp(steps, e.kind)
    inner = _area_tangent(e, e.div(e.sub(x, e.const(1.0)), e.add(x, e.const(1.0))), 12 if e.double else 6)
    del bias
    return e.fma(n, e.const(high), e.fma(n, e.const(low), inner))


def emit_fast_quotient(e: Emit, a: Any, v: Any, epsilon: Any) -> Any:
    """a / (√v + ε)."""
    return e.div(a, e.add(e.native("llvm.sqrt", v), epsilon))


# ---------------------------------------------------------------------------------------------------------------------
# words that take and give vectors


def _is_number(t: Any) -> bool:
    return isinstance(t, types.Float | types.Integer)


def _vector_of(args: Sequence[Any]) -> Any:
    found = [a for a in args if isinstance(a, VecType) and a.dtype is not types.boolean]
    fits = all(_is_number(a) or a == found[0] for a in args if not isinstance(a, VecType) or a in found) if found else 0
    return found[0] if found and fits else None


def _lift(context: Any, builder: Any, value: Any, source: Any, target: VecType) -> Any:
    """Turn a plain number into a vector."""
    if isinstance(source, VecType):
        return value
    return spread(builder, llvm_vector(target), context.cast(builder, value, source, target.dtype))


def _elementwise(arity: int, emit: Callable[..., Any]) -> Any:
    """Make the intrinsic of a word of `arity` vectors or numbers, at least one of them a vector."""

    def build(*args: Any) -> Any:
        vec = _vector_of(args)
        if vec is None:
            return None

        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            lifted = [_lift(context, builder, v, t, vec) for v, t in zip(values, sig.args, strict=True)]
            return emit(Emit(builder, llvm_vector(vec)), *lifted)

        return vec(*args), codegen

    # numba reads the number of arguments from the signature, so one function for each arity
    if arity == 1:
        return intrinsic(lambda typing, a: build(a))
    if arity == 2:
        return intrinsic(lambda typing, a, b: build(a, b))
    return intrinsic(lambda typing, a, b, c: build(a, b, c))


fma = _elementwise(3, Emit.fma)
lower = _elementwise(2, Emit.lower)
higher = _elementwise(2, Emit.higher)
absolute = _elementwise(1, lambda e, v: e.native("llvm.fabs", v))
square_root = _elementwise(1, lambda e, v: e.native("llvm.sqrt", v))
fast_quotient = _elementwise(3, emit_fast_quotient)
exp = _elementwise(1, emit_exp)
expm1 = _elementwise(1, emit_expm1)
log1p = _elementwise(1, emit_log1p)
log = _elementwise(1, emit_log)
tanh = _elementwise(1, emit_tanh)


def _operator(op: Any, emit: Callable[..., Any], mask: bool) -> None:
    """Teach numba one operator between vectors, and between vectors and numbers."""

    @infer_global(op)
    class Template(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, kws: Any) -> Any:
            vec = _vector_of(args)
            if vec is None or len(args) not in (1, 2):
                return None
            return signature(VecType(types.boolean, vec.lanes) if mask else vec, *args)

    def lowering(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        vec = _vector_of(sig.args)
        lifted = [_lift(context, builder, v, t, vec) for v, t in zip(values, sig.args, strict=True)]
        return emit(Emit(builder, llvm_vector(vec)), *lifted)

    for other in (VecType, types.Float, types.Integer):
        lower_builtin(op, VecType, other)(lowering)
        lower_builtin(op, other, VecType)(lowering)
    lower_builtin(op, VecType)(lowering)


for _op, _emit in ((operator.add, Emit.add), (operator.sub, Emit.sub), (operator.mul, Emit.mul),
                   (operator.truediv, Emit.div)):  # fmt: skip
    _operator(_op, _emit, mask=False)
_operator(operator.neg, lambda e, v: e.builder.fneg(v), mask=False)
for _op, _sign in ((operator.gt, ">"), (operator.ge, ">="), (operator.lt, "<"), (operator.le, "<=")):
    _operator(_op, lambda e, a, b, _sign=_sign: e.builder.fcmp_ordered(_sign, a, b), mask=True)


@intrinsic  # type: ignore[misc]
def where(typing: Any, mask: Any, a: Any, b: Any) -> Any:
    """Choose by a mask."""
    vec = _vector_of((a, b))

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        lifted = [_lift(context, builder, v, t, vec) for v, t in zip(values[1:], sig.args[1:], strict=True)]
        return builder.select(values[0], *lifted)

    return vec(mask, a, b), codegen


# ---------------------------------------------------------------------------------------------------------------------
# words that touch memory


def _load(lanes: int) -> Any:
    def build(typing: Any, f: Any, at: Any) -> Any:
        vec = VecType(f.dtype, lanes)

        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            kind = llvm_vector(vec)
            return builder.load(address(builder, *values, kind), align=vec.dtype.bitwidth // 8)

        return vec(f, types.int64), codegen

    return intrinsic(build)


def _splat(lanes: int) -> Any:
    def build(typing: Any, f: Any, x: Any) -> Any:
        vec = VecType(f.dtype, lanes)

        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            return _lift(context, builder, values[1], sig.args[1], vec)

        return vec(f, x), codegen

    return intrinsic(build)


load, load8 = _load(16), _load(8)
splat, splat8 = _splat(16), _splat(8)


@intrinsic  # type: ignore[misc]
def store(typing: Any, f: Any, at: Any, v: Any) -> Any:
    """Write a vector."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        target = address(builder, values[0], values[1], llvm_vector(v))
        builder.store(values[2], target, align=v.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(f, types.int64, v), codegen


@intrinsic  # type: ignore[misc]
def like(typing: Any, v: Any, x: Any) -> Any:
    """x in every lane."""
    return v(v, x), lambda c, b, s, values: _lift(c, b, values[1], s.args[1], v)


@intrinsic  # type: ignore[misc]
def head8(typing: Any, v: Any, n: Any, fill: Any) -> Any:
    """Keep the first lanes."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        lanes = ir.VectorType(I64, 8)
        inside = builder.icmp_signed("<", ir.Constant(lanes, list(range(8))), spread(builder, lanes, values[1]))
        return builder.select(inside, values[0], _lift(context, builder, values[2], sig.args[2], v))

    return v(v, types.int64, fill), codegen


def fold(builder: Any, kind: ir.VectorType, v: Any, join: Callable[[Any, Any], Any]) -> Any:
    """Join the lanes pairwise, halves first: always the same order."""
    lanes = kind.count
    while lanes > 1:
        lanes //= 2
        pick = [ir.Constant(ir.VectorType(I32, lanes), list(range(s, s + lanes))) for s in (0, lanes)]
        v = join(builder.shuffle_vector(v, v, pick[0]), builder.shuffle_vector(v, v, pick[1]))
    return builder.extract_element(v, ir.Constant(I32, 0))


@intrinsic  # type: ignore[misc]
def total(typing: Any, v: Any) -> Any:
    """Sum of the lanes."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return fold(builder, llvm_vector(v), values[0], builder.fadd)

    return v.dtype(v), codegen


@intrinsic  # type: ignore[misc]
def greatest(typing: Any, v: Any) -> Any:
    """Greatest lane."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        def join(a: Any, b: Any) -> Any:
            return builder.select(builder.fcmp_ordered(">", b, a), b, a)

        return fold(builder, llvm_vector(v), values[0], join)

    return v.dtype(v), codegen


@intrinsic  # type: ignore[misc]
def some(typing: Any, mask: Any) -> Any:
    """Whether any lane holds."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        word = builder.bitcast(values[0], ir.IntType(mask.lanes))
        return builder.icmp_unsigned("!=", word, ir.Constant(word.type, 0))

    return types.boolean(mask), codegen


@intrinsic  # type: ignore[misc]
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
    low = ir.Constant(ir.VectorType(I32, 8), [0, 8, 1, 9, 2, 10, 3, 11])
    high = ir.Constant(ir.VectorType(I32, 8), [4, 12, 5, 13, 6, 14, 7, 15])
    for _ in range(3):
        pairs = [(rows[j], rows[j + 4]) for j in range(4)]
        rows = [builder.shuffle_vector(a, b, pick) for a, b in pairs for pick in (low, high)]
    return rows


# ---------------------------------------------------------------------------------------------------------------------
# words about bits, random draws and control


@intrinsic  # type: ignore[misc]
def real(typing: Any, word: Any) -> Any:
    """Integer bits as a float64."""
    return types.float64(types.int64), lambda c, b, s, v: b.bitcast(v[0], ir.DoubleType())


@intrinsic  # type: ignore[misc]
def bits(typing: Any, x: Any) -> Any:
    """A float64 as integer bits."""
    return types.int64(types.float64), lambda c, b, s, v: b.bitcast(v[0], I64)


@intrinsic  # type: ignore[misc]
def draw(typing: Any, state: Any) -> Any:
    """The output function of splitmix64."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        z = values[0]
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            z = builder.mul(builder.xor(z, builder.lshr(z, ir.Constant(I64, shift))), ir.Constant(I64, factor))
        return builder.xor(z, builder.lshr(z, ir.Constant(I64, 31)))

    return types.int64(types.int64), codegen


@intrinsic  # type: ignore[misc]
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


@intrinsic  # type: ignore[misc]
def call(typing: Any, target: Any, f: Any, i: Any, rows: Any, at: Any) -> Any:
    """Call a kernel by its address."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        function_type = ir.FunctionType(I64, [v.type for v in values[1:]])
        return builder.call(builder.inttoptr(values[0], function_type.as_pointer()), values[1:])

    return types.int64(types.int64, f, i, rows, types.int64), codegen


def _mode(builder: Any, name: str, slot: Any) -> None:
    pointer = ir.IntType(8).as_pointer()
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), [pointer]), name)
    builder.call(function, [builder.bitcast(slot, pointer)])


def _on_x86(context: Any) -> bool:
    return str(context.codegen()._target_data and context.codegen()._tm.triple).startswith(("x86_64", "i686"))


@intrinsic  # type: ignore[misc]
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


@intrinsic  # type: ignore[misc]
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

    @intrinsic  # type: ignore[misc]
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
