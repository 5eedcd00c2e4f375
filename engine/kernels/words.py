"""The vector vocabulary: what kernels are written in besides plain Python arithmetic.

A `Vec` is 16 numbers, or 8 where the word says so; it takes part in `+ - * /` and comparisons with other vectors and
with plain numbers. All words are generic in float32 and float64, and in the processor. No word rounds differently
from call to call: the same numbers in give the same bits out, wherever the code is inlined.
"""

from __future__ import annotations

from engine.kernels.record import Floats, Ints, inline, word

LANES = 16
"""Numbers in a vector; the length of every buffer is a multiple of it."""

PAD = 8
"""Rows of every matrix begin at a multiple of this many numbers."""


class Mask:
    """The result of comparing vectors."""

    def __and__(self, other: Mask) -> Mask: ...  # type: ignore[empty-body]


class Vec:
    """Numbers side by side in one or two registers."""

    def __add__(self, other: Vec | float) -> Vec: ...  # type: ignore[empty-body]
    def __radd__(self, other: float) -> Vec: ...  # type: ignore[empty-body]
    def __sub__(self, other: Vec | float) -> Vec: ...  # type: ignore[empty-body]
    def __rsub__(self, other: float) -> Vec: ...  # type: ignore[empty-body]
    def __mul__(self, other: Vec | float) -> Vec: ...  # type: ignore[empty-body]
    def __rmul__(self, other: float) -> Vec: ...  # type: ignore[empty-body]
    def __truediv__(self, other: Vec | float) -> Vec: ...  # type: ignore[empty-body]
    def __rtruediv__(self, other: float) -> Vec: ...  # type: ignore[empty-body]
    def __neg__(self) -> Vec: ...  # type: ignore[empty-body]
    def __gt__(self, other: Vec | float) -> Mask: ...  # type: ignore[empty-body]
    def __ge__(self, other: Vec | float) -> Mask: ...  # type: ignore[empty-body]
    def __lt__(self, other: Vec | float) -> Mask: ...  # type: ignore[empty-body]
    def __le__(self, other: Vec | float) -> Mask: ...  # type: ignore[empty-body]


@word
def load(f: Floats, at: int) -> Vec:  # type: ignore[empty-body]
    """The 16 numbers from f[at] on."""


@word
def load8(f: Floats, at: int) -> Vec:  # type: ignore[empty-body]
    """The 8 numbers from f[at] on."""


@word
def store(f: Floats, at: int, v: Vec) -> None:
    """Write a vector, of either length, to f[at] and on."""


@word
def splat(f: Floats, x: float) -> Vec:  # type: ignore[empty-body]
    """16 times x, in the precision of the arena."""


@word
def splat8(f: Floats, x: float) -> Vec:  # type: ignore[empty-body]
    """8 times x, in the precision of the arena."""


@word
def like(v: Vec, x: float) -> Vec:  # type: ignore[empty-body]
    """The number x in every lane, as many as v has."""


@word
def head8(v: Vec, n: int, fill: float) -> Vec:  # type: ignore[empty-body]
    """The first n of 8 lanes of v, `fill` in the others: keeps padding out of sums and deltas."""


@word
def fma(a: Vec | float, b: Vec | float, c: Vec | float) -> Vec:  # type: ignore[empty-body]
    """Return a b + c, rounded once."""


@word
def lower(a: Vec | float, b: Vec | float) -> Vec:  # type: ignore[empty-body]
    """The lesser of a and b; where either is not a number the result is a."""


@word
def higher(a: Vec | float, b: Vec | float) -> Vec:  # type: ignore[empty-body]
    """The greater of a and b; where either is not a number the result is a."""


@word
def where(mask: Mask, a: Vec | float, b: Vec | float) -> Vec:  # type: ignore[empty-body]
    """Take a where the mask holds, else b."""


@inline
def signed(v: Vec, size: float) -> Vec:
    """The number `size` with the sign of v, and 0 where v is 0."""
    return where(v > 0.0, like(v, size), 0.0) - where(v < 0.0, like(v, size), 0.0)


@word
def absolute(v: Vec) -> Vec:  # type: ignore[empty-body]
    """|v|."""


@word
def square_root(v: Vec) -> Vec:  # type: ignore[empty-body]
    """√v, rounded correctly."""


