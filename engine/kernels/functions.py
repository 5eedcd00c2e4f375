"""Exponential, logarithm and hyperbolic tangent of vectors, as polynomials after a reduction of the argument.

Relative errors in float32 stay below 2e-7 but for tanh (4e-7), in float64 below 1e-15; a NaN stays one.
"""

from __future__ import annotations

from math import factorial
from typing import Any

from engine.kernels.emit import Emit


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


_TANH_ABOVE = (1.0, 0.13361287, 0.0034721917, 2.0226305e-05, 1.2829369e-08)
_TANH_BELOW = (1.0, 0.46694598, 0.025787849, 0.00032474633, 7.5604316e-07)
"""tanh v = v P(v²) / Q(v²) for |v| <= 9.3, fitted to a relative error of 3e-8 by weighted least squares."""


def emit_tanh(e: Emit, v: Any) -> Any:
    """Return tanh v: a ratio of polynomials in float32, m / (m + 2) with m = e^2v - 1 in float64.

    It is held between -1 and 1, which it reaches exactly (beyond |v| = 20 in float64).
    """
    one = e.const(1.0)
    if e.double:
        held = e.higher(e.lower(v, e.const(20.0)), e.const(-20.0))
        m = emit_expm1(e, e.add(held, held))
        return e.div(m, e.add(m, e.const(2.0)))
    held = e.higher(e.lower(v, e.const(9.3)), e.const(-9.3))
    square = e.mul(held, held)
    ratio = e.div(e.mul(held, e.polynomial(square, _TANH_ABOVE)), e.polynomial(square, _TANH_BELOW))
    return e.higher(e.lower(ratio, one), e.const(-1.0))


def _area_tangent(e: Emit, s: Any, terms: int) -> Any:
    """2 artanh s = 2 s (1 + s²/3 + s⁴/5 + ...) = ln((1 + s) / (1 - s))."""
    square = e.mul(s, s)
    return e.mul(e.add(s, s), e.polynomial(square, [1.0 / (2 * k + 1) for k in range(terms)]))


def emit_log1p(e: Emit, v: Any) -> Any:
    """ln(1 + v) = 2 artanh(v / (2 + v)), |v / (2 + v)| <= 1/3 for 0 <= v <= 1."""
    return _area_tangent(e, e.div(v, e.add(v, e.const(2.0))), 17 if e.double else 8)


def emit_log(e: Emit, v: Any) -> Any:
    """Return n ln 2 + 2 artanh((x - 1) / (x + 1)) = ln v with v = 2^n x, √½ <= x < √2."""
    _, shift, _, high, low, _, _ = _constants(e.double)
    b = e.builder
    raw = b.bitcast(v, e.ints)
    root_half = 0x3FE6A09E667F3BCD if e.double else 0x3F3504F3
    steps = b.ashr(b.sub(raw, e.whole(root_half)), e.whole(shift))
    x = b.bitcast(b.sub(raw, b.shl(steps, e.whole(shift))), e.kind)
    n = b.sitofp(steps, e.kind)
    inner = _area_tangent(e, e.div(e.sub(x, e.const(1.0)), e.add(x, e.const(1.0))), 12 if e.double else 6)
    return e.fma(n, e.const(high), e.fma(n, e.const(low), inner))


def emit_sine(e: Emit, v: Any) -> Any:
    """Return sin v = (-1)^n sin r with v = n π + r, |r| <= π/2, by the series of sin r; exact for |v| <= 30 000.

    π is taken off in three parts (Cody, Waite 1980); the lowest bit of n becomes the sign.
    """
    magic, *_ = _constants(e.double)
    parts = (3.140625, 0.0009676535846665502, 5.126688303189038e-12)
    if e.double:
        parts = (3.1415926516056061, 1.984187159361081e-09, 3.2892513872648515e-26)
    held = e.higher(e.lower(v, e.const(3e4)), e.const(-3e4))
    marked = e.fma(held, e.const(0.3183098861837907), e.const(magic))
    n = e.sub(marked, e.const(magic))
    r = held
    for part in parts:
        r = e.fma(n, e.const(-part), r)
    square = e.mul(r, r)
    terms = 11 if e.double else 7
    series = e.polynomial(square, [(-1.0) ** k / factorial(2 * k + 1) for k in range(1, terms)])
    b = e.builder
    sign = b.shl(b.bitcast(marked, e.ints), e.whole(63 if e.double else 31))
    value = e.fma(e.mul(r, square), series, r)
    return b.bitcast(b.xor(b.bitcast(value, e.ints), sign), e.kind)
