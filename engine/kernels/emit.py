"""Writing vector instructions: what the words of the vocabulary are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.kernels.llvm import I32, I64, cgutils, extending, ir, types


class VecType(types.Type):  # type: ignore[misc]
    """The numba type of a vector of `lanes` numbers of `dtype` (a boolean dtype makes a mask)."""

    def __init__(self, dtype: Any, lanes: int) -> None:
        self.dtype = dtype
        self.lanes = lanes
        super().__init__(name=f"Vec({dtype}, {lanes})")


@extending.register_model(VecType)
class VecModel(extending.models.PrimitiveModel):  # type: ignore[misc]
    """A vector is one LLVM value."""

    def __init__(self, dmm: Any, fe_type: VecType) -> None:
        super().__init__(dmm, fe_type, llvm_vector(fe_type))


def llvm_vector(vec: VecType) -> Any:
    """The LLVM type of a vector."""
    element = {types.float32: ir.FloatType(), types.float64: ir.DoubleType(), types.boolean: ir.IntType(1)}
    return ir.VectorType(element[vec.dtype], vec.lanes)


class Emit:
    """Vector instructions of one type, written at the builder's place."""

    def __init__(self, builder: Any, kind: Any) -> None:
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
        """Multiply and add, rounded once."""
        return self.native("llvm.fma", a, b, c)

    def add(self, a: Any, b: Any) -> Any:
        """The sum."""
        return self.builder.fadd(a, b)

    def sub(self, a: Any, b: Any) -> Any:
        """The difference."""
        return self.builder.fsub(a, b)

    def mul(self, a: Any, b: Any) -> Any:
        """The product."""
        return self.builder.fmul(a, b)

    def div(self, a: Any, b: Any) -> Any:
        """The quotient."""
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


def spread(builder: Any, kind: Any, x: Any) -> Any:
    """Repeat a number in every lane."""
    seed = builder.insert_element(ir.Constant(kind, ir.Undefined), x, ir.Constant(I32, 0))
    return builder.shuffle_vector(seed, seed, ir.Constant(ir.VectorType(I32, kind.count), [0] * kind.count))


def address(builder: Any, base: Any, at: Any, pointee: Any) -> Any:
    """The address of element `at`, as a pointer to `pointee`."""
    return builder.bitcast(builder.gep(base, [at]), pointee.as_pointer())


def lift(context: Any, builder: Any, value: Any, source: Any, target: VecType) -> Any:
    """Turn a plain number into a vector."""
    if isinstance(source, VecType):
        return value
    return spread(builder, llvm_vector(target), context.cast(builder, value, source, target.dtype))
