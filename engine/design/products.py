"""Sums of products: a truth table as an OR of ANDs of inputs and negated inputs (disjunctive normal form)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

from engine.datasets.logic import rows
from engine.design.units import Unit
from engine.features import title

Product = tuple[int | None, ...]
"""Of each input whether it must be 1, must be 0, or does not count."""

NOT: Final = "¬"


def of_rows(outputs: Sequence[int]) -> tuple[Product, ...]:
    """One product for each row that answers 1 (minterms), in the order of counting."""
    table = rows(len(outputs).bit_length() - 1).astype(int).tolist()
    return tuple(tuple(row) for row, answer in zip(table, outputs, strict=True) if answer)


def primes(outputs: Sequence[int]) -> tuple[Product, ...]:
    """The prime implicants: products that lose their truth with any input fewer (Quine 1952, McCluskey 1956).

    Two products that differ in a single input, 1 in one and 0 in the other, are one without it; what nothing joins with
    is prime.
    """
    found: list[Product] = []
    level = set(of_rows(outputs))
    while level:
        joined, used = set[Product](), set[Product]()
        for a, b in combinations(sorted(level, key=_order), 2):
            apart = [k for k in range(len(a)) if a[k] != b[k]]
            if len(apart) == 1 and None not in (a[apart[0]], b[apart[0]]):
                joined.add((*a[: apart[0]], None, *a[apart[0] + 1 :]))
                used |= {a, b}
        found += sorted(level - used, key=_order)
        level = joined
    return tuple(sorted(found, key=_order))


def fewest(outputs: Sequence[int]) -> tuple[Product, ...]:
    """As few prime implicants as answer every row rightly, and among those with the fewest inputs."""
    wanted, offered = set(of_rows(outputs)), primes(outputs)
    covered = {p: {row for row in wanted if holds(p, row)} for p in offered}
    # What alone answers a row is in every sum, so only the others are tried out.
    needed = {p for p in offered if any(sum(row in covered[q] for q in offered) == 1 for row in covered[p])}
    left = wanted - {row for p in needed for row in covered[p]}
    others = [p for p in offered if p not in needed]
    for count in range(len(others) + 1):
        sums = [some for some in combinations(others, count) if left <= {row for p in some for row in covered[p]}]
        if sums:
            best = min(sums, key=_length)
            return tuple(p for p in offered if p in needed or p in best)
    raise AssertionError("all prime implicants together answer every row")


def holds(product: Product, row: Sequence[int | None]) -> bool:
    """Whether a row answers a product with 1."""
    return all(wanted in (None, value) for wanted, value in zip(product, row, strict=True))


def fires_on(product: Product) -> Unit:
    """The unit that fires where a product holds: weights +1 and -1, and a threshold only it reaches.

    With p inputs that must be 1 the largest sum is p, reached where the product holds and nowhere else: p - ½.
    """
    weights = tuple({1: 1.0, 0: -1.0, None: 0.0}[wanted] for wanted in product)
    return Unit(weights, product.count(1) - 0.5)


def written(products: Iterable[Product]) -> str:
    """A sum of products as it is written: x₁ ¬x₂ + ¬x₁ x₂; the empty sum is 0, the empty product 1."""
    return " + ".join(_written(p) for p in products) or "0"


def _written(product: Product) -> str:
    factors = ((title(f"x{k + 1}"), wanted) for k, wanted in enumerate(product) if wanted is not None)
    return " ".join(name if wanted else NOT + name for name, wanted in factors) or "1"


def _order(product: Product) -> tuple[int, ...]:
    """x₁ before x₂, an input before its negation, and what does not count last."""
    return tuple({1: 0, 0: 1, None: 2}[wanted] for wanted in product)


def _length(products: Iterable[Product]) -> int:
    return sum(wanted is not None for p in products for wanted in p)
