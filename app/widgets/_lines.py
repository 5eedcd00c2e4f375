"""A formula in lines: chains aligned at their signs, and what is too long broken at a sign and indented."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from app.widgets._boxes import EMPTY, Box, Leaf, Part, beside, leaves, space
from app.widgets._rules import DISPLAY, QUAD, THICK
from app.widgets._typeset import Segment, joined, related, segments
from engine.formulas import Aligned, Chain, Formula, Mark, arranged

SKIP: Final = 1500.0
"""From baseline to baseline at least."""
GAP: Final = 420.0
"""Between the ink of two lines at least."""
FULL: Final = 0.35
"""How much of a line must be filled before it is broken at a better place than the last possible one."""


class Line(NamedTuple):
    """A line and how far it is moved to the right."""

    x: float
    box: Box


class Row(NamedTuple):
    """A line as it is meant: what stands before the first sign, and each sign with its part."""

    left: Box
    relations: tuple[tuple[Segment, ...], ...]
    pieces: tuple[Segment, ...]


class Spot(NamedTuple):
    """Where a marked part stands in a line; a broken one has a spot in each of its lines."""

    part: Part
    x: float
    y: float
    width: float
    height: float

    @property
    def mark(self) -> Mark:
        """What the part stands for."""
        return self.part.mark

    def joined(self, other: Spot) -> Spot:
        """The place that covers both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        right, bottom = (max(a.x + a.width for a in (self, other)), max(a.y + a.height for a in (self, other)))
        return Spot(self.part, x, y, right - x, bottom - y)


class Setting(NamedTuple):
    """A formula set: its size, its glyphs and rules at their places from the top left, the places of its marks."""

    width: float
    height: float
    baseline: float
    leaves: tuple[Leaf, ...]
    spots: tuple[Spot, ...]


@lru_cache(maxsize=64)
def set_in(formula: Formula, width: float) -> Setting:
    """Set a formula in lines no wider than a width, where there is a place to break them."""
    natural = _natural(formula)
    return natural if natural.width <= width else _stacked(_broken(_rows(formula), width))


@lru_cache(maxsize=64)
def _natural(formula: Formula) -> Setting:
    """A formula with no line broken."""
    return _stacked(_broken(_rows(formula), math.inf))


@lru_cache(maxsize=64)
def _rows(formula: Formula) -> tuple[Row, ...]:
    whole = arranged(formula)
    return tuple(map(_row, whole.rows if isinstance(whole, Aligned) else (whole,)))


def _row(formula: Formula) -> Row:
    if not isinstance(formula, Chain):
        return Row(EMPTY, (), segments(formula, DISPLAY))
    left = segments(formula.parts[0], DISPLAY)
    signs = zip(formula.signs, formula.parts[1:], strict=True)
    relations = tuple(related(sign, part, DISPLAY) for sign, part in signs)
    pieces = [*left, *(piece for relation in relations for piece in relation)]
    return Row(joined(left), relations, tuple(p for p in pieces if p.box.width))


def _broken(rows: Sequence[Row], width: float) -> list[Line]:
    aligned = [row for row in rows if row.relations]
    left = max((row.left.width for row in aligned), default=0.0)
    at = left + (THICK if left else 0.0)
    widest = max((s.box.width for row in aligned for r in row.relations for s in r), default=0.0)
    # Signs far to the right, or too little room behind them: better indented than aligned.
    together = at + widest <= width and at <= width / 2
    lines: list[Line] = []
    for row in rows:
        if not row.relations:
            lines += _filled(row.pieces, width, 0.0, 2 * QUAD)
        elif together or at + sum(joined(r).width for r in row.relations) <= width:
            lines += _at_signs(row, width, at)
        else:
            lines += _filled(row.pieces, width, 0.0, QUAD)
    return lines


def _at_signs(row: Row, width: float, at: float) -> list[Line]:
    """A row whose signs stand at one place; its relations on one line when they fit."""
    whole = joined([piece for relation in row.relations for piece in relation])
    groups = [(whole,)] if at + whole.width <= width else []
    lines = [Line(at, box) for group in groups for box in group]
    if not lines:
        for relation in row.relations:
            lines += _filled(relation, width, at, at + QUAD + THICK)
    if row.left.width:
        first, *rest = lines
        gap = space(at - row.left.width - _lead(row, at))
        lines = [Line(_lead(row, at), beside(row.left, gap, first.box)), *rest]
    return lines


def _lead(row: Row, at: float) -> float:
    """How far a left side moves so that it ends before its sign."""
    return max(0.0, at - THICK - row.left.width)


def _filled(pieces: Sequence[Segment], width: float, first: float, later: float) -> list[Line]:
    """Lines filled with segments: the first begins at one place, all others at another."""
    later = max(0.0, min(later, width - max(p.box.width for p in pieces)))
    lines, start, x = [], 0, first
    while start < len(pieces):
        end = _end(pieces, start, width - x)
        lines.append(Line(x, joined(pieces[start:end])))
        start, x = end, later
    return lines


def _end(pieces: Sequence[Segment], start: int, room: float) -> int:
    """Where a line ends: before the last segment that is the best to begin the next line with."""
    used, end = pieces[start].box.width, start + 1
    costs: list[tuple[int, int]] = []
    while end < len(pieces):
        if used >= FULL * room:
            costs.append((pieces[end].cost, -end))
        wider = used + pieces[end].gap + pieces[end].box.width
        if wider > room:
            break
        used, end = wider, end + 1
    else:
        return len(pieces)
    return -min(costs)[1] if costs else end


def _stacked(lines: Sequence[Line]) -> Setting:
    """Lines one below the other."""
    y, below = 0.0, 0.0
    found: list[Leaf] = []
    spots: list[Spot] = []
    first = lines[0].box.ascent
    for k, (x, box) in enumerate(lines):
        y = box.ascent if k == 0 else max(y + SKIP, y + below + GAP + box.ascent)
        below = box.descent
        leaves(box, x, y, found)
        here: dict[Part, Spot] = {}
        _add_spots(box, x, y, here)
        spots += here.values()
    width = max(line.x + line.box.width for line in lines)
    return Setting(width, y + below, first, tuple(found), tuple(spots))


def _add_spots(box: Box, x: float, y: float, spots: dict[Part, Spot]) -> None:
    """Add the places of the marks of a line, those inside others behind them."""
    if box.part is not None:
        here = Spot(box.part, x, y - box.ascent, box.width, box.ascent + box.descent)
        before = spots.get(box.part)
        spots[box.part] = before.joined(here) if before else here
    for right, down, inner in box.parts:
        _add_spots(inner, x + right, y + down, spots)