@word
def exp(v: Vec) -> Vec:  # type: ignore[empty-body]
    """e^v; v is held within the exponents of the precision, so the result is never 0 or infinite."""


@word
def expm1(v: Vec) -> Vec:  # type: ignore[empty-body]
    """e^v - 1, exact near 0; v is held within the exponents of the precision."""


@word
def log1p(v: Vec) -> Vec:  # type: ignore[empty-body]
    """ln(1 + v) for 0 <= v <= 1."""


@word
def log(v: Vec) -> Vec:  # type: ignore[empty-body]
    """The natural logarithm ln v for positive normal v."""


@word
def tanh(v: Vec) -> Vec:  # type: ignore[empty-body]
    """The hyperbolic tangent."""


@word
def sine(v: Vec) -> Vec:  # type: ignore[empty-body]
    """The sine of an angle in radians, |v| <= 30 000."""


@word
def total(v: Vec) -> float:  # type: ignore[empty-body]
    """The sum of all lanes, always in the same order."""


@word
def totals(a: Vec, b: Vec, c: Vec, d: Vec, e: Vec, f: Vec, g: Vec, h: Vec) -> Vec:  # type: ignore[empty-body]
    """The sums of the lanes of eight vectors of 8, always in the same order."""


@word
def greatest(v: Vec) -> float:  # type: ignore[empty-body]
    """The greatest lane."""


@word
def some(mask: Mask) -> bool:  # type: ignore[empty-body]
    """Whether the mask holds in any lane."""


@word
def transpose8(f: Floats, source: int, source_stride: int, target: int, target_stride: int) -> None:
    """Write the 8 x 8 block at `source`, transposed, to `target`."""


@word
def product(
    f: Floats,
    m: int,
    n: int,
    k: int,
    a: int,
    a_row: int,
    a_column: int,
    b: int,
    b_row: int,
    start: int,
    start_row: int,
    c: int,
    c_row: int,
) -> None:
    """C = S + A B for C [m, n], A [m, k], B [k, n] and a start S [m, n]; n is a multiple of 8.

    Element (r, s) of A stands at f[a + r a_row + s a_column]; rows of B, S and C begin `b_row`, `start_row` and
    `c_row` apart. A start of C itself adds to C; a `start_row` of 0 adds the same row (a bias) to each. The sum over k
    runs in order, one rounding a term, from S on: cutting k in pieces gives the same bits.
    """


@word
def gathered(
    f: Floats,
    i: Ints,
    m: int,
    n: int,
    k: int,
    a: int,
    a_row: int,
    a_columns: int,
    b: int,
    b_row: int,
    start: int,
    start_row: int,
    c: int,
    c_row: int,
) -> None:
    """C = S + A B as `product` has it, but element (r, s) of A stands at f[a + r a_row + i[a_columns + s]].

    So the numbers that a window sees need not stand in a row.
    """


@word
def real(bits: int) -> float:  # type: ignore[empty-body]
    """The float64 whose bits these are: settings travel as integers in the operation table."""


@word
def bits(x: float) -> int:  # type: ignore[empty-body]
    """The bits of a float64."""


@word
def draw(state: int) -> int:  # type: ignore[empty-body]
    """Mix the state of a splitmix64 stream into a 64-bit draw (Steele, Lea, Flood 2014)."""


@word
def draw8(f: Floats, state: int, step: int, shift: int) -> Vec:  # type: ignore[empty-body]
    """Draws at state, state + step, ... as 8 numbers of U[0, 1) in steps of 2^-24: the bits from `shift` on of each."""


@word
def likely(holds: bool) -> bool:
    """The same, expected to hold: the processor goes on before it knows, where the next row depends on it."""
    return holds


@word
def below(x: int, n: int) -> int:  # type: ignore[empty-body]
    """Map the upper 32 bits of a draw to 0 <= result < n, or to -1: draw again (Lemire 2019); n < 2^32."""


@word
def call(address: int, f: Floats, i: Ints, rows: Ints, at: int) -> int:  # type: ignore[empty-body]
    """Call the kernel at an address."""


@word
def flush_denormals() -> int:  # type: ignore[empty-body]
    """Treat denormal numbers as 0 from now on, on this thread; return the former mode."""


@word
def restore_mode(mode: int) -> None:
    """Give back the mode that `flush_denormals` returned."""
