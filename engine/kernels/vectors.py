"""Words that take and give vectors, and the operators between them.

No fast-math flags anywhere: divergence must show as a NaN, and a sum must have the same bits wherever it is inlined.
Multiply-add is asked for by name (`fma`) instead.
"""

# ruff: noqa: ARG001 - numba fixes the arguments of what builds a word and of what writes it

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from engine.kernels import functions
from engine.kernels.emit import Emit, VecType, lift, llvm_vector, spread
from engine.kernels.llvm import I64, extending, intrinsic, ir, templates, types


def _is_number(t: Any) -> bool:
    return isinstance(t, types.Float | types.Integer)


def _vector_of(args: Sequence[Any]) -> Any:
    found = [a for a in args if isinstance(a, VecType) and a.dtype is not types.boolean]
    fits = all(_is_number(a) or a == found[0] for a in args if not isinstance(a, VecType) or a in found) if found else 0
    return found[0] if found and fits else None


def _elementwise(arity: int, emit: Callable[..., Any]) -> Any:
    """Make the intrinsic of a word of `arity` vectors or numbers, at least one of them a vector."""

    def build(*args: Any) -> Any:
        vec = _vector_of(args)
        if vec is None:
            return None

        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            lifted = [lift(context, builder, v, t, vec) for v, t in zip(values, sig.args, strict=True)]
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
exp = _elementwise(1, functions.emit_exp)
expm1 = _elementwise(1, functions.emit_expm1)
log1p = _elementwise(1, functions.emit_log1p)
log = _elementwise(1, functions.emit_log)
sine = _elementwise(1, functions.emit_sine)
tanh = _elementwise(1, functions.emit_tanh)


def _operator(op: Any, emit: Callable[..., Any], mask: bool) -> None:
    """Teach numba one operator between vectors, and between vectors and numbers."""

    @templates.infer_global(op)
    class Template(templates.AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, kws: Any) -> Any:
            vec = _vector_of(args)
            if vec is None or len(args) not in (1, 2):
                return None
            return templates.signature(VecType(types.boolean, vec.lanes) if mask else vec, *args)

    def lowering(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        vec = _vector_of(sig.args)
        lifted = [lift(context, builder, v, t, vec) for v, t in zip(values, sig.args, strict=True)]
        return emit(Emit(builder, llvm_vector(vec)), *lifted)

    for other in (VecType, types.Float, types.Integer):
        extending.lower_builtin(op, VecType, other)(lowering)
        extending.lower_builtin(op, other, VecType)(lowering)
    extending.lower_builtin(op, VecType)(lowering)


for _op, _emit in ((operator.add, Emit.add), (operator.sub, Emit.sub), (operator.mul, Emit.mul),
                   (operator.truediv, Emit.div)):  # fmt: skip
    _operator(_op, _emit, mask=False)
_operator(operator.neg, lambda e, v: e.builder.fneg(v), mask=False)
for _op, _sign in ((operator.gt, ">"), (operator.ge, ">="), (operator.lt, "<"), (operator.le, "<=")):
    _operator(_op, lambda e, a, b, _sign=_sign: e.builder.fcmp_ordered(_sign, a, b), mask=True)


@intrinsic
def where(typing: Any, mask: Any, a: Any, b: Any) -> Any:
    """Choose by a mask."""
    vec = _vector_of((a, b))

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        lifted = [lift(context, builder, v, t, vec) for v, t in zip(values[1:], sig.args[1:], strict=True)]
        return builder.select(values[0], *lifted)

    return vec(mask, a, b), codegen


@intrinsic
def like(typing: Any, v: Any, x: Any) -> Any:
    """One number in every lane."""
    return v(v, x), lambda c, b, s, values: lift(c, b, values[1], s.args[1], v)


@intrinsic
def head8(typing: Any, v: Any, n: Any, fill: Any) -> Any:
    """Keep the first lanes."""

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        lanes = ir.VectorType(I64, 8)
        inside = builder.icmp_signed("<", ir.Constant(lanes, list(range(8))), spread(builder, lanes, values[1]))
        return builder.select(inside, values[0], lift(context, builder, values[2], sig.args[2], v))

    return v(v, types.int64, fill), codegen
