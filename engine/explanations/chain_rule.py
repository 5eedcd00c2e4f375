"""The local rule of one vertex as formulas: how its value comes about, its gradient by its users, and path by path."""

from __future__ import annotations

from typing import Any, Final

from engine.explanations.graph import MOST_PATHS, ComputationGraph, Link, Way
from engine.formulas import NOTHING, Chain, Formula, Product, Quotient, Row, Sum, Symbol, Word, chain, number

TERMS: Final = 8
"""Terms of a sum over users, and factors of a path, that are written out."""
DIGITS: Final = 4


def partial_of(above: Formula, below: Formula) -> Formula:
    """∂above/∂below."""
    return Quotient(Row((Symbol("∂"), above)), Row((Symbol("∂"), below)))


def rule_of(found: ComputationGraph, k: int, *, value: bool = True, gradient: bool = True) -> tuple[Formula, ...]:
    """The lines for a vertex: its value, the slopes at its users, Σ over users, and its paths; numbers where known."""
    lines = [row for line in found.vertices[k].lines() for row in _filled(line.formula, line.filled, known=value)]
    return (*lines, *_gradient(found, k, known=gradient))


def _filled(formula: Chain, filled: Chain, *, known: bool) -> tuple[Formula, ...]:
    return (formula, Chain((NOTHING, *filled.parts[1:]), filled.signs)) if known and filled.signs else (formula,)


def _gradient(found: ComputationGraph, k: int, *, known: bool) -> tuple[Formula, ...]:
    vertex, result = found.vertices[k], found.vertices[-1]
    left = partial_of(result.name, vertex.name)
    if k == len(found.vertices) - 1:
        return (chain(left, number(1)),)
    if not found.counts[k]:
        return (chain(left, number(0)),) if vertex.gradient is not None else ()
    users = [found.links[e] for e in found.users[k] if found.counts[found.links[e].target]]
    terms, numbers = _terms(found, users)
    slopes = _slopes(found, users, known=known)
    if len(users) == 1 and users[0].target == len(found.vertices) - 1:
        # the slope at the result is the gradient
        return tuple(slopes) or ((chain(left, _value(vertex.gradient)),) if known else ())
    rows: list[Formula] = [*slopes, chain(left, _sum(terms))]
    if known:
        rows.append(Chain((NOTHING, _sum(numbers), _value(vertex.gradient)), ("=", "=")))
    if len(found.ways(k, 1)[0].links) > 1:
        rows += _paths(found, k, known=known)
    return tuple(rows)


def _terms(found: ComputationGraph, users: list[Link]) -> tuple[list[Formula], list[Formula]]:
    """∂L/∂u · ∂u/∂v for each user, in names and in numbers."""
    result = found.vertices[-1].name
    names, numbers = list[Formula](), list[Formula]()
    for link in users:
        user, own = found.vertices[link.target], found.vertices[link.source]
        step = partial_of(user.name, own.name)
        last = link.target == len(found.vertices) - 1
        outer = partial_of(result, user.name).marked(("vertex", user.key))
        names.append(step if last else Product((outer, step)))
        slope = _value(link.slope)
        numbers.append(slope if last else Product((_value(user.gradient), slope)))
    return names, numbers


def _slopes(found: ComputationGraph, users: list[Link], *, known: bool) -> list[Formula]:
    """The local derivative at each user, where it can be written by names."""
    rows = list[Formula]()
    for link in users[:TERMS]:
        if link.rule is not None:
            left = partial_of(found.vertices[link.target].name, found.vertices[link.source].name)
            written, slope = link.rule(), _value(link.slope)
            same = not known or written == slope
            rows.append(chain(left, written) if same else chain(left, written, slope))
    return rows


def _paths(found: ComputationGraph, k: int, *, known: bool) -> list[Formula]:
    """Each path with the product along it; their sum is the gradient."""
    ways, count = found.ways(k), found.counts[k]
    rows: list[Formula] = [_path(found, n, way, several=count > 1, known=known) for n, way in enumerate(ways, 1)]
    listed = [_value(way.product) for way in ways]
    if count > MOST_PATHS:
        more = Word(f"{count - MOST_PATHS} more paths")
        rest = found.vertices[k].gradient - sum(way.product for way in ways)
        rows.append(chain(more, _value(rest)) if known else more)
        listed.append(_value(rest))
    if known and count > 1:
        rows.append(chain(Word("all paths"), _sum(listed), _value(found.vertices[k].gradient)))
    return rows


def _path(found: ComputationGraph, n: int, way: Way, *, several: bool, known: bool) -> Formula:
    steps = [found.links[e] for e in reversed(way.links)]
    names: list[Formula] = [partial_of(found.vertices[s.target].name, found.vertices[s.source].name) for s in steps]
    left = Word(f"path {n}").marked(("path", n - 1)) if several else Word("path")
    if not known:
        return chain(left, _product(names))
    numbers: list[Formula] = [_value(s.slope) for s in steps]
    return chain(left, _product(names), _product(numbers), _value(way.product))


def _sum(terms: list[Formula]) -> Formula:
    if len(terms) == 1:
        return terms[0]
    return Sum(tuple(terms) if len(terms) <= TERMS + 1 else (*terms[:TERMS], Word("…")))


def _product(factors: list[Formula]) -> Formula:
    return factors[0] if len(factors) == 1 else Product(tuple(factors))


def _value(value: Any) -> Formula:
    return number(value, DIGITS)
