"""Formulas as values: a small closed tree, written as LaTeX and as a line of plain text.

    w, x = Symbol("w", "46"), Symbol("x", "4")
    formula = chain(Symbol("net", "6"), w.marked("weight") * x)
    filled = replaced(formula, {w: Number(-0.5), x: Number(1)})
    text(filled)                net₆ = −0.5·1

The tree says what is meant; signs and brackets follow from it, in one place, for every rendering.
"""

from engine.formulas.arranged import arranged, dotted, tall
from engine.formulas.latex import latex
from engine.formulas.numerals import Numeral, numeral
from engine.formulas.plain import text
from engine.formulas.tree import (
    NOTHING,
    Aligned,
    BigSum,
    Brackets,
    Call,
    Cases,
    Chain,
    Formula,
    Mark,
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
    Word,
    call,
    chain,
    number,
    replaced,
    stacked,
    with_digits,
)

__all__ = [
    "NOTHING",
    "Aligned",
    "BigSum",
    "Brackets",
    "Call",
    "Cases",
    "Chain",
    "Formula",
    "Mark",
    "Marked",
    "Negative",
    "Number",
    "Numeral",
    "Power",
    "Product",
    "Quotient",
    "Root",
    "Row",
    "Sum",
    "Symbol",
    "Word",
    "arranged",
    "call",
    "chain",
    "dotted",
    "latex",
    "number",
    "numeral",
    "replaced",
    "stacked",
    "tall",
    "text",
    "with_digits",
]
