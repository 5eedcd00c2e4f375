"""Where brackets and minus signs stand: a formula made ready to be written from left to right."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from engine.formulas.numerals import numeral
from engine.formulas.tree import (
    Aligned,
    BigSum,
    Brackets,
    Call,
    Cases,
    Chain,
    Formula,
    Marked,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Root,
    Row,
    Sum,
    Symbol,
)

# How tightly a node holds together; a part that holds less than its place needs gets brackets.
LINES: Final = 0
RELATION: Final = 1
CHOICE: Final = 2
SUM: Final = 3
PRODUCT: Final = 4
TIGHT: Final = 5
ATOM: Final = 6

PLACES: Final = 6
"""Most decimal places with which a fraction is written as a decimal."""
EXACT: Final = 15
"""Digits that a float keeps."""

_LEVELS: Final[dict[type[Formula], int]] = {
    Aligned: LINES, Chain: RELATION, Cases: CHOICE, Sum: SUM, Negative: SUM, Product: PRODUCT, BigSum: PRODUCT,
    Power: TIGHT, Root: TIGHT, Row: TIGHT,
}  # fmt: skip


def arranged(formula: Formula, flat: bool = False) -> Formula:
    """The formula with every bracket it needs as a node, and negative terms of sums as Negative.

    After that it can be written node by node. `flat`: for one line of text, where a fraction is a/b.
    """
    return _Arranger(flat).arrange(formula)


def tall(formula: Formula) -> bool:
    """Whether brackets around it must grow."""
    match formula:
        case Quotient() | BigSum() | Cases() | Aligned():
            return True
        case Power(base, exponent):
            return tall(base) or tall(exponent)
        case Sum(parts) | Product(parts) | Row(parts) | Chain(parts) | Call(_, parts):
            return any(map(tall, parts))
        case Negative(body) | Brackets(body) | Root(body) | Marked(body):
            return tall(body)
    return False


def dotted(left: Formula, right: Formula) -> bool:
    """Whether two factors that stand side by side need a dot."""
    left, right = _bare(left), _bare(right)
    if isinstance(left, Quotient) and isinstance(right, Quotient):
        return True
    return _figures(left) or _figures(right)


def _figures(formula: Formula) -> bool:
    """Whether it reads as a number: 0.5, (−0.5), 3²."""
    match _bare(formula):
        case Number():
            return True
        case Brackets(body) | Power(body, _) | Negative(body):
            return _figures(body)
    return False


def _bare(formula: Formula) -> Formula:
    while isinstance(formula, Marked):
        formula = formula.body
    return formula


def _negative(formula: Formula) -> bool:
    bare = _bare(formula)
    if not isinstance(bare, Number):
        return False
    return bare.value < 0 if isinstance(bare.value, Fraction) else numeral(bare.value, bare.digits).negative


def _opposite(formula: Formula) -> Formula:
    """A negative number without its sign, its mark kept."""
    if isinstance(formula, Marked):
        return Marked(_opposite(formula.body), formula.mark)
    assert isinstance(formula, Number)
    value: float | Fraction = formula.value if formula.value >= 0 else -formula.value
    return Number(value, formula.digits)


def _in_full(value: Fraction) -> Formula:
    """A fraction as a short decimal where it is one, else as p/q."""
    figures = len(str(abs(value.numerator))) + PLACES
    if value.denominator == 1:
        return Number(value.numerator, figures)
    if 10**PLACES % value.denominator == 0 and figures <= EXACT:
        return Number(float(value), figures)
    above = Quotient(Number(abs(value.numerator), figures), Number(value.denominator, len(str(value.denominator))))
    return Negative(above) if value < 0 else above


def _open(formula: Formula) -> bool:
    """Whether it ends in a big sum, which would take in whatever follows."""
    match _bare(formula):
        case BigSum():
            return True
        case Product(factors):
            return bool(factors) and _open(factors[-1])
    return False


class _Arranger:
    def __init__(self, flat: bool) -> None:
        self.flat = flat

    def arrange(self, formula: Formula) -> Formula:
        """Put the brackets inside a formula."""
        match formula:
            case Symbol():
                return self._symbol(formula)
            case Number():
                return _in_full(formula.value) if isinstance(formula.value, Fraction) else formula
            case Row(parts):
                return Row(tuple(self.part(p, TIGHT) for p in parts))
            case Sum(terms):
                return Sum(tuple(self.term(t, k > 0) for k, t in enumerate(terms)))
            case Negative(body):
                return Negative(self.part(body, PRODUCT, after_sign=True))
            case Product(factors):
                return self.product(factors, after_sign=False)
            case Quotient(above, below):
                return self.quotient(above, below)
            case Power(base, exponent):
                return Power(self.part(base, ATOM), self.arrange(exponent))
            case Marked(body, mark):
                return Marked(self.arrange(body), mark)
        return self._enclosed(formula)

    def _enclosed(self, formula: Formula) -> Formula:
        match formula:
            case Brackets(body, shape):
                return Brackets(self.arrange(body), shape)
            case Call(function, arguments):
                return Call(self.part(function, TIGHT), tuple(self.part(a, CHOICE) for a in arguments))
            case BigSum(body, below, above):
                above = self.arrange(above) if above is not None else None
                return BigSum(self.part(body, PRODUCT, after_sign=True), self.arrange(below), above)
            case Root(body):
                return Root(self.arrange(body))
            case Cases(rows):
                return Cases(tuple((self.part(v, SUM), self.arrange(c)) for v, c in rows))
            case Chain(parts, signs):
                return Chain(tuple(self.part(p, CHOICE) for p in parts), signs)
            case Aligned(rows):
                return Aligned(tuple(map(self.arrange, rows)))
        return formula

    def _symbol(self, symbol: Symbol) -> Symbol:
        index, upper = symbol.index, symbol.upper
        index = self.arrange(index) if isinstance(index, Formula) else index
        upper = self.arrange(upper) if isinstance(upper, Formula) else upper
        return Symbol(symbol.name, index, upper, symbol.primes)

    def part(self, formula: Formula, needed: int, after_sign: bool = False) -> Formula:
        """A part at a place that needs it to hold together so much; after a sign it must not begin with one."""
        bare = _bare(formula)
        if self.level(bare) < needed:
            return Brackets(self.arrange(formula))
        if after_sign and isinstance(bare, Product):
            return _marked_as(formula, self.product(bare.factors, after_sign=True))
        return self.arrange(formula)

    def term(self, formula: Formula, later: bool) -> Formula:
        """A term of a sum; a negative number is taken away, a product that begins with one gets brackets there."""
        bare = _bare(formula)
        if later and _negative(formula):
            return Negative(self.arrange(_opposite(formula)))
        if isinstance(bare, Negative):
            # The mark goes behind the sign, which belongs to the sum.
            return self.arrange(Negative(_marked_as(formula, bare.body)))
        if _negative(formula):
            return self.arrange(formula)
        return self.part(formula, PRODUCT, after_sign=later)

    def product(self, factors: tuple[Formula, ...], after_sign: bool) -> Product:
        """Factors; the first may be a negative number when no sign stands before it, the last a big sum."""
        made = []
        for k, factor in enumerate(factors):
            leads = k == 0 and _negative(factor) and not after_sign
            ends = k == len(factors) - 1 and isinstance(_bare(factor), BigSum)
            made.append(self.arrange(factor) if leads or ends else self.part(factor, TIGHT))
        return Product(tuple(made))

    def quotient(self, above: Formula, below: Formula) -> Quotient:
        """A fraction: its bar holds the parts together, a slash does not."""
        if not self.flat:
            return Quotient(self.arrange(above), self.arrange(below))
        unclear = _open(above) or isinstance(_bare(above), Quotient)
        top = Brackets(self.arrange(above)) if unclear else self.part(above, PRODUCT, after_sign=True)
        return Quotient(top, self.part(below, TIGHT))

    def level(self, bare: Formula) -> int:
        """How tightly a node holds together in this rendering."""
        if isinstance(bare, Quotient):
            return PRODUCT if self.flat else TIGHT
        if isinstance(bare, Number):
            if isinstance(bare.value, Fraction):
                return SUM if bare.value < 0 else self.level(_in_full(bare.value))
            written = numeral(bare.value, bare.digits)
            return SUM if written.negative else TIGHT if written.power is not None else ATOM
        if isinstance(bare, Symbol):
            return TIGHT if bare.upper or bare.primes else ATOM
        return _LEVELS.get(type(bare), ATOM)


def _marked_as(formula: Formula, new: Formula) -> Formula:
    """A new formula with the marks of another."""
    return Marked(_marked_as(formula.body, new), formula.mark) if isinstance(formula, Marked) else new
