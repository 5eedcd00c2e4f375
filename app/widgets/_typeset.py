"""Formulas set as boxes.

A formula that can be broken is set as segments, each with what it costs to begin a line with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from app.widgets import _maths_font as font
from app.widgets._boxes import EMPTY, Box, Part, beside, centred, grown, letters, sized, space
from app.widgets._rules import (
    DISPLAY,
    HAIR,
    MEDIUM,
    TEXT,
    THICK,
    THIN,
    Style,
    accented,
    bounded,
    column,
    fraction,
    primed,
    root,
    scripted,
)
from engine.formulas import (
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
    Word,
    dotted,
    numeral,
    tall,
)
from engine.formulas.letters import ACCENTS, split_accent

MINUS: Final = "\u2212"
SHAPES: Final = {"()": "()", "[]": "[]", "||": "||", "‖‖": "‖‖"}


class Segment(NamedTuple):
    """A piece that can begin a line: the space before it inside a line, and how little it likes to begin one."""

    box: Box
    gap: float = 0.0
    cost: int = 0


RELATIONS: Final = 0
SUMS: Final = 1
PRODUCTS: Final = 20


def segments(formula: Formula, style: Style = DISPLAY, depth: int = 0) -> tuple[Segment, ...]:
    """An arranged formula as pieces from left to right."""
    match formula:
        case Marked(body, mark):
            one = Part(mark)
            return tuple(s._replace(box=_marked(s.box, one)) for s in segments(body, style, depth))
        case Chain(parts, signs):
            made = list(segments(parts[0], style, depth))
            for sign, part in zip(signs, parts[1:], strict=True):
                made += related(sign, part, style, depth)
            return tuple(made)
        case Sum(terms):
            return _sum(terms, style, depth)
        case Product(factors):
            return _product(factors, style, depth)
        case Negative(body):
            return _led(letters(MINUS, style.scale), segments(body, style, depth))
        case Brackets(body, shape):
            return _enclosed(segments(body, style, depth + 1), shape, style, tall(body))
        case Call(function, arguments):
            inner = _listed(arguments, style, depth + 1)
            opened = _enclosed(inner, "()", style, any(map(tall, arguments)))
            return _led(_function(function, style), opened)
    return (Segment(_built(formula, style)),)


def setting(formula: Formula, style: Style) -> Box:
    """A formula on one line."""
    return joined(segments(formula, style))


def joined(pieces: Sequence[Segment]) -> Box:
    """Segments side by side."""
    boxes = []
    for k, piece in enumerate(pieces):
        if k and piece.gap:
            boxes.append(space(piece.gap))
        boxes.append(piece.box)
    return beside(*boxes) if boxes else EMPTY


def related(sign: str, part: Formula, style: Style, depth: int = 0) -> tuple[Segment, ...]:
    """A relation and what follows it."""
    gap = style.gap(THICK)
    pieces = _led(beside(letters(sign, style.scale), space(gap)), segments(part, style, depth))
    return (pieces[0]._replace(gap=gap, cost=RELATIONS), *pieces[1:])


def _led(head: Box, pieces: Sequence[Segment]) -> tuple[Segment, ...]:
    """Segments with something fastened before the first."""
    return (pieces[0]._replace(box=beside(head, pieces[0].box)), *pieces[1:])


def _enclosed(pieces: Sequence[Segment], shape: str, style: Style, grow: bool) -> tuple[Segment, ...]:
    """Segments in brackets, which break with them."""
    ascent = max(p.box.ascent for p in pieces) if grow else 0
    descent = max(p.box.descent for p in pieces) if grow else 0
    left, right = (grown(c, style.scale, ascent, descent) if grow else letters(c, style.scale) for c in SHAPES[shape])
    opened = _led(left, pieces)
    return (*opened[:-1], opened[-1]._replace(box=beside(opened[-1].box, right)))


def _listed(arguments: tuple[Formula, ...], style: Style, depth: int) -> tuple[Segment, ...]:
    made: list[Segment] = []
    for argument in arguments:
        pieces = segments(argument, style, depth)
        if made:
            made[-1] = made[-1]._replace(box=beside(made[-1].box, letters(",", style.scale)))
            pieces = (pieces[0]._replace(gap=style.gap(THIN), cost=SUMS + depth), *pieces[1:])
        made += pieces
    return tuple(made) or (Segment(EMPTY),)


def _sum(terms: tuple[Formula, ...], style: Style, depth: int) -> tuple[Segment, ...]:
    made: list[Segment] = []
    gap = style.gap(MEDIUM)
    for k, term in enumerate(terms):
        negative = isinstance(term, Negative)
        if k == 0:
            made += segments(term, style, depth)
            continue
        body = term.body if isinstance(term, Negative) else term
        sign = beside(letters(MINUS if negative else "+", style.scale), space(gap))
        first, *rest = _led(sign, segments(body, style, depth))
        made += [first._replace(gap=gap, cost=SUMS + depth), *rest]
    return tuple(made)


def _product(factors: tuple[Formula, ...], style: Style, depth: int) -> tuple[Segment, ...]:
    made = list(segments(factors[0], style, depth))
    for left, right in pairwise(factors):
        first, *rest = segments(right, style, depth)
        gap = style.gap(_between(left, right))
        if dotted(left, right):
            first = first._replace(box=beside(letters("⋅", style.scale), space(gap), first.box))
        made += [first._replace(gap=gap, cost=PRODUCTS + depth), *rest]
    return tuple(made)


def _between(left: Formula, right: Formula) -> float:
    """The space between two factors: more beside what is large or has a name."""
    left, right = _bare(left), _bare(right)
    named = any(isinstance(f, Call) and isinstance(f.function, Word) for f in (left, right))
    large = isinstance(left, Quotient) or isinstance(right, BigSum)
    return THIN if named or large else HAIR


def _bare(formula: Formula) -> Formula:
    return _bare(formula.body) if isinstance(formula, Marked) else formula


def _marked(box: Box, part: Part) -> Box:
    """A box with a mark around the marks it has."""
    return Box(box.width, box.ascent, box.descent, ((0, 0, box),), slant=box.slant, part=part)


def _built(formula: Formula, style: Style) -> Box:
    """What is never broken."""
    match formula:
        case Symbol():
            return _symbol(formula, style)
        case Number(value, digits):
            return _number(value, digits, style)
        case Word(text):
            return letters(text, style.scale)
        case Row(parts):
            return beside(*(setting(p, style) for p in parts)) if parts else EMPTY
    return _tall(formula, style)


def _tall(formula: Formula, style: Style) -> Box:
    """What may be higher than a line."""
    match formula:
        case Quotient(above, below):
            return fraction(setting(above, style.fraction), setting(below, style.fraction), style)
        case Power(base, exponent):
            return _power(base, exponent, style)
        case BigSum(body, below, above):
            return _big_sum(setting(body, style), below, above, style)
        case Root(body):
            return root(setting(body, style), style)
        case Cases(rows):
            return _cases(rows, style)
        case Aligned(rows):
            return column([[setting(r, TEXT)] for r in rows])
    raise TypeError(f"{type(formula).__name__} is no node of a formula")


def _function(function: Formula, style: Style) -> Box:
    box = setting(function, style)
    # What leans over its bracket needs a little room.
    return beside(box, space(box.slant))


def _number(value: float | Fraction, digits: int, style: Style) -> Box:
    written = numeral(value, digits)
    box = letters((MINUS if written.negative else "") + written.figures, style.scale)
    if written.power is None:
        return box
    ten = letters("×10", style.scale)
    power = letters(str(written.power).replace("-", MINUS), style.script.scale)
    return beside(box, scripted(ten, power, EMPTY, style), gap=style.gap(HAIR / 2))


def _symbol(symbol: Symbol, style: Style) -> Box:
    upper, index = (_script(s, style.script) for s in (symbol.upper, symbol.index))
    return scripted(_name(symbol, style), primed(symbol.primes, upper, style), index, style)


def _name(symbol: Symbol, style: Style) -> Box:
    name, accent = split_accent(symbol.name)
    box = letters(name, style.scale, italic=True)
    return accented(box, name, accent, style) if accent in ACCENTS else box


def _script(script: str | Formula, style: Style) -> Box:
    """An index: its letters italic, its figures upright; a space is a thin one."""
    if isinstance(script, Formula):
        return setting(script, style)
    boxes = [space(THIN * style.scale) if c == " " else letters(c, style.scale, italic=True) for c in script]
    return beside(*boxes) if boxes else EMPTY


def _power(base: Formula, exponent: Formula, style: Style) -> Box:
    """A power; that of a letter with an index stands above the index."""
    upper, bare = setting(exponent, style.script), _bare(base)
    if isinstance(bare, Symbol):
        box = scripted(_name(bare, style), upper, _script(bare.index, style.script), style)
        return _marked(box, Part(base.mark)) if isinstance(base, Marked) else box
    return scripted(setting(base, style), upper, EMPTY, style)


def _big_sum(body: Box, below: Formula, above: Formula | None, style: Style) -> Box:
    """A sum: in a display its bounds stand below and above, else beside it (rule 13)."""
    scale, small = style.scale, style.script
    low = setting(below, small)
    high = setting(above, small) if above is not None else EMPTY
    sign = centred(sized("∑", scale, (1300 if style.level == 0 else 0) * scale), font.AXIS * scale)
    if style.level:
        return beside(scripted(sign, high, low, style), body, gap=THIN * scale)
    return beside(bounded(sign, low, high, style), body, gap=THIN * scale)


def _cases(rows: tuple[tuple[Formula, Formula], ...], style: Style) -> Box:
    """Values and their conditions behind a brace."""
    inner = Style(max(style.level, TEXT.level))
    lines = [[setting(value, inner), _condition(condition, inner)] for value, condition in rows]
    table = column(lines)
    brace = grown("{", style.scale, table.ascent, table.descent)
    return beside(brace, space(HAIR * style.scale), table)


def _condition(condition: Formula, style: Style) -> Box:
    box = setting(condition, style)
    if isinstance(_bare(condition), Word):
        return box
    return beside(letters("if", style.scale), space(THICK * style.scale), box)
